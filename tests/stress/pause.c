/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A token is paused again and again under a load of sixteen threads, and its
 * device restarted each time; or it is given other backend sessions: no
 * operation fails. Of sessions that are the application's own the device goes
 * on. A plain program, since it also runs under ThreadSanitizer.
 */
#include "common/cleanup.h"
#include "router/control.h"
#include "tests/paused.h"

#include <sched.h>
#include <stdio.h>

enum { N_THREADS = 16, N_SESSIONS = 3 };

struct signer {
    CK_SESSION_HANDLE sessions[N_SESSIONS];
    CK_OBJECT_HANDLE key;
    CK_ULONG number;
    pthread_t thread;
};

struct mode {
    const char *name;
    enum config_pool_mode mode;
    size_t size;
    bool restarts;
    CK_ULONG most_sessions; /* of the token; 0: no limit */
    void (*once)(const struct mode *mode);
    int times;
};

static struct signer signers[N_THREADS];
static atomic_bool is_over;
static atomic_ulong n_signed;

static void
sign_in_parts(const struct signer *signer, CK_SESSION_HANDLE session)
{
    struct toy_result result;
    CK_ULONG length = sizeof(result);
    CK_BYTE data[] = { "parts" };
    CK_RV rv = router_sign_init(session, signer->key);

    for (int i = 0; i < 3 && rv == CKR_OK; i++)
        rv = C_SignUpdate(session, data, 5);
    if (rv == CKR_OK)
        rv = C_SignFinal(session, (CK_BYTE *)&result, &length);
    if (rv != CKR_OK ||
        !pool_is_result(&result, signer->number, "partspartsparts", 15))
        fixture_fail("a signature in parts: 0x%lx", rv);
}

static void *
sign(void *argument)
{
    struct signer *signer = argument;

    for (unsigned turn = 0; !atomic_load(&is_over); turn++) {
        CK_SESSION_HANDLE session = signer->sessions[turn % N_SESSIONS];
        CK_RV rv;

        if (turn % 4 == 3)
            sign_in_parts(signer, session);
        else if (!pool_signs(session, signer->key, signer->number, "text", &rv))
            fixture_fail("a signature: 0x%lx", rv);
        atomic_fetch_add(&n_signed, 1);
    }
    return NULL;
}

static void
begin(const struct mode *mode)
{
    static struct config_pool settings;
    struct config *config;

    settings = pool_settings(mode->size);
    settings.mode = mode->mode;
    settings.wait_ms = 60000;
    config = pool_config(&settings);
    toys[0].most_sessions = mode->most_sessions;
    router_start(config);
    pool_add_keys(N_THREADS);
    for (unsigned i = 0; i < N_THREADS; i++) {
        struct signer *signer = &signers[i];

        for (unsigned k = 0; k < N_SESSIONS; k++)
            signer->sessions[k] = pool_session(CKF_RW_SESSION);
        signer->number = i + 1;
        signer->key = pool_find_key(signer->sessions[0], i + 1);
    }
    atomic_store(&is_over, false);
    for (unsigned i = 0; i < N_THREADS; i++)
        if (pthread_create(&signers[i].thread, NULL, sign, &signers[i]) != 0)
            fixture_fail("no thread");
}

static void
wait_for_signatures(unsigned long n)
{
    unsigned long before = atomic_load(&n_signed);

    while (atomic_load(&n_signed) < before + n)
        (void)sched_yield();
}

static void
look_at_rest(void *context)
{
    const struct mode *mode = context;

    if (toy_active(0) != 0)
        fixture_fail("mode %s: operations are active", mode->name);
    if (!mode->restarts)
        return;
    if (toy_count_sessions(0) != 0)
        fixture_fail("mode %s: %zu sessions are open", mode->name,
                     toy_count_sessions(0));
    toys[0].shift += 1000;
}

static void
pause_once(const struct mode *mode)
{
    uint64_t number = paused_write(CONTROL_PAUSE, "one");
    unsigned long before;
    size_t running;

    while (paused_note(number, &running).seen < number || running > 0)
        control_look_now();
    before = atomic_load(&n_signed);
    toy_visit(look_at_rest, (void *)(uintptr_t)mode);
    /* Whoever had its result may not have counted it yet. */
    if (atomic_load(&n_signed) > before + N_THREADS)
        fixture_fail("mode %s: the load goes on", mode->name);
    (void)paused_command(CONTROL_RESUME, "one");
}

static void
find_newest(void *context)
{
    CK_SESSION_HANDLE *newest = context;

    *newest = toy_newest_session(0);
}

struct count {
    CK_SESSION_HANDLE newest;
    size_t n_left;
};

static void
count_left(void *context)
{
    struct count *count = context;

    count->n_left = toy_count_sessions_until(0, count->newest);
}

/* Until all that were open are closed. */
static void
reconnect_once(const struct mode *mode)
{
    struct count count = { .n_left = 1 };
    size_t running;
    uint64_t number;

    (void)mode;
    toy_visit(find_newest, &count.newest);
    number = paused_write(CONTROL_RECONNECT, "one");
    while (paused_note(number, &running).seen < number)
        control_look_now();
    for (; count.n_left > 0; (void)sched_yield())
        toy_visit(count_left, &count);
}

static const struct mode modes[] = {
    { "operation", POOL_OPERATION, 4, true, 0, pause_once, 40 },
    { "session", POOL_SESSION, N_THREADS *N_SESSIONS, true, 0, pause_once, 40 },
    { "none", POOL_NONE, 0, false, 0, pause_once, 40 },
    { "operation", POOL_OPERATION, 4, false, 0, reconnect_once, 10 },
    { "session", POOL_SESSION, 0, false, 0, reconnect_once, 10 },
    { "none", POOL_NONE, 0, false, 0, reconnect_once, 10 },
    { "operation", POOL_OPERATION, 0, false, 1, reconnect_once, 10 },
    { "operation", POOL_OPERATION, 0, false, 2, reconnect_once, 10 },
};

int
main(void)
{
    unsigned n_times = 0;

    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        begin(&modes[i]);
        for (int k = 0; k < modes[i].times; k++, n_times++) {
            wait_for_signatures(50);
            modes[i].once(&modes[i]);
        }
        wait_for_signatures(50);
        atomic_store(&is_over, true);
        for (unsigned k = 0; k < N_THREADS; k++)
            (void)pthread_join(signers[k].thread, NULL);
        pool_finish();
    }
    (void)printf("%lu signatures over %u pauses and reconnects, none failed\n",
                 atomic_load(&n_signed), n_times);
    return 0;
}
