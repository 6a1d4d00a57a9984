/* SPDX-License-Identifier: BSD-3-Clause */
/* What a call was, for the record of it; and where records go. */
#ifndef AUDIT_EVENT_H
#define AUDIT_EVENT_H

#include "common/cryptoki.h"
#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum audit_event_kind {
    AUDIT_NONE,
#define EVENT(name, text) AUDIT_##name,
#define OWN_EVENT         EVENT
#include "config/events.def"
#undef EVENT
#undef OWN_EVENT
    AUDIT_KINDS
};

enum {
    AUDIT_LABEL_LENGTH = 128, /* what is longer is cut */
    AUDIT_ID_LENGTH = 64,
    AUDIT_FINGERPRINT_LENGTH = 32
};

/* What is said of an object. */
struct audit_key {
    bool is_known;
    bool has_fingerprint;
    CK_OBJECT_CLASS object_class;
    CK_KEY_TYPE type; /* CK_UNAVAILABLE_INFORMATION where none */
    size_t label_length;
    size_t id_length;
    unsigned char label[AUDIT_LABEL_LENGTH];
    unsigned char id[AUDIT_ID_LENGTH];
    unsigned char fingerprint[AUDIT_FINGERPRINT_LENGTH];
};

/* Lent for the time of the write. */
struct audit_event {
    enum audit_event_kind kind;
    enum audit_event_kind intended; /* of an intent: what is to come */
    enum config_audit_level level;  /* the token's own; unset: the log's */
    const char *function;           /* NULL: none */
    CK_RV rv;
    bool is_denied;          /* p11mux refused it, by a rule of its own */
    const char *token;       /* its label, or NULL */
    CK_SLOT_ID slot;         /* meant where there is a token;
                                CK_UNAVAILABLE_INFORMATION: not known */
    unsigned member;         /* which of the token's members answered */
    const char *member_name; /* its module's; NULL: none was asked */
    bool has_mechanism;
    CK_MECHANISM_TYPE mechanism;
    CK_OBJECT_HANDLE key; /* as the application knows it; 0: none */
    const struct audit_key *description; /* of the key; NULL: none */
    const struct audit_key *wrapped;     /* by the key; NULL: nothing */
    uint64_t bytes_in;                   /* of the whole operation */
    uint64_t bytes_out;
    uint64_t us;               /* that its calls took */
    CK_SESSION_HANDLE session; /* 0: none */
    const char *detail;        /* JSON, or NULL */
};

/*
 * Where events go. `write` is false when the record could not be kept: then
 * the application must not be given the result. Called by many threads at
 * once, with no lock of p11mux held.
 */
struct audit_sink {
    bool (*write)(void *context, const struct audit_event *event);
    /* While is_failing: whether the record of a call that is still to be made
     * could be kept now. False: the call is to be refused, and is counted. */
    bool (*admit)(void *context, const struct audit_event *event);
    void *context;
    const _Atomic(bool) *is_failing;  /* NULL: nothing is refused for that */
    const _Atomic(bool) *wants_calls; /* each call, also those that are no
                                         event; NULL: it does not */
    bool wants_intents;               /* before what changes a token */
};

#endif
