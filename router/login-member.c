/* SPDX-License-Identifier: BSD-3-Clause */
/* The members follow the login: each where and when it is used. */
#include "router/login.h"

#include "common/cleanup.h"
#include "common/log.h"
#include "common/names.h"
#include "pin/source.h"
#include "router/login-private.h"
#include "router/outcome.h"
#include "router/record.h"
#include "router/watch.h"

/* -- The PIN -----------------------------------------------------------------
 */

/* Rules are read once: they may be taken over from another configuration
 * meanwhile. */
static const struct config_pin *
own_source(const struct member *member)
{
    const struct config_member *rule = member->rule;

    return rule != NULL && rule->pin.kind != PIN_UNSET ? &rule->pin : NULL;
}

bool
login_has_own_pin(const struct member *member)
{
    return own_source(member) != NULL;
}

/* Of the member's own source, of the application, of the token's source. */
static const struct config_pin *
find_source(const struct member *member)
{
    const struct config_pin *own = own_source(member);
    const struct config_token *rule = member->token->rule;

    if (own != NULL)
        return own;
    return rule != NULL && rule->pin.kind != PIN_UNSET ? &rule->pin : NULL;
}

/* Of automatic logins it is the first member's own PIN that is remembered. */
static bool
knows_pin_of(const struct member *member)
{
    const struct token *token = member->token;

    return !login_has_own_pin(member) &&
           (!token->login.is_automatic ||
            !login_has_own_pin(&token->members[0]));
}

static bool
find_pin(const struct member *member, struct secret *out, struct error *error)
{
    const struct config_pin *source = find_source(member);
    struct token *token = member->token;

    if (knows_pin_of(member) && login_memory_get(&token->login.memory, out))
        return true;
    if (source == NULL)
        return error_set(error, CKR_USER_NOT_LOGGED_IN,
                         "token \"%s\": there is no PIN to log in again with",
                         token->label);
    return pin_read(source,
                    member->rule == NULL ? NULL : member->rule->match.uri, out,
                    error);
}

/* -- Logging in --------------------------------------------------------------
 */

static bool
begin(struct stay *stay, const struct pool_session *pooled,
      enum call_id function)
{
    return stay_begin(stay, pooled->member, pooled->backend, NULL, function);
}

/* What others are logged in with, and C_Login of the application is compared
 * with: never a member's own PIN, but for the first one's where nobody else is
 * shown it (R7.11). */
static bool
is_to_be_kept(const struct member *member)
{
    return knows_pin_of(member) ||
           (member->index == 0 && member->token->login.is_automatic);
}

/* What one member of a group does not take may be right for the others. */
static struct login_memory *
refusals(struct member *member)
{
    return member->token->mode == GROUP_SINGLE ? &member->token->login.memory
                                               : &member->refusals;
}

/* With the PIN where there is one that the token has not refused. */
static CK_RV
log_in(const struct pool_session *pooled, struct error *error)
{
    struct token *token = pooled->member->token;
    struct login_memory *memory = &token->login.memory;
    CLEANUP(secret_wipe) struct secret pin = { 0 };
    char name[NAME_LENGTH];
    CK_RV rv;

    if (!find_pin(pooled->member, &pin, error))
        return error->rv;
    if (login_memory_is_refused(refusals(pooled->member), &pin) ||
        login_is_last_try(pooled)) {
        (void)error_set(error, CKR_PIN_INCORRECT,
                        "token \"%s\": the token has refused this PIN, or has "
                        "one try left; log in once by hand with the right "
                        "PIN, or correct its source",
                        token->label);
        record_login_denied(pooled);
        return error->rv;
    }
    rv = login_try(pooled, &pin);
    if (rv == CKR_OK && is_to_be_kept(pooled->member))
        (void)login_memory_keep(memory, true, pin.bytes, pin.length);
    /* By the application meanwhile; the PIN was not looked at (R3.19). */
    if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)
        return CKR_OK;
    if (login_is_about_pin(rv))
        login_memory_refuse(refusals(pooled->member), &pin);
    (void)error_set(error, rv,
                    "token \"%s\": C_Login with the PIN of its source, or of "
                    "the application, answers %s; correct the PIN's source, "
                    "it is not tried again",
                    token->label, name_of(NAME_CKR, rv, name));
    return rv;
}

/* -- Following ---------------------------------------------------------------
 */

bool
login_is_user(CK_STATE state)
{
    return state == CKS_RO_USER_FUNCTIONS || state == CKS_RW_USER_FUNCTIONS;
}

CK_RV
login_read_state(const struct pool_session *pooled, CK_STATE *state)
{
    CK_SESSION_INFO info = { .state = CKS_RO_PUBLIC_SESSION };
    CK_RV rv = pool_ask(pooled, &info);

    *state = info.state;
    return rv;
}

static bool
is_per_session(const struct pool_session *pooled)
{
    return backend_profile(pooled->backend)->settings.login_scope ==
           SCOPED_SESSION;
}

bool
login_wants_user(const struct login *login)
{
    CK_USER_TYPE user = atomic_load(&login->user);

    return user == CKU_USER || (user == LOGIN_NOBODY && login->is_automatic &&
                                !atomic_load(&login->so_comes));
}

/* Nobody is logged in any more: what is private was found by nobody. */
static void
lose_login(struct token *token)
{
    atomic_store(&token->login.user, LOGIN_NOBODY);
    atomic_fetch_add(&token->login.epoch, 1);
}

/* Whether a session of its own login is still somebody's who is not logged in
 * any more. */
