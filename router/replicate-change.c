/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is destroyed or changed on a group that writes on all members, or on a
 * token whose objects move: on the call's own member last, so that whoever is
 * killed in between leaves an object that is there, and not one that comes
 * back.
 */
#include "router/replicate-private.h"

#include "common/cancel.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/names.h"
#include "router/burial.h"
#include "router/facts.h"
#include "router/migration.h"
#include "router/mode.h"
#include "router/outcome.h"
#include "router/session.h"
#include "router/settle.h"
#include "router/template.h"
#include "router/tie.h"
#include "router/token.h"
#include "router/tombstone.h"
#include "router/unproven.h"
#include "router/write.h"

#include <stdlib.h>
#include <string.h>

/* What the object is, for those that have it under a handle nobody knows. */
static CK_RV
read_identity(const struct call *call, struct identity **out)
{
    *out = object_space_identity(call->token->objects, call->asked[0]);
    return *out != NULL ? CKR_OK : settle_read(call, call->object[0], out);
}

/* -- Finding it -----------------------------------------------------------
 */

/* Whether what has its handle is still what it was: somebody else may have
 * destroyed it, and have made another one. */
static CK_RV
look_at(struct replica *there, const struct identity *identity,
        CK_OBJECT_HANDLE object)
{
    struct identity_place place = replica_place(there);
    CLEANUP(identity_freep) struct identity *its = NULL;
    CK_RV rv =
        identity_read(place.functions, place.session, object, true, &its);

    if (rv != CKR_OK)
        return rv;
    return identity_may_be_same_twin(identity, its) ? CKR_OK
                                                    : CKR_OBJECT_HANDLE_INVALID;
}

/* By what it is; CKR_OBJECT_HANDLE_INVALID only where it is surely not there.
 */
static CK_RV
search(const struct call *call, struct replica *there,
       const struct identity *identity, CK_OBJECT_HANDLE *out)
{
    struct identity_place place = replica_place(there);
    struct object_place found = { .member = there->member->index,
                                  .epoch = there->pooled->handles };
    CK_RV rv = identity_find_surely(place.functions, place.session, identity,
                                    &found.handle);

    if (rv == CKR_OK &&
        !object_space_bind(call->token->objects, call->asked[0], found))
        return CKR_HOST_MEMORY;
    *out = found.handle;
    return rv;
}

/* -- Changing -------------------------------------------------------------
 */

static CK_RV
apply(const struct call *call, struct replica *there, CK_OBJECT_HANDLE object,
      const struct replicate_former *former)
{
    struct identity_place place = replica_place(there);
    struct object_space *objects = call->token->objects;
    CK_RV rv;

    if (former != NULL)
        return place.functions->C_SetAttributeValue(place.session, object,
                                                    former->items,
                                                    former->count);
    if (call->id != CALL_C_DestroyObject)
        return place.functions->C_SetAttributeValue(place.session, object,
                                                    (CK_ATTRIBUTE *)(uintptr_t)
                                                        call->template[0],
                                                    call -> template_count[0]);
    rv = place.functions->C_DestroyObject(place.session, object);
    /* Its handle may be another's while the call's own member still has it. */
    if (rv == CKR_OK)
        object_space_unbind(objects, call->asked[0], there->member->index);
    return rv;
}

/* Under the handle that it had there, as far as that can be gone by: what the
 * call itself has changed is not looked at again. */
static CK_RV
apply_to_known(const struct call *call, struct replica *there,
               const struct identity *identity,
               const struct replicate_former *former)
{
    CK_OBJECT_HANDLE object;
    enum object_answer answer =
        object_space_find(call->token->objects, call->asked[0],
                          there->member->index, there->pooled->handles,
                          &object);
    bool is_doubtful =
        answer == OBJECT_UNSETTLED || there->member->reuses_handles;
    CK_RV rv = CKR_OK;

    if (answer != OBJECT_FOUND && answer != OBJECT_UNSETTLED)
        return CKR_OBJECT_HANDLE_INVALID;
    if (former == NULL && is_doubtful)
        rv = look_at(there, identity, object);
    return rv != CKR_OK ? rv : apply(call, there, object, former);
}

