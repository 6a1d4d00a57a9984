/* SPDX-License-Identifier: BSD-3-Clause */
/* The overflow backend and its store: faults (R8.9), other processes, lives
 * of a token (R6.20). */
#include "common/crypto.h"
#include "tests/overflow-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(overflow_store, .init = overflow_fixture_begin,
          .fini = overflow_fixture_end);

/* -- What is wrong with the store (R8.9) ----------------------------------- */

static const struct {
    enum store_result result;
    CK_RV rv;
    CK_RV find_rv;
} faults[] = {
    { STORE_FULL, CKR_DEVICE_MEMORY, CKR_OK },
    { STORE_LOCKED, CKR_FUNCTION_FAILED, CKR_OK },
    { STORE_READ_ONLY, CKR_TOKEN_WRITE_PROTECTED, CKR_OK },
    { STORE_UNREACHABLE, CKR_FUNCTION_FAILED, CKR_OK },
    { STORE_BROKEN, CKR_DEVICE_ERROR, CKR_OK },
    { STORE_NO_MEMORY, CKR_HOST_MEMORY, CKR_HOST_MEMORY },
};
enum { FAULTS = sizeof(faults) / sizeof(faults[0]) };

Test(overflow_store, says_what_is_wrong_with_it_and_recovers)
{
    struct sheet sheet = sheet_labelled("one");
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE object = create(session, &sheet), other;
    CK_ULONG size;

    for (size_t i = 0; i < FAULTS; i++) {
        CK_RV rv = faults[i].rv;

        store_fails(faults[i].result);
        cr_expect_eq(overflow->C_CreateObject(session, sheet.attributes,
                                              sheet.count, &other),
                     rv);
        cr_expect_eq(overflow->C_CopyObject(session, object, NULL, 0, &other),
                     rv);
        cr_expect_eq(overflow->C_GetAttributeValue(session, object, NULL, 0),
                     rv);
        cr_expect_eq(set_label(session, object, "new"), rv);
        cr_expect_eq(overflow->C_GetObjectSize(session, object, &size), rv);
        cr_expect_eq(overflow->C_DestroyObject(session, object), rv);
        cr_expect_eq(overflow_may_init_token(FIRST_SLOT), rv);
        cr_expect_eq(overflow->C_FindObjectsInit(session, NULL, 0),
                     faults[i].find_rv);
        if (faults[i].find_rv == CKR_OK)
            cr_expect_eq(overflow->C_FindObjectsFinal(session), CKR_OK);
        store_fails(STORE_DONE);
        cr_expect(shows(session, object, CKA_LABEL, "one"));
        cr_expect_eq(count_all(session), 1);
    }
}

/* The first use of a token asks the store twice: whose the objects are. */
Test(overflow_store, says_what_is_wrong_with_it_at_the_first_use_too)
{
    struct sheet sheet = sheet_labelled("one");
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE other;

    for (size_t i = 0; i < FAULTS; i++) {
        store_fails(faults[i].result);
        cr_expect_eq(overflow->C_CreateObject(session, sheet.attributes,
                                              sheet.count, &other),
                     faults[i].rv);
    }
    store_fails(STORE_DONE);
    create(session, &sheet);
}

/* Mistakes of the application's are said, the store is not asked. */
Test(overflow_store, is_not_asked_for_what_could_never_be_in_it)
{
    struct sheet sheet = sheet_labelled("one");
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE other;

    store_fails(STORE_UNREACHABLE);
    sheet_set_flag(&sheet, CKA_PRIVATE, true);
    cr_expect_eq(overflow->C_CreateObject(session, sheet.attributes,
                                          sheet.count, &other),
                 CKR_TEMPLATE_INCONSISTENT);
    sheet_remove(&sheet, CKA_PRIVATE);
    sheet_set_flag(&sheet, CKA_TOKEN, false);
    create(session, &sheet);
    cr_expect_eq(count_all(session), 1);
    store_fails(STORE_DONE);
}

/* -- Other processes ------------------------------------------------------- */

static const struct store_owner first = { "first", NULL };

static uint64_t
life_of_first(void)
{
    uint64_t life;

    cr_assert_eq(store_find_life(other_store, &first, &life, NULL), STORE_DONE);
    return life;
}

