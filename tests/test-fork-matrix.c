/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where real modules are initialised, and where they are used (R5.6): in a
 * parent, its child and its child's child, for each fork_mode, with children
 * that begin anew and with children that follow.
 */
#include "tests/child.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static CK_FUNCTION_LIST *list;
static CK_SESSION_HANDLE session;
static struct fixture_pair pair;
static bool follows;

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(fork_matrix, .fini = finish, .timeout = 120);

/* -- The parent ----------------------------------------------------------- */

static void
initialize(const char *module, const char *label, const char *fork_mode)
{
    fixture_config("modules = ( { %s fork_mode = \"%s\"; } );\n"
                   "tokens = ( { label = \"one\"; members = ( { module = "
                   "\"real\"; match = \"pkcs11:token=%s\"; } ); } );\n"
                   "others = \"hide\";\nfork = \"%s\";\nstate_dir = \"%s\";\n",
                   module, fork_mode, label, follows ? "follow" : "strict",
                   fixture_folder());
    if (C_GetFunctionList(&list) != CKR_OK)
        fixture_fail("p11mux has no function list");
    cr_assert_eq(C_Initialize(NULL), CKR_OK);
}

static void
initialize_softhsm(const char *fork_mode)
{
    fixture_softhsm("tokens");
    fixture_softhsm_token("real");
    initialize("name = \"real\"; path = \"" FIXTURE_SOFTHSM "\";", "real",
               fork_mode);
}

static void
initialize_nss(const char *fork_mode)
{
    const char *arguments = fixture_nss("real", FIXTURE_PIN);

    initialize(fixture_text("name = \"real\"; path = \"" FIXTURE_NSS
                            "\"; init_args = \"%s\";",
                            arguments),
               "real", fork_mode);
}

static void
log_in_and_make_key(void)
{
    session = fixture_session(list, 1, FIXTURE_PIN);
    pair = fixture_make_ec(list, session, "key");
    cr_assert(fixture_sign_check(list, session, pair));
}

/* -- The children --------------------------------------------------------- */

static CK_OBJECT_HANDLE
find(CK_SESSION_HANDLE where, CK_OBJECT_CLASS object_class)
{
    CK_BYTE label[] = "key";
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_LABEL, label, 3 },
    };
    CK_OBJECT_HANDLE object = 0;
    CK_ULONG count = 0;

    CHILD_EXPECT(C_FindObjectsInit(where, template, 2) == CKR_OK);
    CHILD_EXPECT(C_FindObjects(where, &object, 1, &count) == CKR_OK);
    CHILD_EXPECT(C_FindObjectsFinal(where) == CKR_OK);
    return count == 1 ? object : 0;
}

static void
begin_by_rule(void)
{
    CK_ULONG count;

    if (follows)
        return;
    CHILD_EXPECT(C_GetSlotList(CK_TRUE, NULL, &count) ==
                 CKR_CRYPTOKI_NOT_INITIALIZED);
    CHILD_EXPECT(C_Initialize(NULL) == CKR_OK);
}

/* Where only the initialisation was the parent's. */
static void
open_and_log_in(void)
{
    CK_SESSION_HANDLE its;

    begin_by_rule();
    its = fixture_session(list, 1, FIXTURE_PIN);
    CHILD_EXPECT(
        fixture_sign_check(list, its, fixture_make_ec(list, its, "child")));
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
    CHILD_EXPECT(C_Finalize(NULL) == CKR_CRYPTOKI_NOT_INITIALIZED);
}

/* Where session, login and handles were the parent's too. */
static void
go_on(void)
{
    CK_UTF8CHAR pin[] = FIXTURE_PIN;
    CK_SESSION_INFO info;

    CHILD_EXPECT(C_GetSessionInfo(session, &info) == CKR_OK);
    CHILD_EXPECT(info.state == CKS_RW_PUBLIC_SESSION);
    CHILD_EXPECT(router_sign_init(session, pair.private_key) ==
                 CKR_USER_NOT_LOGGED_IN);
    CHILD_EXPECT(C_Login(session, CKU_USER, pin, sizeof(pin) - 1) == CKR_OK);
    CHILD_EXPECT(fixture_sign_check(list, session, pair));
    CHILD_EXPECT(find(session, CKO_PRIVATE_KEY) == pair.private_key);
    CHILD_EXPECT(find(session, CKO_PUBLIC_KEY) == pair.public_key);
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
}

static void
begin_anew(void)
{
    CK_SESSION_HANDLE its;
    CK_SESSION_INFO info;
    struct fixture_pair found;

    CHILD_EXPECT(C_Initialize(NULL) == CKR_OK);
    CHILD_EXPECT(C_GetSessionInfo(session, &info) ==
                 CKR_SESSION_HANDLE_INVALID);
    its = fixture_session(list, 1, FIXTURE_PIN);
    found.private_key = find(its, CKO_PRIVATE_KEY);
    found.public_key = find(its, CKO_PUBLIC_KEY);
    CHILD_EXPECT(fixture_sign_check(list, its, found));
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
}

/* As pkcs11-provider does. */
static void
finalize_and_begin_anew(void)
{
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
    begin_anew();
}

static void
use_by_rule(void)
{
    begin_by_rule();
    if (follows)
        go_on();
    else
        CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
}

/* As nginx, Apache and daemon(3) do. */
static void
fork_and_use(void)
{
    CHILD_EXPECT(child_run(use_by_rule));
}

static void
fork_and_begin_anew(void)
{
    CHILD_EXPECT(child_run(begin_anew));
}

static void
use_and_fork(void)
{
    CK_SESSION_INFO info;

    begin_by_rule();
    CHILD_EXPECT(C_GetSessionInfo(session, &info) ==
                 (follows ? CKR_OK : CKR_SESSION_HANDLE_INVALID));
    CHILD_EXPECT(child_run(use_by_rule));
    CHILD_EXPECT(child_run(begin_anew));
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
}

