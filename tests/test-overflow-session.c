/* SPDX-License-Identifier: BSD-3-Clause */
/* Sessions, slots and logins of the overflow backend. */
#include "tests/overflow-fixture.h"

#include "backends/list.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(overflow_session, .init = overflow_fixture_begin,
          .fini = overflow_fixture_end);

static CK_STATE
state_of(CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info;

    cr_assert_eq(overflow->C_GetSessionInfo(session, &info), CKR_OK);
    return info.state;
}

Test(overflow_session, has_a_complete_list_without_a_null)
{
    CK_BYTE random;
    const void *const *entries =
        (const void *const *)(const void *)&overflow->C_Initialize;
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);

    for (size_t i = 0; i < 104; i++)
        cr_expect_not_null(entries[i], "function %zu", i);
    cr_expect_eq(overflow->C_GenerateRandom(session, &random, 1),
                 CKR_FUNCTION_NOT_SUPPORTED);
    cr_expect_not(
        list_has(overflow, offsetof(CK_FUNCTION_LIST_3_2, C_GenerateRandom)));
    cr_expect(
        list_has(overflow, offsetof(CK_FUNCTION_LIST_3_2, C_CreateObject)));
}

Test(overflow_session, shows_no_slot_to_who_looks_for_tokens)
{
    CK_ULONG count = 7;
    CK_SLOT_INFO slot;
    CK_TOKEN_INFO token;

    cr_expect_eq(overflow->C_GetSlotList(CK_FALSE, NULL, &count), CKR_OK);
    cr_expect_eq(count, 0);
    cr_expect_eq(overflow->C_GetSlotList(CK_FALSE, NULL, NULL),
                 CKR_ARGUMENTS_BAD);
    cr_expect_eq(overflow->C_GetSlotInfo(FIRST_SLOT, &slot), CKR_OK);
    cr_expect_eq(slot.flags, CKF_TOKEN_PRESENT);
    cr_expect_eq(overflow->C_GetSlotInfo(UNSEEN_SLOT, &slot), CKR_OK);
    cr_expect_eq(slot.flags, 0);
    cr_expect_eq(overflow->C_GetSlotInfo(SLOTS, &slot), CKR_SLOT_ID_INVALID);
    cr_expect_eq(overflow->C_GetSlotInfo(FIRST_SLOT, NULL), CKR_ARGUMENTS_BAD);
    cr_expect_eq(overflow->C_GetTokenInfo(FIRST_SLOT, &token), CKR_OK);
    cr_expect_arr_eq(token.label, "first                           ", 32);
    cr_expect_eq(token.flags, CKF_TOKEN_INITIALIZED);
    cr_expect_eq(overflow->C_GetTokenInfo(UNSEEN_SLOT, &token),
                 CKR_TOKEN_NOT_PRESENT);
    cr_expect_eq(overflow->C_GetTokenInfo(SLOTS, &token), CKR_SLOT_ID_INVALID);
    cr_expect_eq(overflow->C_GetTokenInfo(FIRST_SLOT, NULL), CKR_ARGUMENTS_BAD);
}

Test(overflow_session, is_opened_only_where_it_can_be)
{
    static const CK_FLAGS serial = CKF_SERIAL_SESSION;
    CK_SESSION_HANDLE session;

    cr_expect_eq(overflow->C_OpenSession(SLOTS, serial, NULL, NULL, &session),
                 CKR_SLOT_ID_INVALID);
    cr_expect_eq(overflow->C_OpenSession(FIRST_SLOT, serial, NULL, NULL, NULL),
                 CKR_ARGUMENTS_BAD);
    cr_expect_eq(overflow->C_OpenSession(FIRST_SLOT, 0, NULL, NULL, &session),
                 CKR_SESSION_PARALLEL_NOT_SUPPORTED);
    cr_expect_eq(overflow->C_OpenSession(UNSEEN_SLOT, serial, NULL, NULL,
                                         &session),
                 CKR_TOKEN_NOT_PRESENT);
}

/* Each function on a session, with arguments that do not matter. */
static void
check_invalid(CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info;
    CK_OBJECT_HANDLE object;
    CK_ULONG count;
    const CK_RV answers[] = {
        overflow->C_CloseSession(session),
        overflow->C_GetSessionInfo(session, &info),
        overflow->C_Login(session, CKU_USER, NULL, 0),
        overflow->C_LoginUser(session, CKU_USER, NULL, 0, NULL, 0),
        overflow->C_Logout(session),
        overflow->C_CreateObject(session, NULL, 0, &object),
        overflow->C_CopyObject(session, 1, NULL, 0, &object),
        overflow->C_DestroyObject(session, 1),
        overflow->C_GetObjectSize(session, 1, &count),
        overflow->C_GetAttributeValue(session, 1, NULL, 0),
        overflow->C_SetAttributeValue(session, 1, NULL, 0),
        overflow->C_FindObjectsInit(session, NULL, 0),
        overflow->C_FindObjects(session, &object, 1, &count),
        overflow->C_FindObjectsFinal(session),
    };

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        cr_expect_eq(answers[i], CKR_SESSION_HANDLE_INVALID, "call %zu", i);
}

