/* SPDX-License-Identifier: BSD-3-Clause */
/* C_Login on a group: whom to ask, and on whom it is to be all the same. */
#include "common/cleanup.h"
#include "common/log.h"
#include "pin/source.h"
#include "router/login-private.h"
#include "router/migration.h"
#include "router/mode.h"
#include "router/outcome.h"
#include "router/route.h"
#include "router/slot-list.h"

/* Whose PIN the application knows, where members have roles (R9.8); else who
 * answers. */
static struct member *
find_next(const struct token *token, uint32_t tried)
{
    struct member *first = token_first(token);

    return mode_facts[token->mode].has_roles &&
                   (tried >> first->index & 1) == 0 && member_is_usable(first)
               ? first
               : token_member(token, tried);
}

struct member *
login_find_member(const struct token *token, CK_USER_TYPE user)
{
    struct member *member = find_next(token, 0);
    uint32_t tried = 0;

    /* R9.8 */
    if (mode_facts[token->mode].has_roles && user == CKU_SO)
        return member == token_first(token) ? member : NULL;
    if (token->mode == GROUP_SINGLE || user != CKU_USER)
        return member;
    while (member != NULL && login_has_own_pin(member)) {
        tried |= UINT32_C(1) << member->index;
        member = find_next(token, tried);
    }
    return member;
}

static bool
lacks_member(const struct token *token, CK_USER_TYPE user)
{
    return user == CKU_SO ? !member_is_usable(token_first(token))
                          : migration_lacks_old(token);
}

bool
login_lacks_member(const struct token *token, CK_USER_TYPE user)
{
    if (!mode_facts[token->mode].has_roles || !lacks_member(token, user))
        return false;
    slot_list_refresh(token->list);
    if (!lacks_member(token, user))
        return false;
    log_write(LOG_LEVEL_WARNING,
              "token \"%s\": C_Login: the %s member is not there, which it "
              "takes for that; \"p11mux group %s\" shows why",
              token->label, user == CKU_SO ? "new" : "old", token->label);
    return true;
}

/* -- PINs that the configuration knows ---------------------------------------
 */

static bool
have_all_own_pins(const struct token *token)
{
    for (unsigned i = 0; i < token->n_members; i++)
        if (!login_has_own_pin(&token->members[i]))
            return false;
    return true;
}

/* What the application is to offer, as far as somebody knows without a token;
 * where each member has its own that is the first one's. */
static const struct config_pin *
find_source(const struct token *token, const struct member *member)
{
    const struct config_token *rule = token->rule;

    if (rule->pin.kind != PIN_UNSET)
        return &rule->pin;
    return have_all_own_pins(token) ? &member->rule->pin : NULL;
}

static CK_RV
compare(struct token *token, const struct member *member,
        const struct login_request *request)
{
    CLEANUP(secret_wipe) struct secret right = { 0 };
    struct login_memory *memory = &token->login.memory;
    const struct config_pin *source = find_source(token, member);
    struct error error = { .rv = CKR_OK };
    enum login_answer answer;

    if (source == NULL) {
        log_write(LOG_LEVEL_WARNING,
                  "token \"%s\": C_Login: the members that are there have pins "
                  "of their own, so that none can say whether this one is "
                  "right; give the token a pin to compare it with",
                  token->label);
        return CKR_DEVICE_REMOVED;
    }
    if (!pin_read(source, member->rule->match.uri, &right, &error)) {
        log_write(LOG_LEVEL_ERROR, "%s", error.text);
        return error.rv;
    }
    if (!login_memory_keep(memory, true, right.bytes, right.length))
        return CKR_HOST_MEMORY;
    answer = login_memory_check(memory, request->pin, request->pin_length);
    if (answer == LOGIN_RIGHT)
        return CKR_OK;
    login_memory_wipe(memory);
    return answer == LOGIN_WRONG ? CKR_PIN_INCORRECT : CKR_FUNCTION_FAILED;
}

/* The members follow the login that has just been noted; whom it leaves out is
 * passed over. */
static CK_RV
enter(struct call *call)
{
    struct token *token = call->token;
    struct member *member = token_member(token, 0);

    while (member != NULL && atomic_load(&token->login.user) == CKU_USER) {
        if (!login_take(call, member))
            return call->rv;
        login_leave(call);
        if (member_is_usable(member) &&
            atomic_load(&token->login.user) == CKU_USER)
            return CKR_OK;
        member = token_member(token, 0);
    }
    return CKR_FUNCTION_FAILED;
}

CK_RV
login_ask_source(struct call *call, const struct login_request *request)
{
    struct token *token = call->token;
    const struct member *member = find_next(token, 0);

    call->rv =
        member == NULL ? CKR_DEVICE_REMOVED : compare(token, member, request);
    if (call->rv == CKR_PIN_INCORRECT)
        call->denial = CALL_DENIED;
    if (call->rv != CKR_OK)
        return call->rv;
    login_let_all_in(token);
    atomic_store(&token->login.user, CKU_USER);
    atomic_fetch_add(&token->login.epoch, 1);
    call->rv = enter(call);
    if (call->rv != CKR_OK)
        login_note_logout(token);
    return call->rv;
}

