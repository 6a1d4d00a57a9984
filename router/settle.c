/* SPDX-License-Identifier: BSD-3-Clause */
/* Object entries that have to be looked at before they can be used. */
#include "router/settle.h"

#include "common/cleanup.h"
#include "router/facts.h"
#include "router/member-probe.h"
#include "router/migration.h"
#include "router/outcome.h"
#include "router/pool.h"
#include "router/proven.h"
#include "router/session.h"
#include "router/tie.h"
#include "router/token.h"
#include "router/tombstone.h"
#include "router/watch.h"

/* Whether a failure says nothing of the object: a lost token often looks like
 * a lost object, and an entry ends only when the token is well (DESIGN 4). */
static bool
is_about_token(const struct call *call, CK_RV rv)
{
    enum outcome outcome = outcome_of(call->pooled->backend, N_CALLS, rv);

    return outcome == OUTCOME_MEMBER_LOST || outcome == OUTCOME_SESSION_LOST ||
           rv == CKR_HOST_MEMORY;
}

/* A search that fails has not said that there is no such object. */
static bool
is_about_search(const struct call *call, CK_RV rv)
{
    return outcome_of(call->pooled->backend, N_CALLS, rv) == OUTCOME_AMBIGUOUS;
}

/* Private objects of before a logout are dead, also when the same user has
 * come back (2.1). */
static CK_RV
ask_privacy(const struct call *call, CK_OBJECT_HANDLE member_handle,
            bool *is_public)
{
    CK_BBOOL is_private = CK_TRUE;
    CK_ATTRIBUTE attribute = { CKA_PRIVATE, &is_private, sizeof(is_private) };
    struct stay stay;
    CK_RV rv;

    *is_public = false;
    if (!pool_enter(call->pooled, CALL_C_GetAttributeValue, &stay))
        return CKR_DEVICE_REMOVED;
    rv = call->pooled->functions->C_GetAttributeValue(call->pooled->handle,
                                                      member_handle, &attribute,
                                                      1);
    stay_end(&stay);
    *is_public = rv == CKR_OK && is_private == CK_FALSE;
    return rv;
}

/* What is kept may have been read on another member, whose label and
 * CKA_UNIQUE_ID are its own. */
static bool
is_as_kept(const struct call *call, CK_OBJECT_HANDLE handle,
           const struct identity *identity)
{
    CLEANUP(identity_freep)
    struct identity *kept = object_space_identity(call->token->objects, handle);

    if (kept == NULL)
        return true;
    return call->token->n_members > 1
               ? identity_may_be_same_twin(kept, identity)
               : identity_may_be_same_object(kept, identity);
}

CK_RV
settle_read(const struct call *call, CK_OBJECT_HANDLE member_handle,
            struct identity **out)
{
    struct stay stay;
    CK_RV rv;

    if (!pool_enter(call->pooled, CALL_C_GetAttributeValue, &stay))
        return CKR_DEVICE_REMOVED;
    rv = identity_read(call->pooled->functions, call->pooled->handle,
                       member_handle, call->session->active == 0, out);
    stay_end(&stay);
    return rv;
}

/* Whether the object is still what it was when first looked at. */
static CK_RV
confirm(const struct call *call, CK_OBJECT_HANDLE handle,
        CK_OBJECT_HANDLE member_handle, bool *is_same)
{
    struct identity *identity;
    bool is_kept;
    CK_RV rv = settle_read(call, member_handle, &identity);

    *is_same = false;
    if (rv != CKR_OK)
        return rv;
    *is_same = is_as_kept(call, handle, identity);
    (void)object_space_identify(call->token->objects, handle, identity,
                                &is_kept);
    return rv;
}

static CK_RV find_again(const struct call *call, CK_OBJECT_HANDLE handle,
                        bool same_member, CK_OBJECT_HANDLE *out);

/* Before an entry dies: a lost token often looks like a lost object. */
static bool
is_token_gone(const struct call *call)
{
    return member_probe(call->member, call->pooled, OUTCOME_HANDLE) >=
           PROBE_GONE;
}

/* Its handle is another's or nobody's now; the object itself may have another
 * one (R2.13). */
static bool
has_moved(const struct call *call, CK_OBJECT_HANDLE handle,
          CK_OBJECT_HANDLE *out)
{
    bool is_only = call->token->n_members == 1;
    unsigned flags = object_space_flags(call->token->objects, handle);

    return (is_only || (flags & OBJECT_IS_SESSION) == 0) &&
           find_again(call, handle, is_only, out) == CKR_OK;
}

/* What was seen on this member says nothing of its twins' handles. */
static void
doubt_twins(const struct call *call, CK_OBJECT_HANDLE handle)
{
    for (unsigned i = 0; i < call->token->n_members; i++)
        if (i != call->member->index)
            object_space_outlive(call->token->objects, handle, i);
}

