/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects that a member showed: their handles, and what they are. */
#include "router/found.h"

#include "common/clock.h"
#include "router/facts.h"
#include "router/mode.h"
#include "router/object-again.h"
#include "router/pool.h"
#include "router/session.h"
#include "router/slot-list.h"
#include "router/tie.h"
#include "router/token.h"
#include "router/watch.h"

/* Whether a handle is good in one backend session only (R2.12). */
static bool
is_scoped(const struct pool_session *pooled)
{
    return pooled->handles != pooled->epoch;
}

/* A group reads what its objects are anyway, to show each once (R7.15). */
static bool
is_single(const struct pool_session *pooled)
{
    const struct token *token = pooled->member->token;

    return token->n_members == 1 && token->list != NULL;
}

/* Where a handle is good in one backend session only, the object is found again
 * in each other one (R2.12); so it is after a pause. */
static bool
is_to_be_read(const struct pool_session *pooled)
{
    return is_single(pooled) &&
           (slot_list_config(pooled->member->token->list)->follows_forks ||
            is_scoped(pooled) ||
            object_space_has_left(pooled->member->token->objects));
}

/* A search for one key is how an application comes by its handle, and it may
 * use it when the device has been away. Lists are not read through. */
enum { FEW_OBJECTS = 4 };

static bool
is_wanted_again(const struct pool_session *pooled, CK_ULONG count,
                bool may_search)
{
    return may_search && count <= FEW_OBJECTS && is_single(pooled) &&
           pooled->member != pooled->member->token->overflow;
}

/* NULL where the member does not say; then a child will not know it. */
static struct identity *
read_identity(const struct pool_session *pooled, CK_OBJECT_HANDLE member_handle,
              bool may_search)
{
    struct identity *identity = NULL;

    if (identity_read(pooled->functions, pooled->handle, member_handle,
                      may_search, &identity) != CKR_OK)
        return NULL;
    return identity;
}

static void
keep_identity(struct object_space *objects, CK_OBJECT_HANDLE handle,
              struct identity *identity)
{
    bool is_same;

    if (identity != NULL)
        (void)object_space_identify(objects, handle, identity, &is_same);
}

/* In a child, what the parent knew has the handle that it had there; what
 * another backend session showed has the handle that it has (R2.8). Whether all
 * of a group's members show again what they had is not known. */
static CK_OBJECT_HANDLE
rejoin(const struct pool_session *pooled, struct object_place place,
       const struct identity *identity)
{
    struct object_space *objects = pooled->member->token->objects;
    bool is_asked = is_scoped(pooled) ||
                    (!is_single(pooled) && object_space_has_left(objects));

    if (identity == NULL || object_space_known(objects, place) != 0 ||
        !(is_asked || is_single(pooled)))
        return 0;
    return object_space_rejoin(objects, place, identity, is_asked);
}

/* Whether an object that is shown after a logout was private before it: the
 * handle of before is dead, also where the module gives it the same again
 * (2.1). In doubt it was. */
static bool
is_of_before(const struct pool_session *pooled, CK_OBJECT_HANDLE handle,
             CK_OBJECT_HANDLE member_handle)
{
    struct object_space *objects = pooled->member->token->objects;
    CK_BBOOL is_private = CK_TRUE;
    CK_ATTRIBUTE attribute = { CKA_PRIVATE, &is_private, sizeof(is_private) };

    if ((object_space_flags(objects, handle) & OBJECT_IN_DOUBT) == 0)
        return false;
    if (pooled->functions->C_GetAttributeValue(pooled->handle, member_handle,
                                               &attribute, 1) != CKR_OK ||
        is_private != CK_FALSE)
        return true;
    object_space_mark(objects, handle, OBJECT_IS_PUBLIC, OBJECT_IN_DOUBT);
    return false;
}

static CK_OBJECT_HANDLE
add_place(const struct pool_session *pooled, struct object_place place)
{
    const struct member *member = pooled->member;

    /* Nothing there is private (R8.13). */
    return object_space_add(member->token->objects, place,
                            member == member->token->overflow ? OBJECT_IS_PUBLIC
                            : member->reuses_handles ? OBJECT_UNCONFIRMED
                                                     : 0,
                            member->reuses_handles ? OBJECT_SEEN_AGAIN
                                                   : OBJECT_SEEN,
                            NULL);
}

