/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The face of p11mux: p11mux.so over the record module, and any of the 104
 * functions called with arguments that cannot be mistaken for each other.
 */
#ifndef TESTS_FACE_H
#define TESTS_FACE_H

#include "tests/fixture.h"
#include "tests/modules/record.h"

#include <stddef.h>

enum { FACE_SLOT = 7, FACE_OBJECTS = 5, FACE_ROOM = 256, FACE_BUFFER = 64 };
enum { FACE_PARAMETERS = 12 };

/* A test of the suite and of <suite>_pooled: with backend sessions of the
 * application's own, and lent for each operation. */
#define FACE_TEST(suite, name)                                                 \
    static void suite##_##name(void);                                          \
    Test(suite, name)                                                          \
    {                                                                          \
        suite##_##name();                                                      \
    }                                                                          \
    Test(suite##_pooled, name)                                                 \
    {                                                                          \
        suite##_##name();                                                      \
    }                                                                          \
    static void suite##_##name(void)

/* One argument of a call, as it was given and as it is afterwards. */
struct face_value {
    const char *name; /* of the parameter, as functions.def calls it */
    enum argument_kind kind;
    CK_ULONG number;
    CK_MECHANISM mechanism, mechanism_before;
    CK_ATTRIBUTE template[2], template_before[2];
    CK_ULONG length, length_before;
    CK_ULONG bytes[FACE_ROOM / sizeof(CK_ULONG)];
    CK_ULONG bytes_before[FACE_ROOM / sizeof(CK_ULONG)];
};

struct face {
    struct module *mux;
    struct module *record;
    CK_FUNCTION_LIST_3_2 list; /* of p11mux; what a test puts into it */

    __typeof__(&record_count) count;
    __typeof__(&record_of) of;
    __typeof__(&record_answer) order;
    __typeof__(&record_reset) reset;
    __typeof__(&record_set_objects) set_objects;
    __typeof__(&record_set_hook) set_hook;

    bool is_pooled; /* backend sessions are lent for each operation */
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE session;
    CK_SESSION_HANDLE member_session; /* that serves it, as far as it is free */
    CK_OBJECT_HANDLE objects[FACE_OBJECTS], member_objects[FACE_OBJECTS];

    /* How the next call is not as it should be: which pointer is NULL, which
     * object is another; NULL: none. */
    const char *null_name;
    const char *bad_name;
    CK_OBJECT_HANDLE bad_object;
    CK_MECHANISM *mechanism; /* the next ones; NULL: made for each call */
    const char *mark;        /* all bytes that go in; NULL: each its own */

    size_t n_values;
    struct face_value values[RECORD_ARGUMENTS];
};

/*
 * Loads both, with two tokens of the record module in the slots FACE_SLOT and
 * FACE_SLOT + 1 and `extra` (or NULL) among the keys of its module; nothing is
 * initialised yet. The pools have the mode `none`, or `operation`.
 */
void face_load(struct face *face, const char *extra);
void face_load_pooled(struct face *face, const char *extra);

/* C_Initialize, and a R/W session in which all objects were found. */
void face_open(struct face *face);
void face_close(struct face *face);

/* A session in a slot, and what a search in it finds. */
CK_SESSION_HANDLE face_session(const struct face *face, CK_SLOT_ID slot);
CK_ULONG face_find(const struct face *face, CK_SESSION_HANDLE session,
                   CK_OBJECT_HANDLE *out, CK_ULONG room);

/* -- One of the 104 (face-call.c) ------------------------------------------ */

extern const char *const face_names[N_FUNCTIONS];

/* Calls it through face->list; face->values then hold what went in and came
 * out. */
CK_RV face_call(struct face *face, enum function function);

/* An argument of the last call; NULL: it has none of that name. */
const struct face_value *face_value_of(const struct face *face,
                                       const char *name);

/* Its parameters, in their order, as far as they have a name; numbers that
 * are lengths of what stands before are left out. */
struct face_parameter {
    const char *name; /* NULL: no more */
    enum argument_kind kind;
};

extern const struct face_parameter face_parameters[N_FUNCTIONS]
                                                  [FACE_PARAMETERS];

/* -- What calls.def says of it (face-facts.c) -------------------------------
 */

struct face_facts {
    bool is_local;      /* p11mux answers itself */
    bool is_login;      /* the token's, for all its sessions */
    bool is_init;       /* begins an operation */
    enum function init; /* what the operation begins with; itself: none */
};

const struct face_facts *face_facts_of(enum function function);

/* Begins what the function goes on with: one operation or two, a login. */
void face_begin(struct face *face, enum function function);

#endif
