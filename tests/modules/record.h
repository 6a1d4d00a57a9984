/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Control of the record module, a token that notes who called what with
 * which arguments. A test finds these functions by dlsym in record.so:
 *
 *     __typeof__(&record_of) of = module_symbol(module, "record_of");
 */
#ifndef TESTS_MODULES_RECORD_H
#define TESTS_MODULES_RECORD_H

#include "tests/modules/argument.h"

#include <stdbool.h>

enum { RECORD_ARGUMENTS = 10, RECORD_OBJECTS = 4 };

/* The slots are RECORD_SLOT and, with P11MUX_RECORD_TOKENS=2, the next; the
 * tokens are called "record-1" and "record-2". */
#define RECORD_SLOT    0x51071UL
#define RECORD_SESSION 0x5e5500000001UL /* the first session's handle */
#define RECORD_OBJECT  0x0b1ec70001UL   /* the first made object's handle */
#define RECORD_FOUND   0x0f0d000001UL   /* what searches find at first */

/* An argument as it was when the call came in, copied. */
struct record_argument {
    enum argument_kind kind;
    const char *name;
    CK_ULONG number;              /* value, handle, count or length */
    const void *pointer;          /* where it was: only to compare */
    const CK_BYTE *bytes;         /* bytes, name, mechanism's parameter */
    size_t n_bytes;               /* 0 and NULL when there were none */
    CK_MECHANISM_TYPE mechanism;  /* of a mechanism */
    const CK_ATTRIBUTE *template; /* of a template; values copied */
    size_t n_template;
    CK_ULONG room; /* what the caller said of his buffer's length */
};

struct record {
    const char *function;  /* "C_Sign" */
    unsigned long n_calls; /* of this function so far */
    unsigned long order;   /* of this call among all */
    size_t n_arguments;
    struct record_argument arguments[RECORD_ARGUMENTS];
};

/* What a call is to answer. */
struct record_answer {
    unsigned times; /* how many calls; 0 is one */
    CK_RV rv;
    const void *bytes; /* for buffers and rooms; lent; NULL: the default */
    size_t n_bytes;
    CK_ULONG number;                          /* for a result; 0: the default */
    CK_OBJECT_HANDLE objects[RECORD_OBJECTS]; /* 0: the default */
};

/*
 * Called in the middle of each call, with no lock held; pointers are the
 * caller's own. True: the call answers *rv and does nothing else.
 */
typedef bool (*record_hook)(enum function function, struct argument *arguments,
                            size_t n_arguments, CK_RV *rv, void *context);

/* The last call of all; of one function; NULL when there was none. They are
 * valid until that function is called again. */
const struct record *record_last(void);
const struct record *record_of(const char *function);

/* Calls of one function, or of all with NULL. */
unsigned long record_count(const char *function);

/* Forgets calls, answers, sessions, hook and what searches find. */
void record_reset(void);

/* Answers the next calls of a function so; false for an unknown name. */
bool record_answer(const char *function, const struct record_answer *answer);

/* The next session's handle; it grows by one with each. */
void record_set_session(CK_SESSION_HANDLE session);

/* What searches find. */
void record_set_objects(const CK_OBJECT_HANDLE *objects, size_t n_objects);

void record_set_hook(record_hook hook, void *context);

#endif
