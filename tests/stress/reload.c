/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A token's settings are taken over again and again, and another token is added
 * and removed, under threads that open, use and close sessions. A plain
 * program, since it also runs under ThreadSanitizer.
 */
#include "router/control.h"
#include "router/instance.h"
#include "router/slot-change.h"
#include "tests/paused.h"

#include <sched.h>
#include <stdio.h>

/* The second token comes and goes, and is away at the end. */
enum { N_THREADS = 6, N_RELOADS = 20, SLOT = 7, SECOND_SLOT = 8 };

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

/* As it may be on one that is removed at any moment (R6.17). */
static bool
is_expected(CK_RV rv)
{
    return rv == CKR_OK || rv == CKR_SLOT_ID_INVALID ||
           rv == CKR_TOKEN_NOT_PRESENT || rv == CKR_DEVICE_REMOVED ||
           rv == CKR_SESSION_HANDLE_INVALID;
}

static void *
use_second(void *argument)
{
    (void)argument;
    while (!atomic_load(&is_over)) {
        CK_SESSION_HANDLE session = 0;
        CK_BYTE byte;
        CK_RV rv = C_OpenSession(SECOND_SLOT, CKF_SERIAL_SESSION, NULL, NULL,
                                 &session);

        if (rv == CKR_OK) {
            CK_RV used = C_GenerateRandom(session, &byte, 1);

            rv = is_expected(used) ? C_CloseSession(session) : used;
        }
        if (!is_expected(rv))
            fixture_fail("a call on the second token: 0x%lx", rv);
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

static const char second[] =
    ", { label = \"two\"; slot = 8; members = ( { module = \"other\"; match = "
    "\"pkcs11:token=null\"; } ); }";

/* Another wait each time; every second one has another size and level, and the
 * second token. */
static void
write_file(int wait_s)
{
    (void)fixture_config(
        "modules = ( { name = \"null\"; path = \"%s\"; }, { name = "
        "\"other\"; path = \"%s\"; instance = \"own\"; } );\n"
        "tokens = ( { label = \"one\"; slot = %d; pool = { size = %d; wait = "
        "\"%ds\"; }; members = ( { module = \"null\"; match = "
        "\"pkcs11:token=null\"; } ); }%s );\n"
        "others = \"hide\";\nstate_dir = \"%s\";\nruntime_dir = \"%s\";\n"
        "audit = { file = \"%s\"; level = \"%s\"; };\n",
        fixture_test_module("null"), fixture_test_module("null"), SLOT,
        2 + wait_s % 2, wait_s, wait_s % 2 == 0 ? second : "", fixture_folder(),
        fixture_folder(), fixture_path("audit.jsonl"),
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
    if ((slot_list_find(instance_get()->slots, SECOND_SLOT) != NULL) !=
        (wait_s % 2 == 0))
        fixture_fail("the second token is %s",
                     wait_s % 2 == 0 ? "away" : "there");
}

/* Nothing is left open on the device. */
static void
look_at_second(void)
{
    const struct token *token = slot_change_find(instance_get()->slots, "two");

    control_look_now();
    if (pool_count(token->members[0].pool) != 0)
        fixture_fail("%zu backend sessions are left",
                     pool_count(token->members[0].pool));
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
        if (pthread_create(&threads[i], NULL, i % 2 == 0 ? use : use_second,
                           NULL) != 0)
            fixture_fail("no thread");
    for (int i = 0; i < N_RELOADS; i++) {
        wait_for_calls(50);
        reload(40 + i);
    }
    atomic_store(&is_over, true);
    for (unsigned i = 0; i < N_THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    look_at_second();
    if (C_Finalize(NULL) != CKR_OK)
        fixture_fail("C_Finalize fails");
    (void)printf("%lu turns over %d reloads, none failed\n",
                 atomic_load(&n_calls), N_RELOADS);
    return 0;
}
