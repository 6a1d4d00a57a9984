/* SPDX-License-Identifier: BSD-3-Clause */
/* Which certificates go to the store: a token without room for them (SEMANTICS
 * 8.1). */
#include "tests/fixture.h"
#include "tests/spill-fixture.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <string.h>

TestSuite(spill, .fini = spill_finish, .timeout = 60);

/* -- Creating (8.1) ---------------------------------------------------------
 */

Test(spill, goes_to_the_store_when_the_token_is_full)
{
    CK_OBJECT_HANDLE objects[SPILL_CERTIFICATES];

    spill_begin("mode = \"hybrid\";");
    cr_assert(spill.add_fault("objects 3"));
    for (unsigned i = 0; i < SPILL_CERTIFICATES; i++)
        objects[i] = spill_create(i);
    for (unsigned i = 0; i < SPILL_CERTIFICATES; i++)
        spill_check_value(objects[i], i);
    cr_assert_eq(spill_count(), SPILL_CERTIFICATES);
    cr_assert_eq(spill_count_on_token(), 3);
}

Test(spill, stays_there_for_the_next_process)
{
    spill_begin("mode = \"hybrid\";");
    cr_assert(spill.add_fault("objects 1"));
    for (unsigned i = 0; i < SPILL_CERTIFICATES; i++)
        (void)spill_create(i);
    cr_assert_eq(spill.list->C_Finalize(NULL), CKR_OK);
    spill_start();
    cr_assert_eq(spill_count(), SPILL_CERTIFICATES);
}

Test(spill, of_mode_store_does_not_ask_the_token)
{
    spill_begin("mode = \"store\";");
    spill_check_value(spill_create(0), 0);
    cr_assert_eq(spill.count_calls("C_CreateObject"), 0);
    cr_assert_eq(spill_count_on_token(), 0);
}

Test(spill, of_mode_token_is_the_tokens_answer)
{
    CK_OBJECT_HANDLE object = 0;

    spill_begin("mode = \"token\";");
    cr_assert(spill.add_fault("objects 1"));
    (void)spill_create(0);
    cr_assert_eq(certificate_create(spill.list, spill.session,
                                    &spill.certificates[1], &object),
                 CKR_DEVICE_MEMORY);
}

Test(spill, begins_at_the_most_that_the_token_is_to_have)
{
    spill_begin("mode = \"hybrid\"; max = 2;");
    for (unsigned i = 0; i < 4; i++)
        (void)spill_create(i);
    cr_assert_eq(spill_count(), 4);
    cr_assert_eq(spill_count_on_token(), 2);
}

Test(spill, takes_what_is_too_large_for_the_token)
{
    spill_begin("mode = \"hybrid\"; max_size = 100;");
    spill_check_value(spill_create(0), 0);
    cr_assert_eq(spill_count_on_token(), 0);
}

struct answer {
    const char *name;
    CK_RV rv;
    bool is_room; /* of a module with these room_errors */
};

/* Table of 8.1, R8.1: what the module's list has goes to the store, if
 * the token is well; what it has not is the application's. */
static const struct answer answers[] = {
    { "CKR_DEVICE_MEMORY", CKR_DEVICE_MEMORY, true },
    { "CKR_FUNCTION_NOT_SUPPORTED", CKR_FUNCTION_NOT_SUPPORTED, true },
    { "CKR_HOST_MEMORY", CKR_HOST_MEMORY, true },
    { "CKR_ATTRIBUTE_VALUE_INVALID", CKR_ATTRIBUTE_VALUE_INVALID, false },
    { "CKR_FUNCTION_FAILED", CKR_FUNCTION_FAILED, false },
    { "CKR_GENERAL_ERROR", CKR_GENERAL_ERROR, false },
    { "CKR_SESSION_READ_ONLY", CKR_SESSION_READ_ONLY, false },
    { "CKR_TOKEN_WRITE_PROTECTED", CKR_TOKEN_WRITE_PROTECTED, false },
    { "CKR_ATTRIBUTE_READ_ONLY", CKR_ATTRIBUTE_READ_ONLY, false },
    { "CKR_PIN_EXPIRED", CKR_PIN_EXPIRED, false },
};

Test(spill, is_by_the_modules_room_errors)
{
    spill_load();
    spill_configure("mode = \"hybrid\";",
                    "room_errors = ( \"CKR_DEVICE_MEMORY\", "
                    "\"CKR_FUNCTION_NOT_SUPPORTED\", \"CKR_HOST_MEMORY\" );");
    spill_start();
    spill_log_in();
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        CK_OBJECT_HANDLE object = 0;
        CK_RV rv;

        cr_assert(spill.add_fault(
            fixture_text("C_CreateObject 1 return %s", answers[i].name)));
        rv = certificate_create(spill.list, spill.session,
                                &spill.certificates[0], &object);
        cr_expect_eq(rv, answers[i].is_room ? CKR_OK : answers[i].rv,
                     "%s: 0x%lx", answers[i].name, rv);
    }
    cr_assert_eq(spill_count_on_token(), 0);
}

