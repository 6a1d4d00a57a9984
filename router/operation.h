/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An operation in progress: from a successful Init to its end, with what is
 * needed to begin it again elsewhere and to say afterwards what it was.
 */
#ifndef ROUTER_OPERATION_H
#define ROUTER_OPERATION_H

#include "common/cryptoki.h"
#include "router/mechanism.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kinds that may be active in one session, each at most once (R2.14). */
enum operation_kind {
    OPERATION_FIND,
    OPERATION_ENCRYPT,
    OPERATION_DECRYPT,
    OPERATION_DIGEST,
    OPERATION_SIGN,
    OPERATION_SIGN_RECOVER,
    OPERATION_VERIFY, /* also the ones that begin with the signature */
    OPERATION_VERIFY_RECOVER,
    OPERATION_MESSAGE_ENCRYPT,
    OPERATION_MESSAGE_DECRYPT,
    OPERATION_MESSAGE_SIGN,
    OPERATION_MESSAGE_VERIFY,
    OPERATION_KINDS,
    OPERATION_NONE = OPERATION_KINDS
};

struct pool_session;

struct operation {
    uint16_t init;             /* enum call_id of the Init it began with */
    bool may_repeat;           /* false: nothing after Init is repeated */
    bool is_recorded;          /* `input` holds all input so far */
    bool has_copies;           /* something below may have to be wiped */
    bool is_bare;              /* its mechanism has no parameter */
    struct pool_session *held; /* the backend session it lives on */
    CK_MECHANISM_TYPE mechanism;
    CK_OBJECT_HANDLE key; /* as the application knows it; 0: none */
    uint64_t bytes_in;    /* totals for the audit record */
    uint64_t bytes_out;
    uint64_t us; /* that its calls took, while records are kept */
    struct mechanism_copy *passed; /* what the module was given, where that
                                      is not the application's own (R1.12) */
    struct mechanism_copy *again;  /* deep copy for another Init, or NULL */
    unsigned char *input;          /* of pages_new; NULL: none is recorded */
    size_t input_length;
    size_t input_room;
};

/* It has begun on that backend session, with nothing kept of it so far. */
static inline void
operation_begin(struct operation *operation, uint16_t init,
                struct pool_session *held, CK_MECHANISM_TYPE mechanism)
{
    operation->init = init;
    operation->may_repeat = false;
    operation->is_recorded = false;
    operation->has_copies = false;
    operation->is_bare = false;
    operation->held = held;
    operation->mechanism = mechanism;
    operation->key = 0;
    operation->bytes_in = 0;
    operation->bytes_out = 0;
    operation->us = 0;
}

/* The flag of C_SessionCancel for a kind (R3.31). */
CK_FLAGS operation_cancel_flag(enum operation_kind kind);

/*
 * Keeps a deep copy of the mechanism so that the operation can begin again
 * elsewhere; where it cannot be copied the operation is not repeated after its
 * Init.
 */
void operation_copy_mechanism(struct operation *operation,
                              const CK_MECHANISM *mechanism);

/* Signatures that use up their key: two that use the same one-time key give it
 * away (7.3). */
static inline bool
operation_uses_up_its_key(CK_MECHANISM_TYPE type)
{
    return type == CKM_HSS || type == CKM_XMSS || type == CKM_XMSSMT;
}

/* The same; most mechanisms have no parameter, and that costs nothing. */
static inline void
operation_keep_mechanism(struct operation *operation,
                         const CK_MECHANISM *mechanism)
{
    operation->is_bare =
        mechanism->pParameter == NULL && mechanism->ulParameterLen == 0;
    if (__builtin_expect(!operation->is_bare, 0)) {
        operation_copy_mechanism(operation, mechanism);
        return;
    }
    operation->may_repeat = operation->is_recorded =
        !operation_uses_up_its_key(mechanism->mechanism);
}

/* Adds to the recorded input, wiping and dropping it all when it grows past
 * `most` bytes or memory is out (7.3). */
void operation_record(struct operation *operation, const void *bytes,
                      size_t length, uint64_t most);

/* Takes the parameter that the module was given over from a session, which
 * gets the empty one in exchange. */
void operation_adopt(struct operation *operation,
                     struct mechanism_copy **passed);

/* Wipes copies and recorded input. */
void operation_wipe(struct operation *operation);

/* Ends it; memory stays for the next operation of this kind in this session,
 * of its input a page: locked memory is scarce. */
static inline void
operation_end(struct operation *operation)
{
    if (__builtin_expect(operation->has_copies, 0))
        operation_wipe(operation);
    operation->held = NULL;
}

void operation_free(struct operation *operation);

#endif
