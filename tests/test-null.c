/* SPDX-License-Identifier: BSD-3-Clause */
/* The null module answers as it says: searches, attributes, sizes. */
#include "tests/fixture.h"

#include <criterion/criterion.h>

static CK_FUNCTION_LIST_3_2 *
list_get(const char *objects)
{
    const struct module *module;

    fixture_setenv("P11MUX_NULL_OBJECTS", "%s", objects);
    module = module_open(fixture_test_module("null"));
    fixture_initialize(module, NULL);
    return module->list_3_2;
}

static CK_SESSION_HANDLE
session_open(const CK_FUNCTION_LIST_3_2 *list, CK_FLAGS flags)
{
    CK_SESSION_HANDLE session = 0;

    cr_assert_eq(list->C_OpenSession(1, CKF_SERIAL_SESSION | flags, NULL, NULL,
                                     &session),
                 CKR_OK);
    return session;
}

static CK_ULONG
count_found(const CK_FUNCTION_LIST_3_2 *list, CK_SESSION_HANDLE session,
            CK_ATTRIBUTE *template, CK_ULONG n_template, CK_OBJECT_HANDLE *last)
{
    CK_OBJECT_HANDLE objects[7];
    CK_ULONG n_found, n_all = 0;

    cr_assert_eq(list->C_FindObjectsInit(session, template, n_template),
                 CKR_OK);
    do {
        cr_assert_eq(list->C_FindObjects(session, objects, 7, &n_found),
                     CKR_OK);
        n_all += n_found;
        if (n_found > 0)
            *last = objects[n_found - 1];
    } while (n_found > 0);
    cr_assert_eq(list->C_FindObjectsFinal(session), CKR_OK);
    return n_all;
}

Test(null, finds_as_many_objects_as_it_is_told)
{
    CK_FUNCTION_LIST_3_2 *list = list_get("1000");
    CK_OBJECT_HANDLE last = 0;

    cr_assert_eq(count_found(list, session_open(list, 0), NULL, 0, &last),
                 1000);
    cr_assert_eq(last, 1000);
}

Test(null, finds_one_object_by_id_and_by_label)
{
    CK_FUNCTION_LIST_3_2 *list = list_get("1000000");
    CK_SESSION_HANDLE session = session_open(list, 0);
    CK_OBJECT_CLASS class_ = CKO_PRIVATE_KEY;
    CK_BYTE id[] = { 0, 1, 0x86, 0xa1 };
    char label[] = "null-77";
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &class_, sizeof(class_) },
        { CKA_ID, id, sizeof(id) },
    };
    CK_ATTRIBUTE by_label = { CKA_LABEL, label, sizeof(label) - 1 };
    CK_OBJECT_HANDLE last = 0;

    cr_assert_eq(count_found(list, session, template, 2, &last), 1);
    cr_assert_eq(last, 100001);
    cr_assert_eq(count_found(list, session, &by_label, 1, &last), 1);
    cr_assert_eq(last, 77);
    class_ = CKO_CERTIFICATE;
    cr_assert_eq(count_found(list, session, template, 2, &last), 0);
}

Test(null, keeps_the_searches_of_two_sessions_apart)
{
    CK_FUNCTION_LIST_3_2 *list = list_get("3");
    CK_SESSION_HANDLE one = session_open(list, 0);
    CK_SESSION_HANDLE two = session_open(list, 0);
    CK_OBJECT_HANDLE object;
    CK_ULONG n_found;

    cr_assert_eq(list->C_FindObjectsInit(one, NULL, 0), CKR_OK);
    cr_assert_eq(list->C_FindObjects(two, &object, 1, &n_found),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(list->C_FindObjectsInit(two, NULL, 0), CKR_OK);
    cr_assert_eq(list->C_FindObjects(two, &object, 1, &n_found), CKR_OK);
    cr_assert_eq(list->C_FindObjects(one, &object, 1, &n_found), CKR_OK);
    cr_assert_eq(object, 1);
}

Test(null, says_what_an_object_is)
{
    CK_FUNCTION_LIST_3_2 *list = list_get("10");
    CK_OBJECT_CLASS class_ = 0;
    CK_BYTE id[4] = { 0 }, value[4];
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &class_, sizeof(class_) },
        { CKA_ID, id, sizeof(id) },
        { CKA_VALUE, value, sizeof(value) },
    };

    cr_assert_eq(list->C_GetAttributeValue(2, 9, template, 2), CKR_OK);
    cr_assert_eq(class_, CKO_PRIVATE_KEY);
    cr_assert_eq(id[3], 9);
    cr_assert_eq(list->C_GetAttributeValue(2, 9, template, 3),
                 CKR_ATTRIBUTE_SENSITIVE);
    cr_assert_eq(template[2].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    cr_assert_eq(list->C_GetAttributeValue(2, 11, template, 2),
                 CKR_OBJECT_HANDLE_INVALID);
}

Test(null, signs_by_the_size_convention)
{
    CK_FUNCTION_LIST_3_2 *list = list_get("10");
    CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };
    CK_BYTE data[32] = { 0 }, signature[64];
    CK_ULONG length = 0;

    cr_assert_eq(list->C_SignInit(2, &mechanism, 1), CKR_OK);
    cr_assert_eq(list->C_Sign(2, data, 32, NULL, &length), CKR_OK);
    cr_assert_eq(length, 64);
    length = 63;
    cr_assert_eq(list->C_Sign(2, data, 32, signature, &length),
                 CKR_BUFFER_TOO_SMALL);
    cr_assert_eq(list->C_Sign(2, data, 32, signature, &length), CKR_OK);
    cr_assert_eq(length, 64);
}

Test(null, tells_read_write_sessions_and_logins)
{
    CK_FUNCTION_LIST_3_2 *list = list_get("10");
    CK_SESSION_HANDLE session = session_open(list, CKF_RW_SESSION);
    CK_SESSION_INFO info;

    cr_assert_eq(list->C_GetSessionInfo(session, &info), CKR_OK);
    cr_assert_eq(info.state, CKS_RW_PUBLIC_SESSION);
    cr_assert_eq(list->C_Login(session, CKU_USER, NULL, 0), CKR_OK);
    cr_assert_eq(list->C_GetSessionInfo(session_open(list, 0), &info), CKR_OK);
    cr_assert_eq(info.state, CKS_RO_USER_FUNCTIONS);
    cr_assert_eq(info.flags, CKF_SERIAL_SESSION);
}

Test(null, has_three_lists_without_a_gap)
{
    const struct module *module = module_open(fixture_test_module("null"));
    void *functions[sizeof(*module->list_3_2) / sizeof(void *)];
    size_t i;

    cr_assert_eq(module->list->version.major, 2);
    cr_assert_eq(module->list_3_0->version.minor, 0);
    cr_assert_eq(module->list_3_2->version.minor, 2);
    memcpy(functions, module->list_3_2, sizeof(functions));
    for (i = 1; i < sizeof(functions) / sizeof(functions[0]); i++)
        cr_assert_not_null(functions[i], "position %zu", i);
}
