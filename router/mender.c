/* SPDX-License-Identifier: BSD-3-Clause */
/* Members that are down, and those that nobody asks, are tried. */
#include "router/mender.h"

#include "router/instance.h"
#include "router/member-restart.h"
#include "router/token.h"

/* A module that takes longer than that to start is not waited for. */
static const uint64_t start_patience_ms = 5000;

/* What is due again by the time that all have been tried. */
static const uint64_t pause_ms = 100;

static bool
is_due(const struct member *member, uint64_t *next)
{
    return !member_trial_goes_on(member) && member_is_due(member, next);
}

/* Whether the time of some member has come; *next is when else. */
static bool
is_any_due(const struct slot_list *slots, uint64_t *next)
{
    bool is_any = false;

    *next = UINT64_MAX;
    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct token *token = slot_list_at(slots, i);

        for (unsigned k = 0; k < token->n_members; k++)
            if (is_due(&token->members[k], next))
                is_any = true;
    }
    return is_any;
}

static void
mend(struct member *member)
{
    struct backend *backend = atomic_load(&member->backend);
    uint64_t ignored = UINT64_MAX;

    if (!is_due(member, &ignored))
        return;
    if (backend != NULL && backend_is_starting(backend, start_patience_ms))
        member_try_soon(member);
    else
        member_trial_begin(member);
}

static void
mend_due(const struct slot_list *slots)
{
    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct token *token = slot_list_at(slots, i);

        for (unsigned k = 0; k < token->n_members; k++)
            mend(&token->members[k]);
    }
}

/* True: a module of those that were tried for nothing has been ended, and is to
 * be started again. */
static bool
end_modules(const struct slot_list *slots)
{
    bool has_ended = false;

    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct token *token = slot_list_at(slots, i);

        for (unsigned k = 0; k < token->n_members; k++) {
            struct member *member = &token->members[k];

            if (!member_trial_has_failed(member) ||
                !member_restart_module(slots, member))
                continue;
            member_try_soon(member);
            has_ended = true;
        }
    }
    return has_ended;
}

/* Those that are up. */
static void
look_at_unused(const struct slot_list *slots, uint64_t *next)
{
    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct token *token = slot_list_at(slots, i);

        for (unsigned k = 0; k < token->n_members; k++) {
            struct member *member = &token->members[k];

            if (!member_trial_goes_on(member) &&
                member_trial_is_due(member, next))
                member_trial_begin(member);
        }
    }
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

            if (backend != NULL && is_due(&token->members[k], &ignored))
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
        mend_due(slots);
    }
    /* By the next try it has been started. */
    if (end_modules(slots))
        slot_list_look(slots);
    if (is_any_due(slots, &next))
        next = deadline_in(pause_ms).at;
    look_at_unused(slots, &next);
    return (struct deadline){ next };
}

static bool
end(const struct slot_list *slots, struct deadline until)
{
    bool has_ended = true;

    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct token *token = slot_list_at(slots, i);

        for (unsigned k = 0; k < token->n_members; k++)
            has_ended =
                member_trial_end(&token->members[k], until) && has_ended;
    }
    return has_ended;
}

const struct tender_work tender_of_members = { "p11mux-mender", mend_all, end };

void
mender_wake(void)
{
    struct instance *instance = instance_get();

    if (instance != NULL)
        tender_hurry(instance->mender);
}

void
mender_begin(const struct token *token)
{
    if (token->mode != GROUP_SINGLE && mender_has_thread())
        mender_wake();
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