Test(overflow_session, is_unknown_after_its_end)
{
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_SESSION_HANDLE others[3], again;

    cr_assert_eq(overflow->C_CloseSession(session), CKR_OK);
    check_invalid(session);
    check_invalid(CK_INVALID_HANDLE);
    check_invalid(~(CK_SESSION_HANDLE)0);
    again = open_session(FIRST_SLOT, true);
    cr_expect_neq(again, session);
    check_invalid(session);
    for (size_t i = 0; i < 3; i++)
        others[i] = open_session(i == 2 ? SECOND_SLOT : FIRST_SLOT, true);
    cr_assert_eq(overflow->C_CloseAllSessions(FIRST_SLOT), CKR_OK);
    check_invalid(again);
    check_invalid(others[0]);
    check_invalid(others[1]);
    cr_expect_eq(state_of(others[2]), CKS_RW_PUBLIC_SESSION);
    cr_expect_eq(overflow->C_CloseAllSessions(SLOTS), CKR_SLOT_ID_INVALID);
}

Test(overflow_session, there_may_be_very_many)
{
    enum { MANY = 3000 };
    CK_SESSION_HANDLE sessions[MANY];

    for (size_t i = 0; i < MANY; i++)
        sessions[i] = open_session(FIRST_SLOT, i % 2 == 0);
    for (size_t i = 0; i < MANY; i++)
        cr_assert_eq(state_of(sessions[i]), i % 2 == 0 ? CKS_RW_PUBLIC_SESSION
                                                       : CKS_RO_PUBLIC_SESSION);
    for (size_t i = 0; i < MANY; i++)
        cr_assert_eq(overflow->C_CloseSession(sessions[i]), CKR_OK);
    check_invalid(sessions[MANY / 2]);
}

Test(overflow_session, shows_the_login_that_it_was_told_of)
{
    CK_SESSION_HANDLE writing = open_session(FIRST_SLOT, true);
    CK_SESSION_HANDLE reading = open_session(FIRST_SLOT, false);
    CK_SESSION_HANDLE elsewhere = open_session(SECOND_SLOT, true);

    cr_expect_eq(overflow->C_Login(reading, CKU_USER, NULL, 0), CKR_OK);
    cr_expect_eq(state_of(writing), CKS_RW_USER_FUNCTIONS);
    cr_expect_eq(state_of(reading), CKS_RO_USER_FUNCTIONS);
    cr_expect_eq(state_of(elsewhere), CKS_RW_PUBLIC_SESSION);
    cr_expect_eq(overflow->C_Login(reading, CKU_CONTEXT_SPECIFIC, NULL, 0),
                 CKR_OK);
    cr_expect_eq(state_of(writing), CKS_RW_USER_FUNCTIONS);
    cr_expect_eq(overflow->C_Logout(writing), CKR_OK);
    cr_expect_eq(state_of(reading), CKS_RO_PUBLIC_SESSION);
    cr_assert_eq(overflow->C_CloseSession(reading), CKR_OK);
    cr_expect_eq(overflow->C_LoginUser(writing, CKU_SO, NULL, 0, NULL, 0),
                 CKR_OK);
    cr_expect_eq(state_of(writing), CKS_RW_SO_FUNCTIONS);
    /* The last session's end is the login's. */
    cr_assert_eq(overflow->C_CloseSession(writing), CKR_OK);
    cr_expect_eq(state_of(open_session(FIRST_SLOT, true)),
                 CKS_RW_PUBLIC_SESSION);
}

/* -- Threads and processes ------------------------------------------------- */

/* Nothing of the fixture's that is not for several threads. */
static void *
work(void *template)
{
    struct sheet sheet = *(const struct sheet *)template;
    char mine[] = "mine";
    CK_ATTRIBUTE label = { CKA_LABEL, mine, sizeof(mine) - 1 };
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);

    for (size_t i = 0; i < 200; i++) {
        CK_SESSION_HANDLE passing = open_session(FIRST_SLOT, false);
        CK_OBJECT_HANDLE object = create(passing, &sheet), found[MOST_FOUND];

        cr_assert_eq(overflow->C_SetAttributeValue(session, object, &label, 1),
                     CKR_OK);
        cr_assert(shows(session, object, CKA_LABEL, mine));
        cr_assert_geq(find(session, &sheet, found), 1);
        cr_assert_eq(overflow->C_CloseSession(passing), CKR_OK);
        cr_assert_not(shows(session, object, CKA_LABEL, mine));
    }
    cr_assert_eq(overflow->C_CloseSession(session), CKR_OK);
    return NULL;
}

Test(overflow_session, many_threads_have_sessions_of_their_own)
{
    struct sheet sheet = sheet_of(CKC_X_509);
    pthread_t threads[4];

    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, work, &sheet), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    cr_expect_eq(count_all(open_session(FIRST_SLOT, true)), 0);
}

Test(overflow_session, a_child_begins_without_sessions)
{
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    struct sheet sheet = sheet_of(CKC_X_509);
    CK_OBJECT_HANDLE object = create(session, &sheet);
    pid_t child;
    int status;

    cr_assert_eq(overflow->C_Login(session, CKU_USER, NULL, 0), CKR_OK);
    child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        CK_SESSION_INFO info;
        CK_SESSION_HANDLE own;

        overflow_fork_child();
        if (overflow->C_GetSessionInfo(session, &info) !=
            CKR_SESSION_HANDLE_INVALID)
            _exit(1);
        own = open_session(FIRST_SLOT, true);
        if (state_of(own) != CKS_RW_PUBLIC_SESSION || own == session)
            _exit(2);
        if (overflow->C_GetAttributeValue(own, object, NULL, 0) !=
            CKR_OBJECT_HANDLE_INVALID)
            _exit(3);
        sheet_set_flag(&sheet, CKA_TOKEN, true);
        if (create(own, &sheet) == object || count_all(own) != 1)
            _exit(4);
        _exit(0);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect_eq(status, 0, "status %x", (unsigned)status);
    cr_expect_eq(state_of(session), CKS_RW_USER_FUNCTIONS);
}
