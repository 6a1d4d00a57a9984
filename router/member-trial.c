/* SPDX-License-Identifier: BSD-3-Clause */
/* A trial of a member that is down, in a thread of its own. */
#include "router/member-trial.h"

#include "common/thread.h"
#include "router/member-probe.h"
#include "router/mender.h"
#include "router/process.h"
#include "router/token.h"

static void
try(struct member *member)
{
    struct member_trial *trial = &member->trial;

    atomic_store(&trial->state,
                 member_mend(member) ? MEMBER_TRIAL_NOT : MEMBER_TRIAL_FAILED);
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