static CK_RV
look_at(const struct call *call, CK_OBJECT_HANDLE handle, CK_RV bad,
        CK_OBJECT_HANDLE *out)
{
    struct object_space *objects = call->token->objects;
    uint32_t doubts = object_space_doubts(objects);
    unsigned flags = object_space_flags(objects, handle);
    CK_RV rv = CKR_OK;
    bool is_good = true;

    if ((flags & OBJECT_IN_DOUBT) != 0)
        rv = ask_privacy(call, *out, &is_good);
    if (is_good && (flags & OBJECT_UNCONFIRMED) != 0)
        rv = confirm(call, handle, *out, &is_good);
    if (!is_good && is_about_token(call, rv))
        return rv;
    if (!is_good && (flags & OBJECT_IN_DOUBT) == 0)
        is_good = has_moved(call, handle, out);
    /* A private object of before a logout is no failure. */
    if (!is_good && ((flags & OBJECT_IN_DOUBT) == 0 || rv != CKR_OK) &&
        is_token_gone(call))
        return CKR_DEVICE_REMOVED;
    if (!is_good) {
        /* Another member of a group may still have it. */
        if (call->token->n_members > 1 && (flags & OBJECT_IN_DOUBT) == 0)
            object_space_unbind(objects, handle, call->member->index);
        else
            object_space_remove(objects, handle);
        return bad;
    }
    if ((flags & OBJECT_IN_DOUBT) != 0)
        object_space_mark(objects, handle, OBJECT_IS_PUBLIC, OBJECT_IN_DOUBT);
    if ((flags & OBJECT_UNCONFIRMED) != 0)
        doubt_twins(call, handle);
    object_space_confirm(objects, handle, doubts);
    return CKR_OK;
}

/* A session object is no more when the member has forgotten its sessions;
 * what looks like it is another one. Where handles are of one backend session
 * only it may be alive in another. */
static bool
is_gone_with_its_life(const struct call *call, CK_OBJECT_HANDLE handle,
                      const struct identity *identity)
{
    return call->pooled->handles == call->pooled->epoch &&
           !identity->is_token &&
           (object_space_flags(call->token->objects, handle) &
            OBJECT_IS_TOKEN) == 0;
}

static CK_RV
search(const struct call *call, CK_OBJECT_HANDLE handle,
       const struct identity *identity, bool same_member, CK_OBJECT_HANDLE *out)
{
    const struct pool_session *pooled = call->pooled;
    CK_RV rv = CKR_OBJECT_HANDLE_INVALID;
    struct stay stay;

    if (!pool_enter(call->pooled, CALL_C_FindObjectsInit, &stay))
        return CKR_DEVICE_REMOVED;
    /* What was asked of one member alone is known by what it is called there;
     * nobody has asked to destroy what is called otherwise. */
    if (tie_others(call->session) != 0)
        rv = identity_find(pooled->functions, pooled->handle, identity, true,
                           out);
    if (rv == CKR_OBJECT_HANDLE_INVALID &&
        (tie_others(call->session) == 0 || call->id != CALL_C_DestroyObject))
        rv = !same_member && migration_awaits(call, handle)
                 ? identity_find_named(pooled->functions, pooled->handle,
                                       identity, out)
                 : identity_find(pooled->functions, pooled->handle, identity,
                                 same_member, out);
    stay_end(&stay);
    return rv;
}

static CK_RV
read_for(const void *call, CK_OBJECT_HANDLE member_handle,
         struct identity **out)
{
    return settle_read(call, member_handle, out);
}

/* Finds the object on the call's member by what it is, and binds it. */
static CK_RV
find_again(const struct call *call, CK_OBJECT_HANDLE handle, bool same_member,
           CK_OBJECT_HANDLE *out)
{
    struct object_space *objects = call->token->objects;
    CLEANUP(identity_freep)
    struct identity *identity = object_space_identity(objects, handle);
    struct object_place place = { .member = call->member->index,
                                  .epoch = call->pooled->handles };
    CK_RV rv;

    if (identity == NULL ||
        (same_member && is_gone_with_its_life(call, handle, identity)))
        return CKR_OBJECT_HANDLE_INVALID;
    rv = search(call, handle, identity, same_member, &place.handle);
    if (rv == CKR_OK && tie_others(call->session) == 0)
        rv = proven_check(call->member, identity,
                          object_space_is_elsewhere(objects, handle,
                                                    place.member),
                          place.handle, read_for, call);
    if (rv == CKR_OK && !object_space_bind(objects, handle, place))
        rv = CKR_HOST_MEMORY;
    *out = place.handle;
    return rv;
}

/* Whether it is a private object that nobody can see while nobody is logged
 * in, as in a forked child that goes on with its parent's handles: it is
 * there again when somebody is. */
