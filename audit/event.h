/* SPDX-License-Identifier: BSD-3-Clause */
/* What a call was, for the record of it; and where records go. */
#ifndef AUDIT_EVENT_H
#define AUDIT_EVENT_H

#include "common/cryptoki.h"

#include <stdbool.h>
#include <stdint.h>

enum audit_event_kind {
    AUDIT_NONE,
    AUDIT_START,
    AUDIT_STOP,
    AUDIT_LOGIN,
    AUDIT_LOGOUT,
    AUDIT_OPEN,
    AUDIT_CLOSE,
    AUDIT_SIGN,
    AUDIT_VERIFY,
    AUDIT_ENCRYPT,
    AUDIT_DECRYPT,
    AUDIT_DIGEST,
    AUDIT_WRAP,
    AUDIT_UNWRAP,
    AUDIT_ENCAPSULATE,
    AUDIT_DECAPSULATE,
    AUDIT_DERIVE,
    AUDIT_GENERATE,
    AUDIT_CREATE,
    AUDIT_COPY,
    AUDIT_SET,
    AUDIT_DESTROY,
    AUDIT_FIND,
    AUDIT_RANDOM,
    AUDIT_INIT_TOKEN,
    AUDIT_SET_PIN
};

/* Lent for the time of the write. */
struct audit_event {
    enum audit_event_kind kind;
    const char *function;
    CK_RV rv;
    const char *token; /* its label, or NULL */
    CK_SLOT_ID slot;
    unsigned member; /* which of the token's members answered */
    bool has_mechanism;
    CK_MECHANISM_TYPE mechanism;
    CK_OBJECT_HANDLE key; /* as the application knows it; 0: none */
    uint64_t bytes_in;    /* of the whole operation */
    uint64_t bytes_out;
    CK_SESSION_HANDLE session; /* 0: none */
};

/* Where events go. `write` is false when the record could not be kept: then
 * the application must not be given the result. Called by many threads at
 * once, with no lock of p11mux held. */
struct audit_sink {
    bool (*write)(void *context, const struct audit_event *event);
    void *context;
};

#endif
