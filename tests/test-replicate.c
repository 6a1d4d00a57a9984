/* SPDX-License-Identifier: BSD-3-Clause */
/* A group that writes on all of its members, or on none: SoftHSM twice, once
 * behind the fault module. */
#include "tests/fixture.h"
#include "tests/modules/fault.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdint.h>
#include <string.h>

static const CK_FUNCTION_LIST_3_2 *list;
static __typeof__(&fault_add) add_fault;
static CK_SESSION_HANDLE session;
static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

static void
start_with(const char *second)
{
    CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };

    fixture_softhsm("soft");
    fixture_softhsm_token("one");
    fixture_softhsm_token("two");
    fixture_make_folder("state");
    fixture_setenv("P11MUX_FAULT_MODULE", "%s",
                   fixture_copy(FIXTURE_SOFTHSM, "behind.so"));
    fixture_config(
        "modules = ( { name = \"soft\"; path = \"%s\"; },\n"
        "  { name = \"other\"; path = \"%s\"; } );\n"
        "tokens = ( { label = \"all\"; slot = 1; mode = \"failover\";\n"
        "  write = \"replicate\"; members = (\n"
        "  { module = \"soft\"; match = \"pkcs11:token=one\"; },\n"
        "  { module = \"other\"; match = \"pkcs11:token=%s\"; } ); } "
        ");\n"
        "others = \"hide\"; state_dir = \"%s\";\n",
        FIXTURE_SOFTHSM, fixture_test_module("fault"), second,
        fixture_path("state"));
    list = module_open(fixture_p11mux())->list_3_2;
    add_fault =
        module_symbol(module_open(fixture_test_module("fault")), "fault_add");
    cr_assert_eq(list->C_Initialize(&arguments), CKR_OK);
    cr_assert_eq(list->C_OpenSession(1, CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                     NULL, NULL, &session),
                 CKR_OK);
    cr_assert_eq(list->C_Login(session, CKU_USER,
                               (CK_UTF8CHAR *)(uintptr_t)FIXTURE_PIN,
                               strlen(FIXTURE_PIN)),
                 CKR_OK);
}

static void
start(void)
{
    start_with("two");
}

static void
start_without_second(void)
{
    start_with("missing");
}

static void
finish(void)
{
    (void)list->C_Finalize(NULL);
}

TestSuite(replicate, .init = start, .fini = finish, .timeout = 120);
TestSuite(replicate_alone, .init = start_without_second, .fini = finish,
          .timeout = 120);

/* -- Making ------------------------------------------------------------------
 */

static CK_RV
make_pair(CK_BBOOL *extractable, CK_OBJECT_HANDLE *private_key)
{
    CK_MECHANISM mechanism = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
    CK_BYTE curve[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
    CK_ATTRIBUTE public[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_LABEL, (void *)(uintptr_t) "pair", 4 },
        { CKA_ID, (void *)(uintptr_t) "pair", 4 },
        { CKA_EC_PARAMS, curve, sizeof(curve) },
        { CKA_VERIFY, &yes, sizeof(yes) },
    };
    CK_ATTRIBUTE private[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_LABEL, (void *)(uintptr_t) "pair", 4 },
        { CKA_ID, (void *)(uintptr_t) "pair", 4 },
        { CKA_SENSITIVE, &yes, sizeof(yes) },
        { CKA_SIGN, &yes, sizeof(yes) },
        { CKA_EXTRACTABLE, extractable, sizeof(*extractable) },
    };
    CK_OBJECT_HANDLE public_key;

    return list->C_GenerateKeyPair(session, &mechanism, public, 5, private,
                                   extractable == NULL ? 5 : 6, &public_key,
                                   private_key);
}

