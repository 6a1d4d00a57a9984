/* SPDX-License-Identifier: BSD-3-Clause */
/* A member is logged in with a PIN that p11mux has. */
#include "router/login-private.h"
#include "router/watch.h"

#include <time.h>

static bool
begin(struct stay *stay, const struct pool_session *pooled,
      enum call_id function)
{
    return stay_begin(stay, pooled->member, pooled->backend, NULL, function);
}

/* What the token says of its PIN's tries; 0: nothing. */
static CK_FLAGS
read_flags(const struct pool_session *pooled)
{
    CK_SLOT_ID slot = atomic_load(&pooled->member->slot);
    CK_TOKEN_INFO info = { .flags = 0 };
    struct stay stay;
    CK_RV rv;

    if (!begin(&stay, pooled, CALL_C_GetTokenInfo))
        return 0;
    rv = pooled->functions->C_GetTokenInfo(slot, &info);
    stay_end(&stay);
    return rv == CKR_OK ? info.flags : 0;
}

bool
login_is_last_try(const struct pool_session *pooled)
{
    return (read_flags(pooled) &
            (CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED)) != 0;
}

/* It may have been a wrong PIN that the module has no better word for
 * (R7.13). */
static bool
counts_tries(const struct pool_session *pooled)
{
    return (read_flags(pooled) &
            (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY |
             CKF_USER_PIN_LOCKED)) != 0;
}

static CK_RV
try_once(const struct pool_session *pooled, const struct secret *pin)
{
    struct stay stay;
    CK_RV rv;

    if (!begin(&stay, pooled, CALL_C_Login))
        return CKR_FUNCTION_FAILED;
    rv = pooled->functions->C_Login(pooled->handle, CKU_USER, pin->bytes,
                                    pin->length);
    stay_end(&stay);
    counts_note_login(pool_counts(pooled->pool), rv);
    return rv;
}

static bool
says_nothing(CK_RV rv)
{
    return rv == CKR_GENERAL_ERROR || rv == CKR_FUNCTION_FAILED ||
           rv == CKR_DEVICE_ERROR;
}

/* Several processes that log in at the same moment, as after a pause, are too
 * much for some modules, which say so with a code that says nothing of the
 * PIN. */
CK_RV
login_try(const struct pool_session *pooled, const struct secret *pin)
{
    enum { MOST_TRIES = 6, FIRST_PAUSE_MS = 4 };
    CK_RV rv = try_once(pooled, pin);

    for (int i = 1; i < MOST_TRIES && says_nothing(rv) &&
                    !member_is_stuck(pooled->member) && !counts_tries(pooled);
         i++) {
        const struct timespec pause = { .tv_nsec = (long)(FIRST_PAUSE_MS << i) *
                                                   1000000 };

        (void)nanosleep(&pause, NULL);
        rv = try_once(pooled, pin);
    }
    return rv;
}
