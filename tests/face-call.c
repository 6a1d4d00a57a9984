/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any of the 104 functions, called with values made for it: the kinds of
 * arguments in functions.def become the arguments.
 */
#include "tests/face.h"

#include <string.h>

const char *const face_names[N_FUNCTIONS] = {
#define FUNCTION(name, parameters, values, ...) #name,
#include "tests/modules/functions.def"
};

const struct face_value *
face_value_of(const struct face *face, const char *name)
{
    for (size_t i = 0; i < face->n_values; i++)
        if (strcmp(face->values[i].name, name) == 0)
            return &face->values[i];
    return NULL;
}

/* No two arguments of any call have the same bytes. */
static void
value_fill(struct face_value *value, enum function function, size_t index)
{
    CK_BYTE *bytes = (CK_BYTE *)value->bytes;

    for (size_t i = 0; i < FACE_ROOM; i++)
        bytes[i] = (CK_BYTE)(function * 29 + index * 53 + i * 7 + 1);
    value->number = 0x5000 + function * 16 + index;
    value->length = 17 + index;
    value->mechanism =
        (CK_MECHANISM){ CKM_VENDOR_DEFINED + function, bytes, value->length };
    value->template[0] = (CK_ATTRIBUTE){ CKA_LABEL, bytes, value->length };
    value->template[1] =
        (CK_ATTRIBUTE){ CKA_VENDOR_DEFINED + index, bytes + 100, 3 };
}

/* What comes out has room for it. */
static void
value_shape(struct face_value *value)
{
    CK_BYTE *bytes = (CK_BYTE *)value->bytes;

    switch (value->kind) {
    case ARGUMENT_BUFFER:
    case ARGUMENT_NUMBERS:
        value->length = FACE_BUFFER /
                        (value->kind == ARGUMENT_BUFFER ? 1 : sizeof(CK_ULONG));
        break;
    case ARGUMENT_FOUND:
        value->length = 1;
        break;
    case ARGUMENT_ATTRIBUTES:
        value->template[1] = (CK_ATTRIBUTE){ CKA_ID, bytes + 100, 20 };
        break;
    case ARGUMENT_NAME:
        bytes[value->length] = '\0';
        break;
    default:
        break;
    }
}

static void
value_note(struct face_value *value)
{
    memcpy(value->bytes_before, value->bytes, sizeof(value->bytes));
    memcpy(value->template_before, value->template, sizeof(value->template));
    value->mechanism_before = value->mechanism;
    value->length_before = value->length;
}

/* The value of a parameter, made when it is first asked for: in which order
 * arguments are evaluated is the compiler's to choose. */
static struct face_value *
value_get(struct face *face, enum function function, enum argument_kind kind,
          const char *name)
{
    struct face_value *value;

    for (size_t i = 0; i < face->n_values; i++)
        if (strcmp(face->values[i].name, name) == 0)
            return &face->values[i];
    value = &face->values[face->n_values++];
    memset(value, 0, sizeof(*value));
    value->name = name;
    value->kind = kind;
    value_fill(value, function, face->n_values);
    for (size_t i = 0; face->mark != NULL && i < FACE_ROOM; i++)
        ((char *)value->bytes)[i] = face->mark[i % strlen(face->mark)];
    value_shape(value);
    value_note(value);
    return value;
}

static bool
is_null(const struct face *face, const char *name)
{
    return face->null_name != NULL && strcmp(face->null_name, name) == 0;
}

/* Numbers that mean something. */
static CK_ULONG
give_number(struct face *face, struct face_value *value)
{
    if (strcmp(value->name, "slot") == 0)
        value->number = face->slot;
    else if (strcmp(value->name, "user_type") == 0)
        value->number = CKU_USER;
    return value->number;
}

static CK_ULONG
give_object(struct face *face, struct face_value *value)
{
    size_t nth = 0;

    for (size_t i = 0; &face->values[i] != value; i++)
        nth += face->values[i].kind == ARGUMENT_OBJECT;
    value->number = face->objects[nth];
    if (face->bad_name != NULL && strcmp(face->bad_name, value->name) == 0)
        value->number = face->bad_object;
    return value->number;
}