static CK_OBJECT_HANDLE
add(const struct pool_session *pooled, CK_OBJECT_HANDLE member_handle,
    struct identity *identity)
{
    const struct member *member = pooled->member;
    struct object_space *objects = member->token->objects;
    struct object_place place = { .member = member->index,
                                  .epoch = pooled->handles,
                                  .handle = member_handle };
    CK_OBJECT_HANDLE handle = rejoin(pooled, place, identity);

    if (handle == 0)
        handle = add_place(pooled, place);
    if (handle != 0 && is_of_before(pooled, handle, member_handle)) {
        object_space_remove(objects, handle);
        handle = add_place(pooled, place);
    }
    if (handle != 0)
        keep_identity(objects, handle, identity);
    else
        identity_free(identity);
    return handle;
}

/* Once in the life of an entry. */
static bool
is_identified(const struct pool_session *pooled, CK_OBJECT_HANDLE member_handle)
{
    struct object_space *objects = pooled->member->token->objects;
    struct object_place place = { .member = pooled->member->index,
                                  .epoch = pooled->handles,
                                  .handle = member_handle };
    CK_OBJECT_HANDLE known = object_space_known(objects, place);

    return known != 0 && object_space_is_identified(objects, known) &&
           (object_space_flags(objects, known) & OBJECT_IN_DOUBT) == 0;
}

CK_RV
found_register(const struct pool_session *pooled, CK_OBJECT_HANDLE *handles,
               CK_ULONG count, bool may_search)
{
    bool reads =
        is_to_be_read(pooled) || is_wanted_again(pooled, count, may_search);

    for (CK_ULONG i = 0; i < count; i++) {
        struct identity *identity = NULL;

        if (reads && !is_identified(pooled, handles[i]))
            identity = read_identity(pooled, handles[i], may_search);
        handles[i] = add(pooled, handles[i], identity);
        if (handles[i] == 0)
            return CKR_HOST_MEMORY;
    }
    return CKR_OK;
}

/* What the log says of it is read when the log wants it. */
CK_RV
found_register_alone(const struct pool_session *pooled,
                     CK_OBJECT_HANDLE *handles, CK_ULONG count)
{
    /* The members of a group are compared by it; where objects move by the tool
     * that looks, which has a catalogue. */
    bool may_search = !mode_facts[pooled->member->token->mode].has_roles;

    for (CK_ULONG i = 0; i < count; i++) {
        struct identity *identity = NULL;

        if (!is_identified(pooled, handles[i]))
            identity = read_identity(pooled, handles[i], may_search);
        if (identity != NULL)
            identity->read_at = 0;
        handles[i] = add(pooled, handles[i], identity);
        if (handles[i] == 0)
            return CKR_HOST_MEMORY;
    }
    return CKR_OK;
}

void
found_identify_at(const struct pool_session *pooled, CK_OBJECT_HANDLE handle,
                  CK_OBJECT_HANDLE member_handle)
{
    struct object_space *objects = pooled->member->token->objects;

    if (!object_space_is_identified(objects, handle))
        keep_identity(objects, handle,
                      read_identity(pooled, member_handle, true));
}

/* The same of a call's own object; NULL where a call there hangs, too. */
static struct identity *
ask_identity(const struct call *call, CK_OBJECT_HANDLE member_handle,
             bool may_search)
{
    struct identity *identity;
    struct stay stay;

    if (!pool_enter(call->pooled, CALL_C_GetAttributeValue, &stay))
        return NULL;
    identity = read_identity(call->pooled, member_handle,
                             may_search && call->session->active == 0);
    stay_end(&stay);
    return identity;
}

/* Of what was made or changed just now, by the tool as in
 * found_register_alone. */
static struct identity *
ask_new_identity(const struct call *call, CK_OBJECT_HANDLE member_handle)
{
    bool may_search = tie_others(call->session) == 0 ||
                      !mode_facts[call->token->mode].has_roles;
    struct identity *identity = ask_identity(call, member_handle, may_search);

    if (identity != NULL && !may_search)
        identity->read_at = 0;
    return identity;
}

/* What was made or changed just now is on the token, and its device may be away
 * before it is used for the first time (R2.13); a copy is not used at all until
 * it is believed. */
static bool
is_to_last(const struct call *call, CK_OBJECT_HANDLE handle)
{
    const struct pool_session *pooled = call->pooled;

    return (is_single(pooled) || tie_others(call->session) != 0) &&
           pooled->member != call->token->overflow &&
           (object_space_flags(call->token->objects, handle) &
            OBJECT_IS_TOKEN) != 0;
}

