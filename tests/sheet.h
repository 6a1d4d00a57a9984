/* SPDX-License-Identifier: BSD-3-Clause */
/* Templates of certificates, and changes to them. Values are lent until the
 * process ends. */
#ifndef TESTS_SHEET_H
#define TESTS_SHEET_H

#include "backends/certificate.h"

enum { SHEET_ATTRIBUTES = 40 };

struct sheet {
    CK_ATTRIBUTE attributes[SHEET_ATTRIBUTES];
    CK_ULONG count;
};

/* What each certificate type needs, and nothing else. */
struct sheet sheet_of(CK_CERTIFICATE_TYPE type);

/* A new object of the token, of X.509, with a label that is its id too. */
struct sheet sheet_labelled(const char *label);

/* The value there, or one more attribute of this type. */
void sheet_set(struct sheet *sheet, CK_ATTRIBUTE_TYPE type, const void *value,
               size_t length);
void sheet_add(struct sheet *sheet, CK_ATTRIBUTE_TYPE type, const void *value,
               size_t length);
void sheet_set_text(struct sheet *sheet, CK_ATTRIBUTE_TYPE type,
                    const char *text);
void sheet_set_number(struct sheet *sheet, CK_ATTRIBUTE_TYPE type,
                      CK_ULONG number);
void sheet_set_flag(struct sheet *sheet, CK_ATTRIBUTE_TYPE type, bool flag);
void sheet_remove(struct sheet *sheet, CK_ATTRIBUTE_TYPE type);

/* A change that stands in a table: what is not NULL or a set length. */
enum change_how {
    CHANGE_NONE,
    CHANGE_SET,
    CHANGE_TWICE, /* one more with this value */
    CHANGE_REMOVE,
    CHANGE_NUMBER,
    CHANGE_NULL /* no pointer, this length */
};
struct change {
    enum change_how how;
    CK_ATTRIBUTE_TYPE type;
    const char *value;
    size_t length;
    CK_ULONG number;
};
void sheet_change(struct sheet *sheet, const struct change *change);

/* A set with this value. */
#define SET(its_type, text)                                                    \
    {                                                                          \
        .how = CHANGE_SET, .type = (its_type), .value = (text),                \
        .length = sizeof(text) - 1                                             \
    }
#define TWICE(its_type, text)                                                  \
    {                                                                          \
        .how = CHANGE_TWICE, .type = (its_type), .value = (text),              \
        .length = sizeof(text) - 1                                             \
    }
#define NUMBER(its_type, its_number)                                           \
    {                                                                          \
        .how = CHANGE_NUMBER, .type = (its_type), .number = (its_number)       \
    }
#define REMOVE(its_type)                                                       \
    {                                                                          \
        .how = CHANGE_REMOVE, .type = (its_type)                               \
    }
#define NO_POINTER(its_type, its_length)                                       \
    {                                                                          \
        .how = CHANGE_NULL, .type = (its_type), .length = (its_length)         \
    }

/* Whether the object has the attribute with this value. */
bool has_value(const struct store_object *object, CK_ATTRIBUTE_TYPE type,
               const void *value, size_t length);

#endif
