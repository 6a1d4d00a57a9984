/* SPDX-License-Identifier: BSD-3-Clause */
/* What is not sure on a group that writes on all of its members: copies left
 * half way, handles that are used again, and others that copy. */
#include "tests/replicate-fixture.h"

#include "common/cleanup.h"
#include "tests/modules/fault.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void
start(void)
{
    replicate_start(&(struct replicate_setting){ .second = NULL });
}

static void
start_reusing(void)
{
    replicate_start(&(struct replicate_setting){
        .of_other = "handle_reuse = true;", .script = "handles reuse" });
}

TestSuite(replicate_doubt, .init = start, .fini = replicate_finish,
          .timeout = 120);
static void
start_impatient(void)
{
    replicate_start(
        &(struct replicate_setting){ .of_group = "call_budget = \"100ms\";" });
}

static void
start_balanced(void)
{
    replicate_start(&(struct replicate_setting){ .mode = "balance" });
}

TestSuite(replicate_balanced, .init = start_balanced, .fini = replicate_finish,
          .timeout = 120);
TestSuite(replicate_impatient, .init = start_impatient,
          .fini = replicate_finish, .timeout = 120);
TestSuite(replicate_reused, .init = start_reusing, .fini = replicate_finish,
          .timeout = 120);

/* -- The call looks -------------------------------------------------------
 */

Test(replicate_doubt, what_was_made_all_the_same_is_what_all_have)
{
    CK_OBJECT_HANDLE key, object;

    replicate_fault("C_UnwrapKey 5 after return CKR_GENERAL_ERROR");
    cr_expect_eq(replicate_make_pair(&replicate_yes, &key), CKR_OK);
    replicate_fault("C_CreateObject 1 after return CKR_SESSION_HANDLE_INVALID");
    cr_expect_eq(replicate_make_data(&object), CKR_OK);
    cr_expect_eq(replicate_count_journal(), 0);
    replicate_expect_count("pair", 2);
    cr_expect_eq(replicate_list->C_DestroyObject(replicate_session, object),
                 CKR_OK);
    replicate_expect_count("data", 0);
    replicate_expect_on_each("pair", 2);
}

Test(replicate_doubt, what_was_not_made_is_what_nobody_has)
{
    CK_OBJECT_HANDLE key, object;

    replicate_fault("C_UnwrapKey 5 return CKR_GENERAL_ERROR");
    cr_expect_eq(replicate_make_pair(&replicate_yes, &key),
                 CKR_FUNCTION_FAILED);
    replicate_fault("C_CreateObject 1 return CKR_HOST_MEMORY");
    cr_expect_eq(replicate_make_data(&object), CKR_HOST_MEMORY);
    cr_expect_eq(replicate_count_journal(), 0);
    replicate_expect_count("data", 0);
    replicate_expect_on_each("pair", 0);
}

/* -- Half way -------------------------------------------------------------
 */

/* The member has it, and then is gone. */
Test(replicate_doubt, what_may_be_there_is_completed_by_the_next_that_writes)
{
    CK_OBJECT_HANDLE key;

    replicate_fault("C_UnwrapKey 5 after return CKR_DEVICE_REMOVED");
    cr_expect_eq(replicate_make_pair(&replicate_yes, &key), CKR_GENERAL_ERROR);
    cr_expect_eq(replicate_count_journal(), 1);
    replicate_expect_count("pair", 2);
    cr_assert_eq(replicate_list->C_Finalize(NULL), CKR_OK);
    replicate_log_in();
    cr_expect_eq(replicate_make_secret(&replicate_yes), CKR_OK);
    cr_expect_eq(replicate_count_journal(), 0);
    replicate_expect_count("pair", 2);
    replicate_expect_on_each("pair", 2);
}

/* A member that opened no session for a while may have been found lost by who
 * looks after it, and nothing is made without it; it is back in a moment. */
static CK_RV
make_data_again(void)
{
    CK_OBJECT_HANDLE object;
    CK_RV rv;

    while ((rv = replicate_make_data(&object)) == CKR_TOKEN_WRITE_PROTECTED ||
           rv == CKR_DEVICE_REMOVED)
        (void)sched_yield();
    return rv;
}

/* The member is well, but opens no session to look in. */
Test(replicate_doubt, what_a_process_has_left_is_completed_by_its_next_write)
{
    CK_OBJECT_HANDLE key;

    cr_assert_eq(replicate_make_secret(&replicate_yes), CKR_OK);
    replicate_fault("C_UnwrapKey 5 after return CKR_GENERAL_ERROR");
    replicate_fault("C_OpenSession 1- return CKR_HOST_MEMORY");
    cr_expect_eq(replicate_make_pair(&replicate_yes, &key), CKR_GENERAL_ERROR);
    cr_expect_eq(replicate_count_journal(), 1);
    replicate_heal();
    cr_expect_eq(make_data_again(), CKR_OK);
    cr_expect_eq(replicate_count_journal(), 0);
    replicate_expect_on_each("pair", 2);
}

