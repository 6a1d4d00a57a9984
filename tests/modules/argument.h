/* SPDX-License-Identifier: BSD-3-Clause */
/* An argument of a PKCS#11 function by what it is: the kinds that
 * functions.def names, as values to look at and to change. */
#ifndef TESTS_MODULES_ARGUMENT_H
#define TESTS_MODULES_ARGUMENT_H

#include "common/cryptoki.h"

#include <stddef.h>
#include <stdint.h>

enum argument_kind {
    ARGUMENT_NUMBER,       /* a number, a flag, a slot */
    ARGUMENT_POINTER,      /* an address that stays one */
    ARGUMENT_SESSION,      /* a session */
    ARGUMENT_OBJECT,       /* an object */
    ARGUMENT_NAME,         /* a text that ends with a NUL */
    ARGUMENT_BYTES,        /* bytes that go in */
    ARGUMENT_MEMORY,       /* bytes that go in and out: message parameters */
    ARGUMENT_MECHANISM,    /* a mechanism with its parameter */
    ARGUMENT_TEMPLATE,     /* attributes that go in */
    ARGUMENT_ATTRIBUTES,   /* attributes that are filled in place */
    ARGUMENT_BUFFER,       /* bytes that come out, by the size convention */
    ARGUMENT_ROOM,         /* exactly so many bytes that come out */
    ARGUMENT_NUMBERS,      /* numbers that come out, by the size convention */
    ARGUMENT_RESULT,       /* one number that comes out */
    ARGUMENT_STRUCTURE,    /* a structure that comes out */
    ARGUMENT_MADE_SESSION, /* a session that comes out */
    ARGUMENT_MADE_OBJECT,  /* an object that comes out */
    ARGUMENT_FOUND         /* objects that come out */
};

struct argument {
    enum argument_kind kind;
    const char *name;
    CK_ULONG number;        /* the value of a number or handle; a length */
    void *pointer;          /* the value of a pointer */
    CK_ULONG_PTR length_at; /* where the length or count comes out */
    void *at; /* the parameter itself: handles, mechanisms, pointers */
};

/* clang-format off */
#define NUMBER(x) { ARGUMENT_NUMBER, #x, (CK_ULONG)(x), NULL, NULL, NULL }
#define POINTER(x) \
    { ARGUMENT_POINTER, #x, 0, (void *)(uintptr_t)(x), NULL, &(x) }
#define SESSION(x) { ARGUMENT_SESSION, #x, (x), NULL, NULL, &(x) }
#define OBJECT(x) { ARGUMENT_OBJECT, #x, (x), NULL, NULL, &(x) }
#define NAME(x) { ARGUMENT_NAME, #x, 0, (x), NULL, NULL }
#define BYTES(x, n) { ARGUMENT_BYTES, #x, (n), (x), NULL, NULL }
/* The same where no parameter says how many. */
#define FIXED(x, n) BYTES(x, n)
#define MEMORY(x, n) { ARGUMENT_MEMORY, #x, (n), (x), NULL, NULL }
#define MECHANISM(x) { ARGUMENT_MECHANISM, #x, 0, (x), NULL, &(x) }
#define TEMPLATE(x, n) { ARGUMENT_TEMPLATE, #x, (n), (x), NULL, NULL }
#define ATTRIBUTES(x, n) { ARGUMENT_ATTRIBUTES, #x, (n), (x), NULL, NULL }
#define BUFFER(x, n) { ARGUMENT_BUFFER, #x, 0, (x), (n), NULL }
#define ROOM(x, n) { ARGUMENT_ROOM, #x, (n), (x), NULL, NULL }
#define NUMBERS(x, n) { ARGUMENT_NUMBERS, #x, 0, (x), (n), NULL }
#define RESULT(x) { ARGUMENT_RESULT, #x, 0, (x), NULL, NULL }
#define STRUCTURE(x) \
    { ARGUMENT_STRUCTURE, #x, sizeof(*(x)), (x), NULL, NULL }
#define MADE_SESSION(x) { ARGUMENT_MADE_SESSION, #x, 0, (x), NULL, NULL }
#define MADE_OBJECT(x) { ARGUMENT_MADE_OBJECT, #x, 0, (x), NULL, NULL }
#define FOUND(x, n, count) { ARGUMENT_FOUND, #x, (n), (x), (count), NULL }
/* clang-format on */

/* The number of a function: its position in the list. */
#define FUNCTION(name, parameters, values, ...) FUNCTION_##name,
enum function {
#include "tests/modules/functions.def"
    N_FUNCTIONS
};

#endif
