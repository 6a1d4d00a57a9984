/* SPDX-License-Identifier: BSD-3-Clause */
/* A process is killed before and after each call of its token's module that
 * writes, and at each of its system calls on the store, while a certificate is
 * made, changed, copied, destroyed or moved through p11mux.so: what the next
 * process finds is what was before or what comes after, once. */
#include "tests/child.h"
#include "tests/fixture.h"
#include "tests/spill-fixture.h"
#include "tests/sqlite-end.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(spill_crash, .timeout = 300);

/* What happens to the certificate 0, and where it is at first. */
struct victim {
    const char *settings; /* of the token, when it happens */
    const char *fault;    /* of its module then; or NULL */
    bool is_there;        /* at first */
    bool is_stored;       /* in the store */
    void (*run)(void);
    CK_ULONG most; /* certificates afterwards */
    CK_ULONG least;
};

static const struct victim *victim;
static CK_OBJECT_HANDLE object;

/* -- What happens -----------------------------------------------------------
 */

static void
create(void)
{
    CHILD_EXPECT(certificate_create(spill.list, spill.session,
                                    &spill.certificates[0], &object) == CKR_OK);
}

static void
change(void)
{
    CK_ATTRIBUTE changes[] = {
        { CKA_LABEL, (void *)(uintptr_t) "new", 3 },
        { CKA_ID, (void *)(uintptr_t) "new", 3 },
    };

    CHILD_EXPECT(spill.list->C_SetAttributeValue(spill.session, object, changes,
                                                 2) == CKR_OK);
}

static void
copy(void)
{
    CK_ATTRIBUTE id = { CKA_ID, (void *)(uintptr_t) "copy", 4 };
    CK_OBJECT_HANDLE made;

    CHILD_EXPECT(spill.list->C_CopyObject(spill.session, object, &id, 1,
                                          &made) == CKR_OK);
}

static void
destroy(void)
{
    CHILD_EXPECT(spill.list->C_DestroyObject(spill.session, object) == CKR_OK);
}

/* -- Before, and after -------------------------------------------------------
 */

static CK_ULONG
find_label(const char *label)
{
    CK_ATTRIBUTE attribute = { CKA_LABEL, (void *)(uintptr_t)label,
                               strlen(label) };

    return certificate_find(spill.list, spill.session, &attribute, 1, &object);
}

/* There is a store in any case. */
static void
prepare(void)
{
    bool stays_on_token = victim->is_there && !victim->is_stored;

    spill_configure("mode = \"store\";", "");
    spill_start();
    spill_log_in();
    create();
    if (!victim->is_stored)
        destroy();
    CHILD_EXPECT(spill.list->C_Finalize(NULL) == CKR_OK);
    if (!stays_on_token)
        return;
    spill_configure("mode = \"hybrid\";", "");
    spill_start();
    spill_log_in();
    create();
    CHILD_EXPECT(spill.list->C_Finalize(NULL) == CKR_OK);
}

/* The token and its store, as they were or as they are to be again. */
static void
copy_all(const char *from, const char *to)
{
    fixture_run("rm", "-rf", fixture_path("%s", to), NULL);
    fixture_run("cp", "-a", fixture_path("%s", from), fixture_path("%s", to),
                NULL);
}

static void
begin(void)
{
    spill_load();
    cr_assert(child_run(prepare));
    copy_all("soft", "soft-before");
    copy_all("state", "state-before");
    spill_configure(victim->settings, "");
}

static const char *script; /* of the fault module; or NULL */
static long n_calls;       /* on the store, until the end */

static void
run_victim(void)
{
    spill_start();
    spill_log_in();
    if (victim->is_there)
        CHILD_EXPECT(find_label("label 0") == 1);
    if (victim->fault != NULL)
        CHILD_EXPECT(spill.add_fault(victim->fault));
    if (script != NULL)
        CHILD_EXPECT(spill.add_fault(script));
    else
        sqlite_end_after(n_calls);
    victim->run();
    sqlite_end_never();
    CHILD_EXPECT(spill.add_fault("reset"));
    CHILD_EXPECT(spill.list->C_Finalize(NULL) == CKR_OK);
}

static bool
has_value(void)
{
    CK_BYTE value[4096];
    CK_ATTRIBUTE read = { CKA_VALUE, value, sizeof(value) };

    return spill.list->C_GetAttributeValue(spill.session, object, &read, 1) ==
               CKR_OK &&
           read.ulValueLen == spill.certificates[0].value_length &&
           memcmp(value, spill.certificates[0].value, read.ulValueLen) == 0;
}