static void
finalize_only(void)
{
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
}

/* -- The matrix ----------------------------------------------------------- */

/* One after the other: a SoftHSM that starts while another process logs in
 * may not see the token, also without p11mux. */
static void
check_matrix(void)
{
    void (*const rows[])(void) = {
        use_by_rule,  begin_anew,    finalize_and_begin_anew, fork_and_use,
        use_and_fork, finalize_only, fork_and_begin_anew,
    };

    cr_assert(child_run(open_and_log_in));
    log_in_and_make_key();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_assert(child_run(rows[i]), "row %zu", i);
        cr_assert(fixture_sign_check(list, session, pair), "row %zu", i);
    }
}

Test(fork_matrix, softhsm_finalize_reinit_strict)
{
    initialize_softhsm("finalize-reinit");
    check_matrix();
}

Test(fork_matrix, softhsm_finalize_reinit_follow)
{
    follows = true;
    initialize_softhsm("finalize-reinit");
    check_matrix();
}

Test(fork_matrix, softhsm_reinit_follow)
{
    follows = true;
    initialize_softhsm("reinit");
    check_matrix();
}

Test(fork_matrix, softhsm_second_instance_strict)
{
    initialize_softhsm("second-instance");
    check_matrix();
}

Test(fork_matrix, softhsm_second_instance_follow)
{
    follows = true;
    initialize_softhsm("second-instance");
    check_matrix();
}

Test(fork_matrix, nss_finalize_reinit_strict)
{
    initialize_nss("finalize-reinit");
    check_matrix();
}

Test(fork_matrix, nss_finalize_reinit_follow)
{
    follows = true;
    initialize_nss("finalize-reinit");
    check_matrix();
}

static void
miss_token(void)
{
    CK_SESSION_HANDLE its;
    CK_ULONG count;

    begin_by_rule();
    CHILD_EXPECT(C_GetSlotList(CK_TRUE, NULL, &count) == CKR_OK);
    CHILD_EXPECT(count == 0);
    CHILD_EXPECT(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &its) ==
                 CKR_TOKEN_NOT_PRESENT);
    if (follows)
        CHILD_EXPECT(router_sign_init(session, pair.private_key) ==
                     CKR_DEVICE_REMOVED);
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
}

static void
check_unsupported(void)
{
    initialize_softhsm("unsupported");
    log_in_and_make_key();
    cr_assert(child_run(miss_token));
    cr_assert(fixture_sign_check(list, session, pair));
}

Test(fork_matrix, unsupported_strict)
{
    check_unsupported();
}

Test(fork_matrix, unsupported_follow)
{
    follows = true;
    check_unsupported();
}

/* The file may be gone, or not be the child's to read. */
Test(fork_matrix, a_child_that_follows_reads_no_configuration)
{
    follows = true;
    initialize_softhsm("finalize-reinit");
    log_in_and_make_key();
    cr_assert_eq(unlink(fixture_path("p11mux.conf")), 0);
    cr_assert(child_run(go_on));
}

/* -- At once -------------------------------------------------------------- */

enum { N_CHILDREN = 5, N_SIGNATURES = 20 };

static void
verify_often(void)
{
    CK_SESSION_HANDLE its = session;
    CK_OBJECT_HANDLE key = pair.public_key;
    CK_ULONG size;

    if (!follows) {
        CHILD_EXPECT(C_Initialize(NULL) == CKR_OK);
        its = router_session(1);
        key = find(its, CKO_PUBLIC_KEY);
    }
    for (int i = 0; i < 50; i++)
        CHILD_EXPECT(C_GetObjectSize(its, key, &size) == CKR_OK);
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
}

static void
check_many(void)
{
    pid_t children[N_CHILDREN];

    initialize_softhsm("finalize-reinit");
    log_in_and_make_key();
    for (size_t i = 0; i < N_CHILDREN; i++)
        children[i] = child_fork(verify_often);
    for (int i = 0; i < N_SIGNATURES; i++)
        cr_assert(fixture_sign_check(list, session, pair));
    for (size_t i = 0; i < N_CHILDREN; i++)
        cr_assert(child_is_content(children[i]));
    cr_assert(fixture_sign_check(list, session, pair));
}

Test(fork_matrix, many_children_while_their_parent_signs_strict)
{
    check_many();
}

Test(fork_matrix, many_children_while_their_parent_signs_follow)
{
    follows = true;
    check_many();
}

static int pipe_ends[2];

static void
sign_for_ever(void)
{
    CK_UTF8CHAR pin[] = FIXTURE_PIN;

    CHILD_EXPECT(C_Login(session, CKU_USER, pin, sizeof(pin) - 1) == CKR_OK);
    for (;;) {
        CHILD_EXPECT(fixture_sign_check(list, session, pair));
        CHILD_EXPECT(write(pipe_ends[1], "", 1) == 1);
    }
}

Test(fork_matrix, a_child_killed_while_it_signs_hurts_nobody)
{
    char signs[10];
    pid_t child;
    int status;

    follows = true;
    initialize_softhsm("finalize-reinit");
    log_in_and_make_key();
    cr_assert_eq(pipe(pipe_ends), 0);
    child = child_fork(sign_for_ever);
    cr_assert_eq(close(pipe_ends[1]), 0);
    for (size_t i = 0; i < sizeof(signs); i++)
        cr_assert_eq(read(pipe_ends[0], &signs[i], 1), 1);
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status));
    cr_assert(fixture_sign_check(list, session, pair));
    cr_assert(child_run(go_on));
    cr_assert_eq(close(pipe_ends[0]), 0);
}
