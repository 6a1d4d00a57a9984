/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tokens that live in the test itself, behind function lists: what they
 * answer says which token, key and mechanism answered, and a test decides
 * what fails, waits or changes.
 */
#ifndef TESTS_TOY_H
#define TESTS_TOY_H

#include "tests/modules/argument.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    TOY_SLOTS = 12,  /* of the first module; the second begins at TOY_SECOND */
    TOY_SECOND = 8,  /* index of its first slot */
    TOY_OBJECTS = 80 /* with attributes, on one token */
};

/* The slot id of a token, as its module knows it. */
#define TOY_SLOT(index) ((CK_SLOT_ID)(500 + (index)))
#define TOY_ANY         ((CK_SLOT_ID)-1)

struct toy_attribute {
    CK_ATTRIBUTE_TYPE type;
    CK_ULONG length;
    CK_BYTE value[40];
};

struct toy_object {
    CK_ULONG number;         /* what its results say; 0: no object */
    CK_SESSION_HANDLE owner; /* of a session object */
    size_t n_attributes;
    struct toy_attribute attributes[12];
};

/* A token may be changed at any time. */
struct toy {
    bool has_slot;
    bool has_token;
    const char *label;
    const char *serial;
    const char *manufacturer;
    const char *model;
    CK_ULONG shift; /* added to each object's handle: renumbers all */
    struct toy_object objects[TOY_OBJECTS];
    CK_ULONG n_anonymous;       /* more objects, all of them alike */
    CK_ULONG most_at_once;      /* of a C_FindObjects; 0: no limit */
    CK_USER_TYPE user;          /* (CK_USER_TYPE)-1: nobody */
    const char *pin;            /* of the user; NULL: any is right */
    const char *so_pin;         /* of the SO; the same */
    CK_ULONG most_sessions;     /* 0: no limit */
    CK_ULONG most_rw_sessions;  /* of those; 0: no limit */
    bool is_write_protected;    /* R/O sessions only */
    CK_FLAGS flags;             /* its C_GetTokenInfo shows, besides its own */
    bool is_removable;          /* its slot says so */
    bool hides_limits;          /* C_GetTokenInfo does not say so */
    CK_ULONG most_open;         /* sessions at the same time, so far */
    bool can_cancel;            /* C_SessionCancel does it */
    bool saves_states;          /* C_GetOperationState does it */
    bool needs_keys;            /* C_SetOperationState does (R3.28) */
    bool validates;             /* C_GetSessionValidationFlags does it */
    bool scopes_handles;        /* to a session each (R2.12) */
    bool scopes_logins;         /* the same (R3.21) */
    unsigned long n_wrong_pins; /* of logins, so far */
};
extern struct toy toys[TOY_SLOTS];

/* What Sign, Digest and the Finals give, as bytes. */
struct toy_result {
    CK_ULONG slot;
    CK_ULONG number; /* of the key; 0 for digests */
    CK_ULONG mechanism;
    uint64_t parameter; /* toy_hash of its bytes */
    uint64_t data;      /* toy_hash of all input */
};
uint64_t toy_hash(uint64_t before, const void *bytes, size_t length);
#define TOY_HASH_START UINT64_C(0xcbf29ce484222325)

/* The lists of the two modules. */
extern CK_FUNCTION_LIST_3_2 toy_functions;
extern CK_FUNCTION_LIST_3_2 toy_second_functions;

/* As at first: one token "A" in the first slot, no object, no rule. */
void toy_reset(void);

/* In a forked child: the tokens as they are, with new locks, no session, no
 * call inside, and no notes. */
void toy_fork(void);

/* Shows a token in that slot; its serial is its label. */
struct toy *toy_show(unsigned index, const char *label);

/* Adds an RSA key; `number` is its modulus and what its results say. CKA_ID
 * and CKA_LABEL are the number's two. The handle. */
CK_OBJECT_HANDLE toy_add_key(unsigned index, CK_OBJECT_CLASS object_class,
                             CK_ULONG number);
struct toy_object *toy_object(unsigned index, CK_OBJECT_HANDLE handle);
void toy_set(struct toy_object *object, CK_ATTRIBUTE_TYPE type,
             const void *value, size_t length);
void toy_set_flag(struct toy_object *object, CK_ATTRIBUTE_TYPE type, bool flag);
size_t toy_count_objects(unsigned index);

/* -- Rules ---------------------------------------------------------------- */

/* The next `times` calls of the function on that slot answer `rv` at once;
 * or, with `after`, when the token has done it. */
void toy_fail(CK_SLOT_ID slot, enum function function, CK_RV rv,
              unsigned times);
void toy_fail_after(CK_SLOT_ID slot, enum function function, CK_RV rv,
                    unsigned times);

/* No call fails any more. */
void toy_reset_rules(void);

/* From now on calls of the function wait inside, until toy_release. */
void toy_hold(CK_SLOT_ID slot, enum function function);
/* Waits until one more call has come to wait. */
void toy_wait_for_held(void);
/* Ends holding: those inside go on. */
void toy_release(void);

/* Called at the beginning of each call, with no lock held; true: the call
 * answers *rv. */
typedef bool (*toy_hook)(enum function function, CK_SLOT_ID slot,
                         struct argument *arguments, CK_RV *rv);
void toy_set_hook(toy_hook hook);

/* -- Notes ---------------------------------------------------------------- */

/* What the last call of a function had for arguments. */
struct toy_call {
    unsigned long count; /* calls so far, on all slots */
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE objects[2];
    const void *mechanism; /* the address */
};
struct toy_call toy_last(enum function function);
unsigned long toy_count(CK_SLOT_ID slot, enum function function);
void toy_forget_calls(void);

/* Looks at the tokens, or changes them, while no call is inside. */
void toy_visit(void (*look)(void *context), void *context);

size_t toy_count_sessions(unsigned index);

/* The one that was opened last; and how many are open that were opened no later
 * than that. */
CK_SESSION_HANDLE toy_newest_session(unsigned index);
size_t toy_count_sessions_until(unsigned index, CK_SESSION_HANDLE newest);

/* Those that somebody is logged in to, where each is logged in by itself. */
size_t toy_count_logins(unsigned index);

/* All sessions of a token end, as when its device was away. */
void toy_sessions_end(unsigned index);

/* Operations that are active in all sessions of a token; kinds are the
 * CKF_ of C_SessionCancel. */
CK_FLAGS toy_active(unsigned index);

#endif
