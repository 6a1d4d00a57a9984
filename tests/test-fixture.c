/* SPDX-License-Identifier: BSD-3-Clause */
/* The fixtures themselves: folders that go, copies that are instances. */
#include "tests/fixture.h"
#include "tests/modules/fault.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

Test(fixture, removes_the_folder_of_a_process_that_was_killed)
{
    char path[256] = { 0 };
    struct stat status;
    int ends[2];

    /* Whoever watches over the folder becomes a child of this process. */
    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    cr_assert_eq(pipe(ends), 0);
    if (fork() == 0) {
        const char *folder = fixture_folder();

        fixture_write("file", 0600, "something");
        if (write(ends[1], folder, strlen(folder)) > 0)
            raise(SIGKILL);
        _exit(1);
    }
    cr_assert_gt(read(ends[0], path, sizeof(path) - 1), 0);
    while (wait(NULL) > 0)
        continue;
    cr_assert_neq(stat(path, &status), 0);
}

Test(fixture, writes_a_configuration_that_only_its_owner_may_change)
{
    const char *path = fixture_config("state_dir = \"%s\";\n", "/nowhere");
    struct stat status;

    cr_assert_str_eq(getenv("P11MUX_CONF"), path);
    cr_assert_eq(stat(path, &status), 0);
    cr_assert_eq(status.st_mode & 07777, 0600);
    cr_assert_eq(status.st_size, (off_t)strlen("state_dir = \"/nowhere\";\n"));
    cr_assert_eq(stat(fixture_folder(), &status), 0);
    cr_assert_eq(status.st_mode & 07777, 0700);
}

Test(fixture, makes_second_instances_by_copying)
{
    const char *path = fixture_test_module("fault");
    struct module *one = module_open(path);
    struct module *same = module_open(path);
    struct module *other = module_open(fixture_copy(path, "other.so"));
    const char *script = fixture_text("module %s", fixture_test_module("null"));
    __typeof__(&fault_count) count_one = module_symbol(one, "fault_count");
    __typeof__(&fault_count) count_other = module_symbol(other, "fault_count");
    CK_INFO info;

    cr_assert(
        ((__typeof__(&fault_load))module_symbol(one, "fault_load"))(script));
    cr_assert_eq(same->list->C_GetInfo(&info), CKR_OK);
    cr_assert_eq(count_one("C_GetInfo"), 1);
    cr_assert_eq(count_other("C_GetInfo"), 0);
    cr_assert_eq(other->list->C_GetInfo(&info), CKR_GENERAL_ERROR);
}

Test(fixture, makes_tokens_of_softhsm_that_sign)
{
    struct module *module;
    CK_SESSION_HANDLE session;

    fixture_softhsm("soft");
    fixture_softhsm_token("one");
    fixture_softhsm_token("two");
    module = module_open(FIXTURE_SOFTHSM);
    fixture_initialize(module, NULL);
    cr_assert_neq(fixture_slot(module->list, "one"),
                  fixture_slot(module->list, "two"));
    session = fixture_session(module->list, fixture_slot(module->list, "two"),
                              FIXTURE_PIN);
    cr_assert(
        fixture_sign_check(module->list, session,
                           fixture_make_ec(module->list, session, "key")));
    module->list->C_Finalize(NULL);
    module_close(module);
}

Test(fixture, makes_databases_of_nss_with_and_without_password)
{
    struct module *module = module_open(FIXTURE_NSS);
    const char *empty = fixture_nss("empty", NULL);
    const char *locked = fixture_nss("locked", FIXTURE_PIN);
    CK_TOKEN_INFO info;

    fixture_initialize(module, empty);
    module->list->C_GetTokenInfo(fixture_slot(module->list, "empty"), &info);
    cr_assert_eq(info.flags & CKF_LOGIN_REQUIRED, 0);
    module->list->C_Finalize(NULL);
    fixture_initialize(module, locked);
    module->list->C_GetTokenInfo(fixture_slot(module->list, "locked"), &info);
    cr_assert_neq(info.flags & CKF_LOGIN_REQUIRED, 0);
    fixture_session(module->list, fixture_slot(module->list, "locked"),
                    FIXTURE_PIN);
    module->list->C_Finalize(NULL);
}

Test(fixture, knows_a_wrong_signature)
{
    struct fixture_pair first, second;
    CK_SESSION_HANDLE session;
    struct module *module;

    fixture_softhsm("soft");
    fixture_softhsm_token("one");
    module = module_open(FIXTURE_SOFTHSM);
    fixture_initialize(module, NULL);
    session = fixture_session(module->list, fixture_slot(module->list, "one"),
                              FIXTURE_PIN);
    first = fixture_make_ec(module->list, session, "first");
    second = fixture_make_ec(module->list, session, "second");
    first.private_key = second.private_key;
    cr_assert_not(fixture_sign_check(module->list, session, first));
    module->list->C_Finalize(NULL);
}