/* Signs several times with the pair: how often the second member is asked. */
static unsigned long
count_signatures(void)
{
    const CK_FUNCTION_LIST *list =
        (const CK_FUNCTION_LIST *)(const void *)replicate_list;
    struct fixture_pair pair =
        fixture_find_pair(list, replicate_session, "pair");
    unsigned long before = replicate_count_calls("C_SignInit");

    for (int i = 0; i < 8; i++)
        cr_expect(fixture_sign_check(list, replicate_session, pair));
    return replicate_count_calls("C_SignInit") - before;
}

/* Though it is as good as the other one. */
Test(replicate_balanced, what_is_in_doubt_is_used_where_it_was_made)
{
    CK_OBJECT_HANDLE key;

    cr_assert_eq(replicate_make_secret(&replicate_yes), CKR_OK);
    replicate_fault("C_UnwrapKey 5 after return CKR_GENERAL_ERROR");
    replicate_fault("C_OpenSession 1- return CKR_HOST_MEMORY");
    cr_expect_eq(replicate_make_pair(&replicate_yes, &key), CKR_GENERAL_ERROR);
    replicate_heal();
    cr_expect_eq(count_signatures(), 0);
    cr_expect_eq(make_data_again(), CKR_OK);
    while (count_signatures() == 0)
        (void)sched_yield(); /* a slow one gets less */
    replicate_expect_on_each("pair", 2);
}

/* The second one is left by somebody who cannot see the first one. */
Test(replicate_doubt, several_are_completed)
{
    CK_OBJECT_HANDLE key, object;

    replicate_fault("C_UnwrapKey 5 after return CKR_DEVICE_REMOVED");
    cr_expect_eq(replicate_make_pair(&replicate_yes, &key), CKR_GENERAL_ERROR);
    replicate_finish();
    replicate_open();
    replicate_fault("C_CreateObject 1 after return CKR_DEVICE_REMOVED");
    cr_expect_eq(replicate_make_data(&object), CKR_GENERAL_ERROR);
    cr_expect_eq(replicate_count_journal(), 2);
    replicate_finish();
    replicate_log_in();
    cr_expect_eq(replicate_make_secret(&replicate_yes), CKR_OK);
    cr_expect_eq(replicate_count_journal(), 0);
    replicate_expect_on_each("pair", 2);
    replicate_expect_on_each("data", 1);
}

Test(replicate_doubt, what_was_surely_refused_leaves_nothing)
{
    CK_OBJECT_HANDLE key;

    replicate_fault("C_UnwrapKey 5 return CKR_TEMPLATE_INCONSISTENT");
    cr_expect_eq(replicate_make_pair(&replicate_yes, &key),
                 CKR_TEMPLATE_INCONSISTENT);
    cr_expect_eq(replicate_count_journal(), 0);
    replicate_expect_on_each("pair", 0);
}

/* -- Not told apart -------------------------------------------------------
 */

Test(replicate_doubt, what_could_not_be_known_again_is_not_made)
{
    CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_GENERIC_SECRET;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_KEY_TYPE, &type, sizeof(type) },
        { CKA_TOKEN, &replicate_yes, sizeof(replicate_yes) },
        { CKA_VALUE, (void *)(uintptr_t) "0123456789abcdef", 16 },
    };
    CK_OBJECT_HANDLE key;

    cr_expect_eq(replicate_list->C_CreateObject(replicate_session, template, 4,
                                                &key),
                 CKR_TEMPLATE_INCONSISTENT);
    replicate_expect_on_each("", 0);
}

Test(replicate_doubt, a_copy_of_a_session_object_is_on_all)
{
    CK_OBJECT_CLASS object_class = CKO_DATA;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &replicate_no, sizeof(replicate_no) },
        { CKA_LABEL, (void *)(uintptr_t) "data", 4 },
        { CKA_VALUE, (void *)(uintptr_t) "value", 5 },
    };
    CK_ATTRIBUTE token = { CKA_TOKEN, &replicate_yes, sizeof(replicate_yes) };
    CK_OBJECT_HANDLE object, copy;

    cr_assert_eq(replicate_list->C_CreateObject(replicate_session, template, 4,
                                                &object),
                 CKR_OK);
    cr_expect_eq(replicate_list->C_CopyObject(replicate_session, object, &token,
                                              1, &copy),
                 CKR_OK);
    replicate_expect_count("data", 1);
    replicate_expect_on_each("data", 1);
}

/* -- Others ---------------------------------------------------------------
 */

/* As the tool that brings members level does, on the token whose label that is
 * in hexadecimal. */
