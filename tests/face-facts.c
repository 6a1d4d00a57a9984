/* SPDX-License-Identifier: BSD-3-Clause */
/* calls.def, for the tests of the face. */
#include "tests/face.h"

#include <criterion/criterion.h>
#include <string.h>

/* The two tables hold the same functions, each in an order of its own. */
enum row {
#define CALL(function, ...) ROW_##function,
#include "router/calls.def"
#undef CALL
    N_ROWS
};

_Static_assert((unsigned)N_ROWS == (unsigned)N_FUNCTIONS,
               "calls.def has a row for each function");

enum { LOCAL, ONE, EACH, BOUND, LOGIN, STATE };
enum { NONE, INIT, SINGLE, UPDATE, FINAL, MESSAGE };

static const struct face_facts facts[N_FUNCTIONS] = {
#define CALL(function, operation, stage, init, bad_1, bad_2, reach, ...)       \
    [FUNCTION_##function] = { (reach) == LOCAL, (reach) == LOGIN,              \
                              (stage) == INIT, FUNCTION_##init },
#include "router/calls.def"
#undef CALL
};

const struct face_facts *
face_facts_of(enum function function)
{
    return &facts[function];
}

/* What works on two operations begins the other one too; what asks for an
 * operation, or ends a login, needs one. */
static const struct {
    enum function function, other;
} others[] = {
    { FUNCTION_C_DigestEncryptUpdate, FUNCTION_C_DigestInit },
    { FUNCTION_C_DecryptDigestUpdate, FUNCTION_C_DigestInit },
    { FUNCTION_C_SignEncryptUpdate, FUNCTION_C_SignInit },
    { FUNCTION_C_DecryptVerifyUpdate, FUNCTION_C_VerifyInit },
    { FUNCTION_C_GetOperationState, FUNCTION_C_DigestInit },
    { FUNCTION_C_Logout, FUNCTION_C_Login },
};

void
face_begin(struct face *face, enum function function)
{
    if (facts[function].init != function)
        cr_assert_eq(face_call(face, facts[function].init), CKR_OK,
                     "%s before %s", face_names[facts[function].init],
                     face_names[function]);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (others[i].function == function)
            cr_assert_eq(face_call(face, others[i].other), CKR_OK,
                         "%s before %s", face_names[others[i].other],
                         face_names[function]);
}