static CK_RV
make_secret(CK_BBOOL *is_token)
{
    CK_ULONG length = 32;
    CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
    CK_ATTRIBUTE template[] = {
        { CKA_TOKEN, is_token, sizeof(*is_token) },
        { CKA_LABEL, (void *)(uintptr_t) "secret", 6 },
        { CKA_ID, (void *)(uintptr_t) "secret", 6 },
        { CKA_EXTRACTABLE, &yes, sizeof(yes) },
        { CKA_VALUE_LEN, &length, sizeof(length) },
    };
    CK_OBJECT_HANDLE key;

    return list->C_GenerateKey(session, &mechanism, template, 5, &key);
}

static CK_RV
make_data(CK_OBJECT_HANDLE *out)
{
    CK_OBJECT_CLASS object_class = CKO_DATA;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_LABEL, (void *)(uintptr_t) "data", 4 },
        { CKA_VALUE, (void *)(uintptr_t) "value", 5 },
    };

    return list->C_CreateObject(session, template, 4, out);
}

static CK_RV
set_label(CK_OBJECT_HANDLE object, const char *label)
{
    CK_ATTRIBUTE attribute = { CKA_LABEL, (void *)(uintptr_t)label,
                               strlen(label) };

    return list->C_SetAttributeValue(session, object, &attribute, 1);
}

/* -- Looking -----------------------------------------------------------------
 */

static CK_ULONG
count_found(const CK_FUNCTION_LIST *functions, CK_SESSION_HANDLE where,
            const char *label)
{
    CK_ATTRIBUTE template[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_LABEL, (void *)(uintptr_t)label, strlen(label) },
    };
    CK_OBJECT_HANDLE found[8];
    CK_ULONG count;

    cr_assert_eq(functions->C_FindObjectsInit(where, template, 2), CKR_OK);
    cr_assert_eq(functions->C_FindObjects(where, found, 8, &count), CKR_OK);
    cr_assert_eq(functions->C_FindObjectsFinal(where), CKR_OK);
    return count;
}

/* What the group shows, then what each member has. */
static void
expect_count(const char *label, CK_ULONG count)
{
    cr_expect_eq(count_found((const CK_FUNCTION_LIST *)(const void *)list,
                             session, label),
                 count);
}

static void
expect_on_each(const char *label, CK_ULONG count)
{
    static const char *const names[] = { "one", "two" };
    struct module *soft = module_open(FIXTURE_SOFTHSM);

    cr_assert_eq(list->C_Finalize(NULL), CKR_OK);
    fixture_initialize(soft, NULL);
    for (unsigned i = 0; i < 2; i++) {
        CK_SESSION_HANDLE its =
            fixture_session(soft->list, fixture_slot(soft->list, names[i]),
                            FIXTURE_PIN);

        cr_expect_eq(count_found(soft->list, its, label), count, "%s",
                     names[i]);
        if (count == 2 && strcmp(label, "pair") == 0)
            cr_expect(
                fixture_sign_check(soft->list, its,
                                   fixture_find_pair(soft->list, its, label)));
    }
    cr_assert_eq(soft->list->C_Finalize(NULL), CKR_OK);
}

static size_t
count_journal(void)
{
    DIR *folder = opendir(fixture_path("state/transfers"));
    const struct dirent *item;
    size_t count = 0;

    while (folder != NULL && (item = readdir(folder)) != NULL)
        count += item->d_name[0] != '.';
    if (folder != NULL)
        (void)closedir(folder);
    return count;
}

/* -- What is made
 * --------------------------------------------------------------
 */

Test(replicate, a_pair_is_on_all_and_shown_once)
{
    CK_OBJECT_HANDLE key;

    cr_assert_eq(make_pair(&yes, &key), CKR_OK);
    expect_count("pair", 2);
    cr_expect_eq(count_journal(), 0);
    expect_on_each("pair", 2);
}

Test(replicate, a_secret_key_is_on_all_and_shown_once)
{
    cr_assert_eq(make_secret(&yes), CKR_OK);
    expect_count("secret", 1);
    expect_on_each("secret", 1);
}

