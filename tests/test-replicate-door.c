/* SPDX-License-Identifier: BSD-3-Clause */
/* Members that let in one call at a time, on a group that writes on all: nobody
 * is in two of them. */
#include "tests/replicate-fixture.h"

#include "tests/modules/fault.h"

#include <criterion/criterion.h>
#include <pthread.h>

enum { PATIENCE_MS = 30 * 1000 };

static void
start(void)
{
    replicate_start(
        &(struct replicate_setting){ .of_both = "serialise = \"backend\";" });
}

TestSuite(replicate_door, .init = start, .fini = replicate_finish,
          .timeout = 120);

Test(replicate_door, both_are_open_afterwards)
{
    CK_OBJECT_HANDLE key;
    CK_RV rv = CKR_GENERAL_ERROR;
    pthread_t thread;

    cr_assert_eq(replicate_make_pair(&replicate_yes, &key), CKR_OK);
    cr_assert_eq(pthread_create(&thread, NULL, replicate_make_in_thread, &rv),
                 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_expect_eq(rv, CKR_OK);
    cr_expect_eq(replicate_list->C_DestroyObject(replicate_session, key),
                 CKR_OK);
    replicate_expect_on_each("data", 1);
}

Test(replicate_door, one_that_hangs_leaves_the_other_open)
{
    struct module *fault = module_open(fixture_test_module("fault"));
    __typeof__(&fault_wait_for) wait_for =
        module_symbol(fault, "fault_wait_for");
    __typeof__(&fault_release) release = module_symbol(fault, "fault_release");
    CK_RV rv = CKR_GENERAL_ERROR;
    CK_SESSION_HANDLE session;
    CK_BYTE byte;
    pthread_t thread;

    cr_assert_eq(replicate_list->C_OpenSession(1, CKF_SERIAL_SESSION, NULL,
                                               NULL, &session),
                 CKR_OK);
    replicate_fault("C_CreateObject 1 hang");
    cr_assert_eq(pthread_create(&thread, NULL, replicate_make_in_thread, &rv),
                 0);
    cr_assert(wait_for("C_CreateObject", 1, PATIENCE_MS));
    cr_expect_eq(replicate_list->C_GenerateRandom(session, &byte, 1), CKR_OK);
    release();
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_expect_eq(rv, CKR_OK);
    replicate_expect_on_each("data", 1);
}
