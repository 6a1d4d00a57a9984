/* SPDX-License-Identifier: BSD-3-Clause */
/* What a successful call does to p11mux's own tables. */
#include "router/register.h"

#include "common/log.h"
#include "common/names.h"
#include "router/facts.h"
#include "router/found.h"
#include "router/instance.h"
#include "router/pool.h"
#include "router/replicate.h"
#include "router/route.h"
#include "router/spill.h"
#include "router/template.h"
#include "router/token.h"

/* -- Objects made --------------------------------------------------------- */

/* False: it stays, which is said here. */
static bool
destroy_at_member(struct call *call, CK_OBJECT_HANDLE member_handle)
{
    const struct pool_session *pooled = call->pooled;
    CK_RV rv = CKR_FUNCTION_FAILED;
    char name[NAME_LENGTH];
    struct stay stay;

    if (pool_enter(pooled, CALL_C_DestroyObject, &stay)) {
        rv = pooled->functions->C_DestroyObject(pooled->handle, member_handle);
        stay_end(&stay);
    }
    if (rv == CKR_OK || rv == CKR_OBJECT_HANDLE_INVALID)
        return true;
    log_write(LOG_LEVEL_WARNING,
              "token \"%s\": %s: what is made stays on member %u, which does "
              "not destroy it: %s; destroy it there",
              call->token->label, call_facts[call->id].function,
              call->member->index + 1, name_of(NAME_CKR, rv, name));
    return false;
}

static CK_OBJECT_HANDLE
add(struct call *call, CK_OBJECT_HANDLE member_handle, unsigned flags)
{
    struct session *owner =
        (flags & OBJECT_IS_SESSION) != 0 ? call->session : NULL;
    struct object_place place = { .member = call->member->index,
                                  .epoch = call->pooled->handles,
                                  .handle = member_handle,
                                  .home = owner == NULL ? NULL
                                                        : &call->pooled->home };
    CK_OBJECT_HANDLE handle;

    if (call->member->reuses_handles)
        flags |= OBJECT_UNCONFIRMED;
    handle = object_space_add(call->token->objects, place, flags, OBJECT_MADE,
                              owner);
    if (handle == 0)
        destroy_at_member(call, member_handle);
    else
        found_remember(call, handle, member_handle);
    return handle;
}

static unsigned
flags_of(const struct call *call, unsigned i)
{
    const struct profile *profile = backend_profile(call->pooled->backend);
    bool token_default = profile->settings.token_default == ANSWER_YES;
    unsigned base = 0;

    if (call->id == CALL_C_CopyObject)
        base = object_space_flags(call->token->objects, call->asked[0]);
    return template_object_flags(call->template[i], call -> template_count[i],
                                 token_default, base);
}

/* An object of a mechanism parameter is what the template says too. */
static CK_OBJECT_HANDLE
add_from_parameter(void *context, CK_OBJECT_HANDLE member_handle)
{
    struct call *call = context;

    return add(call, member_handle,
               call->n_made > 0 ? flags_of(call, 0) : OBJECT_IS_SESSION);
}

/* Where route.c put the parameter with the member's handles. */
static struct mechanism_copy *
passed_mechanism(const struct call *call)
{
    return call->operation != NULL && call_facts[call->id].stage == STAGE_INIT
               ? call->operation->passed
               : call->session->passed;
}

/* What is taken back, and whether all of it has gone. */
struct undoing {
    struct call *call;
    bool is_gone;
};

/* Destroys an object that the application has not been told of yet. */
static void
destroy(void *context, CK_OBJECT_HANDLE handle)
{
    struct undoing *undoing = context;
    struct call *call = undoing->call;
    struct object_space *objects = call->token->objects;
    CK_OBJECT_HANDLE member_handle = 0;

    if (object_space_find(objects, handle, call->member->index,
                          call->pooled->handles,
                          &member_handle) == OBJECT_UNKNOWN)
        return;
    if (!destroy_at_member(call, member_handle))
        undoing->is_gone = false;
    object_space_remove(objects, handle);
}

static bool
undo(struct call *call)
{
    struct undoing undoing = { .call = call, .is_gone = true };

    for (unsigned i = 0; i < call->n_made; i++) {
        if (call->made[i] == 0)
            continue;
        destroy(&undoing, *call->gives[i]);
        *call->gives[i] = 0;
        call->made[i] = 0;
    }
    if (call->rewritten)
        mechanism_undo(passed_mechanism(call), destroy, &undoing);
    return undoing.is_gone;
}

/* In the call's own backend session, or where that may be somebody else's by
 * now in another one. */
static bool
undo_at_member(struct call *call)
{
    struct pool_session *pooled = call->pooled;
    CK_RV rv = call->rv;
    bool is_gone;

    if (pooled == NULL && !route_take(call, call->member)) {
        call->rv = rv;
        log_write(LOG_LEVEL_WARNING,
                  "token \"%s\": %s: what is made stays on member %u, which "
                  "cannot be asked to destroy it; destroy it there",
                  call->token->label, call_facts[call->id].function,
                  call->member->index + 1);
        return false;
    }
    is_gone = undo(call);
    if (pooled == NULL)
        route_give(call, POOL_CLEAN);
    return is_gone;
}

bool
register_undo(struct call *call)
{
    bool is_gone = true;

    if (call->n_made == 0 && !call->rewritten)
        return true;
    if (call->replicates)
        is_gone = replicate_undo(call);
    return undo_at_member(call) && is_gone;
}

void
register_made(struct call *call)
{
    CK_RV rv = CKR_OK;

    for (unsigned i = 0; i < call->n_made; i++) {
        CK_OBJECT_HANDLE handle = 0;

        /* 0: a mechanism that gives its keys in its parameter. */
        if (call->made[i] == 0)
            continue;
        if (rv == CKR_OK)
            handle = add(call, call->made[i], flags_of(call, i));
        else
            destroy_at_member(call, call->made[i]);
        *call->gives[i] = handle;
        if (handle == 0) {
            call->made[i] = 0;
            rv = CKR_HOST_MEMORY;
        }
    }
    if (rv == CKR_OK && call->rewritten)
        rv = mechanism_finish(passed_mechanism(call), add_from_parameter, call);
    if (rv != CKR_OK) {
        (void)register_undo(call);
        call->rv = rv;
    }
}

/* -- Effects -----------------------------------------------------------------
 */

/* A member that knows such an object no more: the entry dies (R2.9). */
static bool
is_gone(const struct call *call)
{
    return call->rv == CKR_OBJECT_HANDLE_INVALID && call->n_objects > 0 &&
           call->pooled != NULL && call->was_asked;
}

static void
forget_object(struct call *call)
{
    object_space_remove(call->token->objects, call->asked[0]);
}

void
register_effect(struct call *call)
{
    struct object_space *objects = call->token->objects;

    switch (call_facts[call->id].effect) {
    case EFFECT_INIT_TOKEN:
        if (call->rv == CKR_OK) {
            object_space_clear(objects);
            slot_list_keep(call->token->list, call->token);
            spill_init_token(call);
        }
        break;
    case EFFECT_DESTROY:
        if (call->rv == CKR_OK || is_gone(call))
            forget_object(call);
        break;
    case EFFECT_CHANGE:
        if (is_gone(call))
            forget_object(call);
        else if (call->rv == CKR_OK)
            found_change(call, call->asked[0], call->object[0]);
        break;
    default:
        break;
    }
}