static CK_MECHANISM *
give_mechanism(struct face *face, struct face_value *value)
{
    return face->mechanism != NULL ? face->mechanism : &value->mechanism;
}

/* Reserved pointers are NULL. */
static void *
give_pointer(struct face_value *value)
{
    return strcmp(value->name, "reserved") == 0 ? NULL : value->bytes;
}

#undef NUMBER
#undef POINTER
#undef SESSION
#undef OBJECT
#undef NAME
#undef BYTES
#undef FIXED
#undef MEMORY
#undef MECHANISM
#undef TEMPLATE
#undef ATTRIBUTES
#undef BUFFER
#undef ROOM
#undef NUMBERS
#undef RESULT
#undef STRUCTURE
#undef MADE_SESSION
#undef MADE_OBJECT
#undef FOUND

#define VALUE(kind, x) value_get(face, function, ARGUMENT_##kind, #x)
#define GIVE(x, what)  (is_null(face, #x) ? NULL : (what))
/* A pointer and the length that follows it. */
#define GIVE_BYTES(kind, x)                                                    \
    GIVE(x, (void *)VALUE(kind, x)->bytes), VALUE(kind, x)->length
#define GIVE_TEMPLATE(kind, x) GIVE(x, VALUE(kind, x)->template), 2
#define GIVE_BUFFER(kind, x, n)                                                \
    GIVE(x, (void *)VALUE(kind, x)->bytes), GIVE(n, &VALUE(kind, x)->length)
#define GIVE_RESULT(kind, x) GIVE(x, (void *)VALUE(kind, x)->bytes)

#define NUMBER(x)        give_number(face, VALUE(NUMBER, x))
#define POINTER(x)       GIVE(x, give_pointer(VALUE(POINTER, x)))
#define SESSION(x)       face->session
#define OBJECT(x)        give_object(face, VALUE(OBJECT, x))
#define NAME(x)          GIVE_RESULT(NAME, x)
#define BYTES(x, n)      GIVE_BYTES(BYTES, x)
#define FIXED(x, n)      GIVE_RESULT(BYTES, x)
#define MEMORY(x, n)     GIVE_BYTES(MEMORY, x)
#define MECHANISM(x)     GIVE(x, give_mechanism(face, VALUE(MECHANISM, x)))
#define TEMPLATE(x, n)   GIVE_TEMPLATE(TEMPLATE, x)
#define ATTRIBUTES(x, n) GIVE_TEMPLATE(ATTRIBUTES, x)
#define BUFFER(x, n)     GIVE_BUFFER(BUFFER, x, n)
#define ROOM(x, n)       GIVE_BYTES(ROOM, x)
#define NUMBERS(x, n)    GIVE_BUFFER(NUMBERS, x, n)
#define RESULT(x)        GIVE_RESULT(RESULT, x)
#define STRUCTURE(x)     GIVE_RESULT(STRUCTURE, x)
#define MADE_SESSION(x)  GIVE_RESULT(MADE_SESSION, x)
#define MADE_OBJECT(x)   GIVE_RESULT(MADE_OBJECT, x)
#define FOUND(x, n, count)                                                     \
    GIVE(x, VALUE(FOUND, x)->bytes), 1, GIVE(count, &VALUE(FOUND, x)->length)

/* CK_BBOOL is narrower than the other numbers. */
#pragma GCC diagnostic ignored "-Wconversion"

CK_RV
face_call(struct face *face, enum function function)
{
    face->n_values = 0;
    switch (function) {
#define FUNCTION(name, parameters, values, ...)                                \
    case FUNCTION_##name:                                                      \
        return face->list.name(__VA_ARGS__);
#include "tests/modules/functions.def"
    case N_FUNCTIONS:
        break;
    }
    return CKR_FUNCTION_NOT_SUPPORTED;
}
