/* SPDX-License-Identifier: BSD-3-Clause */
/* Templates of certificates, and changes to them. */
#include "tests/sheet.h"

#include "tests/key-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

void
sheet_add(struct sheet *sheet, CK_ATTRIBUTE_TYPE type, const void *value,
          size_t length)
{
    struct octets octets = { value, length };

    cr_assert_lt(sheet->count, SHEET_ATTRIBUTES);
    sheet->attributes[sheet->count++] =
        (CK_ATTRIBUTE){ type, value == NULL ? NULL : fixture_bytes_of(octets),
                        length };
}

void
sheet_remove(struct sheet *sheet, CK_ATTRIBUTE_TYPE type)
{
    CK_ULONG kept = 0;

    for (CK_ULONG i = 0; i < sheet->count; i++)
        if (sheet->attributes[i].type != type)
            sheet->attributes[kept++] = sheet->attributes[i];
    sheet->count = kept;
}

void
sheet_set(struct sheet *sheet, CK_ATTRIBUTE_TYPE type, const void *value,
          size_t length)
{
    sheet_remove(sheet, type);
    sheet_add(sheet, type, value, length);
}

void
sheet_set_text(struct sheet *sheet, CK_ATTRIBUTE_TYPE type, const char *text)
{
    sheet_set(sheet, type, text, strlen(text));
}

void
sheet_set_number(struct sheet *sheet, CK_ATTRIBUTE_TYPE type, CK_ULONG number)
{
    sheet_set(sheet, type, &number, sizeof(number));
}

void
sheet_set_flag(struct sheet *sheet, CK_ATTRIBUTE_TYPE type, bool flag)
{
    CK_BBOOL value = flag ? CK_TRUE : CK_FALSE;

    sheet_set(sheet, type, &value, sizeof(value));
}

struct sheet
sheet_of(CK_CERTIFICATE_TYPE type)
{
    static const char value[] = "0\3abc";
    struct sheet sheet = { .count = 0 };

    sheet_set_number(&sheet, CKA_CLASS, CKO_CERTIFICATE);
    sheet_set_number(&sheet, CKA_CERTIFICATE_TYPE, type);
    sheet_set_text(&sheet, CKA_VALUE, value);
    if (type == CKC_X_509_ATTR_CERT)
        sheet_set_text(&sheet, CKA_OWNER, "owner");
    else
        sheet_set_text(&sheet, CKA_SUBJECT, "subject");
    return sheet;
}

struct sheet
sheet_labelled(const char *label)
{
    struct sheet sheet = sheet_of(CKC_X_509);

    sheet_set_flag(&sheet, CKA_TOKEN, true);
    sheet_set_text(&sheet, CKA_LABEL, label);
    sheet_set_text(&sheet, CKA_ID, label);
    return sheet;
}

void
sheet_change(struct sheet *sheet, const struct change *change)
{
    switch (change->how) {
    case CHANGE_NONE:
        break;
    case CHANGE_SET:
        sheet_set(sheet, change->type, change->value, change->length);
        break;
    case CHANGE_TWICE:
        sheet_add(sheet, change->type, change->value, change->length);
        break;
    case CHANGE_REMOVE:
        sheet_remove(sheet, change->type);
        break;
    case CHANGE_NUMBER:
        sheet_set_number(sheet, change->type, change->number);
        break;
    case CHANGE_NULL:
        sheet_set(sheet, change->type, NULL, change->length);
        break;
    }
}

bool
has_value(const struct store_object *object, CK_ATTRIBUTE_TYPE type,
          const void *value, size_t length)
{
    const CK_ATTRIBUTE *its = certificate_get(object, type);

    return its != NULL && its->ulValueLen == length &&
           (length == 0 || memcmp(its->pValue, value, length) == 0);
}
