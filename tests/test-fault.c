/* SPDX-License-Identifier: BSD-3-Clause */
/* The fault module does to calls what its script says. */
#include "tests/fixture-fault.h"
#include "tests/modules/fault.h"
#include "tests/modules/record.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

static struct module *fault;
static __typeof__(&fault_load) load;

static void
setup(void)
{
    fault = module_open(fixture_test_module("fault"));
    load = module_symbol(fault, "fault_load");
}

static void
teardown(void)
{
    module_close(fault);
}

TestSuite(fault, .init = setup, .fini = teardown, .timeout = 60);

static CK_RV
sign(const CK_FUNCTION_LIST_3_2 *list)
{
    CK_BYTE data[32] = { 0 }, signature[64];
    CK_ULONG length = sizeof(signature);

    return list->C_Sign(3, data, sizeof(data), signature, &length);
}

Test(fault, answers_the_nth_call_and_counts)
{
    CK_FUNCTION_LIST_3_2 *list =
        fixture_fault(fault, "null",
                      "C_Sign 3 return CKR_DEVICE_ERROR\n"
                      "C_Login 2- return 0xA0 # from the second on\n");
    __typeof__(&fault_count) count = module_symbol(fault, "fault_count");

    cr_assert_eq(sign(list), CKR_OK);
    cr_assert_eq(sign(list), CKR_OK);
    cr_assert_eq(sign(list), CKR_DEVICE_ERROR);
    cr_assert_eq(sign(list), CKR_OK);
    cr_assert_eq(count("C_Sign"), 4);
    cr_assert_eq(list->C_Login(3, CKU_USER, NULL, 0), CKR_OK);
    cr_assert_eq(list->C_Login(3, CKU_USER, NULL, 0), CKR_PIN_INCORRECT);
    cr_assert_eq(list->C_Login(3, CKU_USER, NULL, 0), CKR_PIN_INCORRECT);
    cr_assert(load("C_Sign 1 return CKR_DEVICE_REMOVED"));
    cr_assert_eq(sign(list), CKR_DEVICE_REMOVED);
    cr_assert_eq(list->C_Login(3, CKU_USER, NULL, 0), CKR_OK);
}

Test(fault, fails_after_the_module_has_done_it)
{
    CK_FUNCTION_LIST_3_2 *list =
        fixture_fault(fault, "record",
                      "C_CreateObject 1 after return CKR_DEVICE_ERROR\n"
                      "C_DestroyObject 1 return CKR_DEVICE_ERROR\n");
    struct module *record = module_open(fixture_test_module("record"));
    __typeof__(&record_count) count = module_symbol(record, "record_count");
    CK_OBJECT_HANDLE object;

    cr_assert_eq(list->C_CreateObject(1, NULL, 0, &object), CKR_DEVICE_ERROR);
    cr_assert_eq(count("C_CreateObject"), 1);
    cr_assert_eq(list->C_DestroyObject(1, 2), CKR_DEVICE_ERROR);
    cr_assert_eq(count("C_DestroyObject"), 0);
    module_close(record);
}

static void *
thread_sign(void *list)
{
    return sign(list) == CKR_OK ? list : NULL;
}

static void *
thread_random(void *list)
{
    CK_BYTE byte;

    return ((CK_FUNCTION_LIST_3_2 *)list)->C_GenerateRandom(3, &byte, 1) ==
                   CKR_DEVICE_ERROR
               ? list
               : NULL;
}

Test(fault, hangs_until_it_is_released)
{
    CK_FUNCTION_LIST_3_2 *list =
        fixture_fault(fault, "null",
                      "C_Sign * hang\n"
                      "C_GenerateRandom 1 hang CKR_DEVICE_ERROR\n");
    __typeof__(&fault_wait_for) wait_for =
        module_symbol(fault, "fault_wait_for");
    __typeof__(&fault_release) release = module_symbol(fault, "fault_release");
    __typeof__(&fault_waiting) waiting = module_symbol(fault, "fault_waiting");
    pthread_t threads[2];
    void *results[2];

    pthread_create(&threads[0], NULL, thread_sign, list);
    pthread_create(&threads[1], NULL, thread_random, list);
    cr_assert(wait_for("C_Sign", 1, 30000));
    cr_assert(wait_for(NULL, 2, 30000));
    cr_assert_not(wait_for("C_Sign", 2, 1));
    cr_assert_eq(waiting("C_Sign"), 1);
    release();
    pthread_join(threads[0], &results[0]);
    pthread_join(threads[1], &results[1]);
    cr_assert_eq(results[0], list);
    cr_assert_eq(results[1], list);
}

