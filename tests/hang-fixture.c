/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls that hang inside toy tokens, on a clock that the test moves. */
#include "tests/hang-fixture.h"

#include "common/wake.h"
#include "router/watch-private.h"

#include <sched.h>
#include <stdatomic.h>
#include <time.h>

enum { PATIENCE_SECONDS = 30, MOST_STEPS = 1000 };

CK_SESSION_HANDLE hang_session;

/* -- What goes on inside -----------------------------------------------------
 */

static _Atomic(unsigned) n_looks, n_waiting;
static bool is_resting; /* the watch's thread is, while one has its lock */
static bool has_thread;
static __thread bool is_counted;

bool __real_watch_look_once(struct watch_news *out);
bool __wrap_watch_look_once(struct watch_news *out);
bool __real_condition_wait(struct condition *condition, struct mutex *mutex,
                           struct deadline until);
bool __wrap_condition_wait(struct condition *condition, struct mutex *mutex,
                           struct deadline until);
void __wrap_hang_tend(struct member *member);
void __real_wake_wait(struct wake *wake, struct deadline until);
void __wrap_wake_wait(struct wake *wake, struct deadline until);

/* These stand in the place of p11mux's own: see -Wl,--wrap. */
bool
__wrap_watch_look_once(struct watch_news *out)
{
    bool is_news = __real_watch_look_once(out);

    atomic_fetch_add(&n_looks, 1);
    return is_news;
}

bool
__wrap_condition_wait(struct condition *condition, struct mutex *mutex,
                      struct deadline until)
{
    bool is_watch = mutex == &watch.lock, is_there;

    if (is_watch)
        is_resting = true;
    atomic_fetch_add(&n_waiting, is_counted ? 1 : 0);
    is_there = __real_condition_wait(condition, mutex, until);
    atomic_fetch_sub(&n_waiting, is_counted ? 1 : 0);
    if (is_watch)
        is_resting = false;
    return is_there;
}

/* Who looks at a member that came back is the next call that goes there, never
 * the tender, which would have that call refused meanwhile. */
void
__wrap_hang_tend(struct member *member)
{
    (void)member;
}

void
__wrap_wake_wait(struct wake *wake, struct deadline until)
{
    atomic_fetch_add(&n_waiting, is_counted ? 1 : 0);
    __real_wake_wait(wake, until);
    atomic_fetch_sub(&n_waiting, is_counted ? 1 : 0);
}

static void
check_patience(time_t since, const char *what)
{
    if (time(NULL) - since > PATIENCE_SECONDS)
        fixture_fail("%s", what);
    sched_yield();
}

void
hang_until_waited_for(void)
{
    time_t since = time(NULL);

    while (atomic_load(&n_waiting) == 0)
        check_patience(since, "no thread comes to wait");
}

void
hang_until_session_is_waited_for(CK_SESSION_HANDLE session)
{
    const struct session *cell = session_cell(handle_index(session));
    time_t since = time(NULL);

    while ((atomic_load(&cell->notice) & SESSION_WAITERS) == 0)
        check_patience(since, "no thread comes to wait for the session");
}

/* -- Time --------------------------------------------------------------------
 */

/* Only what rests has reckoned when it looks next. */
static void
pass_with_thread(void)
{
    unsigned before = atomic_load(&n_looks);
    time_t since = time(NULL);
    bool has_passed = false, has_looked = false;

    while (!has_looked) {
        mutex_lock(&watch.lock);
        has_looked =
            has_passed && is_resting && atomic_load(&n_looks) != before;
        if (!has_passed && is_resting) {
            before = atomic_load(&n_looks);
            pool_clock_move(1000);
            has_passed = true;
        }
        mutex_unlock(&watch.lock);
        check_patience(since, "the watch does not look");
    }
}

static void
pass_without_thread(void)
{
    unsigned before = atomic_load(&n_looks);
    time_t since = time(NULL);

    pool_clock_move(1000);
    /* A thread that waits may have reckoned from where the clock is now. */
    while (atomic_load(&n_looks) == before) {
        pool_clock_move(1);
        check_patience(since, "nobody looks");
    }
}

static void
pass_a_second(void)
{
    if (has_thread)
        pass_with_thread();
    else
        pass_without_thread();
}

void
hang_pass(unsigned seconds)
{
    for (unsigned i = 0; i < seconds; i++)
        pass_a_second();
}

static unsigned
count_caught(void)
{
    unsigned n_caught;

    mutex_lock(&watch.lock);
    n_caught = watch.n_stuck;
    mutex_unlock(&watch.lock);
    return n_caught;
}

void
hang_until_caught(void)
{
    for (unsigned i = 0; count_caught() == 0; i++) {
        if (i == MOST_STEPS)
            fixture_fail("the call is not found to hang");
        pass_a_second();
    }
}

/* -- Calls -------------------------------------------------------------------
 */

static const struct {
    enum function held;
    bool is_held;
} kinds[] = {
    [HANG_RANDOM] = { FUNCTION_C_GenerateRandom, true },
    [HANG_GENERATE] = { FUNCTION_C_GenerateKey, true },
    [HANG_LOGIN] = { FUNCTION_C_Login, true },
    [HANG_OPEN] = { FUNCTION_C_OpenSession, true },
    [HANG_LOOK] = { FUNCTION_C_GetTokenInfo, true },
    [HANG_USE] = { FUNCTION_C_GetAttributeValue, true },
    [HANG_PROBE] = { FUNCTION_C_GetTokenInfo, true },
    [HANG_SEED] = { 0, false },
    [HANG_SIGN] = { 0, false },
    [HANG_FINISH] = { 0, false },
    [HANG_LOGIN_TOO] = { 0, false },
    [HANG_OPEN_TOO] = { 0, false },
};