/* -- On all members ----------------------------------------------------------
 */

/* One that is away now is not the SO's. */
CK_RV
login_spread_so(struct call *call, const struct login_request *request)
{
    struct token *token = call->token;
    const struct member *first = call->member;
    CK_RV rv = CKR_OK;

    /* R9.8 */
    if (mode_facts[token->mode].has_roles)
        return CKR_OK;
    for (unsigned i = 0; i < token->n_members && rv == CKR_OK; i++) {
        struct member *member = &token->members[i];

        if (member == first || !member_is_usable(member))
            continue;
        if (login_go_to(call, member))
            call->rv = login_ask(call, request);
        rv = call->rv;
        login_leave(call);
    }
    if (rv == CKR_OK)
        return CKR_OK;
    atomic_fetch_add(&token->login.logouts, 1);
    (void)login_end_members(call);
    object_space_log_out(token->objects);
    login_note_logout(token);
    return rv;
}

/* With one PIN for all (R6.21); what the SO sets is set where he is (R9.8). */
static bool
changes_pin_of(const struct call *call, const struct member *member)
{
    return member == token_first(call->token) ||
           (!login_has_own_pin(member) &&
            (call->id != CALL_C_InitPIN ||
             !mode_facts[call->token->mode].has_roles));
}

/* It would be shown a PIN that it has not, by each process that logs in. */
static bool
leaves_wrong_pin(const struct call *call)
{
    const struct token *token = call->token;
    const struct member *old;

    if (call->id != CALL_C_InitPIN || !mode_facts[token->mode].has_roles)
        return false;
    old = &token->members[MIGRATE_OLD];
    if (migration_has_left(old) || login_has_own_pin(old))
        return false;
    log_write(LOG_LEVEL_WARNING,
              "token \"%s\": C_InitPIN: the old member would keep another "
              "PIN, and is logged in with the same; give it a pin of its own",
              token->label);
    return true;
}

void
login_may_change_pin(struct call *call)
{
    const struct token *token = call->token;
    const struct member *first;

    if (call->rv != CKR_OK || token->mode == GROUP_SINGLE)
        return;
    first = token_first(token);
    for (unsigned i = 0; i < token->n_members; i++)
        if (changes_pin_of(call, &token->members[i]) &&
            !member_is_usable(&token->members[i]))
            call_refuses(call, CKR_FUNCTION_FAILED);
    if (login_has_own_pin(first) || leaves_wrong_pin(call))
        call_refuses(call, CKR_FUNCTION_FAILED);
}

static CK_RV
change_on(struct call *call, struct member *member,
          const struct pin_change *change)
{
    route_leave(call);
    route_give(call, POOL_CLEAN);
    if (!route_take(call, member) || !route_prepare(call))
        return call->rv;
    if (call->id == CALL_C_InitPIN)
        return call->backend->C_InitPIN(call->backend_session, change->pin,
                                        change->length);
    return call->backend->C_SetPIN(call->backend_session, change->old,
                                   change->old_length, change->pin,
                                   change->length);
}

/* As they were: `first`, and those of the others that come before `end`. One
 * that is not is left out: its PIN is the new one. */
static void
revert(struct call *call, const struct pin_change *change,
       const struct member *first, unsigned end)
{
    const struct pin_change back = { change->pin, change->length, change->old,
                                     change->old_length };

    for (unsigned i = 0; i < call->token->n_members; i++) {
        struct member *member = &call->token->members[i];

        if ((member == first || (i < end && !login_has_own_pin(member))) &&
            change_on(call, member, &back) != CKR_OK)
            (void)login_leave_out(member);
    }
}

void
login_spread_pin(struct call *call, const struct pin_change *change)
{
    struct token *token = call->token;
    const struct member *first = call->member;
    CK_RV failure = CKR_OK;

    for (unsigned i = 0; i < token->n_members; i++) {
        struct member *member = &token->members[i];
        CK_RV rv;

        if (member == first || !changes_pin_of(call, member))
            continue;
        rv = change_on(call, member, change);
        if (rv == CKR_OK)
            continue;
        if (failure == CKR_OK)
            failure = rv;
        /* What the SO has set nobody can take back: this one has another. */
        if (call->id == CALL_C_InitPIN) {
            (void)login_leave_out(member);
            continue;
        }
        revert(call, change, first, i);
        /* It may have taken the PIN all the same, and would count the old one
         * as a wrong try. */
        if (outcome_of(atomic_load(&member->backend), call->id, rv) !=
            OUTCOME_USER)
            (void)login_leave_out(member);
        break;
    }
    call->rv = failure;
}