Test(replicate, what_is_created_is_on_all)
{
    CK_OBJECT_HANDLE object;

    cr_assert_eq(make_data(&object), CKR_OK);
    expect_count("data", 1);
    expect_on_each("data", 1);
}

Test(replicate, what_is_copied_is_copied_everywhere)
{
    CK_ATTRIBUTE label = { CKA_LABEL, (void *)(uintptr_t) "copy", 4 };
    CK_OBJECT_HANDLE object, copy;

    cr_assert_eq(make_data(&object), CKR_OK);
    cr_assert_eq(list->C_CopyObject(session, object, &label, 1, &copy), CKR_OK);
    expect_count("copy", 1);
    expect_on_each("copy", 1);
}

Test(replicate, an_object_of_the_session_is_made_once)
{
    cr_assert_eq(make_secret(&no), CKR_OK);
    expect_on_each("secret", 0);
}

Test(replicate, a_key_that_may_not_leave_is_not_made)
{
    CK_OBJECT_HANDLE key;

    cr_expect_eq(make_pair(&no, &key), CKR_TEMPLATE_INCONSISTENT);
    cr_expect_eq(make_pair(NULL, &key), CKR_TEMPLATE_INCONSISTENT);
    expect_count("pair", 0);
    expect_on_each("pair", 0);
}

Test(replicate, what_one_cannot_have_nobody_has)
{
    CK_OBJECT_HANDLE key;

    cr_assert(add_fault("C_UnwrapKey 5 return CKR_DEVICE_MEMORY"));
    cr_expect_eq(make_pair(&yes, &key), CKR_DEVICE_MEMORY);
    expect_count("pair", 0);
    cr_expect_eq(count_journal(), 0);
    cr_assert_eq(make_pair(&yes, &key), CKR_OK);
    expect_on_each("pair", 2);
}

Test(replicate_alone, nothing_is_made_while_one_is_away)
{
    CK_OBJECT_HANDLE object;
    CK_TOKEN_INFO info;

    cr_expect_eq(make_data(&object), CKR_TOKEN_WRITE_PROTECTED);
    cr_expect_eq(make_secret(&no), CKR_OK);
    cr_assert_eq(list->C_GetTokenInfo(1, &info), CKR_OK);
    cr_expect_neq(info.flags & CKF_WRITE_PROTECTED, 0);
}

/* -- What is changed and destroyed
 * ---------------------------------------------
 */

Test(replicate, what_is_destroyed_is_gone_everywhere)
{
    CK_OBJECT_HANDLE object;

    cr_assert_eq(make_data(&object), CKR_OK);
    cr_assert_eq(list->C_DestroyObject(session, object), CKR_OK);
    expect_count("data", 0);
    expect_on_each("data", 0);
}

Test(replicate, what_one_does_not_destroy_is_not_destroyed)
{
    CK_OBJECT_HANDLE object;

    cr_assert_eq(make_data(&object), CKR_OK);
    cr_assert(add_fault("C_DestroyObject 1 return CKR_ACTION_PROHIBITED"));
    cr_expect_eq(list->C_DestroyObject(session, object), CKR_ACTION_PROHIBITED);
    expect_count("data", 1);
    expect_on_each("data", 1);
}

Test(replicate, what_is_changed_is_changed_everywhere)
{
    CK_OBJECT_HANDLE object;

    cr_assert_eq(make_data(&object), CKR_OK);
    cr_assert_eq(set_label(object, "new"), CKR_OK);
    expect_count("new", 1);
    expect_on_each("new", 1);
}

Test(replicate, what_one_does_not_change_stays_as_it_is)
{
    CK_OBJECT_HANDLE object;

    cr_assert_eq(make_data(&object), CKR_OK);
    cr_assert(add_fault("C_SetAttributeValue 1 return CKR_ACTION_PROHIBITED"));
    cr_expect_eq(set_label(object, "new"), CKR_ACTION_PROHIBITED);
    expect_on_each("data", 1);
}