static CK_RV
apply_anywhere(const struct call *call, struct replica *there,
               const struct identity *identity,
               const struct replicate_former *former)
{
    CK_OBJECT_HANDLE object;
    CK_RV rv = apply_to_known(call, there, identity, former);

    if (rv != CKR_OBJECT_HANDLE_INVALID)
        return rv;
    rv = search(call, there, identity, &object);
    if (rv == CKR_OK)
        return apply(call, there, object, former);
    return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_OK : rv;
}

CK_RV
replicate_ask(struct call *call, struct member *member,
              const struct identity *identity,
              const struct replicate_former *former,
              struct replicate_answer *out)
{
    struct replica there;

    *out = (struct replicate_answer){ .rv = replica_begin(&there, call->session,
                                                          member) };
    if (out->rv == CKR_OK) {
        out->rv = apply_anywhere(call, &there, identity, former);
        out->is_in_doubt = outcome_is_uncertain(
            outcome_of(there.pooled->backend, call->id, out->rv));
    }
    replica_end(&there, call->session);
    return replica_code(&there, call->id, out->rv);
}

/* -- Taking back ----------------------------------------------------------
 */

static void
complain(const struct call *call, const char *what)
{
    bool has_roles = mode_facts[call->token->mode].has_roles;

    log_write(LOG_LEVEL_WARNING,
              "token \"%s\": %s: %s; compare the members with p11mux %s \"%s\"",
              call->token->label, call_facts[call->id].function, what,
              has_roles ? "migrate verify" : "group", call->token->label);
}

/* Those before `end` are made as the call's own member is. False: not all of
 * them can be, which the log says. */
static bool
restore(struct call *call, const struct identity *identity, unsigned end)
{
    CLEANUP(replicate_former_clear)
    struct replicate_former former = { .items = NULL };
    struct stay stay;
    CK_RV rv = CKR_DEVICE_ERROR;
    struct replicate_answer answer;
    bool is_restored;

    if (call->pooled != NULL &&
        pool_enter(call->pooled, CALL_C_GetAttributeValue, &stay)) {
        rv = replicate_former_read(call, &former);
        stay_end(&stay);
    }
    is_restored = rv == CKR_OK;
    for (unsigned i = 0; rv == CKR_OK && i < end; i++) {
        struct member *member = &call->token->members[i];

        if (member != call->member &&
            replicate_ask(call, member, identity, &former, &answer) != CKR_OK)
            is_restored = false;
    }
    if (!is_restored)
        complain(call, "what some members have changed cannot be taken back");
    return is_restored;
}

static bool
refuse(struct call *call, const struct member *member, CK_RV rv)
{
    char name[NAME_LENGTH];

    log_write(LOG_LEVEL_WARNING,
              "token \"%s\": %s: member %u does not do it: %s; %s",
              call->token->label, call_facts[call->id].function,
              member->index + 1, name_of(NAME_CKR, rv, name),
              mode_facts[call->token->mode].has_roles
                  ? "nothing is done while one of the two does not do it"
                  : "where others lack the object now p11mux group sync "
                    "brings it back");
    call->rv = rv;
    call->denial = CALL_DENIED; /* nobody else is asked instead */
    call->session->attempt.is_spread = false;
    return false;
}

/* -- Who is asked --------------------------------------------------------
 */

/* What members know each other's objects by, beside the key itself: a change of
 * it on one of them would make two objects of one (R7.16). */