/* R8.3: a device that takes no command has the same code. */
Test(spill, does_not_happen_when_the_device_takes_no_command)
{
    CK_OBJECT_HANDLE object = 0;

    spill_begin("mode = \"hybrid\";");
    cr_assert(spill.add_fault("C_CreateObject * return CKR_DEVICE_MEMORY"));
    cr_assert(spill.add_fault("C_GenerateRandom * return CKR_DEVICE_MEMORY"));
    cr_assert_eq(certificate_create(spill.list, spill.session,
                                    &spill.certificates[0], &object),
                 CKR_DEVICE_MEMORY);
    cr_assert_eq(spill_count(), 0);
}

/* R8.4: the first try succeeded, though it said no. */
Test(spill, does_not_happen_twice)
{
    spill_load();
    spill_configure("mode = \"hybrid\";",
                    "room_errors = ( \"CKR_FUNCTION_FAILED\" );");
    spill_start();
    spill_log_in();
    cr_assert(
        spill.add_fault("C_CreateObject 1 after return CKR_FUNCTION_FAILED"));
    spill_check_value(spill_create(0), 0);
    cr_assert_eq(spill_count(), 1);
    cr_assert_eq(spill_count_on_token(), 1);
}

/* R8.6 */
Test(spill, saves_one_whose_place_would_be_taken)
{
    struct certificate_template template;
    CK_OBJECT_HANDLE object;

    spill_load();
    spill_configure("mode = \"hybrid\";", "create_overwrites = true;");
    spill_start();
    spill_log_in();
    (void)spill_create(0);
    certificate_template(&spill.certificates[1], CK_TRUE, &template);
    template.id[2] = '0';
    cr_assert_eq(spill.list->C_CreateObject(spill.session, template.attributes,
                                            CERTIFICATE_ATTRIBUTES, &object),
                 CKR_OK);
    spill_check_value(object, 1);
    cr_assert_eq(spill_count_on_token(), 1);
    cr_assert_eq(spill_count(), 2);
}

/* R8.2 */
Test(spill, keeps_session_certificates_with_their_session)
{
    struct certificate_template template;
    CK_OBJECT_HANDLE object;

    spill_begin("mode = \"hybrid\";");
    cr_assert(
        spill.add_fault("C_CreateObject * return CKR_FUNCTION_NOT_SUPPORTED"));
    certificate_template(&spill.certificates[0], CK_FALSE, &template);
    cr_assert_eq(spill.list->C_CreateObject(spill.session, template.attributes,
                                            CERTIFICATE_ATTRIBUTES, &object),
                 CKR_OK);
    spill_check_value(object, 0);
    cr_assert_eq(spill_count(), 1);
    cr_assert_eq(spill.list->C_CloseSession(spill.session), CKR_OK);
    cr_assert_eq(spill.list->C_OpenSession(SPILL_SLOT,
                                           CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                           NULL, NULL, &spill.session),
                 CKR_OK);
    cr_assert_eq(spill_count(), 0);
}

/* R8.14 */
Test(spill, needs_the_login_that_the_token_needs)
{
    CK_OBJECT_HANDLE object = 0;
    CK_SESSION_HANDLE read_only;

    spill_load();
    spill_configure("mode = \"store\";", "");
    spill_start();
    cr_assert_eq(certificate_create(spill.list, spill.session,
                                    &spill.certificates[0], &object),
                 CKR_USER_NOT_LOGGED_IN);
    spill_log_in();
    object = spill_create(0);
    cr_assert_eq(spill.list->C_OpenSession(SPILL_SLOT, CKF_SERIAL_SESSION, NULL,
                                           NULL, &read_only),
                 CKR_OK);
    cr_assert_eq(certificate_create(spill.list, read_only,
                                    &spill.certificates[1], &object),
                 CKR_SESSION_READ_ONLY);
}

/* A full disk: the token says that it has it, and has not. */
Test(spill, believes_what_can_be_read_back)
{
    spill_begin("mode = \"hybrid\";");
    cr_assert(spill.add_fault(
        "C_GetAttributeValue 1 return CKR_OBJECT_HANDLE_INVALID"));
    spill_check_value(spill_create(0), 0);
    cr_assert_eq(spill_count_on_token(), 0);
    cr_assert_eq(spill_count(), 1);
}

