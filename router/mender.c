/* SPDX-License-Identifier: BSD-3-Clause */
/* Members that are down are tried again. */
#include "router/mender.h"

#include "router/instance.h"
#include "router/member-probe.h"
#include "router/member-restart.h"
#include "router/token.h"

/* A module that takes longer than that to start is not waited for. */
static const uint64_t start_patience_ms = 5000;

/* What is due again by the time that all have been tried. */
static const uint64_t pause_ms = 100;

/* Whether the time of some member has come; *next is when else. */
static bool
is_any_due(const struct slot_list *slots, uint64_t *next)
{
    bool is_due = false;

    *next = UINT64_MAX;
    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct token *token = slot_list_at(slots, i);

        for (unsigned k = 0; k < token->n_members; k++)
            if (member_is_due(&token->members[k], next))
                is_due = true;
    }
    return is_due;
}

/* True: its module has been ended, and is to be started again. */
static bool
mend(const struct slot_list *slots, struct member *member)
{
    struct backend *backend = atomic_load(&member->backend);
    uint64_t ignored = UINT64_MAX;

    if (!member_is_due(member, &ignored))
        return false;
    if (backend != NULL && backend_is_starting(backend, start_patience_ms)) {
        member_try_soon(member);
        return false;
    }
    if (member_mend(member) || !member_restart_module(slots, member))
        return false;
    member_try_soon(member);
    return true;
}

/* True: that is so of some module. */
static bool
mend_due(const struct slot_list *slots)
{
    bool has_ended = false;

    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct token *token = slot_list_at(slots, i);

        for (unsigned k = 0; k < token->n_members; k++)
            has_ended = mend(slots, &token->members[k]) || has_ended;
    }
    return has_ended;
}

/* A module that does not start while its device is away is tried as often as
 * its tokens are, and not more and more rarely. */
static void
hasten_modules(const struct slot_list *slots)
{
    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct token *token = slot_list_at(slots, i);

        for (unsigned k = 0; k < token->n_members; k++) {
            struct backend *backend = atomic_load(&token->members[k].backend);
            uint64_t ignored = UINT64_MAX;

            if (backend != NULL && member_is_due(&token->members[k], &ignored))
                backend_hasten(backend);
        }
    }
}

/* A look at all slots first: the token may be in another one, and its module
 * may have to be started again. */
static struct deadline
mend_all(struct slot_list *slots, struct counters *counters)
{
    uint64_t next;

    (void)counters;
    if (is_any_due(slots, &next)) {
        hasten_modules(slots);
        slot_list_look(slots);
        /* By the next try it has been started. */
        if (mend_due(slots))
            slot_list_look(slots);
        if (is_any_due(slots, &next))
            next = deadline_in(pause_ms).at;
    }
    return (struct deadline){ next };
}

const struct tender_work tender_of_members = { "p11mux-mender", mend_all };

void
mender_wake(void)
{
    struct instance *instance = instance_get();

    if (instance != NULL)
        tender_hurry(instance->mender);
}

void
mender_note_look(const struct slot_list *slots)
{
    bool is_back = false;

    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct token *token = slot_list_at(slots, i);

        for (unsigned k = 0; k < token->n_members; k++)
            is_back = member_hasten(&token->members[k]) || is_back;
    }
    if (is_back)
        mender_wake();
}

bool
mender_has_thread(void)
{
    const struct instance *instance = instance_get();

    return instance != NULL && atomic_load(&instance->may_create_threads);
}

void
mender_help(void)
{
    const struct instance *instance = instance_get();

    if (instance != NULL && !atomic_load(&instance->may_create_threads))
        tender_wake(instance->mender);
}