static bool
takes_part_in_matching(const struct call *call)
{
    static const CK_ATTRIBUTE_TYPE types[] = {
        CKA_ID, CKA_LABEL, CKA_APPLICATION, CKA_OBJECT_ID, CKA_VALUE,
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (template_find(call->template[0], call -> template_count[0],
                          types[i]) != NULL)
            return true;
    return false;
}

/* On a token whose objects move nothing is copied, but what is destroyed has
 * gone from both members, or it would come back (R9.4), and what is changed
 * stays one object (R9.5). What is on the new one was looked for there before.
 */
static bool
is_for_both(const struct call *call)
{
    return mode_facts[call->token->mode].has_roles &&
           call_facts[call->id].access == ACCESS_CHANGE &&
           call->member != call->token->overflow &&
           tie_others(call->session) == 0 && write_lasts(call);
}

/* A secret key of which its member does not tell what it is, as it is now, is
 * nobody's twin, and is never moved. What else is not known could be. */
static bool
is_alone(const struct call *call, const struct identity *identity)
{
    CLEANUP(identity_freep) struct identity *now = NULL;

    return identity->object_class == CKO_SECRET_KEY &&
           !identity_is_same_key(identity, identity) &&
           settle_read(call, call->object[0], &now) == CKR_OK &&
           !identity_is_same_key(now, now);
}

/* Whether it is not this member's affair what the call does. */
static bool
is_left_out(const struct call *call, const struct member *member,
            const struct identity *identity)
{
    if (member == call->member || migration_has_left(member))
        return true;
    if (!mode_facts[call->token->mode].has_roles)
        return false;
    if (is_alone(call, identity))
        return true;
    if (call->id != CALL_C_SetAttributeValue)
        return false;
    /* After a rollback it is what applications see. */
    if (member->index == MIGRATE_OLD)
        return (atomic_load(&call->token->first) == MIGRATE_NEW &&
                !takes_part_in_matching(call)) ||
               tombstone_hides(member, identity);
    /* Under another name nobody would see that it is not proven yet; who moves
     * it finds that it was changed, and begins anew. */
    return identity->object_class == CKO_SECRET_KEY &&
           unproven_is(member, identity, true);
}

/* -- The call -------------------------------------------------------------
 */

/* What its own member does not do then is taken back, or said (R9.5). */
static void
note_change(struct call *call)
{
    if (call->replicates)
        return;
    call->session->attempt.journal = NO_JOURNAL;
    call->replicates = true;
}

bool
replicate_before(struct call *call)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    CLEANUP(identity_freep) struct identity *identity = NULL;
    struct attempt *attempt = &call->session->attempt;
    struct replicate_answer answer;
    CK_RV rv;

    if (!is_for_both(call) &&
        (!call->replicates || call_facts[call->id].access != ACCESS_CHANGE))
        return true;
    rv = read_identity(call, &identity);
    if (rv != CKR_OK)
        return refuse(call, call->member, rv);
    for (unsigned i = 0; i < call->token->n_members; i++) {
        struct member *member = &call->token->members[i];

        if (is_left_out(call, member, identity))
            continue;
        answer = (struct replicate_answer){ .rv = CKR_DEVICE_REMOVED };
        rv = member_is_usable(member)
                 ? replicate_ask(call, member, identity, NULL, &answer)
                 : answer.rv;
        if (rv == CKR_OK || burial_begin(call, member, identity, answer.rv)) {
            note_change(call);
            attempt->is_spread = true;
            continue;
        }
        if (call->id == CALL_C_SetAttributeValue &&
            (attempt->is_spread || answer.is_in_doubt) &&
            !restore(call, identity, answer.is_in_doubt ? i + 1 : i))
            rv = CKR_GENERAL_ERROR;
        return refuse(call, member, rv);
    }
    return true;
}

void
replicate_restore(struct call *call)
{
    CLEANUP(identity_freep) struct identity *identity = NULL;

    /* What its own member does not have any more has gone everywhere. */
    if (!call->session->attempt.is_spread ||
        call->rv == CKR_OBJECT_HANDLE_INVALID)
        return;
    if (call->id == CALL_C_DestroyObject) {
        complain(call, "one member has refused, and the others lack the "
                       "object now");
    } else if (call->pooled == NULL ||
               read_identity(call, &identity) != CKR_OK) {
        complain(call, "a member was lost, or hangs, and what the others have "
                       "changed cannot be taken back");
        call->rv = CKR_GENERAL_ERROR;
    } else if (!restore(call, identity, call->token->n_members)) {
        call->rv = CKR_GENERAL_ERROR;
    }
}
