/* SPDX-License-Identifier: BSD-3-Clause */
/* Searches: taken at the beginning, merged over members, then handed out. */
#include "router/search.h"

#include "router/facts.h"
#include "router/found.h"
#include "router/merge.h"
#include "router/migration.h"
#include "router/pool.h"
#include "router/repeat.h"
#include "router/route.h"
#include "router/session.h"
#include "router/spill.h"
#include "router/template.h"
#include "router/tie.h"
#include "router/token.h"
#include "router/unique-id.h"
#include "router/watch.h"

#include <stdlib.h>
#include <string.h>

struct search {
    CK_OBJECT_HANDLE *handles; /* as the application knows them */
    size_t count;
    size_t room;
    size_t next;
    bool has_answer; /* some member searched without an error */
    CK_RV first_error;
    struct pool_session *streams; /* where the search goes on, or NULL */
    bool is_cut_off;              /* it went on where nothing is any more */
    enum unique_id_wish wish;     /* of a group */
    char wanted[GROUP_ID_LENGTH];
    bool wants_public; /* the same */
};

/* -- The snapshot --------------------------------------------------------- */

static struct search *
search_of(struct session *session)
{
    if (session->search == NULL)
        session->search = calloc(1, sizeof(*session->search));
    return session->search;
}

void
search_forget(struct search *search)
{
    if (search == NULL)
        return;
    search->count = 0;
    search->next = 0;
    search->has_answer = false;
    search->first_error = CKR_OK;
    search->streams = NULL;
    search->is_cut_off = false;
    search->wish = UNIQUE_ID_ANY;
}

static bool
make_room(struct search *search, size_t count)
{
    size_t room = search->room == 0 ? SEARCH_AT_ONCE : search->room;
    CK_OBJECT_HANDLE *handles;

    while (room < search->count + count)
        room *= 2;
    if (room == search->room)
        return true;
    handles = realloc(search->handles, room * sizeof(*handles));
    if (handles == NULL)
        return false;
    search->handles = handles;
    search->room = room;
    return true;
}

/* Reads until the module has no more, or `limit` are there; a short count is
 * not the end. */
static CK_RV
read_found(struct search *search, const CK_FUNCTION_LIST_3_2 *module,
           CK_SESSION_HANDLE handle, size_t limit, bool *is_all)
{
    *is_all = false;
    while (search->count < limit) {
        CK_ULONG found = 0;
        CK_RV rv;

        if (!make_room(search, SEARCH_AT_ONCE / 2))
            return CKR_HOST_MEMORY;
        rv = module->C_FindObjects(handle, search->handles + search->count,
                                   search->room - search->count, &found);
        if (rv != CKR_OK)
            return rv;
        if (found == 0) {
            *is_all = true;
            return CKR_OK;
        }
        search->count += found;
    }
    return CKR_OK;
}

static CK_RV
ask(struct call *call, struct search *search, CK_ATTRIBUTE *template,
    CK_ULONG count)
{
    bool is_only = call->token->n_members == 1 && call->token->overflow == NULL;
    size_t first = search->count;
    bool is_all = false;
    CK_RV rv;

    rv = call->backend->C_FindObjectsInit(call->backend_session, template,
                                          count);
    if (rv != CKR_OK)
        return rv;
    rv = read_found(search, call->backend, call->backend_session,
                    is_only ? SEARCH_AT_ONCE : SIZE_MAX, &is_all);
    if (rv != CKR_OK || is_all)
        (void)call->backend->C_FindObjectsFinal(call->backend_session);
    else
        search->streams = call->pooled;
    /* Those of a group are merged first. */
    if (rv == CKR_OK && call->token->n_members == 1)
        rv = found_register(call->pooled, search->handles + first,
                            search->count - first,
                            is_all && call->session->active == 0);
    return rv;
}

/* What p11mux calls an object is not for a member to look for. */
static CK_RV
ask_member(struct call *call, struct search *search, CK_ATTRIBUTE *template,
           CK_ULONG count)
{
    CLEANUP(freep) CK_ATTRIBUTE *left = NULL;
    CK_ULONG n_left;

    if (search->wish == UNIQUE_ID_ANY || call->member == call->token->overflow)
        return ask(call, search, template, count);
    left = unique_id_strip(template, count, &n_left);
    return left == NULL ? CKR_HOST_MEMORY : ask(call, search, left, n_left);
}