static void
judge(void)
{
    CK_ATTRIBUTE value = { CKA_VALUE, spill.certificates[0].value,
                           spill.certificates[0].value_length };
    CK_OBJECT_CLASS data = CKO_DATA;
    CK_ATTRIBUTE probe = { CKA_CLASS, &data, sizeof(data) };
    CK_ULONG n_found;

    spill_start();
    spill_log_in();
    n_found = certificate_find(spill.list, spill.session, &value, 1, &object);
    CHILD_EXPECT(n_found >= victim->least && n_found <= victim->most);
    CHILD_EXPECT(n_found == 0 || has_value());
    CHILD_EXPECT(spill_count() == n_found);
    CHILD_EXPECT(find_label("label 0") + find_label("new") == n_found);
    while (certificate_find(spill.list, spill.session, &probe, 1, &object) > 0)
        CHILD_EXPECT(spill.list->C_DestroyObject(spill.session, object) ==
                     CKR_OK);
    /* And life goes on. */
    CHILD_EXPECT(certificate_create(spill.list, spill.session,
                                    &spill.certificates[1], &object) == CKR_OK);
    CHILD_EXPECT(spill_count() == n_found + 1);
    CHILD_EXPECT(spill.list->C_Finalize(NULL) == CKR_OK);
}

/* True when it was killed. */
static bool
kill_victim(void)
{
    pid_t child = child_fork(run_victim);
    int status = 0;

    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : status == 0,
              "%s, call %ld: status %#x", script == NULL ? "store" : script,
              n_calls, (unsigned)status);
    return WIFSIGNALED(status);
}

static bool
try_once(void)
{
    bool was_killed;

    copy_all("soft-before", "soft");
    copy_all("state-before", "state");
    was_killed = kill_victim();
    cr_assert(child_run(judge), "%s, call %ld",
              script == NULL ? "store" : script, n_calls);
    return was_killed;
}

/* At least so many times, or the test does nothing. */
static void
kill_everywhere(const struct victim *which, long least)
{
    static const char *const writing[] = { "C_CreateObject", "C_CopyObject",
                                           "C_SetAttributeValue",
                                           "C_DestroyObject" };
    long n_kills = 0;

    victim = which;
    begin();
    script = NULL;
    for (n_calls = 0; try_once(); n_calls++)
        n_kills++;
    for (size_t i = 0; i < 2 * sizeof(writing) / sizeof(writing[0]); i++)
        for (n_calls = 1;; n_calls++) {
            script = fixture_text("%s %ld %skill", writing[i / 2], n_calls,
                                  i % 2 == 0 ? "" : "after ");
            if (!try_once())
                break;
            n_kills++;
        }
    printf("killed %ld times\n", n_kills);
    cr_assert_geq(n_kills, least, "killed %ld times only", n_kills);
}

#define FULL "C_CreateObject * return CKR_DEVICE_MEMORY"

Test(spill_crash, while_one_is_made_in_the_store)
{
    kill_everywhere(&(struct victim){ .settings = "mode = \"store\";",
                                      .run = create,
                                      .most = 1 },
                    10);
}

Test(spill_crash, while_one_is_made_that_the_token_has_no_room_for)
{
    kill_everywhere(&(struct victim){ .settings = "mode = \"hybrid\";",
                                      .fault = FULL,
                                      .run = create,
                                      .most = 1 },
                    15);
}

Test(spill_crash, while_one_in_the_store_is_changed)
{
    kill_everywhere(&(struct victim){ .settings = "mode = \"store\";",
                                      .is_there = true,
                                      .is_stored = true,
                                      .run = change,
                                      .least = 1,
                                      .most = 1 },
                    10);
}

Test(spill_crash, while_one_in_the_store_is_copied)
{
    kill_everywhere(&(struct victim){ .settings = "mode = \"store\";",
                                      .is_there = true,
                                      .is_stored = true,
                                      .run = copy,
                                      .least = 1,
                                      .most = 2 },
                    10);
}

Test(spill_crash, while_one_in_the_store_is_destroyed)
{
    kill_everywhere(&(struct victim){ .settings = "mode = \"store\";",
                                      .is_there = true,
                                      .is_stored = true,
                                      .run = destroy,
                                      .most = 1 },
                    10);
}

Test(spill_crash, while_one_on_the_token_is_copied_into_the_store)
{
    kill_everywhere(&(struct victim){ .settings = "mode = \"store\";",
                                      .is_there = true,
                                      .run = copy,
                                      .least = 1,
                                      .most = 2 },
                    15);
}

Test(spill_crash, while_one_grows_out_of_the_token)
{
    kill_everywhere(&(struct victim){ .settings = "mode = \"hybrid\";",
                                      .fault = "C_SetAttributeValue * return "
                                               "CKR_DEVICE_MEMORY",
                                      .is_there = true,
                                      .run = change,
                                      .least = 1,
                                      .most = 1 },
                    20);
}