CK_RV
hang_login(CK_SESSION_HANDLE session)
{
    CK_UTF8CHAR pin[] = "1234";

    return C_Login(session, CKU_USER, pin, sizeof(pin) - 1);
}

static CK_RV
make(struct hang_call *call)
{
    CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
    CK_SESSION_HANDLE opened;
    CK_OBJECT_HANDLE key;
    CK_BYTE byte = 1;

    switch (call->kind) {
    case HANG_RANDOM:
        return C_GenerateRandom(call->session, &byte, 1);
    case HANG_GENERATE:
        return C_GenerateKey(call->session, &mechanism, NULL, 0, &key);
    case HANG_LOGIN:
    case HANG_LOGIN_TOO:
        return hang_login(call->session);
    case HANG_OPEN:
    case HANG_OPEN_TOO:
        return C_OpenSession(call->session, CKF_SERIAL_SESSION, NULL, NULL,
                             &opened);
    case HANG_USE:
    case HANG_PROBE:
    case HANG_SIGN:
        return router_sign_init(call->session, call->key);
    case HANG_FINISH:
        return router_sign(call->session, "text", &call->result);
    default:
        return C_SeedRandom(call->session, &byte, 1);
    }
}

static CK_SLOT_ID held_slot;

static void *
make_in_thread(void *argument)
{
    struct hang_call *call = argument;

    is_counted = !kinds[call->kind].is_held;
    call->rv = make(call);
    return NULL;
}

void
hang_begin_call(struct hang_call *call, enum hang_kind kind,
                CK_SESSION_HANDLE session)
{
    call->kind = kind;
    call->session = session;
    if (kinds[kind].is_held)
        toy_hold(held_slot, kinds[kind].held);
    if (pthread_create(&call->thread, NULL, make_in_thread, call) != 0)
        fixture_fail("no thread");
    if (kinds[kind].is_held)
        toy_wait_for_held();
}

CK_RV
hang_end_call(struct hang_call *call)
{
    (void)pthread_join(call->thread, NULL);
    return call->rv;
}

bool
hang_answer_random(enum function function, CK_SLOT_ID slot,
                   struct argument *arguments, CK_RV *rv)
{
    (void)slot;
    (void)arguments;
    *rv = CKR_OK;
    return function == FUNCTION_C_GenerateRandom ||
           function == FUNCTION_C_SeedRandom;
}

/* -- Beginning ---------------------------------------------------------------
 */

static void
add_tokens(struct config *config, bool is_group)
{
    held_slot = is_group ? TOY_SLOT(0) : TOY_ANY;
    toy_show(is_group ? TOY_SECOND : 1, "B");
    if (is_group) {
        toy_add_key(TOY_SECOND, CKO_PRIVATE_KEY, 1);
        router_config_token(config, "both", "A", "B", NULL);
    } else {
        router_config_token(config, "one", "A", NULL);
        router_config_token(config, "two", "B", NULL);
    }
}

static void
set_group(struct config_token *token, const struct hang_setting *setting)
{
    token->holds_back = setting->holds_back;
    if (setting->is_balanced)
        token->mode = GROUP_BALANCE;
    if (setting->is_replicated)
        token->write = WRITE_REPLICATE;
    if (!setting->is_migrated)
        return;
    token->mode = GROUP_MIGRATE;
    token->write = WRITE_PRIMARY;
    token->members[MIGRATE_NEW].role = ROLE_NEW;
    token->members[MIGRATE_OLD].role = ROLE_OLD;
}

void
hang_start(const struct hang_setting *setting)
{
    struct config_pool settings = config_pool_default;
    struct config *config = router_config();
    struct error error = { .rv = CKR_OK };

    settings.mode = setting->mode;
    settings.size = setting->size;
    settings.wait_ms = 10 * 60 * 1000;
    add_tokens(config, setting->is_group);
    for (size_t i = 0; i < config->n_tokens; i++)
        config->tokens[i].pool = settings;
    set_group(&config->tokens[0], setting);
    if (setting->call_timeout_ms != 0)
        router_profile.settings.call_timeout_ms = setting->call_timeout_ms;
    if (setting->is_serialised)
        router_profile.settings.serialise = SERIALISE_BACKEND;
    has_thread = setting->may_create_threads;
    pool_clock_begin();
    pool_add_keys(2);
    toy_set_hook(hang_answer_random);
    if (router_try_start(config, setting->may_create_threads, &error) != CKR_OK)
        fixture_fail("%s", error.text);
    hang_session = router_session(1);
}

void
hang_allow_seconds(void)
{
    const struct token *token = router_token(1);

    for (size_t i = 0; i < token->n_members; i++)
        for (unsigned k = 0; k < N_COUNTED; k++)
            for (unsigned n = 0; n < 100; n++)
                counts_note_latency(pool_counts(token->members[i].pool), n, k,
                                    4 * 1000 * 1000);
}

void
hang_start_lending(void)
{
    static const struct hang_setting setting = { .may_create_threads = true,
                                                 .mode = POOL_OPERATION,
                                                 .size = 2 };

    hang_start(&setting);
}

void
hang_finish(void)
{
    toy_release();
    (void)C_Finalize(NULL);
}

void
hang_lose_keeper(void)
{
    struct pool *pool = router_token(1)->members[0].pool;
    CK_SESSION_HANDLE handle = pool_keeper(pool)->handle;

    if (toy_functions.C_CloseSession(handle) != CKR_OK)
        fixture_fail("the keeper cannot be closed");
    pool_drain(pool, true);
}