bool
search_may_go_on(CK_RV rv)
{
    return rv == CKR_OK || rv == CKR_ATTRIBUTE_TYPE_INVALID ||
           rv == CKR_ATTRIBUTE_VALUE_INVALID;
}

/* Where it has nothing, the token's refusal of the template stands; where it
 * fails, nobody knows what there is. */
static void
note_overflow(struct search *search, CK_RV rv, bool has_found)
{
    search->has_answer = rv == CKR_OK && (search->has_answer || has_found);
    if (rv != CKR_OK)
        search->first_error = rv;
}

static CK_RV
collect(struct call *call, CK_ATTRIBUTE *template, CK_ULONG count)
{
    struct search *search = search_of(call->session);
    size_t first;
    CK_RV rv;

    if (search == NULL)
        return CKR_HOST_MEMORY;
    if (call->rounds == 1)
        search_forget(search);
    if (call->token->mode != GROUP_SINGLE) {
        search->wish = unique_id_wish(template, count, search->wanted);
        search->wants_public =
            !template_bool(template, count, CKA_PRIVATE, true);
    }
    first = search->count;
    call->rv = ask_member(call, search, template, count);
    if (call->rv != CKR_OK) {
        route_leave(call);
        if (repeat_fresh(call))
            call->rv = ask_member(call, search, template, count);
    }
    rv = call->rv;
    if (rv == CKR_OK && call->token->n_members > 1)
        rv = merge_found(call, search->handles, first, &search->count);
    if (call->member == call->token->overflow) {
        if (rv == CKR_OK)
            rv = spill_merge(call, search->handles, first, &search->count);
        note_overflow(search, rv, search->count > first);
    } else if (rv == CKR_OK) {
        search->has_answer = true;
    } else if (search->first_error == CKR_OK) {
        search->first_error = rv;
    }
    /* What was read before the error are not the application's handles. */
    if (rv != CKR_OK)
        search->count = first;
    return rv;
}

CK_RV
search_collect(struct call *call, CK_ATTRIBUTE *template, CK_ULONG count)
{
    struct session *session = call->session;
    bool is_second = session_is_active(session, OPERATION_FIND);
    CK_RV rv = CKR_OPERATION_ACTIVE; /* R3.11 */

    if (!is_second)
        rv = collect(call, template, count);
    route_leave(call);
    if (session->search == NULL || session->search->streams != call->pooled)
        route_give(call, rv == CKR_OK || is_second ? POOL_CLEAN : POOL_DIRTY);
    call->pooled = NULL;
    return rv;
}

bool
search_skips(const struct session *session, const struct member *member)
{
    return !tie_admits(session, member->index) || !member_is_usable(member) ||
           (tie_others(session) == 0 && member_is_passed_over(member) &&
            !object_space_has_only(member->token->objects, member->index));
}

/* Not what a group has, but what some of its members have (R7.19). */
static bool
is_partial(const struct call *call, const struct search *search)
{
    const struct token *token = call->token;
    bool is_partial = search->first_error != CKR_OK;

    for (unsigned i = 0; i < token->n_members && !is_partial; i++)
        is_partial = tie_admits(call->session, i) &&
                     !migration_has_left(&token->members[i]) &&
                     search_skips(call->session, &token->members[i]);
    return is_partial;
}

CK_RV
search_settle(struct call *call)
{
    struct search *search = call->session->search;

    if (search == NULL || session_is_active(call->session, OPERATION_FIND))
        return call->rv;
    /* The operation that is active on one member is in its way. */
    if (search->first_error == CKR_OPERATION_ACTIVE)
        return CKR_OPERATION_ACTIVE;
    if (search->has_answer && call->token->mode != GROUP_SINGLE &&
        call->token->rule->needs_all && is_partial(call, search))
        return CKR_DEVICE_ERROR;
    if (search->has_answer && call->token->mode != GROUP_SINGLE) {
        merge_settle(call->token, search->wants_public, search->handles,
                     &search->count);
        unique_id_select(call->token, search->wish, search->wanted,
                         search->handles, &search->count);
    }
    if (search->has_answer) {
        session_begins(call->session, OPERATION_FIND);
        return CKR_OK;
    }
    if (search->first_error != CKR_OK)
        return search->first_error;
    return call->rv != CKR_OK ? call->rv : CKR_DEVICE_REMOVED;
}