static atomic_ulong now;

static uint64_t
clock_of_test(void)
{
    return now;
}

Test(fault, delays_on_the_clock_of_the_test)
{
    CK_FUNCTION_LIST_3_2 *list =
        fixture_fault(fault, "null", "C_Sign * delay 20ms");
    __typeof__(&fault_wait_for) wait_for =
        module_symbol(fault, "fault_wait_for");
    __typeof__(&fault_set_clock) set_clock =
        module_symbol(fault, "fault_set_clock");
    __typeof__(&fault_tick) tick = module_symbol(fault, "fault_tick");
    pthread_t thread;
    void *result;

    set_clock(clock_of_test);
    pthread_create(&thread, NULL, thread_sign, list);
    cr_assert(wait_for("C_Sign", 1, 30000));
    now += 19999999;
    tick();
    cr_assert(wait_for("C_Sign", 1, 30000));
    cr_assert_eq(pthread_tryjoin_np(thread, &result), EBUSY);
    now += 1;
    tick();
    pthread_join(thread, &result);
    cr_assert_eq(result, list);
    set_clock(NULL);
    cr_assert(load("C_Sign * delay 1us"));
    cr_assert_eq(sign(list), CKR_OK);
}

Test(fault, finds_its_module_in_the_string_of_c_initialize)
{
    CK_INFO info;

    cr_assert_eq(fault->list->C_GetInfo(&info), CKR_GENERAL_ERROR);
    fixture_initialize(fault,
                       fixture_text("module=%s", fixture_test_module("null")));
    cr_assert_eq(fault->list->C_GetInfo(&info), CKR_OK);
    cr_assert_arr_eq(info.libraryDescription, "module that answers at once",
                     27);
}

Test(fault, hands_the_rest_of_the_string_on)
{
    struct module *nss = module_open(FIXTURE_NSS);
    const char *reserved = fixture_nss("database", FIXTURE_PIN);

    fixture_initialize(fault,
                       fixture_text("module=%s %s", FIXTURE_NSS, reserved));
    fixture_session(fault->list, fixture_slot(fault->list, "database"),
                    FIXTURE_PIN);
    fault->list->C_Finalize(NULL);
    module_close(nss);
}

Test(fault, reads_its_script_from_a_file)
{
    fixture_setenv("P11MUX_FAULT_SCRIPT", "%s",
                   fixture_write("script", 0600, "module %s\n\n%s\n",
                                 fixture_test_module("null"),
                                 "C_Logout 1 return CKR_DEVICE_ERROR"));
    fixture_initialize(fault, NULL);
    cr_assert_eq(fault->list->C_Logout(3), CKR_DEVICE_ERROR);
    cr_assert_eq(fault->list->C_Logout(3), CKR_OK);
    cr_assert(load(NULL));
    cr_assert_eq(fault->list->C_Logout(3), CKR_DEVICE_ERROR);
}

Test(fault, refuses_what_it_does_not_understand)
{
    static const char *const wrong[] = {
        "C_Sing * hang",       "C_Sign",           "C_Sign 0 hang",
        "C_Sign 3-2 hang",     "C_Sign * return",  "C_Sign * return CKR_NO",
        "C_Sign * delay 20",   "sessions many",    "vanish here",
        "interface 4.0",       "handles narrow",   "objects",
        "C_Sign * hang 1 2 3", "C_Sign 1 explode", "* absent",
    };
    size_t i;

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_assert_not(load(wrong[i]), "%s", wrong[i]);
}
