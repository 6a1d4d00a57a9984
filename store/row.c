/* SPDX-License-Identifier: BSD-3-Clause */
/* Attributes to columns and others, and back. */
#include "store/row.h"

#include "store/others.h"

#include <stdlib.h>
#include <string.h>

static const CK_ATTRIBUTE_TYPE column_types[N_COLUMNS] = {
    [COLUMN_VALUE] = CKA_VALUE,
    [COLUMN_TYPE] = CKA_CERTIFICATE_TYPE,
    [COLUMN_IDENT] = CKA_ID,
    [COLUMN_LABEL] = CKA_LABEL,
    [COLUMN_SUBJECT] = CKA_SUBJECT,
    [COLUMN_ISSUER] = CKA_ISSUER,
    [COLUMN_SERIAL] = CKA_SERIAL_NUMBER,
};

/* N_COLUMNS where it has none. */
static enum column
column_of(const CK_ATTRIBUTE *attribute)
{
    for (unsigned i = 0; i < N_COLUMNS; i++)
        if (column_types[i] == attribute->type)
            return i != COLUMN_TYPE || attribute_is_number(attribute)
                       ? (enum column)i
                       : N_COLUMNS;
    return N_COLUMNS;
}

/* Of those without a column. */
static size_t
measure_others(const CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    size_t size = 0;

    for (CK_ULONG i = 0; i < count; i++)
        if (column_of(&attributes[i]) == N_COLUMNS)
            size += others_size(&attributes[i]);
    return size;
}

bool
row_encode(const CK_ATTRIBUTE *attributes, CK_ULONG count, struct row *out)
{
    unsigned char *to;

    memset(out, 0, sizeof(*out));
    out->others_length = measure_others(attributes, count);
    out->others = to = malloc(out->others_length + 1);
    if (to == NULL)
        return false;
    for (CK_ULONG i = 0; i < count; i++) {
        enum column column = column_of(&attributes[i]);

        if (column == N_COLUMNS)
            others_put(&to, &attributes[i]);
        else
            out->columns[column] = field_make(&attributes[i]);
    }
    return out->columns[COLUMN_VALUE].kind == FIELD_NULL ||
           crypto_sha256(out->columns[COLUMN_VALUE].bytes,
                         out->columns[COLUMN_VALUE].length, out->hash);
}

void
row_clear(struct row *row)
{
    free(row->others);
    row->others = NULL;
}

/* The object's block: its attributes, then numbers and bytes. */
struct filling {
    CK_ATTRIBUTE *attributes;
    CK_ULONG count;
    unsigned char *next;
};

static size_t
field_size(const struct field *field)
{
    return field->kind == FIELD_NUMBER ? sizeof(CK_ULONG) : field->length;
}

static void
fill(struct filling *filling, CK_ATTRIBUTE_TYPE type, const struct field *field)
{
    CK_ATTRIBUTE *attribute = &filling->attributes[filling->count++];

    attribute->type = type;
    attribute->pValue = filling->next;
    attribute->ulValueLen = field_size(field);
    if (field->kind == FIELD_NUMBER) {
        CK_ULONG number = field_number(field->number);

        memcpy(filling->next, &number, sizeof(number));
    } else if (field->length > 0) {
        memcpy(filling->next, field->bytes, field->length);
    }
    filling->next += attribute->ulValueLen;
}

/* Of all attributes; false: what is there is nothing of ours. */
static bool
measure(const struct field *fields, size_t *n, size_t *size)
{
    struct others others = others_of(&fields[N_COLUMNS]);

    *n = *size = 0;
    for (unsigned i = 0; i < N_COLUMNS; i++) {
        enum field_kind kind = i == COLUMN_TYPE ? FIELD_NUMBER : FIELD_BYTES;

        if (fields[i].kind == FIELD_NULL)
            continue;
        if (fields[i].kind != kind)
            return false;
        *size += field_size(&fields[i]);
        ++*n;
    }
    while (others_next(&others)) {
        *size += field_size(&others.field);
        ++*n;
    }
    return !others.is_broken;
}

enum store_result
row_decode(const struct field fields[N_COLUMNS + 1], struct store_object *out)
{
    struct others others = others_of(&fields[N_COLUMNS]);
    struct filling filling = { 0 };
    size_t n, size;

    if (!measure(fields, &n, &size))
        return STORE_BROKEN;
    filling.attributes = malloc(n * sizeof(CK_ATTRIBUTE) + size + 1);
    if (filling.attributes == NULL)
        return STORE_NO_MEMORY;
    filling.next = (unsigned char *)(filling.attributes + n);
    for (unsigned i = 0; i < N_COLUMNS; i++)
        if (fields[i].kind != FIELD_NULL)
            fill(&filling, column_types[i], &fields[i]);
    while (others_next(&others))
        fill(&filling, others.type, &others.field);
    out->attributes = filling.attributes;
    out->count = filling.count;
    return STORE_DONE;
}

/* -- Changes -------------------------------------------------------------- */

static bool
is_among(CK_ATTRIBUTE_TYPE type, const CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++)
        if (attributes[i].type == type)
            return true;
    return false;
}

bool
row_merge(const struct store_object *object, const CK_ATTRIBUTE *attributes,
          CK_ULONG count, CK_ATTRIBUTE **out, CK_ULONG *out_count)
{
    CK_ATTRIBUTE *merged = calloc(object->count + count + 1, sizeof(*merged));
    CK_ULONG n = 0;

    if (merged == NULL)
        return false;
    for (CK_ULONG i = 0; i < object->count; i++)
        if (!is_among(object->attributes[i].type, attributes, count))
            merged[n++] = object->attributes[i];
    for (CK_ULONG i = 0; i < count; i++)
        merged[n++] = attributes[i];
    *out = merged;
    *out_count = n;
    return true;
}
