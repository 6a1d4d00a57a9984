/* SPDX-License-Identifier: BSD-3-Clause */
/* C_Logout, and PINs that have changed. */
#include "router/login.h"

#include "common/cancel.h"
#include "common/cleanup.h"
#include "router/login-private.h"
#include "router/member-probe.h"
#include "router/route.h"
#include "router/watch.h"

/* Not while somebody is about to log it in again: that would stay. */
static CK_RV
log_out(struct call *call)
{
    struct turn *asking = &call->token->login.asking;
    CLEANUP(turn_give_if) struct turn *taken = NULL;
    CK_RV rv;

    if (!turn_take(asking, login_deadline(call->token)))
        return login_refusal();
    taken = asking;
    if (!route_prepare(call))
        return call->rv;
    rv = call->backend->C_Logout(call->backend_session);
    route_leave(call);
    return rv == CKR_USER_NOT_LOGGED_IN ? CKR_OK : rv;
}

static CK_RV
end_member(struct call *call, struct member *member)
{
    if (!login_take(call, member))
        return call->rv;
    call->rv = log_out(call);
    login_leave(call);
    return call->rv;
}

/* False: it cannot be asked now, and is logged out when it is back. */
static bool
owes_nothing(struct member *member)
{
    if (member_is_usable(member))
        return true;
    atomic_store(&member->owes_logout, true);
    return member_is_usable(member);
}

/* Whether a member of a group was lost with the answer: it owes the logout, and
 * the others are not to be logged in for its sake. */
static bool
is_lost(struct call *call, struct member *member)
{
    enum outcome outcome = outcome_of_call(call);
    bool has_failed;

    if (call->token->mode == GROUP_SINGLE)
        return false;
    has_failed = outcome == OUTCOME_MEMBER_LOST ||
                 (outcome == OUTCOME_AMBIGUOUS &&
                  member_probe(member, NULL, outcome) >= PROBE_GONE);
    if (!has_failed && member_is_usable(member))
        return false;
    atomic_store(&member->owes_logout, true);
    if (has_failed)
        member_fail(member, "C_Logout", call->rv);
    return true;
}

/* One that is left out, or drained, may be logged in all the same, and is not
 * looked at when it is let in again. Where nothing is open on one that is
 * drained its device has logged out by itself, and may be away. */
static void
end_left_out(struct member *member)
{
    bool may_be_logged_in =
        atomic_load(&member->is_left_out) ||
        (atomic_load(&member->is_drained) && pool_count(member->pool) > 0);

    if (may_be_logged_in && !member_is_away(member) &&
        atomic_load(&member->hang) == HANG_NOT)
        (void)login_make_up(member);
}

CK_RV
login_end_members(struct call *call)
{
    CK_RV first = CKR_OK;
    struct token *token = call->token;

    for (unsigned i = 0; i < token->n_members; i++) {
        struct member *member = &token->members[i];
        CK_RV rv;

        if (!owes_nothing(member)) {
            end_left_out(member);
            continue;
        }
        if (pool_count(member->pool) == 0)
            continue;
        rv = end_member(call, member);
        if (login_was_gone(call))
            rv = end_member(call, member);
        if (rv != CKR_OK && first == CKR_OK && !is_lost(call, member))
            first = rv;
    }
    return first;
}

/* The user of auto_login returns where the SO was (DESIGN 4). */
static CK_RV
end_virtual(struct call *call)
{
    struct token *token = call->token;
    struct login *login = &token->login;
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    CLEANUP(turn_give_if) struct turn *turn = NULL;
    CK_USER_TYPE user;
    CK_RV rv;

    if (!turn_take(&login->turn, login_deadline(token)))
        return login_refusal();
    turn = &login->turn;
    user = atomic_load(&login->user);
    if (user == LOGIN_NOBODY && !login->is_claimed)
        return CKR_USER_NOT_LOGGED_IN;
    if (user == LOGIN_NOBODY) {
        login->is_claimed = false;
        return CKR_OK;
    }
    /* What goes on with the user's keys ends first (R3.15), and backend
     * sessions that are opened meanwhile do not log in again for him. */
    atomic_fetch_add(&login->logouts, 1);
    if (user == CKU_USER)
        atomic_store(&login->user, LOGIN_NOBODY);
    rv = login_end_members(call);
    if (rv != CKR_OK) {
        atomic_store(&login->user, user);
        return rv;
    }
    /* So is what began in the meantime. */
    atomic_fetch_add(&login->logouts, 1);
    object_space_log_out(token->objects);
    login_note_logout(token);
    return CKR_OK;
}

