/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ten thousand virtual sessions in sixty-four threads over two backend
 * sessions of a real token: every thread signs with its own key, and OpenSSL
 * verifies what came of it. --long signs more.
 */
#include "tests/fixture.h"
#include "tests/modules/fault.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    N_THREADS = 64,
    N_SESSIONS = 10000,
    MOST_OF_ONE = N_SESSIONS / N_THREADS + 1,
    TURNS = 20,
    LONG_TURNS = 2000,
    POOL_SIZE = 2,
    MOST_SECONDS = 280,
    LONG_SECONDS = 3000
};

/* ThreadSanitizer sees only half of what libraries do that were not built
 * with it. */
const char *__tsan_default_suppressions(void);

__attribute__((visibility("default"), used)) const char *
__tsan_default_suppressions(void)
{
    return "race:libsofthsm2.so\n";
}

struct signer {
    unsigned number;
    struct fixture_pair pair;
    struct fixture_public *key;
    CK_SESSION_HANDLE sessions[MOST_OF_ONE];
    unsigned n_sessions;
    pthread_t thread;
};

static const CK_FUNCTION_LIST *list;
static struct signer signers[N_THREADS];
static pthread_barrier_t line;
static unsigned turns = TURNS;
static __typeof__(&fault_sessions) count_sessions;
static __typeof__(&fault_count) count_calls;

static void
expect(const char *what, CK_RV rv)
{
    if (rv != CKR_OK)
        fixture_fail("%s: 0x%lx", what, rv);
}

static CK_SESSION_HANDLE
open_session(void)
{
    CK_SESSION_HANDLE session = 0;

    expect("C_OpenSession",
           list->C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &session));
    return session;
}

/* The hash is of this turn alone; in every other turn it goes in parts of the
 * call: the length first. */
static void
sign(const struct signer *signer, CK_SESSION_HANDLE session, unsigned turn)
{
    CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };
    CK_BYTE hash[32] = { 0 }, signature[64];
    CK_ULONG length = sizeof(signature);

    memcpy(hash, &signer->number, sizeof(signer->number));
    memcpy(hash + 8, &turn, sizeof(turn));
    expect("C_SignInit",
           list->C_SignInit(session, &mechanism, signer->pair.private_key));
    if (turn % 2 == 0)
        expect("C_Sign for its length",
               list->C_Sign(session, hash, sizeof(hash), NULL, &length));
    expect("C_Sign",
           list->C_Sign(session, hash, sizeof(hash), signature, &length));
    if (!fixture_verify(signer->key, hash, signature, length))
        fixture_fail("thread %u has a signature that is not its own",
                     signer->number);
}

static void *
run(void *argument)
{
    struct signer *signer = argument;
    unsigned seed = signer->number * 7919;

    for (unsigned i = 0; i < signer->n_sessions; i++)
        signer->sessions[i] = open_session();
    (void)pthread_barrier_wait(&line);
    for (unsigned turn = 0; turn < turns; turn++) {
        seed = seed * 1103515245 + 12345;
        sign(signer, signer->sessions[(seed >> 8) % signer->n_sessions], turn);
    }
    (void)pthread_barrier_wait(&line);
    for (unsigned i = 0; i < signer->n_sessions; i++)
        expect("C_CloseSession", list->C_CloseSession(signer->sessions[i]));
    return NULL;
}

static struct module *
start(void)
{
    struct module *mux = module_open(fixture_p11mux());
    struct module *fault = module_open(fixture_test_module("fault"));

    fixture_softhsm("soft");
    fixture_softhsm_token("crowded");
    fixture_setenv("P11MUX_FAULT_MODULE", "%s", FIXTURE_SOFTHSM);
    fixture_config("modules = ( { name = \"soft\"; path = \"%s\"; } );\n"
                   "tokens = ( { label = \"crowded\"; members = ( { module = "
                   "\"soft\"; match = \"pkcs11:token=crowded\"; } );\n"
                   "  pool = { mode = \"operation\"; size = %d; wait = "
                   "\"1h\"; }; } );\n",
                   fixture_test_module("fault"), POOL_SIZE);
    count_sessions = module_symbol(fault, "fault_sessions");
    count_calls = module_symbol(fault, "fault_count");
    fixture_initialize(mux, NULL);
    list = mux->list;
    return mux;
}

static void
make_keys(CK_SESSION_HANDLE session)
{
    for (unsigned i = 0; i < N_THREADS; i++) {
        struct signer *signer = &signers[i];

        signer->number = i;
        signer->n_sessions = (N_SESSIONS + i) / N_THREADS;
        signer->pair =
            fixture_make_ec(list, session, fixture_text("key %u", i));
        signer->key =
            fixture_read_public(list, session, signer->pair.public_key);
    }
}

int
main(int argc, char **argv)
{
    bool is_long = argc > 1 && strcmp(argv[1], "--long") == 0;
    struct module *mux = start();
    CK_SESSION_HANDLE session = fixture_session(list, 1, FIXTURE_PIN);

    /* Who is not woken waits for ever. */
    alarm(is_long ? LONG_SECONDS : MOST_SECONDS);
    if (is_long)
        turns = LONG_TURNS;
    make_keys(session);
    (void)pthread_barrier_init(&line, NULL, N_THREADS);
    for (unsigned i = 0; i < N_THREADS; i++)
        if (pthread_create(&signers[i].thread, NULL, run, &signers[i]) != 0)
            fixture_fail("no thread");
    for (unsigned i = 0; i < N_THREADS; i++)
        (void)pthread_join(signers[i].thread, NULL);
    if (count_sessions() > POOL_SIZE + 1)
        fixture_fail("%u backend sessions are open", count_sessions());
    printf("%u signatures; C_OpenSession was called %lu times\n",
           N_THREADS * turns, count_calls("C_OpenSession"));
    if (count_calls("C_OpenSession") > POOL_SIZE + 1)
        fixture_fail("sessions are opened again and again");
    for (unsigned i = 0; i < N_THREADS; i++)
        fixture_free_public(signers[i].key);
    expect("C_Finalize", list->C_Finalize(NULL));
    module_close(mux);
    return 0;
}
