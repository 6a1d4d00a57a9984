/* SPDX-License-Identifier: BSD-3-Clause */
/* The rules of a script: which call of a function returns what, hangs or is
 * late; and how many calls there were. */
#include "tests/modules/fault-call.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

enum { MOST_RULES = 128 };

static const char *const names[N_FUNCTIONS] = {
#define FUNCTION(name, parameters, values, ...) #name,
#include "tests/modules/functions.def"
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static struct rule rules[MOST_RULES];
static size_t n_rules;
static unsigned long counts[N_FUNCTIONS];
static unsigned waiting[N_FUNCTIONS];
static unsigned long releases;
static uint64_t (*test_clock)(void);

/* Deadlines are on the clock that nobody sets. */
static void __attribute__((constructor)) changed_prepare(void)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

enum function
function_find(const char *name)
{
    unsigned i;

    for (i = 0; i < N_FUNCTIONS; i++)
        if (strcmp(names[i], name) == 0)
            break;
    return (enum function)i;
}

bool
rule_add(const struct rule *rule)
{
    bool room;

    pthread_mutex_lock(&lock);
    room = n_rules < MOST_RULES;
    if (room)
        rules[n_rules++] = *rule;
    pthread_mutex_unlock(&lock);
    return room;
}

void
rules_clear(void)
{
    pthread_mutex_lock(&lock);
    n_rules = 0;
    pthread_mutex_unlock(&lock);
}

static struct timespec
time_in(uint64_t nanoseconds)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += (time_t)(nanoseconds / 1000000000);
    time.tv_nsec += (long)(nanoseconds % 1000000000);
    if (time.tv_nsec >= 1000000000) {
        time.tv_nsec -= 1000000000;
        time.tv_sec++;
    }
    return time;
}

/* Waits, with the lock held, until release or until the time is over. */
static void
wait_locked(const struct rule *rule)
{
    unsigned long before = releases;
    struct timespec end;

    if (rule->action == RULE_HANG) {
        while (releases == before)
            pthread_cond_wait(&changed, &lock);
    } else if (test_clock != NULL) {
        uint64_t until = test_clock() + rule->delay_ns;

        while (releases == before && test_clock != NULL && test_clock() < until)
            pthread_cond_wait(&changed, &lock);
    } else {
        end = time_in(rule->delay_ns);
        while (releases == before &&
               pthread_cond_timedwait(&changed, &lock, &end) == 0)
            continue;
    }
}

/* The thread is cancelled while it waits: the module goes on without it. */
static void
leave_cancelled(void *function)
{
    waiting[*(enum function *)function]--;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

/* Rules may be replaced while this one waits: it is a copy. */
static bool
rule_apply_locked(enum function function, struct rule rule, CK_RV *out)
{
    if (rule.action == RULE_KILL)
        (void)raise(SIGKILL);
    if (rule.action == RULE_STOP)
        (void)raise(SIGSTOP);
    if (rule.action == RULE_HANG || rule.action == RULE_DELAY) {
        waiting[function]++;
        pthread_cond_broadcast(&changed);
        pthread_cleanup_push(leave_cancelled, &function);
        wait_locked(&rule);
        pthread_cleanup_pop(0);
        waiting[function]--;
    }
    if (rule.has_rv)
        *out = rule.rv;
    return rule.has_rv;
}

/*
 * First every rule counts the call, then those that fit are applied in their
 * order until one answers.
 */
static bool
rules_apply(enum function function, bool after, CK_RV *out)
{
    struct rule fitting[MOST_RULES];
    bool answered = false;
    size_t n_fitting = 0, i;

    pthread_mutex_lock(&lock);
    if (!after)
        counts[function]++;
    for (i = 0; i < n_rules; i++) {
        struct rule *rule = &rules[i];

        if (rule->after != after ||
            (rule->function != function && rule->function != N_FUNCTIONS))
            continue;
        rule->seen++;
        if (rule->seen >= rule->first && rule->seen <= rule->last)
            fitting[n_fitting++] = *rule;
    }
    for (i = 0; i < n_fitting && !answered; i++)
        answered = rule_apply_locked(function, fitting[i], out);
    pthread_mutex_unlock(&lock);
    return answered;
}

bool
rules_before(enum function function, CK_RV *out)
{
    return rules_apply(function, false, out);
}

bool
rules_after(enum function function, CK_RV *out)
{
    return rules_apply(function, true, out);
}

void
fault_release(void)
{
    pthread_mutex_lock(&lock);
    releases++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

void
fault_set_clock(uint64_t (*now)(void))
{
    pthread_mutex_lock(&lock);
    test_clock = now;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

void
fault_tick(void)
{
    pthread_mutex_lock(&lock);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

unsigned long
fault_count(const char *function)
{
    enum function index =
        function != NULL ? function_find(function) : N_FUNCTIONS;
    unsigned long count = 0;
    unsigned i;

    pthread_mutex_lock(&lock);
    for (i = 0; i < N_FUNCTIONS; i++)
        if (function == NULL || i == index)
            count += counts[i];
    pthread_mutex_unlock(&lock);
    return count;
}

void
fault_count_reset(void)
{
    pthread_mutex_lock(&lock);
    memset(counts, 0, sizeof(counts));
    pthread_mutex_unlock(&lock);
}

static unsigned
waiting_locked(const char *function)
{
    enum function index =
        function != NULL ? function_find(function) : N_FUNCTIONS;
    unsigned n = 0;
    unsigned i;

    for (i = 0; i < N_FUNCTIONS; i++)
        if (function == NULL || i == index)
            n += waiting[i];
    return n;
}

unsigned
fault_waiting(const char *function)
{
    unsigned n;

    pthread_mutex_lock(&lock);
    n = waiting_locked(function);
    pthread_mutex_unlock(&lock);
    return n;
}

bool
fault_wait_for(const char *function, unsigned n, unsigned timeout_ms)
{
    struct timespec end = time_in((uint64_t)timeout_ms * 1000000);
    bool there;

    pthread_mutex_lock(&lock);
    while (waiting_locked(function) < n &&
           pthread_cond_timedwait(&changed, &lock, &end) == 0)
        continue;
    there = waiting_locked(function) >= n;
    pthread_mutex_unlock(&lock);
    return there;
}