/* R8.16 */
Test(spill, takes_the_id_of_the_key_where_that_is_wanted)
{
    struct certificate_template template;
    CK_ATTRIBUTE id = { CKA_ID, (void *)(uintptr_t) "of the key", 10 };
    CK_OBJECT_HANDLE object, found = 0;

    spill_begin("mode = \"store\"; derive_missing = true;");
    certificate_make_key(spill.list, spill.session, "of the key");
    certificate_template(&spill.certificates[0], CK_TRUE, &template);
    template.attributes[7].ulValueLen = 0;
    cr_assert_eq(spill.list->C_CreateObject(spill.session, template.attributes,
                                            CERTIFICATE_ATTRIBUTES, &object),
                 CKR_OK);
    cr_assert_eq(certificate_find(spill.list, spill.session, &id, 1, &found), 2,
                 "the key and the certificate");
    cr_assert_eq(found, object);
}

/* What was there before was not made by it, however alike (R8.4). */
Test(spill, is_another_one_than_what_was_there)
{
    CK_OBJECT_HANDLE before, object = 0;

    spill_load();
    spill_configure("mode = \"hybrid\";",
                    "room_errors = ( \"CKR_FUNCTION_FAILED\" );");
    spill_start();
    spill_log_in();
    before = spill_create(0);
    cr_assert(spill.add_fault("C_CreateObject 1 return CKR_FUNCTION_FAILED"));
    object = spill_create(0);
    cr_assert_neq(object, before);
    cr_assert_eq(spill.list->C_DestroyObject(spill.session, object), CKR_OK);
    spill_check_value(before, 0);
    cr_assert_eq(spill_count_on_token(), 1);
}

/* R8.6: or as the configuration says. */
Test(spill, replaces_where_that_is_wanted)
{
    struct certificate_template template;
    CK_OBJECT_HANDLE object;

    spill_load();
    spill_configure("mode = \"hybrid\"; on_overwrite = \"replace\";",
                    "create_overwrites = true;");
    spill_start();
    spill_log_in();
    (void)spill_create(0);
    certificate_template(&spill.certificates[1], CK_TRUE, &template);
    template.id[2] = '0';
    cr_assert_eq(spill.list->C_CreateObject(spill.session, template.attributes,
                                            CERTIFICATE_ATTRIBUTES, &object),
                 CKR_OK);
    cr_assert_eq(spill_count_on_token(), 2, "this one does not overwrite");
}

/* R8.6: the same one again takes nobody's place. */
Test(spill, lets_the_same_one_take_its_place)
{
    spill_load();
    spill_configure("mode = \"hybrid\";", "create_overwrites = true;");
    spill_start();
    spill_log_in();
    (void)spill_create(0);
    (void)spill_create(0);
    cr_assert_eq(spill_count_on_token(), 2, "this one does not overwrite");
}

/* R8.7 */
Test(spill, keeps_the_same_one_twice)
{
    CK_OBJECT_HANDLE first;

    spill_begin("mode = \"store\";");
    first = spill_create(0);
    cr_assert_neq(spill_create(0), first);
    cr_assert_eq(spill_count(), 2);
    cr_assert_eq(spill.list->C_DestroyObject(spill.session, first), CKR_OK);
    cr_assert_eq(spill_count(), 1);
}

/* R8.8 */
Test(spill, moves_nothing_when_there_is_room_again)
{
    spill_begin("mode = \"hybrid\";");
    cr_assert(spill.add_fault("objects 1"));
    (void)spill_create(0);
    (void)spill_create(1);
    cr_assert(spill.add_fault("objects off"));
    (void)spill_create(2);
    cr_assert_eq(spill.list->C_Finalize(NULL), CKR_OK);
    spill_start();
    cr_assert_eq(spill_count(), 3);
    cr_assert_eq(spill_count_on_token(), 2);
}

/* R8.12: without a token there is nothing of it. */
Test(spill, shows_nothing_of_a_token_that_is_away)
{
    CK_OBJECT_CLASS object_class = CKO_CERTIFICATE;
    CK_ATTRIBUTE all = { CKA_CLASS, &object_class, sizeof(object_class) };

    spill_begin("mode = \"store\";");
    (void)spill_create(0);
    cr_assert(spill.add_fault("vanish"));
    cr_assert_neq(spill.list->C_FindObjectsInit(spill.session, &all, 1),
                  CKR_OK);
    cr_assert(spill.add_fault("return-token"));
    /* Until it has been tried again. */
    while (spill.list->C_OpenSession(SPILL_SLOT,
                                     CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
                                     NULL, &spill.session) != CKR_OK)
        (void)sched_yield();
    cr_assert_eq(spill_count(), 1);
}
