/* SPDX-License-Identifier: BSD-3-Clause */
/* C_Finalize while a call is inside a module that does not return (R3.42). */
#include "router/instance.h"
#include "router/process.h"
#include "tests/fixture-fault.h"
#include "tests/modules/fault.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;

/* With the toys as they are: a call may be inside one. */
static void
start_over_toys(void)
{
    struct config *config = router_config_only();

    config->finalize_wait_ms = 20;
    free(config->log_target);
    config->log_target = strdup(fixture_text("file:%s", fixture_path("log")));
    router_config_token(config, "one", "A", NULL);
    router_start(config);
}

static void
start(void)
{
    toy_reset();
    start_over_toys();
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    session = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
}

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(instance_inside, .init = start, .fini = finish, .timeout = 60);

static bool
log_says(const char *text)
{
    static char log[65536];
    FILE *file = fopen(fixture_path("log"), "r");
    size_t length;

    cr_assert_not_null(file);
    length = fread(log, 1, sizeof(log) - 1, file);
    fclose(file);
    log[length] = '\0';
    return strstr(log, text) != NULL;
}

/* -- Calls that are inside ------------------------------------------------ */

static CK_RV result;

static void *
sign(void *unused)
{
    struct toy_result signature;

    result = router_sign(session, "data", &signature);
    return unused;
}

static void *
get_random(void *unused)
{
    CK_BYTE byte;

    result = C_GenerateRandom(session, &byte, 1);
    return unused;
}

static void *
find(void *unused)
{
    result = C_FindObjectsInit(session, NULL, 0);
    return unused;
}

static void *
make(void *unused)
{
    CK_BYTE label[] = "label";
    CK_ATTRIBUTE template = { CKA_LABEL, label, 5 };
    CK_OBJECT_HANDLE made;

    result = C_CreateObject(session, &template, 1, &made);
    return unused;
}

static void *
open_one(void *unused)
{
    CK_SESSION_HANDLE other;

    result = C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &other);
    return unused;
}

static void *
get_token_info(void *unused)
{
    CK_TOKEN_INFO info;

    result = C_GetTokenInfo(1, &info);
    return unused;
}

static void *
init_token(void *unused)
{
    CK_UTF8CHAR label[33] = "renamed                         ";

    result = C_InitToken(1, NULL, 0, label);
    return unused;
}

static const struct {
    void *(*run)(void *);
    enum function function;
    bool needs_sign;
    bool needs_none; /* no session may be open */
} rows[] = {
    { get_random, FUNCTION_C_GenerateRandom, false, false },
    { sign, FUNCTION_C_Sign, true, false },
    { find, FUNCTION_C_FindObjectsInit, false, false },
    { make, FUNCTION_C_CreateObject, false, false },
    { open_one, FUNCTION_C_OpenSession, false, false },
    { get_token_info, FUNCTION_C_GetTokenInfo, false, false },
    { init_token, FUNCTION_C_InitToken, false, true },
};

/* Finalises under the call of a row; the call comes back afterwards, before
 * or after the next C_Initialize. */
static void
finalize_under(size_t row, bool is_late)
{
    pthread_t thread;

    if (rows[row].needs_sign)
        cr_assert_eq(router_sign_init(session, key), CKR_OK);
    if (rows[row].needs_none)
        cr_assert_eq(C_CloseSession(session), CKR_OK);
    toy_hold(TOY_ANY, rows[row].function);
    pthread_create(&thread, NULL, rows[row].run, NULL);
    toy_wait_for_held();
    toy_hold(TOY_ANY, N_FUNCTIONS); /* no other one */
    cr_assert_eq(C_Finalize(NULL), CKR_OK, "row %zu", row);
    cr_assert(log_says("a call is still inside a module"));
    cr_assert_eq(C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    if (!is_late) {
        toy_release();
        pthread_join(thread, NULL);
        return;
    }
    start_over_toys();
    cr_assert_eq(C_CloseSession(router_session(1)), CKR_OK);
    toy_release();
    pthread_join(thread, NULL);
    cr_assert_eq(C_CloseSession(router_session(1)), CKR_OK);
    C_Finalize(NULL);
}

Test(instance_inside, each_call_comes_back_and_the_next_begins_anew)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        finalize_under(i, false);
        start();
    }
}

Test(instance_inside, each_call_may_come_back_into_the_next)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        finalize_under(i, true);
        start();
    }
}

static void *
finalize(void *argument)
{
    *(CK_RV *)argument = C_Finalize(NULL);
    return NULL;
}

Test(instance_inside, a_call_that_comes_back_in_time_is_waited_for)
{
    struct config *config;
    pthread_t thread, finaliser;
    CK_RV rv = CKR_VENDOR_DEFINED;

    C_Finalize(NULL);
    unlink(fixture_path("log"));
    config = router_config();
    config->finalize_wait_ms = 60 * 1000;
    router_config_token(config, "one", "A", NULL);
    router_start(config);
    session = router_session(1);
    toy_hold(TOY_ANY, FUNCTION_C_GenerateRandom);
    pthread_create(&thread, NULL, get_random, NULL);
    toy_wait_for_held();
    pthread_create(&finaliser, NULL, finalize, &rv);
    while (process_is_serving())
        sched_yield();
    toy_release();
    pthread_join(thread, NULL);
    pthread_join(finaliser, NULL);
    cr_assert_eq(rv, CKR_OK);
    cr_assert_eq(result, CKR_OK);
    cr_assert_eq(toy_count_sessions(0), 0);
}

/* -- A module that is a library ------------------------------------------- */

static void *
get_random_there(void *argument)
{
    CK_BYTE byte;

    result = C_GenerateRandom(*(CK_SESSION_HANDLE *)argument, &byte, 1);
    return NULL;
}

Test(instance_inside, a_library_that_hangs_is_not_finalised_and_used_again)
{
    struct module *fault = module_open(fixture_test_module("fault"));
    __typeof__(&fault_load) load = module_symbol(fault, "fault_load");
    __typeof__(&fault_release) release = module_symbol(fault, "fault_release");
    __typeof__(&fault_wait_for) wait_for =
        module_symbol(fault, "fault_wait_for");
    __typeof__(&fault_count) count = module_symbol(fault, "fault_count");
    CK_SESSION_HANDLE its;
    pthread_t thread;

    C_Finalize(NULL);
    fixture_setenv("P11MUX_FAULT_MODULE", "%s", fixture_test_module("null"));
    cr_assert(load("C_GenerateRandom 1 hang"));
    fixture_config("modules = ( { name = \"fault\"; path = \"%s\"; } );\n"
                   "tokens = ( { label = \"one\"; members = ( { module = "
                   "\"fault\"; match = \"pkcs11:token=null\"; } ); } );\n"
                   "state_dir = \"%s\"; finalize_wait = \"20ms\";\n",
                   fixture_test_module("fault"), fixture_folder());
    cr_assert_eq(C_Initialize(NULL), CKR_OK);
    its = router_session(1);
    pthread_create(&thread, NULL, get_random_there, &its);
    cr_assert(wait_for("C_GenerateRandom", 1, 30000));
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(count("C_Finalize"), 0);
    cr_assert_eq(C_Initialize(NULL), CKR_OK);
    cr_assert_eq(C_CloseSession(router_session(1)), CKR_OK);
    release();
    pthread_join(thread, NULL);
    cr_assert_eq(result, CKR_OK);
    its = router_session(1);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    module_close(fault);
}
