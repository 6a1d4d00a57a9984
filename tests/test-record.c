/* SPDX-License-Identifier: BSD-3-Clause */
/* The record module notes what it was given and answers what was ordered. */
#include "tests/fixture.h"
#include "tests/modules/record.h"

#include <criterion/criterion.h>
#include <stddef.h>

static struct module *module;
static CK_FUNCTION_LIST_3_2 *list;
static __typeof__(&record_of) of;
static __typeof__(&record_count) count;
static __typeof__(&record_answer) order;

static void
setup(void)
{
    module = module_open(fixture_test_module("record"));
    list = module->list_3_2;
    of = module_symbol(module, "record_of");
    count = module_symbol(module, "record_count");
    order = module_symbol(module, "record_answer");
}

static void
teardown(void)
{
    module_close(module);
}

TestSuite(record, .init = setup, .fini = teardown);

Test(record, notes_handles_mechanism_and_parameter)
{
    CK_BYTE iv[] = "sixteen bytes iv";
    CK_MECHANISM mechanism = { CKM_AES_CBC, iv, 16 };
    const struct record *record;

    cr_assert_eq(list->C_EncryptInit(0x71, &mechanism, 0x72), CKR_OK);
    memset(iv, 0, sizeof(iv));
    record = of("C_EncryptInit");
    cr_assert_str_eq(record->function, "C_EncryptInit");
    cr_assert_eq(record->n_arguments, 3);
    cr_assert_eq(record->arguments[0].number, 0x71);
    cr_assert_eq(record->arguments[1].mechanism, CKM_AES_CBC);
    cr_assert_eq(record->arguments[1].n_bytes, 16);
    cr_assert_arr_eq(record->arguments[1].bytes, "sixteen bytes iv", 16);
    cr_assert_eq(record->arguments[2].kind, ARGUMENT_OBJECT);
    cr_assert_eq(record->arguments[2].number, 0x72);
    cr_assert_eq(count("C_EncryptInit"), 1);
    cr_assert_eq(count("C_DecryptInit"), 0);
}

Test(record, notes_templates_and_makes_objects)
{
    CK_OBJECT_CLASS class_ = CKO_DATA;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &class_, sizeof(class_) },
        { CKA_LABEL, NULL, 0 },
    };
    CK_OBJECT_HANDLE object = 0, next = 0;
    const struct record *record;

    cr_assert_eq(list->C_CreateObject(1, template, 2, &object), CKR_OK);
    record = of("C_CreateObject");
    cr_assert_eq(record->arguments[1].n_template, 2);
    cr_assert_eq(record->arguments[1].template[0].type, CKA_CLASS);
    cr_assert_arr_eq(record->arguments[1].template[0].pValue, &class_,
                     sizeof(class_));
    cr_assert_null(record->arguments[1].template[1].pValue);
    cr_assert_eq(object, RECORD_OBJECT);
    cr_assert_eq(list->C_CreateObject(1, template, 2, &next), CKR_OK);
    cr_assert_eq(next, RECORD_OBJECT + 1);
}

Test(record, answers_what_was_ordered_and_then_its_own)
{
    CK_BYTE data[] = "data", signature[32];
    CK_ULONG length = sizeof(signature);

    order("C_Sign", &(struct record_answer){ .rv = CKR_DEVICE_ERROR });
    cr_assert_eq(list->C_Sign(1, data, 4, signature, &length),
                 CKR_DEVICE_ERROR);
    cr_assert_eq(length, sizeof(signature));
    order("C_Sign",
          &(struct record_answer){ .bytes = "ordered", .n_bytes = 7 });
    cr_assert_eq(list->C_Sign(1, data, 4, signature, &length), CKR_OK);
    cr_assert_eq(length, 7);
    cr_assert_arr_eq(signature, "ordered", 7);
    cr_assert_eq(list->C_Sign(1, data, 4, signature, &length), CKR_OK);
    cr_assert_eq(length, 6);
    cr_assert_arr_eq(signature, "C_Sign", 6);
    cr_assert_not(order("C_Nothing", &(struct record_answer){ .times = 1 }));
}