/* -- Handing out
 * --------------------------------------------------------------- */

/* In another life of its member the handle may be somebody else's. */
static CK_RV
read_on(struct session *session, CK_OBJECT_HANDLE *objects, CK_ULONG room,
        size_t *count)
{
    struct pool_session *pooled = session->search->streams;
    CK_ULONG found = 0;
    struct stay stay;
    CK_RV rv;

    *count = 0;
    if (pooled->epoch != atomic_load(&pooled->member->epoch))
        return CKR_DEVICE_REMOVED;
    if (!stay_begin(&stay, pooled->member, pooled->backend, session,
                    CALL_C_FindObjects))
        return CKR_FUNCTION_FAILED;
    rv =
        pooled->functions->C_FindObjects(pooled->handle, objects, room, &found);
    if (rv == CKR_OK)
        rv = found_register(pooled, objects, found, false);
    stay_end(&stay);
    *count = found;
    if (rv == CKR_CRYPTOKI_NOT_INITIALIZED) {
        backend_vanish(pooled->backend); /* R1.25, R3.38 */
        return CKR_DEVICE_REMOVED;
    }
    return rv;
}

CK_RV
search_next(struct call *call, CK_OBJECT_HANDLE *objects, CK_ULONG room,
            CK_ULONG *count)
{
    struct search *search = call->session->search;
    size_t given, more = 0;

    if (!session_is_active(call->session, OPERATION_FIND))
        return CKR_OPERATION_NOT_INITIALIZED;
    given = search->count - search->next;
    if (given > room)
        given = room;
    /* All that there is room for: applications take less for the end. An
     * error waits for the call that has nothing else to give. */
    if (given < room && search->streams != NULL) {
        CK_RV rv = read_on(call->session, objects + given, room - given, &more);

        if (rv != CKR_OK && given == 0)
            return rv;
        if (rv != CKR_OK)
            more = 0;
    }
    if (given > 0)
        memcpy(objects, search->handles + search->next,
               given * sizeof(*objects));
    search->next += given;
    *count = given + more;
    /* What is missing is no end of it (R7.7). */
    if (*count == 0 && room > 0 && search->is_cut_off) {
        search_drop(call->session);
        return CKR_DEVICE_REMOVED;
    }
    return CKR_OK;
}

/* -- Ending
 * --------------------------------------------------------------------- */

struct pool_session *
search_streams_on(const struct session *session)
{
    return session_is_active(session, OPERATION_FIND) ? session->search->streams
                                                      : NULL;
}

void
search_lose(struct session *session, const struct pool_session *pooled)
{
    if (pooled == NULL || search_streams_on(session) != pooled)
        return;
    session->search->streams = NULL;
    session->search->is_cut_off = true;
}

/* The same. */
static CK_RV
end_stream(struct session *session, const struct pool_session *pooled)
{
    struct stay stay;
    CK_RV rv;

    if (pooled->epoch != atomic_load(&pooled->member->epoch))
        return CKR_DEVICE_REMOVED;
    if (!stay_begin(&stay, pooled->member, pooled->backend, session,
                    CALL_C_FindObjectsFinal))
        return CKR_FUNCTION_FAILED;
    rv = pooled->functions->C_FindObjectsFinal(pooled->handle);
    stay_end(&stay);
    return rv;
}

void
search_drop(struct session *session)
{
    struct search *search = session->search;
    struct pool_session *pooled = search->streams;

    if (pooled != NULL) {
        CK_RV rv = end_stream(session, pooled);

        search->streams = NULL;
        if (pooled->is_lent && !session_uses(session, pooled, NULL))
            pool_give(pooled, session, rv == CKR_OK ? POOL_CLEAN : POOL_DIRTY);
    }
    search_forget(search);
    session->active &= (uint16_t) ~(1u << OPERATION_FIND);
}

CK_RV
search_finish(struct call *call)
{
    if (!session_is_active(call->session, OPERATION_FIND))
        return CKR_OPERATION_NOT_INITIALIZED;
    search_drop(call->session);
    return CKR_OK;
}
