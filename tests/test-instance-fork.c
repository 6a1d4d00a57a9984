/* SPDX-License-Identifier: BSD-3-Clause */
/* Forked children of an application that uses SoftHSM (section 5). */
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static CK_FUNCTION_LIST *list;
static CK_SESSION_HANDLE session;
static struct fixture_pair pair;

/* A session that is logged in, and a key. */
static void
setup(void)
{
    fixture_softhsm("tokens");
    fixture_softhsm_token("real");
    fixture_config("modules = ( { name = \"softhsm\"; path = \"%s\"; } );\n"
                   "tokens = ( { label = \"one\"; members = ( { module = "
                   "\"softhsm\"; match = \"pkcs11:token=real\"; } ); } );\n"
                   "state_dir = \"%s\";\n",
                   FIXTURE_SOFTHSM, fixture_folder());
    if (C_GetFunctionList(&list) != CKR_OK || C_Initialize(NULL) != CKR_OK)
        fixture_fail("p11mux does not start");
    session = fixture_session(list, 1, FIXTURE_PIN);
    pair = fixture_make_ec(list, session, "key");
}

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(instance_fork, .init = setup, .fini = finish, .timeout = 60);

/* Ends the child with this number unless the condition holds. */
static void
expect(bool holds, int number)
{
    if (!holds)
        _exit(number);
}

static pid_t
fork_with(long (*forking)(void), void (*run)(void))
{
    pid_t child = (pid_t)forking();

    if (child == 0) {
        run();
        _exit(0);
    }
    return child;
}

static long
fork_plainly(void)
{
    return fork();
}

static void
check_child(pid_t child)
{
    int status;

    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status), "signal %d", WTERMSIG(status));
    cr_assert_eq(WEXITSTATUS(status), 0, "expectation %d in the child",
                 WEXITSTATUS(status));
}

static void
run_in_child(void (*run)(void))
{
    check_child(fork_with(fork_plainly, run));
}

static void
check_parent(void)
{
    cr_assert(fixture_sign_check(list, session, pair));
}

/* -- A child that does not initialise ------------------------------------- */

static void
use_nothing(void)
{
    CK_SESSION_INFO info;
    CK_INFO library;
    CK_ULONG count;
    CK_SESSION_HANDLE other;
    CK_BYTE byte;
    CK_FUNCTION_LIST *its;

    expect(C_GetSessionInfo(session, &info) == CKR_CRYPTOKI_NOT_INITIALIZED, 1);
    expect(C_GetInfo(&library) == CKR_CRYPTOKI_NOT_INITIALIZED, 2);
    expect(C_GetSlotList(CK_TRUE, NULL, &count) == CKR_CRYPTOKI_NOT_INITIALIZED,
           3);
    expect(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &other) ==
               CKR_CRYPTOKI_NOT_INITIALIZED,
           4);
    expect(C_GenerateRandom(session, &byte, 1) == CKR_CRYPTOKI_NOT_INITIALIZED,
           5);
    expect(C_CloseSession(session) == CKR_CRYPTOKI_NOT_INITIALIZED, 6);
    expect(C_CloseAllSessions(1) == CKR_CRYPTOKI_NOT_INITIALIZED, 7);
    expect(C_GetFunctionList(&its) == CKR_OK && its == list, 8);
}

Test(instance_fork, a_child_that_does_not_initialise_is_told_so)
{
    run_in_child(use_nothing);
    check_parent();
}

static void
finalize_only(void)
{
    CK_SESSION_INFO info;

    expect(C_Finalize(NULL) == CKR_OK, 1);
    expect(C_GetSessionInfo(session, &info) == CKR_CRYPTOKI_NOT_INITIALIZED, 2);
    expect(C_Finalize(NULL) == CKR_CRYPTOKI_NOT_INITIALIZED, 3);
}

Test(instance_fork, a_child_that_finalises_is_told_ok_and_hurts_nobody)
{
    run_in_child(finalize_only);
    check_parent();
}

/* -- A child that initialises --------------------------------------------- */

static CK_OBJECT_HANDLE
find(CK_SESSION_HANDLE where, CK_OBJECT_CLASS object_class)
{
    CK_ATTRIBUTE template = { CKA_CLASS, &object_class, sizeof(object_class) };
    CK_OBJECT_HANDLE object = 0;
    CK_ULONG count = 0;

    (void)C_FindObjectsInit(where, &template, 1);
    (void)C_FindObjects(where, &object, 1, &count);
    (void)C_FindObjectsFinal(where);
    return count == 1 ? object : 0;
}