Test(record, makes_both_keys_of_a_pair_as_ordered)
{
    CK_MECHANISM mechanism = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
    CK_OBJECT_HANDLE public_key = 0, private_key = 0;

    order("C_GenerateKeyPair",
          &(struct record_answer){ .objects = { 0xffffffff80000001UL, 7 } });
    cr_assert_eq(list->C_GenerateKeyPair(1, &mechanism, NULL, 0, NULL, 0,
                                         &public_key, &private_key),
                 CKR_OK);
    cr_assert_eq(public_key, 0xffffffff80000001UL);
    cr_assert_eq(private_key, 7);
}

Test(record, makes_nothing_when_asked_for_a_size)
{
    CK_MECHANISM mechanism = { CKM_ML_KEM, NULL, 0 };
    CK_OBJECT_HANDLE key = 0;
    CK_ULONG length = 0;

    cr_assert_eq(list->C_EncapsulateKey(1, &mechanism, 2, NULL, 0, NULL,
                                        &length, &key),
                 CKR_OK);
    cr_assert_eq(length, strlen("C_EncapsulateKey"));
    cr_assert_eq(key, 0);
}

/* Writes where a nested pointer of the parameter leads. */
static bool
hook_key_material(enum function function, struct argument *arguments,
                  size_t n_arguments, CK_RV *rv, void *context)
{
    const CK_MECHANISM *mechanism = arguments[1].pointer;
    const CK_SSL3_KEY_MAT_PARAMS *parameter = mechanism->pParameter;

    if (function != FUNCTION_C_DeriveKey || n_arguments != 5)
        return false;
    parameter->pReturnedKeyMaterial->hClientKey = *(CK_ULONG *)context;
    *rv = CKR_OK;
    return true;
}

Test(record, lets_a_hook_see_and_answer)
{
    CK_SSL3_KEY_MAT_OUT out = { 0 };
    CK_SSL3_KEY_MAT_PARAMS parameter = { .pReturnedKeyMaterial = &out };
    CK_MECHANISM mechanism = { CKM_SSL3_KEY_AND_MAC_DERIVE, &parameter,
                               sizeof(parameter) };
    __typeof__(&record_set_hook) set_hook =
        module_symbol(module, "record_set_hook");
    CK_ULONG key = 0xabc;

    set_hook(hook_key_material, &key);
    cr_assert_eq(list->C_DeriveKey(1, &mechanism, 2, NULL, 0, NULL), CKR_OK);
    cr_assert_eq(out.hClientKey, 0xabc);
}

Test(record, has_sessions_and_searches_of_its_own)
{
    __typeof__(&record_set_objects) set_objects =
        module_symbol(module, "record_set_objects");
    CK_OBJECT_HANDLE objects[] = { 5, 0xf000000000000001UL, 9 }, found[3];
    CK_SESSION_HANDLE session = 0;
    CK_ULONG n_found = 0;

    cr_assert_eq(list->C_OpenSession(RECORD_SLOT, CKF_SERIAL_SESSION, NULL,
                                     NULL, &session),
                 CKR_OK);
    cr_assert_eq(session, RECORD_SESSION);
    set_objects(objects, 3);
    cr_assert_eq(list->C_FindObjectsInit(session, NULL, 0), CKR_OK);
    cr_assert_eq(list->C_FindObjects(session, found, 2, &n_found), CKR_OK);
    cr_assert_eq(n_found, 2);
    cr_assert_eq(found[1], objects[1]);
    cr_assert_eq(list->C_FindObjects(session, found, 2, &n_found), CKR_OK);
    cr_assert_eq(n_found, 1);
    cr_assert_eq(list->C_CloseSession(session), CKR_OK);
    cr_assert_eq(list->C_FindObjectsInit(session, NULL, 0),
                 CKR_SESSION_HANDLE_INVALID);
}

/* The rows of functions.def stand in the order of the list. */
#define FUNCTION(name, parameters, values, ...)                                \
    _Static_assert(offsetof(CK_FUNCTION_LIST_3_2, name) ==                     \
                       (FUNCTION_##name + 1) * sizeof(void *),                 \
                   #name);
#include "tests/modules/functions.def"

Test(record, forgets)
{
    __typeof__(&record_reset) reset = module_symbol(module, "record_reset");
    __typeof__(&record_last) last = module_symbol(module, "record_last");

    list->C_Logout(3);
    cr_assert_str_eq(last()->function, "C_Logout");
    reset();
    cr_assert_null(last());
    cr_assert_eq(count(NULL), 0);
}