/* The token is down, and nobody is let in when it is back before the user has
 * been logged out there. */
static CK_RV
end_unasked(struct token *token)
{
    if (atomic_load(&token->login.user) == LOGIN_NOBODY)
        return CKR_USER_NOT_LOGGED_IN;
    object_space_log_out(token->objects);
    login_note_logout(token);
    return CKR_OK;
}

CK_RV
login_end(struct call *call)
{
    if (!login_is_native(call->token))
        return end_virtual(call);
    if (!owes_nothing(&call->token->members[0]))
        return end_unasked(call->token);
    if (!login_go_to(call, token_member(call->token, 0)))
        return call->rv;
    call->rv = call->backend->C_Logout(call->backend_session);
    if (call->rv == CKR_OK) {
        object_space_log_out(call->token->objects);
        login_note_logout(call->token);
    }
    return call->rv;
}

void
login_renew(struct token *token)
{
    CK_USER_TYPE so = CKU_SO;

    if (token->mode == GROUP_SINGLE)
        (void)atomic_compare_exchange_strong(&token->login.user, &so,
                                             LOGIN_NOBODY);
    atomic_fetch_add(&token->login.epoch, 1);
}

/* -- PINs changed ------------------------------------------------------------
 */

void
login_change_pin(struct call *call, const struct pin_change *change)
{
    struct login *login;
    bool is_so;

    if (call->rv == CKR_OK && call->token->mode != GROUP_SINGLE)
        login_spread_pin(call, change);
    if (call->rv != CKR_OK)
        return;
    login = &call->token->login;
    is_so = atomic_load(&login->user) == CKU_SO;
    /* One that the token asked for itself: what was kept is no good. */
    if (change->pin == NULL)
        login_memory_wipe(&login->memory);
    else if (is_so || login_memory_has_pin(&login->memory))
        (void)login_memory_keep(&login->memory, !is_so, change->pin,
                                change->length);
}

void
login_clear_way(struct call *call)
{
    if (call->rv != CKR_OK || login_is_native(call->token))
        return;
    for (unsigned i = 0; i < call->token->n_members; i++)
        pool_drain(call->token->members[i].pool, false);
}

void
login_init_pin(struct call *call, const struct pin_change *change)
{
    if (call->rv == CKR_OK && call->token->mode != GROUP_SINGLE)
        login_spread_pin(call, change);
}

/* -- Owed --------------------------------------------------------------------
 */

/* R/W where the SO is logged in. */
static CK_RV
open_for_logout(const struct member_place *place, CK_SESSION_HANDLE *out)
{
    CK_FLAGS flags = CKF_SERIAL_SESSION;
    CK_RV rv =
        place->functions->C_OpenSession(place->slot, flags, NULL, NULL, out);

    if (rv != CKR_SESSION_READ_WRITE_SO_EXISTS)
        return rv;
    flags |= CKF_RW_SESSION;
    return place->functions->C_OpenSession(place->slot, flags, NULL, NULL, out);
}

bool
login_make_up(struct member *member)
{
    struct member_place place;
    CK_SESSION_HANDLE session;
    struct stay stay;
    bool is_done;

    if (!atomic_exchange(&member->owes_logout, false) ||
        login_wants_user(&member->token->login))
        return true;
    member_read(member, &place);
    if (!stay_begin(&stay, member, place.backend, NULL, CALL_C_Logout)) {
        atomic_store(&member->owes_logout, true);
        return false;
    }
    is_done = open_for_logout(&place, &session) == CKR_OK;
    if (is_done) {
        (void)place.functions->C_Logout(session);
        (void)place.functions->C_CloseSession(session);
    } else {
        atomic_store(&member->owes_logout, true);
    }
    stay_end(&stay);
    return is_done;
}
