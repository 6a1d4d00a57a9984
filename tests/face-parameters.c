/* SPDX-License-Identifier: BSD-3-Clause */
/* The parameters of the 104 functions by name and kind. */
#include "tests/face.h"

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

#define PARAMETER(kind, x)                                                     \
    {                                                                          \
#x, ARGUMENT_##kind                                                    \
    }
/* A length that is a pointer is a parameter of its own. */
#define NUMBER(x)          PARAMETER(NUMBER, x)
#define POINTER(x)         PARAMETER(POINTER, x)
#define SESSION(x)         PARAMETER(SESSION, x)
#define OBJECT(x)          PARAMETER(OBJECT, x)
#define NAME(x)            PARAMETER(NAME, x)
#define BYTES(x, n)        PARAMETER(BYTES, x)
#define FIXED(x, n)        PARAMETER(BYTES, x)
#define MEMORY(x, n)       PARAMETER(MEMORY, x)
#define MECHANISM(x)       PARAMETER(MECHANISM, x)
#define TEMPLATE(x, n)     PARAMETER(TEMPLATE, x)
#define ATTRIBUTES(x, n)   PARAMETER(ATTRIBUTES, x)
#define BUFFER(x, n)       PARAMETER(BUFFER, x), PARAMETER(RESULT, n)
#define ROOM(x, n)         PARAMETER(ROOM, x)
#define NUMBERS(x, n)      PARAMETER(NUMBERS, x), PARAMETER(RESULT, n)
#define RESULT(x)          PARAMETER(RESULT, x)
#define STRUCTURE(x)       PARAMETER(STRUCTURE, x)
#define MADE_SESSION(x)    PARAMETER(MADE_SESSION, x)
#define MADE_OBJECT(x)     PARAMETER(MADE_OBJECT, x)
#define FOUND(x, n, count) PARAMETER(FOUND, x), PARAMETER(RESULT, count)

const struct face_parameter face_parameters[N_FUNCTIONS][FACE_PARAMETERS] = {
#define FUNCTION(name, parameters, values, ...)                                \
    [FUNCTION_##name] = { __VA_ARGS__ },
#include "tests/modules/functions.def"
};
