/* SPDX-License-Identifier: BSD-3-Clause */
/* C_Login, C_LoginUser and C_Logout: the application's login. */
#include "router/login.h"

#include "common/cancel.h"
#include "common/cleanup.h"
#include "router/instance.h"
#include "router/login-private.h"
#include "router/outcome.h"
#include "router/process.h"
#include "router/route.h"
#include "router/tender.h"

void
login_init(struct login *login, bool is_automatic)
{
    turn_init(&login->turn);
    turn_init(&login->asking);
    login_memory_init(&login->memory);
    atomic_store(&login->user, LOGIN_NOBODY);
    login->is_automatic = is_automatic;
}

void
login_destroy(struct login *login)
{
    login_memory_destroy(&login->memory);
    turn_destroy(&login->asking);
    turn_destroy(&login->turn);
}

struct deadline
login_deadline(const struct token *token)
{
    return process_is_serving() ? deadline_in(token->pool->wait_ms)
                                : deadline_now();
}

/* User types from here on are a vendor's (R3.17). */
static const CK_USER_TYPE first_vendor_type = 0x80000000UL;

CK_RV
login_refusal(void)
{
    return process_is_serving() ? CKR_FUNCTION_FAILED
                                : CKR_CRYPTOKI_NOT_INITIALIZED;
}

/* -- Who is logged in --------------------------------------------------------
 */

bool
login_is_per_session(const struct member *member)
{
    const struct backend *backend = atomic_load(&member->backend);

    return backend != NULL &&
           backend_profile(backend)->settings.login_scope == SCOPED_SESSION;
}

/* The module is asked as the application would ask it: what is virtual
 * begins with pooled sessions. */
bool
login_is_native(const struct token *token)
{
    return token->mode == GROUP_SINGLE && token->pool->mode == POOL_NONE &&
           !token->login.is_automatic &&
           !login_is_per_session(&token->members[0]);
}

CK_STATE
login_state(const struct token *token, CK_FLAGS flags)
{
    CK_USER_TYPE user = atomic_load(&token->login.user);
    bool is_rw = (flags & CKF_RW_SESSION) != 0;

    if (user == CKU_SO)
        return CKS_RW_SO_FUNCTIONS;
    if (user != LOGIN_NOBODY || token->login.is_automatic)
        return is_rw ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
    return is_rw ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
}

/* Its caller has counted the session already: either it sees who comes, or
 * the SO sees it. */
bool
login_forbids_read_only(struct token *token)
{
    return atomic_load(&token->login.user) == CKU_SO ||
           atomic_load(&token->login.so_comes);
}

/* The backend session's member is where the login is now. Who follows it to
 * its epoch finds the user there. */
static void
note_login(struct call *call, CK_USER_TYPE user)
{
    struct login *login = &call->token->login;
    uint32_t epoch;

    login_let_all_in(call->token);
    atomic_store(&login->user, user);
    epoch = atomic_fetch_add(&login->epoch, 1) + 1;
    call->pooled->login = epoch;
    atomic_store(&call->member->login, epoch);
}

void
login_note_nobody(struct token *token)
{
    if (login_is_native(token))
        atomic_store(&token->members[0].login,
                     atomic_load(&token->login.epoch));
}

void
login_note_logout(struct token *token)
{
    struct login *login = &token->login;

    atomic_store(&login->user, LOGIN_NOBODY);
    atomic_fetch_add(&login->epoch, 1);
    login->is_claimed = false;
    login_memory_wipe(&login->memory);
    login_note_nobody(token);
}

/* -- Asking a member ---------------------------------------------------------
 */

CK_RV
login_ask(struct call *call, const struct login_request *request)
{
    struct counts *counts = pool_counts(call->member->pool);
    CK_RV rv;

    if (request->is_named)
        rv = call->backend->C_LoginUser(call->backend_session, request->type,
                                        request->pin, request->pin_length,
                                        request->name, request->name_length);
    else
        rv = call->backend->C_Login(call->backend_session, request->type,
                                    request->pin, request->pin_length);
    counts_note_answer(counts, COUNTED_LOGIN, rv);
    counts_note_login(counts, rv);
    return rv;
}

/* What has to be known of it to check the next one, and to log in again. */
static void
remember(struct call *call, const struct login_request *request)
{
    struct login_memory *memory = &call->token->login.memory;
    bool is_kept = request->type == CKU_USER;

    /* Without a PIN: a token that asks for it itself. */
    if (request->pin != NULL)
        (void)login_memory_keep(memory, is_kept, request->pin,
                                request->pin_length);
    if (request->is_named)
        login_memory_name(memory, request->name, request->name_length);
}

/* -- C_Login -----------------------------------------------------------------
 */

static CK_RV
check_again(struct call *call, const struct login_request *request, CK_RV right)
{
    switch (login_memory_check(&call->token->login.memory, request->pin,
                               request->pin_length)) {
    case LOGIN_RIGHT:
        return right;
    case LOGIN_WRONG:
        call->denial = CALL_DENIED;
        return CKR_PIN_INCORRECT;
    case LOGIN_TOO_SOON:
        call->denial = CALL_DENIED;
        return CKR_FUNCTION_FAILED;
    default:
        /* As the module says it, which does not look at a PIN either: never a
         * success (R3.19). */
        return CKR_USER_ALREADY_LOGGED_IN;
    }
}

/* The user of auto_login, who may not be back since the SO was there, is logged
 * in before somebody's PIN is compared with his. */
static void
recall(struct call *call)
{
    if (login_take(call, token_member(call->token, 0)))
        login_leave(call);
}

