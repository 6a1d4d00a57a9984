/* SPDX-License-Identifier: BSD-3-Clause */
/* What a member's return value says about the member (SEMANTICS 7.1). */
#ifndef ROUTER_OUTCOME_H
#define ROUTER_OUTCOME_H

#include "backends/backend.h"
#include "router/call.h"

/* By the function too, for those modules that need it; N_CALLS: by none. The
 * backend may be NULL. */
enum outcome outcome_of(const struct backend *backend, unsigned function,
                        CK_RV rv);

/* As what it is counted. */
static inline enum outcome
outcome_counted(enum outcome outcome)
{
    return outcome == OUTCOME_THROTTLED ? OUTCOME_BUSY : outcome;
}

/* Whether what was to be made may have been made all the same, or half of it
 * (7.3). */
static inline bool
outcome_is_uncertain(enum outcome outcome)
{
    return outcome == OUTCOME_MEMBER_LOST || outcome == OUTCOME_AMBIGUOUS ||
           outcome == OUTCOME_SESSION_LOST;
}

/* Of the call's result, by the module that gave it. */
enum outcome outcome_of_call(const struct call *call);

/*
 * Whether a backend session is fit for its next operation after an
 * operation ended with this value: success or a verdict about the data
 * (R3.14).
 */
bool outcome_is_clean(CK_RV rv);

/*
 * Whether a call was refused before the operation that it goes on with saw
 * it: a bad argument, a function that the module does not have. Of one that
 * brings a key with it: also whether that is a key it can take.
 */
bool outcome_is_refusal(CK_RV rv);
bool outcome_is_key_refusal(CK_RV rv);

#endif
