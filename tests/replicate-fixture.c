/* SPDX-License-Identifier: BSD-3-Clause */
/* A group of two or three tokens of SoftHSM that writes on all. */
#include "tests/replicate-fixture.h"

#include "common/file.h"
#include "tests/modules/fault.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const CK_FUNCTION_LIST_3_2 *replicate_list;
CK_SESSION_HANDLE replicate_session;
CK_BBOOL replicate_yes = CK_TRUE, replicate_no = CK_FALSE;

enum { MOST_MEMBERS = 3 };
static const char *const names[MOST_MEMBERS] = { "one", "two", "three" };
static size_t n_members;

/* -- Beginning ------------------------------------------------------------
 */

void
replicate_open(void)
{
    CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };

    cr_assert_eq(replicate_list->C_Initialize(&arguments), CKR_OK);
    cr_assert_eq(replicate_list->C_OpenSession(1,
                                               CKF_SERIAL_SESSION |
                                                   CKF_RW_SESSION,
                                               NULL, NULL, &replicate_session),
                 CKR_OK);
}

CK_RV
replicate_try_login(void)
{
    return replicate_list->C_Login(replicate_session, CKU_USER,
                                   (CK_UTF8CHAR *)(uintptr_t)FIXTURE_PIN,
                                   strlen(FIXTURE_PIN));
}

void
replicate_log_in(void)
{
    CK_RV rv;

    replicate_open();
    rv = replicate_try_login();
    cr_assert_eq(rv, CKR_OK, "C_Login: 0x%lx", rv);
}

static const char *
or_nothing(const char *text)
{
    return text == NULL ? "" : text;
}

static const char *
member(const char *module, const char *token)
{
    return fixture_text("{ module = \"%s\"; match = \"pkcs11:token=%s\"; }",
                        module, token);
}

/* The third one, where there is one, is behind the fault module too. */
static const char *
members(const struct replicate_setting *setting)
{
    const char *soft = member("soft", "one");
    const char *other =
        member("other", setting->second == NULL ? "two" : setting->second);

    if (setting->is_reversed)
        return fixture_text("%s, %s", other, soft);
    return setting->has_third ? fixture_text("%s, %s, %s", soft, other,
                                             member("other", "three"))
                              : fixture_text("%s, %s", soft, other);
}

void
replicate_prepare(const struct replicate_setting *setting)
{
    n_members = setting->has_third ? 3 : 2;
    fixture_softhsm("soft");
    for (size_t i = 0; i < n_members; i++)
        fixture_softhsm_token(names[i]);
    fixture_make_folder("state");
    fixture_setenv("P11MUX_FAULT_MODULE", "%s",
                   fixture_copy(FIXTURE_SOFTHSM, "behind.so"));
    fixture_config("modules = ( { name = \"soft\"; path = \"%s\"; %s },\n"
                   "  { name = \"other\"; path = \"%s\"; %s %s } );\n"
                   "tokens = ( { label = \"all\"; slot = 1; mode = \"%s\";\n"
                   "  write = \"replicate\"; %s members = ( %s ); } );\n"
                   "others = \"hide\"; state_dir = \"%s\";\n"
                   "start_timeout = \"1m\";\n"
                   "log = { target = \"file:%s\"; };\n",
                   FIXTURE_SOFTHSM, or_nothing(setting->of_both),
                   fixture_test_module("fault"), or_nothing(setting->of_both),
                   or_nothing(setting->of_other),
                   setting->mode == NULL ? "failover" : setting->mode,
                   or_nothing(setting->of_group), members(setting),
                   fixture_path("state"), fixture_path("log"));
    replicate_list = module_open(fixture_p11mux())->list_3_2;
}

void
replicate_start(const struct replicate_setting *setting)
{
    replicate_prepare(setting);
    if (setting->script != NULL)
        replicate_fault(setting->script);
    replicate_log_in();
}

void
replicate_finish(void)
{
    (void)replicate_list->C_Finalize(NULL);
}

void
replicate_fault(const char *script)
{
    __typeof__(&fault_add) add =
        module_symbol(module_open(fixture_test_module("fault")), "fault_add");

    cr_assert(add(script));
}

void
replicate_heal(void)
{
    __typeof__(&fault_load) load =
        module_symbol(module_open(fixture_test_module("fault")), "fault_load");

    cr_assert(load(""));
}

unsigned long
replicate_count_calls(const char *function)
{
    __typeof__(&fault_count) count =
        module_symbol(module_open(fixture_test_module("fault")), "fault_count");

    return count(function);
}

/* -- Making ---------------------------------------------------------------
 */

