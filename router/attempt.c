/* SPDX-License-Identifier: BSD-3-Clause */
/* What a call of a group has tried so far. */
#include "router/attempt.h"

#include "common/clock.h"
#include "router/session.h"
#include "router/token.h"

static const uint64_t ns_per_ms = 1000 * 1000;

void
attempt_begin(struct call *call)
{
    struct attempt *attempt = &call->session->attempt;

    attempt->tried = attempt->others;
    attempt->failure = CKR_OK;
    attempt->is_absence = false;
    attempt->failed_at = 0;
    attempt->has_moved = false;
    attempt->is_again = false;
    attempt->waits_for_slow = false;
    attempt->is_spread = false;
    attempt->buried = CKR_OK;
    attempt->chosen = UINT8_MAX;
}

void
attempt_note_time(struct call *call)
{
    struct attempt *attempt = &call->session->attempt;

    if (attempt->failed_at == 0)
        attempt->failed_at = clock_now_coarse();
}

void
attempt_remember(struct call *call, CK_RV failure)
{
    struct attempt *attempt = &call->session->attempt;

    if (attempt->failure != CKR_OK && !attempt->is_absence)
        return;
    attempt->failure = failure;
    attempt->is_absence = false;
}

void
attempt_remember_absence(struct call *call, CK_RV failure)
{
    struct attempt *attempt = &call->session->attempt;

    if (attempt->failure != CKR_OK)
        return;
    attempt->failure = failure;
    attempt->is_absence = true;
}

bool
attempt_is_late(const struct call *call)
{
    uint64_t since = call->session->attempt.failed_at;

    return since != 0 && (clock_now_coarse() - since) / ns_per_ms >=
                             call->token->rule->call_budget_ms;
}
