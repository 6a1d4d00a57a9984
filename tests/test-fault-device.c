/* SPDX-License-Identifier: BSD-3-Clause */
/* The device of the fault module: a limit of sessions over processes. */
#include "tests/fixture-fault.h"
#include "tests/modules/fault.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static struct module *fault;
static CK_FUNCTION_LIST_3_2 *list;

static void
setup(void)
{
    fault = module_open(fixture_test_module("fault"));
    list = fixture_fault(fault, "null",
                         fixture_text("device %s 3", fixture_path("device")));
}

static void
teardown(void)
{
    module_close(fault);
}

TestSuite(fault_device, .init = setup, .fini = teardown, .timeout = 60);

static CK_RV
open_one(CK_SESSION_HANDLE *out)
{
    return list->C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, out);
}

/* A child that opens so many sessions, says so, and waits for its end. */
static pid_t
child_start(unsigned n_sessions)
{
    CK_SESSION_HANDLE session;
    int ends[2];
    char said;
    pid_t child;

    cr_assert_eq(pipe(ends), 0);
    child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        for (unsigned i = 0; i < n_sessions; i++)
            if (open_one(&session) != CKR_OK)
                _exit(1);
        (void)!write(ends[1], "+", 1);
        for (;;)
            pause();
    }
    close(ends[1]);
    cr_assert_eq(read(ends[0], &said, 1), 1, "the child has no sessions");
    close(ends[0]);
    return child;
}

static void
child_end(pid_t child)
{
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert_eq(waitpid(child, NULL, 0), child);
}

static void
check_counters(const char *wanted)
{
    FILE *file = fopen(fixture_path("device"), "re");
    char text[128] = "";

    cr_assert_not_null(file);
    cr_assert_not_null(fgets(text, sizeof(text), file));
    fclose(file);
    cr_assert_eq(strncmp(text, wanted, strlen(wanted)), 0, "%s", text);
}

Test(fault_device, counts_the_sessions_of_all_processes)
{
    CK_SESSION_HANDLE session, other;
    pid_t child;

    cr_assert_eq(open_one(&session), CKR_OK);
    child = child_start(2);
    cr_assert_eq(open_one(&other), CKR_SESSION_COUNT);
    cr_assert_eq(list->C_CloseSession(session), CKR_OK);
    cr_assert_eq(open_one(&session), CKR_OK);
    child_end(child);
    check_counters("opened 4 refused 1 most 3 most-of-one 2 ");
}

Test(fault_device, frees_the_sessions_of_a_process_that_dies)
{
    CK_SESSION_HANDLE session;
    pid_t child = child_start(3);

    cr_assert_eq(open_one(&session), CKR_SESSION_COUNT);
    child_end(child);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(open_one(&session), CKR_OK);
    cr_assert_eq(open_one(&session), CKR_SESSION_COUNT);
}

Test(fault_device, frees_all_sessions_of_a_slot_and_of_the_module)
{
    CK_SESSION_HANDLE session;

    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 3; i++)
            cr_assert_eq(open_one(&session), CKR_OK);
        cr_assert_eq(list->C_CloseAllSessions(1), CKR_OK);
    }
    cr_assert_eq(open_one(&session), CKR_OK);
    cr_assert_eq(list->C_Finalize(NULL), CKR_OK);
    cr_assert_eq(list->C_Initialize(NULL), CKR_OK);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(open_one(&session), CKR_OK);
}

Test(fault_device, counts_no_session_that_the_module_refuses)
{
    CK_SESSION_HANDLE session;

    for (int i = 0; i < 5; i++)
        cr_assert_eq(list->C_OpenSession(1, 0, NULL, NULL, &session),
                     CKR_SESSION_PARALLEL_NOT_SUPPORTED);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(open_one(&session), CKR_OK);
}

Test(fault_device, tells_its_limit_unless_it_should_not)
{
    __typeof__(&fault_add) add = module_symbol(fault, "fault_add");
    CK_TOKEN_INFO info;

    cr_assert_eq(list->C_GetTokenInfo(1, &info), CKR_OK);
    cr_assert_eq(info.ulMaxSessionCount, 3);
    cr_assert_eq(info.ulMaxRwSessionCount, 3);
    cr_assert(
        add(fixture_text("device %s 3 unreported", fixture_path("device"))));
    cr_assert_eq(list->C_GetTokenInfo(1, &info), CKR_OK);
    cr_assert_eq(info.ulMaxSessionCount, CK_EFFECTIVELY_INFINITE);
    cr_assert_not(add("device"));
    cr_assert_not(add("device /nowhere/at/all 3"));
}
