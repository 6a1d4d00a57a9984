/* SPDX-License-Identifier: BSD-3-Clause */
/* What a return value says about the token that gave it (SEMANTICS 7.1), and
 * where a vendor's module means something else by one. */
#ifndef CONFIG_OUTCOME_H
#define CONFIG_OUTCOME_H

#include "common/cryptoki.h"

#include <stddef.h>
#include <stdint.h>

enum outcome {
    OUTCOME_USER,         /* the caller's matter, or a verdict: returned */
    OUTCOME_MEMBER_LOST,  /* another member, if there is one */
    OUTCOME_AMBIGUOUS,    /* a probe tells */
    OUTCOME_SESSION_LOST, /* another session of the same member */
    OUTCOME_LOGIN_LOST,
    OUTCOME_BUSY,
    OUTCOME_HANDLE,   /* the member does not know this object any more */
    OUTCOME_THROTTLED /* busy: the same again, a little later */
};

/* Where a function is in a list, for those that differ; 0, which is no
 * function's place: whichever function it is. */
struct config_class {
    CK_RV rv;
    uint16_t entry;
    enum outcome outcome;
};

#endif
