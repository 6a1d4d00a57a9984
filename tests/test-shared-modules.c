/* SPDX-License-Identifier: BSD-3-Clause */
/* One library in several hands: somebody else in the process starts or ends
 * it, two entries name it, or each entry has a copy of its own (DESIGN 3,
 * R3.38). */
#include "tests/rig.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static struct module *mux;

TestSuite(shared_modules, .timeout = 60);

static CK_ULONG
count_tokens(void)
{
    CK_ULONG count = 0;

    cr_assert_eq(mux->list->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    return count;
}

/* -- Somebody else in the process
 * ---------------------------------------------- */

static struct module *theirs;

static void
setup_with_stranger(void)
{
    fixture_softhsm("soft");
    fixture_softhsm_token("shared");
    fixture_config("modules = ( { name = \"soft\"; path = \"%s\"; } );\n"
                   "tokens = ( { label = \"shared\"; slot = %d; members = ( { "
                   "module = \"soft\"; match = \"pkcs11:token=shared\"; } ); } "
                   ");\nslot_refresh = \"1ms\";\nothers = \"hide\";\n",
                   FIXTURE_SOFTHSM, RIG_WEAK);
    mux = module_open(fixture_p11mux());
    theirs = module_open(FIXTURE_SOFTHSM);
}

Test(shared_modules, are_used_when_somebody_else_has_started_them)
{
    CK_SESSION_HANDLE their_session, session;
    CK_SESSION_INFO info;

    setup_with_stranger();
    fixture_initialize(theirs, NULL);
    their_session = fixture_session(theirs->list,
                                    fixture_slot(theirs->list, "shared"), NULL);
    fixture_initialize(mux, NULL);
    session = fixture_session(mux->list, RIG_WEAK, FIXTURE_PIN);
    cr_assert(fixture_sign_check(mux->list, session,
                                 fixture_make_ec(mux->list, session, "key")));
    /* And are neither closed nor ended for them. */
    cr_assert_eq(mux->list->C_CloseAllSessions(RIG_WEAK), CKR_OK);
    cr_assert_eq(theirs->list->C_GetSessionInfo(their_session, &info), CKR_OK);
    cr_assert_eq(mux->list->C_Finalize(NULL), CKR_OK);
    cr_assert_eq(theirs->list->C_GetSessionInfo(their_session, &info), CKR_OK);
    cr_assert_eq(theirs->list->C_Finalize(NULL), CKR_OK);
}

/* Its token is gone for the sessions of before (R1.25); p11mux starts it
 * again. */
static void
check_it_comes_back(CK_SESSION_HANDLE session)
{
    CK_SESSION_HANDLE again = 0;
    CK_SESSION_INFO info;
    CK_BYTE byte;
    time_t end = time(NULL) + 20;
    CK_RV rv;

    cr_assert_eq(mux->list->C_GenerateRandom(session, &byte, 1),
                 CKR_DEVICE_REMOVED);
    cr_assert_eq(mux->list->C_CloseSession(session), CKR_OK);
    do {
        rv = mux->list->C_OpenSession(RIG_WEAK,
                                      CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
                                      NULL, &again);
        cr_assert(rv == CKR_OK || rv == CKR_TOKEN_NOT_PRESENT, "0x%lx", rv);
        cr_assert_lt(time(NULL), end);
    } while (rv != CKR_OK);
    cr_assert_eq(mux->list->C_GetSessionInfo(again, &info), CKR_OK);
    cr_assert_eq(info.slotID, RIG_WEAK);
    cr_assert_eq(mux->list->C_Finalize(NULL), CKR_OK);
}

Test(shared_modules, are_started_again_when_somebody_else_has_ended_them)
{
    CK_SESSION_HANDLE session;

    setup_with_stranger();
    fixture_initialize(mux, NULL);
    session = fixture_session(mux->list, RIG_WEAK, FIXTURE_PIN);
    cr_assert_eq(theirs->list->C_Finalize(NULL), CKR_OK);
    check_it_comes_back(session);
}

Test(shared_modules, are_started_again_when_those_who_started_them_ended_them)
{
    CK_SESSION_HANDLE session;

    setup_with_stranger();
    fixture_initialize(theirs, NULL);
    fixture_initialize(mux, NULL);
    session = fixture_session(mux->list, RIG_WEAK, FIXTURE_PIN);
    cr_assert_eq(theirs->list->C_Finalize(NULL), CKR_OK);
    check_it_comes_back(session);
    /* Now it was p11mux's own. */
    cr_assert_eq(theirs->list->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
}

/* Whoever opens a session first is told of the token, not of p11mux. */
Test(shared_modules, that_somebody_else_has_ended_open_no_session)
{
    CK_SESSION_HANDLE session = 1234;
    CK_RV rv;

    setup_with_stranger();
    fixture_initialize(mux, NULL);
    cr_assert_eq(theirs->list->C_Finalize(NULL), CKR_OK);
    rv = mux->list->C_OpenSession(RIG_WEAK, CKF_SERIAL_SESSION, NULL, NULL,
                                  &session);
    cr_assert_eq(rv, CKR_TOKEN_NOT_PRESENT, "0x%lx", rv);
    cr_assert_eq(session, 1234);
    cr_assert_eq(mux->list->C_Finalize(NULL), CKR_OK);
}

/* The same, seen from a slot. */
Test(shared_modules, that_somebody_else_has_ended_have_no_token_in_their_slot)
{
    time_t end = time(NULL) + 20;
    CK_MECHANISM_INFO info;
    CK_RV rv;

    setup_with_stranger();
    fixture_initialize(mux, NULL);
    cr_assert_eq(theirs->list->C_Finalize(NULL), CKR_OK);
    rv = mux->list->C_GetMechanismInfo(RIG_WEAK, CKM_ECDSA, &info);
    cr_assert(rv == CKR_TOKEN_NOT_PRESENT || rv == CKR_OK, "0x%lx", rv);
    while (rv != CKR_OK) {
        rv = mux->list->C_GetMechanismInfo(RIG_WEAK, CKM_ECDSA, &info);
        cr_assert(rv == CKR_TOKEN_NOT_PRESENT || rv == CKR_OK, "0x%lx", rv);
        cr_assert_lt(time(NULL), end);
    }
    cr_assert_eq(mux->list->C_Finalize(NULL), CKR_OK);
}

/* -- Two entries --------------------------------------------------------------
 */

/* The same file by two names is one library: its tokens are there once. */
static void
check_one_file_twice(const char *first, const char *second)
{
    CK_SESSION_HANDLE session;

    fixture_softhsm("soft");
    fixture_softhsm_token("one");
    fixture_softhsm_token("two");
    fixture_config("modules = ( { name = \"a\"; path = \"%s\"; },\n"
                   "            { name = \"b\"; path = \"%s\"; } );\n"
                   "tokens = ( { label = \"one\"; slot = 1; members = ( { "
                   "module = \"a\"; match = \"pkcs11:token=one\"; } ); },\n"
                   "           { label = \"two\"; slot = 2; members = ( { "
                   "module = \"b\"; match = \"pkcs11:token=two\"; } ); } );\n"
                   "others = \"hide\";\n",
                   first, second);
    mux = module_open(fixture_p11mux());
    fixture_initialize(mux, NULL);
    cr_assert_eq(count_tokens(), 2);
    for (CK_SLOT_ID slot = 1; slot <= 2; slot++) {
        session = fixture_session(mux->list, slot, FIXTURE_PIN);
        cr_assert(
            fixture_sign_check(mux->list, session,
                               fixture_make_ec(mux->list, session, "key")));
    }
    cr_assert_eq(mux->list->C_Finalize(NULL), CKR_OK);
    /* Ended once, and to the end. */
    cr_assert_eq(module_open(first)->list->C_Finalize(NULL),
                 CKR_CRYPTOKI_NOT_INITIALIZED);
}

Test(shared_modules, may_have_two_entries)
{
    check_one_file_twice(FIXTURE_SOFTHSM, FIXTURE_SOFTHSM);
}

Test(shared_modules, may_have_an_entry_by_another_name)
{
    const char *link = fixture_path("link.so");

    fixture_run("ln", "-s", FIXTURE_SOFTHSM, link, NULL);
    check_one_file_twice(FIXTURE_SOFTHSM, link);
}

/* Tokens that no rule names are shown once, whichever entry shows them. */
Test(shared_modules, show_each_token_once)
{
    fixture_softhsm("soft");
    fixture_softhsm_token("one");
    fixture_config("modules = ( { name = \"a\"; path = \"%s\"; },\n"
                   "            { name = \"b\"; path = \"%s\"; } );\n",
                   FIXTURE_SOFTHSM, FIXTURE_SOFTHSM);
    mux = module_open(fixture_p11mux());
    fixture_initialize(mux, NULL);
    /* SoftHSM has always one more, without a name. */
    cr_assert_eq(count_tokens(), 2);
    cr_assert_eq(mux->list->C_Finalize(NULL), CKR_OK);
}

/* -- Copies -------------------------------------------------------------------
 */

/* Two configurations of one vendor's library, each with its own tokens. */
Test(shared_modules, have_private_copies_where_their_environment_differs)
{
    const char *left = fixture_softhsm("left"), *right;
    CK_SESSION_HANDLE sessions[2];
    struct fixture_pair pairs[2];

    fixture_softhsm_token("left");
    right = fixture_softhsm("right");
    fixture_softhsm_token("right");
    unsetenv("SOFTHSM2_CONF");
    fixture_config(
        "modules = ( { name = \"l\"; path = \"%s\"; env = { SOFTHSM2_CONF = "
        "\"%s\"; }; },\n"
        "            { name = \"r\"; path = \"%s\"; env = { SOFTHSM2_CONF = "
        "\"%s\"; }; } );\n"
        "tokens = ( { label = \"left\"; slot = 1; members = ( { module = "
        "\"l\"; match = \"pkcs11:token=left\"; } ); },\n"
        "           { label = \"right\"; slot = 2; members = ( { module = "
        "\"r\"; match = \"pkcs11:token=right\"; } ); } );\n"
        "others = \"hide\";\n",
        FIXTURE_SOFTHSM, left, FIXTURE_SOFTHSM, right);
    mux = module_open(fixture_p11mux());
    for (unsigned life = 0; life < 3; life++) {
        fixture_initialize(mux, NULL);
        cr_assert_eq(count_tokens(), 2);
        for (CK_SLOT_ID slot = 1; slot <= 2; slot++) {
            sessions[slot - 1] = fixture_session(mux->list, slot, FIXTURE_PIN);
            pairs[slot - 1] =
                fixture_make_ec(mux->list, sessions[slot - 1], "key");
        }
        for (size_t i = 0; i < 2; i++)
            cr_assert(fixture_sign_check(mux->list, sessions[i], pairs[i]));
        /* What one holds the other does not know (R2.7). */
        cr_assert_eq(mux->list->C_DestroyObject(sessions[0],
                                                pairs[1].private_key),
                     CKR_OBJECT_HANDLE_INVALID);
        cr_assert_eq(mux->list->C_Finalize(NULL), CKR_OK);
    }
}

Test(shared_modules, have_a_private_copy_where_the_file_says_so)
{
    CK_SESSION_HANDLE session;

    setup_with_stranger();
    fixture_config("modules = ( { name = \"soft\"; path = \"%s\"; instance = "
                   "\"own\"; } );\n"
                   "tokens = ( { label = \"shared\"; slot = %d; members = ( { "
                   "module = \"soft\"; match = \"pkcs11:token=shared\"; } ); } "
                   ");\n",
                   FIXTURE_SOFTHSM, RIG_WEAK);
    fixture_initialize(mux, NULL);
    session = fixture_session(mux->list, RIG_WEAK, FIXTURE_PIN);
    /* Who starts and ends the file itself has nothing to do with it. */
    fixture_initialize(theirs, NULL);
    cr_assert_eq(theirs->list->C_Finalize(NULL), CKR_OK);
    cr_assert(fixture_sign_check(mux->list, session,
                                 fixture_make_ec(mux->list, session, "key")));
    cr_assert_eq(mux->list->C_Finalize(NULL), CKR_OK);
}
