/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a call came through whole: what the module saw against what the
 * application gave, and what the application has against what it was given. */
#include "tests/face-check.h"

#include <criterion/criterion.h>
#include <string.h>

/* -- What the module saw ----------------------------------------------------
 */

static CK_ULONG
member_object(const struct face *face, CK_OBJECT_HANDLE object)
{
    for (size_t i = 0; i < FACE_OBJECTS; i++)
        if (face->objects[i] == object)
            return face->member_objects[i];
    return 0;
}

static bool
saw_template(const struct record_argument *seen, const struct face_value *value)
{
    if (seen->n_template != 2)
        return false;
    for (size_t i = 0; i < 2; i++) {
        const CK_ATTRIBUTE *given = &value->template_before[i];
        const CK_BYTE *bytes =
            (const CK_BYTE *)value->bytes_before + (i == 0 ? 0 : 100);

        if (seen->template[i].type != given->type ||
            seen->template[i].ulValueLen != given->ulValueLen)
            return false;
        if (value->kind == ARGUMENT_TEMPLATE &&
            memcmp(seen->template[i].pValue, bytes, given->ulValueLen) != 0)
            return false;
    }
    return true;
}

static bool
saw_bytes(const struct record_argument *seen, const struct face_value *value,
          size_t length)
{
    return seen->bytes != NULL && seen->n_bytes == length &&
           memcmp(seen->bytes, value->bytes_before, length) == 0;
}

static bool
saw(const struct face *face, const struct record_argument *seen)
{
    const struct face_value *value = face_value_of(face, seen->name);

    if (seen->kind == ARGUMENT_SESSION)
        return seen->number == face->member_session;
    if (value == NULL)
        return false;
    switch (seen->kind) {
    case ARGUMENT_OBJECT:
        return seen->number == member_object(face, value->number);
    case ARGUMENT_NUMBER:
        return seen->number ==
               (strcmp(seen->name, "slot") == 0 ? RECORD_SLOT : value->number);
    case ARGUMENT_NAME:
        return saw_bytes(seen, value, value->length + 1);
    case ARGUMENT_BYTES:
        /* A label has no length of its own. */
        return saw_bytes(seen, value,
                         strcmp(seen->name, "label") == 0 ? 32 : value->length);
    case ARGUMENT_MEMORY:
        return saw_bytes(seen, value, value->length);
    case ARGUMENT_MECHANISM:
        return seen->mechanism == value->mechanism_before.mechanism &&
               saw_bytes(seen, value, value->mechanism_before.ulParameterLen);
    case ARGUMENT_TEMPLATE:
    case ARGUMENT_ATTRIBUTES:
        return saw_template(seen, value);
    case ARGUMENT_BUFFER:
    case ARGUMENT_NUMBERS:
        return (seen->pointer == NULL) == (face->null_name != NULL) &&
               seen->room == value->length_before;
    case ARGUMENT_ROOM:
        return seen->number == value->length;
    default:
        return true; /* outputs: face_check_outputs */
    }
}

/* The keeper of a pool logs in and out for all sessions. */
static bool
is_keepers(const struct face *face, enum function function,
           enum argument_kind kind)
{
    return face->is_pooled && kind == ARGUMENT_SESSION &&
           face_facts_of(function)->is_login;
}

void
face_check_arguments(const struct face *face, enum function function)
{
    const struct record *record = face->of(face_names[function]);

    cr_expect_not_null(record, "%s is not reached", face_names[function]);
    if (record == NULL)
        return;
    for (size_t i = 0; i < record->n_arguments; i++)
        cr_expect(is_keepers(face, function, record->arguments[i].kind) ||
                      saw(face, &record->arguments[i]),
                  "%s: the module does not see the application's %s",
                  face_names[function], record->arguments[i].name);
}

/* -- What the application has afterwards ------------------------------------
 */

static bool
is_input(enum argument_kind kind)
{
    return kind == ARGUMENT_NAME || kind == ARGUMENT_BYTES ||
           kind == ARGUMENT_MEMORY || kind == ARGUMENT_MECHANISM ||
           kind == ARGUMENT_TEMPLATE;
}

void
face_check_inputs(const struct face *face, enum function function)
{
    for (size_t i = 0; i < face->n_values; i++) {
        const struct face_value *value = &face->values[i];

        if (is_input(value->kind))
            cr_expect(memcmp(value->bytes, value->bytes_before,
                             sizeof(value->bytes)) == 0 &&
                          memcmp(&value->mechanism, &value->mechanism_before,
                                 sizeof(value->mechanism)) == 0 &&
                          memcmp(value->template, value->template_before,
                                 sizeof(value->template)) == 0,
                      "%s changes the application's %s", face_names[function],
                      value->name);
    }
}

/* The record module answers with the name of the function, again and again
 * where there is more room. */
static bool
got_name(const struct face_value *value, const char *name, size_t length)
{
    const CK_BYTE *bytes = (const CK_BYTE *)value->bytes;

    for (size_t i = 0; i < length; i++)
        if (bytes[i] != (CK_BYTE)name[i % strlen(name)])
            return false;
    return true;
}

static bool
got_attributes(const struct face *face, const struct face_value *value)
{
    return value->template[0].ulValueLen == 6 &&
           memcmp(value->template[0].pValue, "record", 6) == 0 &&
           value->template[1].ulValueLen == sizeof(CK_ULONG) &&
           memcmp(value->template[1].pValue, &face->member_objects[0],
                  sizeof(CK_ULONG)) == 0;
}

/* A handle of p11mux's, good for the very object that the module made. */
static bool
got_object(const struct face *face, CK_OBJECT_HANDLE object, CK_ULONG nth)
{
    CK_ULONG size = 0;

    return object != CK_INVALID_HANDLE && object != RECORD_OBJECT + nth &&
           object >> 62 == 0 &&
           face->list.C_GetObjectSize(face->session, object, &size) == CKR_OK &&
           face->of("C_GetObjectSize")->arguments[1].number ==
               RECORD_OBJECT + nth;
}

static bool
got(const struct face *face, const struct face_value *value,
    enum function function, CK_ULONG *n_made)
{
    const char *name = face_names[function];

    switch (value->kind) {
    case ARGUMENT_BUFFER:
        return value->length == strlen(name) &&
               got_name(value, name, value->length);
    case ARGUMENT_ROOM:
        return got_name(value, name, value->length);
    case ARGUMENT_NUMBERS:
        return value->length == 2 && value->bytes[0] == CKM_ECDSA &&
               value->bytes[1] == CKM_SHA256;
    case ARGUMENT_RESULT:
        return value->bytes[0] == 0x7e0000UL + function;
    case ARGUMENT_STRUCTURE:
        return memcmp(value->bytes, value->bytes_before,
                      sizeof(value->bytes)) != 0;
    case ARGUMENT_ATTRIBUTES:
        return got_attributes(face, value);
    case ARGUMENT_MADE_OBJECT:
        return got_object(face, value->bytes[0], (*n_made)++);
    default:
        return true;
    }
}

void
face_check_outputs(const struct face *face, enum function function)
{
    CK_ULONG n_made = 0;

    /* In the order of the parameters, which is the module's too. */
    for (size_t i = 0; i < face->of(face_names[function])->n_arguments; i++) {
        const char *name = face->of(face_names[function])->arguments[i].name;
        const struct face_value *value = face_value_of(face, name);

        if (value != NULL)
            cr_expect(got(face, value, function, &n_made),
                      "%s: the application does not get the module's %s",
                      face_names[function], name);
    }
}
