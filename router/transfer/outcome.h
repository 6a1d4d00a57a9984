/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether an object can be copied from one member to another, how, and if it
 * cannot, why. */
#ifndef ROUTER_TRANSFER_OUTCOME_H
#define ROUTER_TRANSFER_OUTCOME_H

#include "common/cryptoki.h"

#include <stdbool.h>
#include <stddef.h>

enum transfer_verdict {
    TRANSFER_FINE,
    TRANSFER_THERE, /* the same key, which only an operation could tell */
    TRANSFER_NOT_COPIED,
    TRANSFER_UNKNOWN,
    TRANSFER_TAKEN,
    TRANSFER_OVERWRITES,
    TRANSFER_NOT_EXTRACTABLE,
    TRANSFER_TRUSTED_ONLY,
    TRANSFER_TEMPLATES,
    TRANSFER_STATEFUL,
    TRANSFER_UNREADABLE,
    TRANSFER_NO_CHANNEL,
    TRANSFER_NO_WRAPPING,
    TRANSFER_NO_MECHANISM,
    TRANSFER_TOO_LARGE,
    TRANSFER_NOT_WRAPPED,
    TRANSFER_NOT_UNWRAPPED,
    TRANSFER_REFUSED,
    TRANSFER_UNPROVEN,
    TRANSFER_DIFFERENT,
    TRANSFER_CHANGED,
    TRANSFER_EACH_TIME,
    TRANSFER_OVERTAKEN, /* changed at its own member meanwhile */
    TRANSFER_GONE,      /* destroyed there meanwhile */
    TRANSFER_LEFT_BEHIND,
    TRANSFER_IN_DOUBT,
    TRANSFER_NOT_KNOWN,
    TRANSFER_BURIED, /* destroyed, but for its own member */
    TRANSFER_VERDICTS
};

/* The ladder, from its top; the first one that works is taken. */
enum transfer_way {
    WAY_NONE,
    WAY_CREATED,
    WAY_RSA_AES,
    WAY_KWP,
    WAY_GCM,
    WAY_CBC_PAD,
    WAY_OAEP,
    WAY_CLEARTEXT,
    TRANSFER_WAYS
};

enum { TRANSFER_MOST_SILENT = 4 }; /* one object is denied no more */

struct transfer_outcome {
    enum transfer_verdict verdict;
    enum transfer_way way;
    const char *function; /* that refused; NULL: none was asked */
    bool is_at_target;    /* that one */
    CK_RV rv;
    bool is_known_again; /* the copy tells that it is the same */
    bool is_proven;      /* an operation on both has shown that */
    bool has_attribute;  /* one that the target refuses, or changes */
    CK_ATTRIBUTE_TYPE attribute;
    CK_ATTRIBUTE_TYPE silent[TRANSFER_MOST_SILENT]; /* false at the original,
                                                       and the copy has none */
    unsigned n_silent;
};

/* A name for programs, and in words: what is the matter, or how it is
 * copied. */
struct transfer_text {
    const char *name;
    const char *words;
};
extern const struct transfer_text transfer_verdicts[TRANSFER_VERDICTS];
extern const struct transfer_text transfer_ways[TRANSFER_WAYS];

/* Sets it, with what a member said; false, unless it is TRANSFER_FINE. */
bool transfer_end(struct transfer_outcome *outcome,
                  enum transfer_verdict verdict, const char *function,
                  bool is_at_target, CK_RV rv);

/* Whether a member says with it that it knows no such mechanism. */
bool transfer_is_unknown(CK_RV rv);

/* The verdict as far as what a member said tells more: that it wraps no keys at
 * all, that something is too large for it. */
void transfer_refine(struct transfer_outcome *outcome);

#endif
