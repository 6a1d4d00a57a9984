/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * p11mux.so with thirty-two threads on two tokens, one that answers at once
 * and a real one: C_Finalize in the middle of their work, again and again, and
 * p11mux loaded and unloaded a hundred times.
 */
#include "tests/crowd.h"

#include <pthread.h>
#include <stdio.h>

enum { ROUNDS = 32, TURNS = 300, THREADS = 32, LIVES = 100, RACERS = 8 };

/* ThreadSanitizer sees only half of what libraries do that were not built
 * with it. */
const char *__tsan_default_suppressions(void);

__attribute__((visibility("default"), used)) const char *
__tsan_default_suppressions(void)
{
    return "race:libsofthsm2.so\n";
}

/* How backend sessions are shared, by turns. */
static const char *const pools[] = {
    "mode = \"operation\"; size = 2; wait = \"2m\";",
    "mode = \"none\";",
    "mode = \"operation\";",
    "mode = \"session\";",
};
enum { N_POOLS = sizeof(pools) / sizeof(pools[0]) };

static void
make_tokens(void)
{
    fixture_softhsm("soft");
    fixture_softhsm_token("crowded");
}

static void
configure(const char *pool)
{
    fixture_config(
        "modules = ( { name = \"null\"; path = \"%s\"; },\n"
        "            { name = \"soft\"; path = \"%s\"; } );\n"
        "tokens = ( { label = \"null\"; members = ( { module = \"null\"; match "
        "= \"pkcs11:token=null\"; } ); pool = { %s }; },\n"
        "           { label = \"soft\"; members = ( { module = \"soft\"; match "
        "= \"pkcs11:token=crowded\"; } ); pool = { %s }; } );\n"
        "slot_refresh = \"1ms\";\nfinalize_wait = \"60s\";\n",
        fixture_test_module("null"), FIXTURE_SOFTHSM, pool, pool);
}

static void
check(const char *what, CK_RV rv)
{
    if (rv != CKR_OK)
        fixture_fail("%s: 0x%lx", what, rv);
}

static void
make_keys(struct module *mux)
{
    fixture_initialize(mux, NULL);
    fixture_make_ec(mux->list, fixture_session(mux->list, 2, FIXTURE_PIN),
                    "shared");
    check("C_Finalize", mux->list->C_Finalize(NULL));
}

/* Initialised, used by all, and finalised while they use it. */
static void
run_round(const struct module *mux)
{
    struct crowd crowd = {
        .list = mux->list, .slots = { 1, 2 }, .n_slots = 2, .may_end = true
    };
    const char *trouble;

    fixture_initialize(mux, NULL);
    crowd_begin(&crowd, THREADS);
    crowd_wait(&crowd, TURNS);
    check("C_Finalize in the middle", mux->list->C_Finalize(NULL));
    trouble = crowd_end(&crowd);
    if (trouble != NULL)
        fixture_fail("%s", trouble);
}

/* -- Who is first -----------------------------------------------------------
 */

struct racer {
    const struct module *mux;
    CK_RV started, ended;
    pthread_barrier_t *line;
    pthread_t thread;
};

static void *
race(void *argument)
{
    struct racer *racer = argument;

    (void)pthread_barrier_wait(racer->line);
    racer->started = racer->mux->list->C_Initialize(NULL);
    (void)pthread_barrier_wait(racer->line);
    racer->ended = racer->mux->list->C_Finalize(NULL);
    return NULL;
}

/* One starts p11mux and one ends it; the others are told (R3.41). */
static void
run_race(const struct module *mux)
{
    struct racer racers[RACERS];
    unsigned n_started = 0, n_ended = 0;
    pthread_barrier_t line;

    (void)pthread_barrier_init(&line, NULL, RACERS);
    for (int i = 0; i < RACERS; i++) {
        racers[i] = (struct racer){ .mux = mux, .line = &line };
        if (pthread_create(&racers[i].thread, NULL, race, &racers[i]) != 0)
            fixture_fail("no thread");
    }
    for (int i = 0; i < RACERS; i++) {
        (void)pthread_join(racers[i].thread, NULL);
        n_started += racers[i].started == CKR_OK;
        n_ended += racers[i].ended == CKR_OK;
        if (racers[i].started != CKR_OK)
            check("C_Initialize beside another",
                  racers[i].started ^ CKR_CRYPTOKI_ALREADY_INITIALIZED);
        if (racers[i].ended != CKR_OK)
            check("C_Finalize beside another",
                  racers[i].ended ^ CKR_CRYPTOKI_NOT_INITIALIZED);
    }
    (void)pthread_barrier_destroy(&line);
    if (n_started != 1 || n_ended != 1)
        fixture_fail("%u threads started p11mux and %u ended it", n_started,
                     n_ended);
}

/* Two libraries in one process that do not know of each other. */
static void *
go_own_way(void *argument)
{
    const struct racer *racer = argument;
    const CK_FUNCTION_LIST *list = racer->mux->list;

    for (int i = 0; i < ROUNDS; i++) {
        CK_SESSION_HANDLE session = 0;
        CK_RV rv = list->C_Initialize(NULL);

        if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED)
            fixture_fail("C_Initialize of a stranger: 0x%lx", rv);
        rv = list->C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &session);
        if (rv != CKR_OK && rv != CKR_CRYPTOKI_NOT_INITIALIZED)
            fixture_fail("C_OpenSession of a stranger: 0x%lx", rv);
        rv = list->C_CloseSession(session);
        if (rv != CKR_OK && rv != CKR_CRYPTOKI_NOT_INITIALIZED &&
            rv != CKR_SESSION_HANDLE_INVALID)
            fixture_fail("C_CloseSession of a stranger: 0x%lx", rv);
        rv = list->C_Finalize(NULL);
        if (rv != CKR_OK && rv != CKR_CRYPTOKI_NOT_INITIALIZED)
            fixture_fail("C_Finalize of a stranger: 0x%lx", rv);
    }
    return NULL;
}

static void
run_strangers(const struct module *mux)
{
    struct racer strangers[RACERS];

    for (int i = 0; i < RACERS; i++) {
        strangers[i] = (struct racer){ .mux = mux };
        if (pthread_create(&strangers[i].thread, NULL, go_own_way,
                           &strangers[i]) != 0)
            fixture_fail("no thread");
    }
    for (int i = 0; i < RACERS; i++)
        (void)pthread_join(strangers[i].thread, NULL);
}

/* Each time as if it were the first. */
static void
live(void)
{
    struct module *mux = module_open(fixture_p11mux());
    CK_SESSION_HANDLE session;

    fixture_initialize(mux, NULL);
    session = fixture_session(mux->list, 1, NULL);
    check("C_CloseSession", mux->list->C_CloseSession(session));
    fixture_session(mux->list, 2, FIXTURE_PIN);
    check("C_Finalize", mux->list->C_Finalize(NULL));
    module_close(mux);
}

int
main(void)
{
    struct module *mux;

    make_tokens();
    configure(pools[0]);
    for (int i = 0; i < LIVES; i++)
        live();
    mux = module_open(fixture_p11mux());
    make_keys(mux);
    for (int i = 0; i < ROUNDS; i++) {
        configure(pools[i % N_POOLS]);
        run_round(mux);
    }
    for (int i = 0; i < ROUNDS; i++)
        run_race(mux);
    run_strangers(mux);
    module_close(mux);
    printf("%d lives, and %d that ended in the middle\n", LIVES, ROUNDS);
    return 0;
}