Test(overflow_store, handles_mean_the_same_in_another_process)
{
    struct sheet sheet = sheet_labelled("one");
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE object = create(session, &sheet);
    struct store_object theirs;
    uint64_t number;

    cr_assert_eq(store_read(other_store, life_of_first(), object, &theirs),
                 STORE_DONE);
    cr_expect(certificate_matches(&theirs, sheet.attributes, sheet.count));
    cr_assert_eq(store_create(other_store, life_of_first(), theirs.attributes,
                              theirs.count, &number),
                 STORE_DONE);
    cr_expect(shows(session, number, CKA_LABEL, "one"));
    cr_expect_eq(count_all(session), 2);
    store_object_clear(&theirs);
}

Test(overflow_store, handles_end_when_another_process_destroys_the_object)
{
    struct sheet sheet = sheet_labelled("one");
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE object = create(session, &sheet), other;
    CK_ULONG size;

    cr_assert_eq(store_destroy(other_store, life_of_first(), object),
                 STORE_DONE);
    cr_expect_eq(overflow->C_GetAttributeValue(session, object, NULL, 0),
                 CKR_OBJECT_HANDLE_INVALID);
    cr_expect_eq(set_label(session, object, "new"), CKR_OBJECT_HANDLE_INVALID);
    cr_expect_eq(overflow->C_CopyObject(session, object, NULL, 0, &other),
                 CKR_OBJECT_HANDLE_INVALID);
    cr_expect_eq(overflow->C_GetObjectSize(session, object, &size),
                 CKR_OBJECT_HANDLE_INVALID);
    cr_expect_eq(overflow->C_DestroyObject(session, object),
                 CKR_OBJECT_HANDLE_INVALID);
    cr_expect_eq(count_all(session), 0);
    cr_expect_neq(create(session, &sheet), object);
}

/* -- Lives of a token (R6.20) ---------------------------------------------- */

Test(overflow_store, is_empty_after_the_token_was_initialised)
{
    struct sheet sheet = sheet_labelled("one");
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_SESSION_HANDLE elsewhere = open_session(SECOND_SLOT, true);
    CK_OBJECT_HANDLE object = create(session, &sheet);

    create(elsewhere, &sheet);
    cr_assert_eq(overflow_init_token(FIRST_SLOT), CKR_OK);
    cr_expect_eq(count_all(session), 0);
    cr_expect_eq(overflow->C_GetAttributeValue(session, object, NULL, 0),
                 CKR_OBJECT_HANDLE_INVALID);
    cr_expect_eq(count_all(elsewhere), 1);
    create(session, &sheet);
    cr_expect_eq(count_all(session), 1);
}

Test(overflow_store, is_empty_although_it_could_not_be_told_at_once)
{
    struct sheet sheet = sheet_labelled("one");
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE object = create(session, &sheet), other;

    store_fails(STORE_UNREACHABLE);
    cr_assert_eq(overflow_init_token(FIRST_SLOT), CKR_FUNCTION_FAILED);
    cr_expect_eq(count_all(session), 0);
    cr_expect_eq(overflow->C_CreateObject(session, sheet.attributes,
                                          sheet.count, &other),
                 CKR_FUNCTION_FAILED);
    store_fails(STORE_DONE);
    cr_expect_eq(count_all(session), 0);
    cr_expect_eq(overflow->C_GetAttributeValue(session, object, NULL, 0),
                 CKR_OBJECT_HANDLE_INVALID);
    create(session, &sheet);
    cr_expect_eq(count_all(session), 1);
}

/* Each of them is the first thing that is done after the other process began
 * the new life. */
Test(overflow_store, follows_a_new_life_that_another_process_began)
{
    struct sheet sheet = sheet_labelled("one");
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE object = create(session, &sheet);
    struct store_object made;
    uint64_t life, number;

    cr_assert_eq(store_begin_life(other_store, &first, &life), STORE_DONE);
    create(session, &sheet);
    cr_expect_eq(count_all(session), 1);
    cr_expect_eq(overflow->C_GetAttributeValue(session, object, NULL, 0),
                 CKR_OBJECT_HANDLE_INVALID);

    cr_assert_eq(certificate_make(sheet.attributes, sheet.count, false, &made),
                 CKR_OK);
    cr_assert_eq(store_begin_life(other_store, &first, &life), STORE_DONE);
    cr_assert_eq(store_create(other_store, life, made.attributes, made.count,
                              &number),
                 STORE_DONE);
    cr_expect_eq(count_all(session), 1);

    cr_assert_eq(store_begin_life(other_store, &first, &life), STORE_DONE);
    cr_assert_eq(store_create(other_store, life, made.attributes, made.count,
                              &number),
                 STORE_DONE);
    cr_expect(shows(session, number, CKA_LABEL, "one"));
    store_object_clear(&made);
}

