/* SPDX-License-Identifier: BSD-3-Clause */
/* Templates, and what they match. */
#include "store/others.h"
#include "store/row.h"

#include <string.h>

static bool
attribute_equals(const CK_ATTRIBUTE *a, const CK_ATTRIBUTE *b)
{
    return a->ulValueLen == b->ulValueLen &&
           (a->ulValueLen == 0 ||
            memcmp(a->pValue, b->pValue, a->ulValueLen) == 0);
}

/* Nothing has two values of one attribute, nor one that cannot be. */
static bool
asks_for_nothing(const CK_ATTRIBUTE *template, CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++) {
        if (template[i].ulValueLen > 0 && template[i].pValue == NULL)
            return true;
        for (CK_ULONG k = 0; k < i; k++)
            if (template[k].type == template[i].type &&
                !attribute_equals(&template[k], &template[i]))
                return true;
    }
    return false;
}

bool
row_query_make(const CK_ATTRIBUTE *template, CK_ULONG count,
               struct row_query *out)
{
    struct row *row = &out->row;

    memset(out, 0, sizeof(*out));
    out->matches_nothing = asks_for_nothing(template, count);
    if (out->matches_nothing)
        return true;
    if (!row_encode(template, count, row))
        return false;
    out->has_others = row->others_length > 0;
    for (unsigned i = 0; i < N_COLUMNS; i++)
        if (row->columns[i].kind != FIELD_NULL)
            out->n_columns++;
    if (row->columns[COLUMN_VALUE].kind != FIELD_NULL)
        row->columns[COLUMN_VALUE] = (struct field){
            .kind = FIELD_BYTES, .bytes = row->hash, .length = sizeof(row->hash)
        };
    return true;
}

void
row_query_clear(struct row_query *query)
{
    row_clear(&query->row);
}

static bool
has_other(const struct field *field, CK_ATTRIBUTE_TYPE type,
          const struct field *wanted)
{
    struct others others = others_of(field);

    while (others_next(&others))
        if (others.type == type)
            return field_equals(&others.field, wanted);
    return false;
}

bool
row_query_matches_others(const struct row_query *query,
                         const struct field *others)
{
    struct field wanted = { .kind = FIELD_BYTES,
                            .bytes = query->row.others,
                            .length = query->row.others_length };
    struct others each = others_of(&wanted);

    while (others_next(&each))
        if (!has_other(others, each.type, &each.field))
            return false;
    return true;
}