CK_RV
replicate_make_pair(CK_BBOOL *extractable, CK_OBJECT_HANDLE *private_key)
{
    CK_MECHANISM mechanism = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
    CK_BYTE curve[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
    CK_ATTRIBUTE public[] = {
        { CKA_TOKEN, &replicate_yes, sizeof(replicate_yes) },
        { CKA_LABEL, (void *)(uintptr_t) "pair", 4 },
        { CKA_ID, (void *)(uintptr_t) "pair", 4 },
        { CKA_EC_PARAMS, curve, sizeof(curve) },
        { CKA_VERIFY, &replicate_yes, sizeof(replicate_yes) },
    };
    CK_ATTRIBUTE private[] = {
        { CKA_TOKEN, &replicate_yes, sizeof(replicate_yes) },
        { CKA_LABEL, (void *)(uintptr_t) "pair", 4 },
        { CKA_ID, (void *)(uintptr_t) "pair", 4 },
        { CKA_SENSITIVE, &replicate_yes, sizeof(replicate_yes) },
        { CKA_SIGN, &replicate_yes, sizeof(replicate_yes) },
        { CKA_EXTRACTABLE, extractable, sizeof(*extractable) },
    };
    CK_OBJECT_HANDLE public_key;

    return replicate_list->C_GenerateKeyPair(replicate_session, &mechanism,
                                             public, 5, private,
                                             extractable == NULL ? 5 : 6,
                                             &public_key, private_key);
}

CK_RV
replicate_make_secret(CK_BBOOL *is_token)
{
    CK_ULONG length = 32;
    CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
    CK_ATTRIBUTE template[] = {
        { CKA_TOKEN, is_token, sizeof(*is_token) },
        { CKA_LABEL, (void *)(uintptr_t) "secret", 6 },
        { CKA_ID, (void *)(uintptr_t) "secret", 6 },
        { CKA_EXTRACTABLE, &replicate_yes, sizeof(replicate_yes) },
        { CKA_VALUE_LEN, &length, sizeof(length) },
    };
    CK_OBJECT_HANDLE key;

    return replicate_list->C_GenerateKey(replicate_session, &mechanism,
                                         template, 5, &key);
}

CK_RV
replicate_make_data(CK_OBJECT_HANDLE *out)
{
    CK_OBJECT_CLASS object_class = CKO_DATA;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &replicate_yes, sizeof(replicate_yes) },
        { CKA_PRIVATE, &replicate_no, sizeof(replicate_no) },
        { CKA_LABEL, (void *)(uintptr_t) "data", 4 },
        { CKA_VALUE, (void *)(uintptr_t) "value", 5 },
    };

    return replicate_list->C_CreateObject(replicate_session, template, 5, out);
}

void *
replicate_make_in_thread(void *out)
{
    CK_OBJECT_HANDLE object;

    *(CK_RV *)out = replicate_make_data(&object);
    return NULL;
}

CK_RV
replicate_set_label(CK_OBJECT_HANDLE object, const char *label)
{
    CK_ATTRIBUTE attribute = { CKA_LABEL, (void *)(uintptr_t)label,
                               strlen(label) };

    return replicate_list->C_SetAttributeValue(replicate_session, object,
                                               &attribute, 1);
}

/* -- Looking --------------------------------------------------------------
 */

static CK_ULONG
count_found(const CK_FUNCTION_LIST *functions, CK_SESSION_HANDLE where,
            const char *label)
{
    CK_ATTRIBUTE template[] = {
        { CKA_TOKEN, &replicate_yes, sizeof(replicate_yes) },
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
void
replicate_expect_count(const char *label, CK_ULONG count)
{
    cr_expect_eq(count_found((const CK_FUNCTION_LIST *)(const void *)
                                 replicate_list,
                             replicate_session, label),
                 count);
}

void
replicate_expect_on_each(const char *label, CK_ULONG count)
{
    CK_ULONG counts[] = { count, count, count };

    replicate_expect_on(label, counts);
}

void
replicate_count_on(const char *label, CK_ULONG *out)
{
    struct module *soft = module_open(FIXTURE_SOFTHSM);

    replicate_finish();
    fixture_initialize(soft, NULL);
    for (size_t i = 0; i < n_members; i++) {
        CK_SESSION_HANDLE its =
            fixture_session(soft->list, fixture_slot(soft->list, names[i]),
                            FIXTURE_PIN);

        out[i] = count_found(soft->list, its, label);
        if (out[i] == 2 && strcmp(label, "pair") == 0)
            cr_expect(
                fixture_sign_check(soft->list, its,
                                   fixture_find_pair(soft->list, its, label)));
    }
    cr_assert_eq(soft->list->C_Finalize(NULL), CKR_OK);
}

void
replicate_expect_on(const char *label, const CK_ULONG *counts)
{
    CK_ULONG its[MOST_MEMBERS];

    replicate_count_on(label, its);
    for (size_t i = 0; i < n_members; i++)
        cr_expect_eq(its[i], counts[i], "%s", names[i]);
}

size_t
replicate_count_journal(void)
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

bool
replicate_has_said(const char *words)
{
    struct error error = { .rv = CKR_OK };
    char *log = NULL;
    size_t length;
    bool has_said;

    cr_assert(file_read(fixture_path("log"), SIZE_MAX, &log, &length, &error),
              "%s", error.text);
    has_said = strstr(log, words) != NULL;
    free(log);
    return has_said;
}