/* A session object is no child's, but other sessions'. */
static bool
is_to_be_remembered(const struct call *call, CK_OBJECT_HANDLE handle)
{
    const struct pool_session *pooled = call->pooled;

    if (pooled == NULL || (!is_to_be_read(pooled) && !process_keeps_records() &&
                           !is_to_last(call, handle)))
        return false;
    return process_keeps_records() || is_scoped(pooled) ||
           (object_space_flags(call->token->objects, handle) &
            OBJECT_IS_SESSION) == 0;
}

struct identity *
found_read(const struct call *call, CK_OBJECT_HANDLE handle)
{
    CK_OBJECT_HANDLE its;
    enum object_answer answer =
        object_space_find(call->token->objects, handle, call->member->index,
                          call->pooled->handles, &its);

    return answer == OBJECT_FOUND || answer == OBJECT_UNSETTLED
               ? read_identity(call->pooled, its, true)
               : NULL;
}

void
found_remember(struct call *call, CK_OBJECT_HANDLE handle,
               CK_OBJECT_HANDLE member_handle)
{
    if (is_to_be_remembered(call, handle))
        keep_identity(call->token->objects, handle,
                      ask_new_identity(call, member_handle));
}

void
found_change(struct call *call, CK_OBJECT_HANDLE handle,
             CK_OBJECT_HANDLE member_handle)
{
    struct object_space *objects = call->token->objects;
    struct identity *identity = NULL;

    if (is_to_be_remembered(call, handle))
        identity = ask_new_identity(call, member_handle);
    if (identity == NULL)
        object_space_unidentify(objects, handle);
    else
        (void)object_space_identify_anew(objects, handle, identity);
}

/* What the log says of a key is never older (DESIGN 5). */
static const uint64_t longest_known = UINT64_C(600) * 1000 * 1000 * 1000;

/*
 * Of what several members have it is the first one's word that counts, as long
 * as it is the same: what another one says, or cannot say while an operation
 * is active, would part the twins (7.4). It is the caller's.
 */
static struct identity *
choose_identity(const struct call *call, CK_OBJECT_HANDLE handle,
                struct identity *read)
{
    struct object_space *objects = call->token->objects;
    struct identity *kept = object_space_identity(objects, handle);
    bool is_first = true, can_tell;

    for (unsigned i = 0; i < call->member->index && is_first; i++)
        is_first = !object_space_was_seen(objects, handle, i);
    can_tell = identity_key_hash(read) != 0 || kept == NULL ||
               identity_key_hash(kept) == 0;
    if (kept == NULL || (can_tell && is_first) ||
        (can_tell && !identity_may_be_same_twin(kept, read))) {
        identity_free(kept);
        return read;
    }
    kept->read_at = read->read_at;
    identity_free(read);
    return kept;
}

static void
describe(struct call *call, unsigned i)
{
    struct object_space *objects = call->token->objects;
    CK_OBJECT_HANDLE handle = call->asked[i];
    uint64_t now = clock_now();
    struct identity *identity;

    if (handle == CALL_NO_OBJECT)
        return;
    if (object_space_was_read(objects, handle,
                              now > longest_known ? now - longest_known : 0))
        return;
    identity = ask_identity(call, call->object[i], true);
    if (identity == NULL)
        return;
    if (call->token->n_members > 1)
        identity = choose_identity(call, handle, identity);
    (void)object_space_identify_anew(objects, handle, identity);
}

/* So that it is found again where the device forgets its handles (R2.13). */
static void
identify(struct call *call, unsigned i)
{
    const struct pool_session *pooled = call->pooled;
    struct object_space *objects = call->token->objects;
    CK_OBJECT_HANDLE handle = call->asked[i];

    if (!is_single(pooled) || pooled->member == call->token->overflow ||
        !object_space_is_unknown(objects, handle) ||
        (object_space_flags(objects, handle) & OBJECT_IS_SESSION) != 0)
        return;
    keep_identity(objects, handle, ask_identity(call, call->object[i], true));
}

void
found_identify(struct call *call)
{
    for (unsigned i = 0; i < call->n_objects; i++)
        if (call->asked[i] != CALL_NO_OBJECT)
            identify(call, i);
}

void
found_describe(struct call *call)
{
    if (call_facts[call->id].event == AUDIT_NONE)
        return;
    for (unsigned i = 0; i < call->n_objects; i++)
        describe(call, i);
}