/* A session of the child's own, to which the parent's handles mean nothing. */
static CK_SESSION_HANDLE
open_anew(void)
{
    CK_SESSION_HANDLE its = 0;
    CK_SESSION_INFO info;
    CK_ULONG size;

    expect(C_Initialize(NULL) == CKR_OK, 1);
    expect(C_Initialize(NULL) == CKR_CRYPTOKI_ALREADY_INITIALIZED, 2);
    expect(C_GetSessionInfo(session, &info) == CKR_SESSION_HANDLE_INVALID, 3);
    for (int i = 0; i < 200; i++) {
        expect(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &its) == CKR_OK,
               4);
        expect(its != session, 5);
    }
    expect(C_GetSessionInfo(session, &info) == CKR_SESSION_HANDLE_INVALID, 6);
    expect(C_GetObjectSize(its, pair.private_key, &size) ==
               CKR_OBJECT_HANDLE_INVALID,
           7);
    expect(C_GetSessionInfo(its, &info) == CKR_OK, 8);
    expect(info.state == CKS_RO_PUBLIC_SESSION, 9);
    expect(find(its, CKO_PRIVATE_KEY) == 0, 10);
    return its;
}

static void
sign_anew(void)
{
    CK_UTF8CHAR pin[] = FIXTURE_PIN;
    CK_SESSION_HANDLE its = open_anew();
    struct fixture_pair found;

    expect(C_Login(its, CKU_USER, pin, sizeof(pin) - 1) == CKR_OK, 11);
    found.private_key = find(its, CKO_PRIVATE_KEY);
    found.public_key = find(its, CKO_PUBLIC_KEY);
    expect(found.private_key != 0 && found.private_key != pair.private_key, 12);
    expect(fixture_sign_check(list, its, found), 13);
    expect(C_Finalize(NULL) == CKR_OK, 14);
}

Test(instance_fork, a_child_that_initialises_starts_clean)
{
    run_in_child(sign_anew);
    check_parent();
}

static void
finalize_and_sign(void)
{
    expect(C_Finalize(NULL) == CKR_OK, 20);
    sign_anew();
}

/* As pkcs11-provider does. */
Test(instance_fork, a_child_may_finalise_before_it_initialises)
{
    run_in_child(finalize_and_sign);
    check_parent();
}

static void
open_and_finalize(void)
{
    (void)open_anew();
    expect(C_Finalize(NULL) == CKR_OK, 15);
}

/* They do not log in: SoftHSM writes then, and a process that starts at that
 * moment does not see the token (it does so without p11mux too). */
Test(instance_fork, many_children_work_at_once_and_their_parent_too)
{
    enum { N_CHILDREN = 4 };
    pid_t children[N_CHILDREN];

    for (size_t i = 0; i < N_CHILDREN; i++)
        children[i] = fork_with(fork_plainly, open_and_finalize);
    for (int i = 0; i < 10; i++)
        check_parent();
    for (size_t i = 0; i < N_CHILDREN; i++)
        check_child(children[i]);
    check_parent();
}

static void
fork_again(void)
{
    pid_t child = fork_with(fork_plainly, sign_anew);
    int status;

    expect(waitpid(child, &status, 0) == child, 30);
    expect(WIFEXITED(status), 31);
    expect(WEXITSTATUS(status) == 0, 40 + WEXITSTATUS(status));
}

static void
sign_and_fork_again(void)
{
    expect(C_Initialize(NULL) == CKR_OK, 60);
    fork_again();
    expect(C_Finalize(NULL) == CKR_OK, 61);
}

/* nginx and Apache: master, daemon, worker (R5.6). */
Test(instance_fork, a_childs_child_starts_clean_too)
{
    run_in_child(fork_again);
    run_in_child(sign_and_fork_again);
    check_parent();
}

static long
fork_without_hooks(void)
{
    return syscall(SYS_fork);
}

/* The kernel's own fork calls no hook: C_Initialize and C_Finalize look at
 * the process's number (R5.1). */
Test(instance_fork, a_child_that_no_hook_told_of_is_noticed)
{
    check_child(fork_with(fork_without_hooks, finalize_and_sign));
    check_child(fork_with(fork_without_hooks, sign_anew));
    check_parent();
}