static bool
is_hidden(const struct call *call, CK_OBJECT_HANDLE handle)
{
    struct identity *identity =
        object_space_identity(call->token->objects, handle);
    bool is_private = identity != NULL && identity->is_private;
    CK_SESSION_INFO info;
    struct stay stay;
    CK_RV rv;

    identity_free(identity);
    if (!is_private || call->token->n_members > 1 ||
        !pool_enter(call->pooled, CALL_C_GetSessionInfo, &stay))
        return false;
    rv = call->pooled->functions->C_GetSessionInfo(call->pooled->handle, &info);
    stay_end(&stay);
    return rv == CKR_OK && (info.state == CKS_RO_PUBLIC_SESSION ||
                            info.state == CKS_RW_PUBLIC_SESSION);
}

/* Whether it is the key of a second operation, and the first one is on a
 * member that does not have it: no backend session can have both (R3.12). */
static bool
is_second_elsewhere(const struct call *call, CK_OBJECT_HANDLE handle)
{
    const struct object_space *objects = call->token->objects;
    CK_OBJECT_HANDLE ignored;

    return call->token->n_members > 1 &&
           call_facts[call->id].stage == STAGE_INIT &&
           session_uses(call->session, call->pooled, NULL) &&
           object_space_find(objects, handle, call->member->index,
                             call->pooled->handles, &ignored) == OBJECT_UNBOUND;
}

CK_RV
settle_object(struct call *call, CK_OBJECT_HANDLE handle,
              enum object_answer answer, CK_RV bad, CK_OBJECT_HANDLE *out)
{
    CK_ULONG look;
    CK_RV rv;

    if (answer == OBJECT_UNKNOWN)
        return bad;
    if (answer == OBJECT_UNSETTLED)
        return look_at(call, handle, bad, out);
    /* What is moved while it is looked for is looked for again. */
    look = call->token->migration == NULL ? 0 : migration_look(call->token);
    rv = find_again(call, handle, call->token->n_members == 1, out);
    /* It is what it was, but perhaps nobody's any more. */
    if (rv == CKR_OK && (object_space_flags(call->token->objects, handle) &
                         OBJECT_IN_DOUBT) != 0)
        return look_at(call, handle, bad, out);
    /* A search goes on in the one backend session that it can be found in. */
    if (rv == CKR_OPERATION_ACTIVE)
        return rv;
    if (rv == CKR_OBJECT_HANDLE_INVALID && is_hidden(call, handle))
        return CKR_USER_NOT_LOGGED_IN;
    if (rv == CKR_OBJECT_HANDLE_INVALID && is_second_elsewhere(call, handle))
        return CKR_OPERATION_ACTIVE;
    /* Looked for there again when a search has shown it (R7.10), or where it
     * may come by itself after a while (R9.2). */
    if (rv == CKR_OBJECT_HANDLE_INVALID && call->token->n_members > 1)
        object_space_unbind(call->token->objects, handle, call->member->index);
    if (rv == CKR_OBJECT_HANDLE_INVALID && look != 0)
        object_space_note_look(call->token->objects, handle,
                               call->member->index, look);
    return rv == CKR_OK || is_about_token(call, rv) || is_about_search(call, rv)
               ? rv
               : bad;
}

/* What the new member does not have any more was destroyed, and the old one may
 * have it all the same. */
static bool
is_buried(const struct call *call, CK_OBJECT_HANDLE handle)
{
    struct object_space *objects = call->token->objects;
    const struct member *old = &call->token->members[MIGRATE_OLD];
    CLEANUP(identity_freep) struct identity *identity = NULL;

    if (call->token->migration == NULL || call->member == old)
        return false;
    identity = object_space_identity(objects, handle);
    if (identity == NULL || !tombstone_hides(old, identity))
        return false;
    object_space_unbind(objects, handle, MIGRATE_OLD);
    return true;
}

/* Whether it is known what it is, and that another member has it. */
static bool
is_elsewhere_too(const struct call *call, CK_OBJECT_HANDLE handle)
{
    struct object_space *objects = call->token->objects;

    return object_space_is_identified(objects, handle) &&
           object_space_is_elsewhere(objects, handle, call->member->index) &&
           !is_buried(call, handle);
}

enum rebound
settle_rebind(struct call *call)
{
    enum rebound rebound = REBOUND_NOT;

    for (unsigned i = 0; i < call->n_objects; i++) {
        CK_OBJECT_HANDLE found;
        CK_RV rv;

        /* A session object is not found again: it died with its session. */
        if (call->asked[i] == CALL_NO_OBJECT ||
            (object_space_flags(call->token->objects, call->asked[i]) &
             OBJECT_IS_SESSION) != 0)
            continue;
        /* Its CKA_UNIQUE_ID, and its label, may be another member's (R7.8). */
        rv = find_again(call, call->asked[i], call->token->n_members == 1,
                        &found);
        if (rv == CKR_OK && found != call->object[i])
            rebound = REBOUND;
        else if (rv == CKR_OBJECT_HANDLE_INVALID && rebound == REBOUND_NOT &&
                 is_elsewhere_too(call, call->asked[i]))
            rebound = REBOUND_GONE;
    }
    return rebound;
}
