/* SPDX-License-Identifier: BSD-3-Clause */
/* What a member's return value says about the member (SEMANTICS 7.1). */
#ifndef ROUTER_OUTCOME_H
#define ROUTER_OUTCOME_H

#include "common/cryptoki.h"

#include <stdbool.h>

enum outcome {
    OUTCOME_USER,         /* the caller's matter, or a verdict: returned */
    OUTCOME_MEMBER_LOST,  /* another member, if there is one */
    OUTCOME_AMBIGUOUS,    /* a probe tells */
    OUTCOME_SESSION_LOST, /* another session of the same member */
    OUTCOME_LOGIN_LOST,
    OUTCOME_BUSY,
    OUTCOME_HANDLE /* the member does not know this object any more */
};

enum outcome outcome_of(CK_RV rv);

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
