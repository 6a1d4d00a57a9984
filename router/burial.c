/* SPDX-License-Identifier: BSD-3-Clause */
/* Destroys what an old member keeps. */
#include "router/burial.h"

#include "common/cancel.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/names.h"
#include "router/facts.h"
#include "router/known.h"
#include "router/migration.h"
#include "router/mode.h"
#include "router/outcome.h"
#include "router/record.h"
#include "router/replicate-private.h"
#include "router/route.h"
#include "router/session.h"
#include "router/tie.h"
#include "router/token.h"
#include "router/tombstone.h"

#include <stdlib.h>

/* -- Whether it is one -------------------------------------------------------
 */

/* What a member says that will not do it another time either. */
static bool
is_refusal(CK_RV rv)
{
    static const CK_RV refusals[] = {
        CKR_ACTION_PROHIBITED,      CKR_TOKEN_WRITE_PROTECTED,
        CKR_SESSION_READ_ONLY,      CKR_ATTRIBUTE_READ_ONLY,
        CKR_FUNCTION_NOT_SUPPORTED,
    };

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        if (refusals[i] == rv)
            return true;
    return false;
}

/* Not that somebody has to log in first, or that there is no such object. */
static bool
cannot_do_it(const struct member *old, CK_RV rv)
{
    switch (outcome_of(atomic_load(&old->backend), CALL_C_DestroyObject, rv)) {
    case OUTCOME_MEMBER_LOST:
        return true;
    case OUTCOME_LOGIN_LOST:
    case OUTCOME_HANDLE:
        return false;
    case OUTCOME_USER:
        return is_refusal(rv) || !member_is_usable(old);
    default:
        return !member_is_usable(old);
    }
}

static bool
is_permitted(const struct call *call)
{
    const struct token *token = call->token;

    return call->id == CALL_C_DestroyObject &&
           mode_facts[token->mode].has_roles && token->rule->buries &&
           call->denial == CALL_ALLOWED && tie_others(call->session) == 0 &&
           (call->session->flags & CKF_RW_SESSION) != 0 &&
           !migration_has_left(&token->members[MIGRATE_OLD]);
}

/* -- What it hides -----------------------------------------------------------
 */

static bool
is_another(CK_OBJECT_HANDLE handle, void *context)
{
    const struct call *call = context;

    return handle != call->asked[0];
}

/* As far as this process has seen what the member has. */
static bool
has_known_double(struct call *call, const struct identity *identity)
{
    struct object_space *objects = call->token->objects;
    size_t room = object_space_count(objects);
    CLEANUP(freep)
    CK_OBJECT_HANDLE *handles = calloc(room + 1, sizeof(*handles));
    CLEANUP(known_clear) struct known known = { .items = NULL };

    if (handles == NULL ||
        !known_read(&known, objects, handles,
                    object_space_list(objects, MIGRATE_OLD, handles, room)))
        return true;
    return known_find(&known, objects, identity, is_another, call) != 0;
}

/* What it is there by now: another process may have renamed it. In the call's
 * own backend session where that is there: who waits for a second one could be
 * in his own way. */
static CK_RV
read_on_old(struct call *call, struct member *old,
            const struct identity *identity, struct identity **out)
{
    struct identity_place place;
    struct replica there;
    CK_OBJECT_HANDLE object;
    CK_RV rv = CKR_OK;

    if (call->pooled != NULL && call->member == old)
        replica_borrow(&there, call->pooled);
    else
        rv = replica_begin(&there, call->session, old);
    place = replica_place(&there);
    if (rv == CKR_OK)
        rv = identity_find_surely(place.functions, place.session, identity,
                                  &object);
    if (rv == CKR_OK)
        rv = identity_read(place.functions, place.session, object, true, out);
    replica_end(&there, call->session);
    return rv;
}

/* What is to be hidden, which the caller frees, if nothing else would be; or
 * NULL: what cannot be told from another object, or is not found where it was
 * refused, is not buried. */
static struct identity *
find_to_hide(struct call *call, struct member *old,
             const struct identity *identity)
{
    struct identity *read = NULL;

    if (!identity->is_token || !identity_is_same_key(identity, identity))
        return NULL;
    if (member_is_usable(old) &&
        read_on_old(call, old, identity, &read) == CKR_OK)
        return read;
    /* Where nobody can look it is what this process knows it to be. */
    return member_is_usable(old) || has_known_double(call, identity)
               ? NULL
               : identity_copy(identity);
}

/* -- Writing it --------------------------------------------------------------
 */