/* The answer when somebody is logged in already; false when nobody is. */
static bool
is_answered(struct call *call, const struct login_request *request, CK_RV *rv)
{
    struct login *login = &call->token->login;
    CK_USER_TYPE user = atomic_load(&login->user);

    /* Where it could not be logged in by itself, the token is asked. */
    if (user == LOGIN_NOBODY && login->is_automatic &&
        request->type == CKU_USER && login_memory_has_pin(&login->memory)) {
        *rv = check_again(call, request,
                          login->is_claimed ? CKR_USER_ALREADY_LOGGED_IN
                                            : CKR_OK);
        login->is_claimed = login->is_claimed || *rv == CKR_OK;
        return true;
    }
    if (user == LOGIN_NOBODY)
        return false;
    if (user != request->type ||
        (request->is_named &&
         !login_memory_is_named(&login->memory, request->name,
                                request->name_length)))
        *rv = CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
    else
        *rv = check_again(call, request, CKR_USER_ALREADY_LOGGED_IN);
    return true;
}

/* R3.19: the module does not check a PIN when somebody is logged in; that is
 * never a success. Who it is, is taken over. */
static void
adopt(struct call *call)
{
    CK_SESSION_INFO info;

    if (call->backend->C_GetSessionInfo(call->backend_session, &info) != CKR_OK)
        return;
    if (info.state == CKS_RW_SO_FUNCTIONS)
        note_login(call, CKU_SO);
    else if (info.state == CKS_RO_USER_FUNCTIONS ||
             info.state == CKS_RW_USER_FUNCTIONS)
        note_login(call, CKU_USER);
}

static CK_RV
ask_once(struct call *call, const struct login_request *request)
{
    struct member *member = login_find_member(call->token, request->type);

    if (member == NULL && call->token->mode != GROUP_SINGLE) {
        if (request->type != CKU_SO)
            return login_ask_source(call, request);
        call->rv = CKR_DEVICE_REMOVED;
        return call->rv;
    }
    if (!login_go_to(call, member))
        return call->rv;
    call->rv = login_ask(call, request);
    if (call->rv == CKR_OK) {
        remember(call, request);
        note_login(call, request->type);
    } else if (call->rv == CKR_USER_ALREADY_LOGGED_IN) {
        adopt(call);
    }
    login_leave(call);
    return call->rv;
}

CK_RV
login_ask_member(struct call *call, const struct login_request *request)
{
    CK_RV rv = ask_once(call, request);

    if (login_was_gone(call))
        return ask_once(call, request);
    /* It has taken no PIN, and refused none (7.3). */
    if (call->token->mode == GROUP_SINGLE || call->member == NULL ||
        outcome_of_call(call) != OUTCOME_MEMBER_LOST)
        return rv;
    member_fail(call->member, "C_Login", rv);
    return ask_once(call, request);
}

static CK_RV
begin_virtual(struct call *call, const struct login_request *request)
{
    struct login *login = &call->token->login;
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    CLEANUP(turn_give_if) struct turn *turn = NULL;
    CK_RV rv = CKR_OK;

    if (!turn_take(&login->turn, login_deadline(call->token)))
        return login_refusal();
    turn = &login->turn;
    if (login->is_automatic && request->type == CKU_USER &&
        atomic_load(&login->user) == LOGIN_NOBODY &&
        !login_memory_has_pin(&login->memory))
        recall(call);
    if (is_answered(call, request, &rv))
        return rv;
    if (login_lacks_member(call->token, request->type))
        return CKR_DEVICE_REMOVED;
    return request->type == CKU_SO ? login_begin_so(call, request)
                                   : login_ask_member(call, request);
}

/* As the application would ask it, with its own backend session. */
static CK_RV
begin_native(struct call *call, const struct login_request *request)
{
    if (!login_go_to(call, token_member(call->token, 0)))
        return call->rv;
    call->rv = login_ask(call, request);
    if (request->type == CKU_CONTEXT_SPECIFIC)
        return call->rv;
    call->logs_in = call->rv == CKR_OK;
    if (call->logs_in) {
        remember(call, request);
        note_login(call, request->type);
    } else if (call->rv == CKR_USER_ALREADY_LOGGED_IN &&
               atomic_load(&call->token->login.user) == LOGIN_NOBODY)
        adopt(call);
    return call->rv;
}

/* R3.23: to the backend session that the operation is on, once, and what was
 * begun with it is not begun again elsewhere. */
static CK_RV
begin_context(struct call *call, const struct login_request *request)
{
    struct session *session = call->session;
    struct operation *operation = session_any_operation(session);

    if (operation == NULL)
        return CKR_OPERATION_NOT_INITIALIZED;
    for (unsigned kind = OPERATION_ENCRYPT; kind < OPERATION_KINDS; kind++)
        if (session_is_active(session, kind))
            session->operations[kind]->may_repeat = false;
    call->pooled = operation->held;
    call->member = call->pooled->member;
    if (!route_prepare(call))
        return call->rv;
    call->rv = login_ask(call, request);
    if (call->rv == CKR_PIN_LOCKED) {
        atomic_fetch_add(&call->token->login.logouts, 1);
        object_space_log_out(call->token->objects);
        login_note_logout(call->token);
    }
    return call->rv;
}

CK_RV
login_begin(struct call *call, const struct login_request *request)
{
    CK_RV rv;

    if (login_is_native(call->token))
        return begin_native(call, request);
    if (request->is_named && route_lacks(call))
        return CKR_FUNCTION_NOT_SUPPORTED; /* R3.24 */
    if (request->type == CKU_CONTEXT_SPECIFIC)
        return begin_context(call, request);
    if (request->type > CKU_CONTEXT_SPECIFIC &&
        request->type < first_vendor_type)
        return CKR_USER_TYPE_INVALID;
    rv = begin_virtual(call, request);
    call->logs_in = rv == CKR_OK;
    tender_show(instance_get()->tender);
    return rv;
}
