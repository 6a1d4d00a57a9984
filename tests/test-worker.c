/* SPDX-License-Identifier: BSD-3-Clause */
/* A thread that is told to end is joined, or left to itself. */
#include "common/worker.h"

#include <criterion/criterion.h>

TestSuite(worker, .timeout = 60);

static struct {
    struct mutex lock;
    struct condition changed;
    struct worker worker;
    bool may_end;
    bool is_over;
} owner;

static void
begin(void)
{
    mutex_init(&owner.lock, LOCK_CLERK);
    condition_init(&owner.changed);
}

static void *
work(void *argument)
{
    mutex_lock(&owner.lock);
    while (!owner.may_end)
        (void)condition_wait(&owner.changed, &owner.lock, deadline_in(1000));
    owner.is_over = true;
    worker_finish(&owner.worker, &owner.changed);
    mutex_unlock(&owner.lock);
    return argument;
}

static void
start(void)
{
    begin();
    mutex_lock(&owner.lock);
    worker_start(&owner.worker, work, NULL);
    mutex_unlock(&owner.lock);
    cr_assert(owner.worker.has_thread);
}

static void
let_end(void)
{
    mutex_lock(&owner.lock);
    owner.may_end = true;
    condition_broadcast(&owner.changed);
    mutex_unlock(&owner.lock);
}

static bool
end(uint64_t wait_ms)
{
    return worker_end(&owner.worker, &owner.lock, &owner.changed,
                      deadline_in(wait_ms));
}

Test(worker, ends_where_there_is_none)
{
    begin();
    cr_expect(end(0));
    cr_expect(end(0));
}

Test(worker, is_joined)
{
    start();
    let_end();
    cr_assert(end(30000));
    cr_expect(owner.is_over);
    cr_expect_not(owner.worker.has_thread);
    cr_expect(end(0), "a second time");
}

/* Else its stack would stay for as long as the process. */
Test(worker, is_left_to_itself)
{
    pthread_attr_t attributes;
    int state;

    start();
    cr_assert_not(end(1));
    cr_assert_eq(pthread_getattr_np(owner.worker.thread, &attributes), 0);
    cr_assert_eq(pthread_attr_getdetachstate(&attributes, &state), 0);
    pthread_attr_destroy(&attributes);
    cr_expect_eq(state, PTHREAD_CREATE_DETACHED);
    let_end();
    mutex_lock(&owner.lock);
    while (!owner.is_over)
        (void)condition_wait(&owner.changed, &owner.lock, deadline_in(1000));
    mutex_unlock(&owner.lock);
    cr_expect_not(end(1000), "what it uses may be used yet");
}