static void
say(const struct call *call, enum log_level level, CK_RV rv, const char *what)
{
    char name[NAME_LENGTH];

    log_write(level, "token \"%s\": %s: member %d does not do it: %s; %s",
              call->token->label, call_facts[call->id].function,
              MIGRATE_OLD + 1, name_of(NAME_CKR, rv, name), what);
}

static bool
write_it(struct call *call, const struct identity *hidden, CK_RV rv)
{
    struct attempt *attempt = &call->session->attempt;
    const struct member *old = &call->token->members[MIGRATE_OLD];
    bool was_seen = object_space_was_seen(call->token->objects, call->asked[0],
                                          MIGRATE_OLD);
    struct error error = { .rv = CKR_OK };

    if (!tombstone_write(old, hidden, was_seen, &attempt->tombstone, &error)) {
        say(call, LOG_LEVEL_WARNING, rv, error.text);
        return false;
    }
    attempt->buried = rv;
    return true;
}

static void
take_back(struct call *call)
{
    struct attempt *attempt = &call->session->attempt;
    struct error error = { .rv = CKR_OK };

    attempt->buried = CKR_OK;
    attempt->is_spread = false;
    if (!tombstone_remove(attempt->tombstone, &error))
        log_write(LOG_LEVEL_ERROR, "%s", error.text);
}

/* -- Before the new member --------------------------------------------------
 */

bool
burial_begin(struct call *call, const struct member *member,
             const struct identity *identity, CK_RV rv)
{
    struct member *old = &call->token->members[MIGRATE_OLD];
    CLEANUP(identity_freep) struct identity *hidden = NULL;

    if (member != old || !is_permitted(call) || !cannot_do_it(old, rv))
        return false;
    /* A call that is begun again has its own already. */
    if (call->session->attempt.tombstone != NULL)
        return true;
    hidden = find_to_hide(call, old, identity);
    return hidden != NULL && write_it(call, hidden, rv);
}

/* -- After the old one, or without it -----------------------------------------
 */

/* What the new member said is final, unless it is that it does not have what is
 * only on the old one. */
static bool
is_due(const struct call *call)
{
    const struct token *token = call->token;
    const struct member *old = &token->members[MIGRATE_OLD];

    if (!is_permitted(call) ||
        !member_is_usable(&token->members[MIGRATE_NEW]) ||
        !object_space_was_seen(token->objects, call->asked[0], MIGRATE_OLD) ||
        !cannot_do_it(old, call->rv))
        return false;
    return call->member == old
               ? call->was_asked || !member_is_usable(old)
               : !member_is_usable(old) && call->rv == CKR_DEVICE_REMOVED;
}

static void
bury(struct call *call, const struct identity *identity)
{
    struct member *members = call->token->members;
    struct replicate_answer answer;
    CLEANUP(identity_freep) struct identity *hidden = NULL;
    CK_RV failure = call->rv, rv;

    /* Nobody asked what it is where no member could be. */
    object_space_mark(call->token->objects, call->asked[0], OBJECT_IS_TOKEN, 0);
    hidden = find_to_hide(call, &members[MIGRATE_OLD], identity);
    if (hidden == NULL || !record_intent(call) ||
        !write_it(call, hidden, failure))
        return;
    rv = replicate_ask(call, &members[MIGRATE_NEW], identity, NULL, &answer);
    if (rv != CKR_OK)
        take_back(call);
    route_give(call, is_refusal(failure) ? POOL_CLEAN : POOL_LOST);
    call->rv = rv;
}

static void
bury_if_due(struct call *call)
{
    CLEANUP(identity_freep) struct identity *identity = NULL;

    if (!is_due(call))
        return;
    identity = object_space_identity(call->token->objects, call->asked[0]);
    if (identity != NULL && identity->is_token)
        bury(call, identity);
}

static void
settle(struct call *call)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    struct attempt *attempt = &call->session->attempt;

    if (attempt->tombstone == NULL && call->rv != CKR_OK)
        bury_if_due(call);
    /* What is there no more somebody else has destroyed. */
    else if (attempt->tombstone != NULL && call->rv != CKR_OK &&
             call->rv != CKR_OBJECT_HANDLE_INVALID)
        take_back(call);
    if (attempt->buried != CKR_OK && call->rv == CKR_OK)
        say(call, LOG_LEVEL_INFO, attempt->buried,
            "it is hidden there until it can be destroyed");
    burial_forget(call);
}

void
burial_settle(struct call *call)
{
    if (call->token->migration != NULL)
        settle(call);
}

void
burial_forget(struct call *call)
{
    free(call->session->attempt.tombstone);
    call->session->attempt.tombstone = NULL;
}
