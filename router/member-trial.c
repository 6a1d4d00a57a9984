/* SPDX-License-Identifier: BSD-3-Clause */
/* A trial of a member that is down, or that nobody asks, in a thread of its
 * own. */
#include "router/member-trial.h"

#include "common/clock.h"
#include "common/thread.h"
#include "router/member-probe.h"
#include "router/mender.h"
#include "router/migration.h"
#include "router/pool.h"
#include "router/process.h"
#include "router/session.h"
#include "router/token.h"
#include "router/watch.h"

/* DESIGN 4: from its last answer to the one that it does not give, and to a
 * second one, are at most two seconds. */
static const uint64_t look_interval_ms = 950;

/* -- When --------------------------------------------------------------------
 */

/* A device of its own, or one of several that others may be asked instead. */
bool
member_trial_is_possible(const struct member *member)
{
    const struct token *token = member->token;

    return token->mode != GROUP_SINGLE && member != token->overflow &&
           mender_has_thread() && token_sessions(token).all > 0 &&
           member_is_usable(member) && !member_is_stuck(member);
}

static uint64_t
count_calls(const struct member *member)
{
    uint64_t calls[N_COUNTED] = { 0 }, errors[N_COUNTER_CLASSES] = { 0 };
    uint64_t all = 0;

    pool_sum(member->pool, calls, errors);
    for (unsigned i = 0; i < N_COUNTED; i++)
        all += calls[i];
    return all;
}

/* Whoever asks it, or is inside, sees by himself how it is; where the module
 * takes one call at a time nobody else would get in. */
static bool
was_asked(struct member *member)
{
    const struct backend *backend = atomic_load(&member->backend);
    uint64_t before = member->trial.n_calls;

    member->trial.n_calls = count_calls(member);
    return member->trial.n_calls != before ||
           (backend_is_serialised(backend) && watch_count_stays(backend) > 0) ||
           session_count_staying(member->token, UINT32_C(1) << member->index) >
               0;
}

bool
member_trial_is_due(struct member *member, uint64_t *next)
{
    struct member_trial *trial = &member->trial;
    bool is_due = false;

    trial->is_look = false;
    if (!member_trial_is_possible(member)) {
        trial->next_look = 0;
        trial->was_silent = false;
        return false;
    }
    if (trial->next_look == 0 ||
        deadline_has_passed((struct deadline){ trial->next_look })) {
        is_due = !was_asked(member) && trial->next_look != 0;
        trial->was_silent = is_due && trial->was_silent;
        trial->next_look = deadline_in(look_interval_ms).at;
    }
    if (trial->next_look < *next)
        *next = trial->next_look;
    trial->is_look = is_due;
    return is_due || migration_is_behind(member);
}

/* -- How ---------------------------------------------------------------------
 */

/* What it says may have nothing to do with it: it is asked twice (class P). */
static void
look(struct member *member)
{
    struct member_trial *trial = &member->trial;
    bool was_silent = trial->was_silent;

    trial->was_silent = !member_answers(member) && process_is_serving() &&
                        !member_is_stuck(member) && member_is_usable(member);
    if (!trial->was_silent)
        return;
    if (was_silent)
        member_fail(member, NULL, CKR_DEVICE_REMOVED);
    else
        trial->next_look = deadline_in(probe_interval_ms).at;
}

static enum member_trial_state
state_after_try(struct member *member)
{
    if (!member_health_is_good(&member->health))
        return member_mend(member) ? MEMBER_TRIAL_NOT : MEMBER_TRIAL_FAILED;
    if (member->trial.is_look)
        look(member);
    if (migration_is_behind(member))
        migration_catch_up(member);
    return MEMBER_TRIAL_NOT;
}

static void
try(struct member *member)
{
    struct member_trial *trial = &member->trial;

    atomic_store(&trial->state, state_after_try(member));
    wake_up(&trial->over);
}

static void *
try_in_thread(void *member)
{
    (void)pthread_setname_np(pthread_self(), "p11mux-trial");
    /* A module that leads back into p11mux from here is refused. */
    thread_is_inside = true;
    try(member);
    mender_wake();
    return NULL;
}

static void
join(struct member_trial *trial)
{
    if (trial->has_thread)
        (void)pthread_join(trial->thread, NULL);
    trial->has_thread = false;
}

void
member_trial_begin(struct member *member)
{
    struct member_trial *trial = &member->trial;

    join(trial);
    atomic_store(&trial->state, MEMBER_TRIAL_GOES_ON);
    trial->has_thread = mender_has_thread() &&
                        thread_start(&trial->thread, try_in_thread, member);
    if (!trial->has_thread)
        try(member);
}

bool
member_trial_goes_on(const struct member *member)
{
    return atomic_load(&member->trial.state) == MEMBER_TRIAL_GOES_ON;
}

bool
member_trial_has_failed(struct member *member)
{
    unsigned failed = MEMBER_TRIAL_FAILED;

    return atomic_compare_exchange_strong(&member->trial.state, &failed,
                                          MEMBER_TRIAL_NOT);
}

bool
member_trial_end(struct member *member, struct deadline until)
{
    struct member_trial *trial = &member->trial;

    while (member_trial_goes_on(member) && !deadline_has_passed(until)) {
        wake_clear(&trial->over);
        if (member_trial_goes_on(member))
            wake_wait(&trial->over, until);
    }
    if (member_trial_goes_on(member))
        return false;
    join(trial);
    return true;
}
