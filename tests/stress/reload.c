/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A token's settings are taken over again and again under threads that open,
 * use and close sessions. A plain program, since it also runs under
 * ThreadSanitizer.
 */
#include "router/control.h"
#include "router/instance.h"
#include "tests/paused.h"

#include <sched.h>
#include <stdio.h>

enum { N_THREADS = 8, N_RELOADS = 60, SLOT = 7 };

static atomic_bool is_over;
static atomic_ulong n_calls;

static void *
use(void *argument)
{
    (void)argument;
    while (!atomic_load(&is_over)) {
        CK_SESSION_HANDLE session = 0;
        CK_TOKEN_INFO info;
        CK_BYTE byte;

        if (C_OpenSession(SLOT, CKF_SERIAL_SESSION, NULL, NULL, &session) !=
                CKR_OK ||
            C_GenerateRandom(session, &byte, 1) != CKR_OK ||
            C_GetTokenInfo(SLOT, &info) != CKR_OK ||
            C_CloseSession(session) != CKR_OK)
            fixture_fail("a call fails");
        atomic_fetch_add(&n_calls, 1);
    }
    return NULL;
}

static void
wait_for_calls(unsigned long n)
{
    unsigned long before = atomic_load(&n_calls);

    while (atomic_load(&n_calls) < before + n)
        (void)sched_yield();
}

/* Another wait each time; every second one has another size and level. */
static void
write_file(int wait_s)
{
    (void)fixture_config(
        "modules = ( { name = \"null\"; path = \"%s\"; } );\n"
        "tokens = ( { label = \"one\"; slot = %d; pool = { size = %d; wait = "
        "\"%ds\"; }; members = ( { module = \"null\"; match = "
        "\"pkcs11:token=null\"; } ); } );\n"
        "state_dir = \"%s\";\nruntime_dir = \"%s\";\n"
        "audit = { file = \"%s\"; level = \"%s\"; };\n",
        fixture_test_module("null"), SLOT, 2 + wait_s % 2, wait_s,
        fixture_folder(), fixture_folder(), fixture_path("audit.jsonl"),
        wait_s % 2 == 0 ? "keys" : "calls");
}

static void
reload(int wait_s)
{
    const struct token *token = slot_list_find(instance_get()->slots, SLOT);
    const struct config_token *rule;

    write_file(wait_s);
    (void)paused_command(CONTROL_RELOAD, NULL);
    rule = token->rule;
    if (rule->pool.wait_ms != (uint64_t)wait_s * 1000 ||
        token->pool != &rule->pool)
        fixture_fail("a wait of %d s is not taken over", wait_s);
}

int
main(void)
{
    CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };
    pthread_t threads[N_THREADS];

    write_file(30);
    if (C_Initialize(&arguments) != CKR_OK)
        fixture_fail("C_Initialize fails");
    for (unsigned i = 0; i < N_THREADS; i++)
        if (pthread_create(&threads[i], NULL, use, NULL) != 0)
            fixture_fail("no thread");
    for (int i = 0; i < N_RELOADS; i++) {
        wait_for_calls(50);
        reload(40 + i);
    }
    atomic_store(&is_over, true);
    for (unsigned i = 0; i < N_THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    if (C_Finalize(NULL) != CKR_OK)
        fixture_fail("C_Finalize fails");
    (void)printf("%lu turns over %d reloads, none failed\n",
                 atomic_load(&n_calls), N_RELOADS);
    return 0;
}
