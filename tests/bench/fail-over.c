/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the call that finds its member gone takes longer than others, as a table
 * in Markdown: a group of two copies of SoftHSM with one P-256 key, of which
 * the first one, behind the fault module, fails everything at once. The first
 * time the other member has neither a session nor a login.
 */
#include "tests/fixture.h"
#include "tests/modules/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { N_CALLS = 200, N_ROUNDS = 8 };

static const struct death {
    const char *name;
    const char *script;
} deaths[] = {
    { "says that it is gone", "* * return CKR_DEVICE_REMOVED" },
    { "says anything, and fails a probe", "* * return CKR_GENERAL_ERROR" },
};

static __typeof__(&fault_load) load;
static __typeof__(&fault_count) count;
static const CK_FUNCTION_LIST *list;
static CK_SESSION_HANDLE session;
static struct fixture_pair pair;

static double
now_us(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec * 1e-3;
}

/* By the clock; *out_cpu_us is what the thread itself has done. */
static double
sign_us(double *out_cpu_us)
{
    CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };
    CK_BYTE hash[32] = { 1 }, signature[64];
    CK_ULONG length = sizeof(signature);
    double cpu_begun = now_us(CLOCK_THREAD_CPUTIME_ID);
    double begun = now_us(CLOCK_MONOTONIC), took;
    CK_RV rv = list->C_SignInit(session, &mechanism, pair.private_key);

    if (rv == CKR_OK)
        rv = list->C_Sign(session, hash, sizeof(hash), signature, &length);
    if (rv != CKR_OK)
        fixture_fail("a signature failed: 0x%lx", rv);
    took = now_us(CLOCK_MONOTONIC) - begun;
    *out_cpu_us = now_us(CLOCK_THREAD_CPUTIME_ID) - cpu_begun;
    return took;
}

static int
compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static double
median(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), compare);
    return values[n / 2];
}

static double
usual_us(void)
{
    double values[N_CALLS], ignored;

    for (size_t i = 0; i < N_CALLS; i++)
        values[i] = sign_us(&ignored);
    return median(values, N_CALLS);
}

/* -- The group ---------------------------------------------------------------
 */

/* The same token twice: the second folder is a copy of the first. */
static void
start(void)
{
    const char *first = fixture_softhsm("first"), *second;
    struct module *softhsm = module_open(FIXTURE_SOFTHSM), *mux, *fault;
    CK_SESSION_HANDLE its;

    fixture_softhsm_token("both");
    fixture_initialize(softhsm, NULL);
    its = fixture_session(softhsm->list, fixture_slot(softhsm->list, "both"),
                          FIXTURE_PIN);
    (void)fixture_make_ec(softhsm->list, its, "key");
    (void)softhsm->list->C_Finalize(NULL);
    module_close(softhsm);
    second = fixture_softhsm("second");
    fixture_run("cp", "-r", fixture_path("first/tokens/."),
                fixture_path("second/tokens"), NULL);
    fixture_config(
        "modules = ( { name = \"first\"; path = \"%s\";\n"
        "    init_args = \"module=%s\"; env = { SOFTHSM2_CONF = \"%s\"; }; },\n"
        "  { name = \"second\"; path = \"%s\"; instance = \"own\";\n"
        "    env = { SOFTHSM2_CONF = \"%s\"; }; } );\n"
        "tokens = ( { label = \"group\"; mode = \"failover\"; members = (\n"
        "  { module = \"first\"; match = \"pkcs11:token=both\"; },\n"
        "  { module = \"second\"; match = \"pkcs11:token=both\"; } ); } );\n"
        "others = \"hide\"; state_dir = \"%s\"; log = { level = \"error\"; "
        "};\n",
        fixture_test_module("fault"), FIXTURE_SOFTHSM, first, FIXTURE_SOFTHSM,
        second, fixture_make_folder("state"));
    fault = module_open(fixture_test_module("fault"));
    load = module_symbol(fault, "fault_load");
    count = module_symbol(fault, "fault_count");
    mux = module_open(fixture_p11mux());
    list = mux->list;
    fixture_initialize(mux, NULL);
    session = fixture_session(list, fixture_slot(list, "group"), FIXTURE_PIN);
    pair = fixture_find_pair(list, session, "key");
}

/* The first member is well, and signs. */
static void
heal(void)
{
    unsigned long before;
    double ignored;

    (void)load("reset");
    before = count("C_Sign");
    while (count("C_Sign") == before)
        (void)sign_us(&ignored);
}

static void
measure(const struct death *death)
{
    double added[N_ROUNDS], cpu[N_ROUNDS], usual[N_ROUNDS], after[N_ROUNDS];
    double middle;

    for (size_t i = 0; i < N_ROUNDS; i++) {
        heal();
        usual[i] = usual_us();
        (void)load(death->script);
        added[i] = sign_us(&cpu[i]) - usual[i];
        cpu[i] -= usual[i];
        after[i] = usual_us();
    }
    middle = median(cpu, N_ROUNDS);
    printf("| %s | %.3f ms | %.2f ms | %.2f ms | %.2f ms | %.3f ms |\n",
           death->name, median(usual, N_ROUNDS) / 1000,
           median(added, N_ROUNDS) / 1000, middle / 1000,
           cpu[N_ROUNDS - 1] / 1000, median(after, N_ROUNDS) / 1000);
    (void)fflush(stdout);
}

int
main(void)
{
    start();
    printf("| the first member | usual call | added once, by the clock | CPU "
           "time | CPU time at most | calls after it |\n"
           "|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++)
        measure(&deaths[i]);
    if (list->C_Finalize(NULL) != CKR_OK)
        fixture_fail("C_Finalize fails");
    return 0;
}