Test(overflow_store, is_empty_for_a_token_of_another_serial_number)
{
    struct sheet sheet = sheet_labelled("one");
    CK_SESSION_HANDLE session = open_session(SECOND_SLOT, true);
    CK_TOKEN_INFO info;

    create(session, &sheet);
    cr_assert_eq(overflow_see(SECOND_SLOT, "0001"), CKR_OK);
    cr_expect_eq(count_all(session), 1);
    cr_assert_eq(overflow_see(SECOND_SLOT, "0002"), CKR_OK);
    cr_expect_eq(count_all(session), 0);
    cr_assert_eq(overflow->C_GetTokenInfo(SECOND_SLOT, &info), CKR_OK);
    cr_expect_arr_eq(info.serialNumber, "0002            ", 16);
    create(session, &sheet);
    create(session, &sheet);
    cr_expect_eq(count_all(session), 2);
    cr_assert_eq(overflow_see(SECOND_SLOT, "0001"), CKR_OK);
    cr_expect_eq(count_all(session), 1);
}

Test(overflow_store, refuses_what_no_token_can_have)
{
    cr_expect_eq(overflow_see(SLOTS, NULL), CKR_SLOT_ID_INVALID);
    cr_expect_eq(overflow_see(FIRST_SLOT, "12345678901234567"),
                 CKR_ARGUMENTS_BAD);
    cr_expect_eq(overflow_see(FIRST_SLOT, "1234567890123456"), CKR_OK);
    cr_expect_eq(overflow_init_token(SLOTS), CKR_SLOT_ID_INVALID);
    cr_expect_eq(overflow_check(SLOTS, NULL, 0), CKR_SLOT_ID_INVALID);
    cr_expect_eq(overflow_check(FIRST_SLOT, NULL, 1), CKR_ARGUMENTS_BAD);
}

/* -- What the audit log is told -------------------------------------------- */

static bool hashing_fails;

bool __real_crypto_sha256(const void *bytes, size_t length,
                          unsigned char out[SHA256_LENGTH]);
bool __wrap_crypto_sha256(const void *bytes, size_t length,
                          unsigned char out[SHA256_LENGTH]);

bool
__wrap_crypto_sha256(const void *bytes, size_t length,
                     unsigned char out[SHA256_LENGTH])
{
    return !hashing_fails && __real_crypto_sha256(bytes, length, out);
}

static void
check_without_hashes(bool is_token)
{
    struct sheet sheet = sheet_labelled("one");
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE object;

    sheet_set_flag(&sheet, CKA_TOKEN, is_token);
    object = create(session, &sheet);
    hashing_fails = true;
    cr_expect_eq(set_label(session, object, "two"), CKR_FUNCTION_FAILED);
    cr_expect(shows(session, object, CKA_LABEL, "one"));
    cr_expect_eq(overflow->C_DestroyObject(session, object),
                 CKR_FUNCTION_FAILED);
    hashing_fails = false;
    cr_expect(shows(session, object, CKA_LABEL, "one"));
}

Test(overflow_store, what_is_said_to_have_failed_was_not_done)
{
    check_without_hashes(true);
    check_without_hashes(false);
}

Test(overflow_store, a_change_that_fails_leaves_the_note_of_what_was_before)
{
    struct sheet sheet = sheet_labelled("one");
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE older = create(session, &sheet);
    CK_OBJECT_HANDLE newer = create(session, &sheet);
    struct overflow_note note;

    store_fails(STORE_FULL);
    cr_expect_eq(set_label(session, older, "two"), CKR_DEVICE_MEMORY);
    store_fails(STORE_DONE);
    cr_assert(overflow_noted(session, &note));
    cr_expect_eq(note.number, newer);
    cr_expect_eq(set_label(session, older, "two"), CKR_OK);
    cr_assert(overflow_noted(session, &note));
    cr_expect_eq(note.number, older);
    cr_expect_eq(overflow->C_SetAttributeValue(session, older, NULL, 0),
                 CKR_OK);
    cr_expect_not(overflow_noted(session, &note), "nothing was changed");
}