static bool
is_left_over(const struct pool_session *pooled, CK_STATE state)
{
    const struct login *login = &pooled->member->token->login;

    if (login_is_user(state))
        return !login_wants_user(login);
    return state == CKS_RW_SO_FUNCTIONS && atomic_load(&login->user) != CKU_SO;
}

/* The member is gone, or its session: its PIN has no part in it. */
static bool
is_lost(const struct pool_session *pooled, CK_RV rv)
{
    enum outcome outcome = outcome_of(pooled->backend, CALL_C_Login, rv);

    return outcome == OUTCOME_MEMBER_LOST || outcome == OUTCOME_SESSION_LOST;
}

/* Before the login: who sees it sees the number too. */
static void
note_relogin(const struct pool_session *pooled)
{
    atomic_fetch_add(&pooled->member->relogins, 1);
}

/* One thread at a time: a wrong PIN is tried once, not by each of those that
 * need the token (R7.13). Who comes later finds what came of it. Where it
 * cannot be logged in it stays public: the token itself says so. */
static bool
log_in_once(const struct pool_session *pooled)
{
    struct token *token = pooled->member->token;
    struct login *login = &token->login;
    CLEANUP(turn_give_if) struct turn *turn = NULL;
    struct error error = { .rv = CKR_OK };
    CK_STATE state;

    if (!turn_take(&login->asking, login_deadline(token)))
        return false;
    turn = &login->asking;
    if (!login_wants_user(login))
        return true;
    if (login_read_state(pooled, &state) != CKR_OK)
        return false;
    if (login_is_user(state))
        return true;
    /* One session's own login says nothing of the others. */
    if (!is_per_session(pooled))
        note_relogin(pooled);
    if (log_in(pooled, &error) == CKR_OK)
        return true;
    log_write(LOG_LEVEL_ERROR, "%s", error.text);
    if (token->mode != GROUP_SINGLE && is_lost(pooled, error.rv))
        return false;
    /* Without a PIN: one that a token asked for itself, or that somebody else
     * in this process gave (R3.19). What is public there can be used. */
    if (token->mode != GROUP_SINGLE && error.rv == CKR_USER_NOT_LOGGED_IN)
        return true;
    if (token->mode != GROUP_SINGLE && login_leave_out(pooled->member))
        return true;
    if (!login->is_automatic)
        lose_login(token);
    return true;
}

void
login_log_out(const struct pool_session *pooled)
{
    struct stay stay;

    if (!begin(&stay, pooled, CALL_C_Logout))
        return;
    (void)pooled->functions->C_Logout(pooled->handle);
    stay_end(&stay);
}

/* False when nobody knows yet: it is tried at its next use. */
static bool
follow(const struct pool_session *pooled, bool is_new)
{
    CK_STATE state;

    if (login_read_state(pooled, &state) != CKR_OK)
        return false;
    if (!is_new && is_per_session(pooled) && is_left_over(pooled, state))
        login_log_out(pooled);
    return !login_wants_user(&pooled->member->token->login) ||
           login_is_user(state) || log_in_once(pooled);
}

bool
login_comes_back(struct token *token)
{
    CK_USER_TYPE user = atomic_load(&token->login.user);

    return user == LOGIN_NOBODY ||
           (user == CKU_USER && (login_memory_has_pin(&token->login.memory) ||
                                 find_source(&token->members[0]) != NULL));
}

bool
login_restore(const struct pool_session *pooled)
{
    const struct token *token = pooled->member->token;
    CK_STATE state;

    if (!login_wants_user(&token->login) ||
        login_read_state(pooled, &state) != CKR_OK || login_is_user(state))
        return false;
    note_relogin(pooled);
    return log_in_once(pooled) && login_read_state(pooled, &state) == CKR_OK &&
           login_is_user(state);
}

/* Of those that log in one session at a time, each has to follow itself. */
static void
settle(struct pool_session *pooled, bool is_new)
{
    struct member *member = pooled->member;
    uint32_t epoch = atomic_load(&member->token->login.epoch);
    bool is_to_follow = is_new || is_per_session(pooled) ||
                        atomic_load(&member->login) != epoch;

    if (is_to_follow && !follow(pooled, is_new)) {
        pooled->login = epoch - 1;
        return;
    }
    pooled->login = epoch;
    atomic_store(&member->login, epoch);
}

void
login_settle(struct pool_session *pooled)
{
    settle(pooled, false);
}

bool
login_is_there(const struct pool_session *pooled)
{
    CK_STATE state;

    return login_is_followed(pooled) &&
           (!login_wants_user(&pooled->member->token->login) ||
            (login_read_state(pooled, &state) == CKR_OK &&
             login_is_user(state)));
}

/* In mode `none` the application logs in itself: each of its sessions would
 * only be asked for what is known, unless the device has forgotten it. The
 * overflow knows no login. */
void
login_meet(struct pool_session *pooled)
{
    const struct token *token = pooled->member->token;

    if (pooled->member == token->overflow ||
        (login_is_native(token) && atomic_load(&pooled->member->login) ==
                                       atomic_load(&token->login.epoch)))
        pooled->login = atomic_load(&token->login.epoch);
    else
        settle(pooled, true);
}

/* -- After a fork ------------------------------------------------------------
 */

void
login_follow(struct token *token, const struct token *parent)
{
    CK_USER_TYPE user = atomic_load(&parent->login.user);

    if (user == CKU_USER && find_source(&token->members[0]) != NULL)
        atomic_store(&token->login.user, CKU_USER);
    token->login.is_claimed = parent->login.is_claimed;
}