static int
lock_alone(const char *label)
{
    CLEANUP(freep) char *path = NULL;
    int lock;

    (void)mkdir(fixture_path("state/locks"), 0755);
    cr_assert_gt(asprintf(&path, "%s/%s.lock", fixture_path("state/locks"),
                          label),
                 0);
    lock = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
    cr_assert_geq(lock, 0);
    cr_assert_eq(flock(lock, LOCK_EX | LOCK_NB), 0);
    return lock;
}

Test(replicate_impatient, who_copies_on_another_token_stops_nobody)
{
    CK_OBJECT_HANDLE object;
    int lock = lock_alone("616E6F74686572");

    cr_expect_eq(replicate_make_data(&object), CKR_OK);
    cr_assert_eq(close(lock), 0);
}

Test(replicate_impatient, nothing_is_written_while_members_are_brought_level)
{
    CK_OBJECT_HANDLE object;
    int lock = lock_alone("616C6C");

    cr_expect_eq(replicate_make_data(&object), CKR_TOKEN_WRITE_PROTECTED);
    cr_assert_eq(close(lock), 0);
    cr_expect_eq(replicate_make_data(&object), CKR_OK);
    lock = lock_alone("616C6C"); /* no call keeps it */
    cr_assert_eq(close(lock), 0);
    replicate_expect_on_each("data", 1);
}

/* How often the lock is open. */
static size_t
count_open(void)
{
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *item;
    char path[PATH_MAX];
    size_t count = 0;

    cr_assert_not_null(folder);
    while ((item = readdir(folder)) != NULL) {
        ssize_t length =
            readlinkat(dirfd(folder), item->d_name, path, sizeof(path) - 1);

        path[length < 0 ? 0 : length] = '\0';
        count +=
            strstr(path, "/locks/") != NULL && strstr(path, ".lock") != NULL;
    }
    (void)closedir(folder);
    return count;
}

Test(replicate_doubt, who_writes_waits_until_others_have_mended)
{
    int lock = lock_alone("616C6C");
    CK_RV rv = CKR_GENERAL_ERROR;
    pthread_t thread;
    size_t before;

    before = count_open();
    cr_assert_eq(pthread_create(&thread, NULL, replicate_make_in_thread, &rv),
                 0);
    while (count_open() == before)
        (void)sched_yield();
    cr_assert_eq(close(lock), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_expect_eq(rv, CKR_OK);
    replicate_expect_on_each("data", 1);
}

Test(replicate_doubt, nothing_is_asked_where_nothing_can_be_written_down)
{
    CK_OBJECT_HANDLE object;

    fixture_write("state/locks", 0600, "no folder");
    cr_expect_eq(replicate_make_data(&object), CKR_TOKEN_WRITE_PROTECTED);
    cr_expect_eq(replicate_count_calls("C_CreateObject"), 0);
    replicate_expect_count("data", 0);
    replicate_expect_on_each("data", 0);
}

/* -- Handles that are used again ------------------------------------------
 */

/* The first object has another handle from now on, and another one its own. */
static void
make_another_of_its_handle(void)
{
    struct module *fault = module_open(fixture_test_module("fault"));
    __typeof__(&fault_forget) forget = module_symbol(fault, "fault_forget");
    const CK_FUNCTION_LIST *list = fault->list;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE object, vendor;
    CK_OBJECT_CLASS object_class = CKO_DATA;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &replicate_yes, sizeof(replicate_yes) },
        { CKA_LABEL, (void *)(uintptr_t) "another", 7 },
        { CKA_VALUE, (void *)(uintptr_t) "another", 7 },
    };

    session = fixture_session(list, fixture_slot(list, "two"), NULL);
    vendor = forget(1);
    cr_assert_neq(vendor, 0);
    cr_assert_eq(list->C_CreateObject(session, template, 4, &object), CKR_OK);
    cr_assert_eq(object, 1);
}

Test(replicate_reused, what_has_its_handle_now_is_not_destroyed)
{
    CK_OBJECT_HANDLE object;

    cr_assert_eq(replicate_make_data(&object), CKR_OK);
    make_another_of_its_handle();
    cr_expect_eq(replicate_list->C_DestroyObject(replicate_session, object),
                 CKR_OK);
    replicate_expect_count("another", 1);
    replicate_expect_count("data", 0); /* which has another one there */
    replicate_expect_on_each("data", 0);
}

Test(replicate_reused, what_has_its_handle_now_is_not_changed)
{
    CK_OBJECT_HANDLE object;

    cr_assert_eq(replicate_make_data(&object), CKR_OK);
    make_another_of_its_handle();
    cr_expect_eq(replicate_set_label(object, "new"), CKR_OK);
    replicate_expect_count("another", 1);
    replicate_expect_count("data", 0);
    replicate_expect_on_each("new", 1);
}
