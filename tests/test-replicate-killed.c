/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A process that writes on all members of its group is killed before and after
 * each call of a module that writes, and at each of its steps in the state
 * folder (tests/victim.h): a copy that is not proven is written down and used
 * by nobody, and both members are the same after the next p11mux group sync.
 */
#include "tests/child.h"
#include "tests/modules/fault.h"
#include "tests/replicate-fixture.h"
#include "tests/victim.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(replicate_killed, .timeout = 300);

/* What happens, to what is there before it, and how much of it may be on each
 * member afterwards. */
struct deed {
    void (*prepare)(void);
    void (*run)(void);
    const char *label;
    CK_ULONG most, least;
    bool renames; /* each member has it under the one label or the other */
};

static const struct deed *deed;
static const char *script; /* of the fault module, or NULL */
static CK_OBJECT_HANDLE object;

#define GROUP ((const CK_FUNCTION_LIST *)(const void *)replicate_list)

/* -- In a child -------------------------------------------------------------
 */

static void
log_in(void)
{
    CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };

    CHILD_EXPECT(replicate_list->C_Initialize(&arguments) == CKR_OK);
    CHILD_EXPECT(
        replicate_list->C_OpenSession(1, CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                      NULL, NULL,
                                      &replicate_session) == CKR_OK);
    CHILD_EXPECT(replicate_try_login() == CKR_OK);
}

static CK_ULONG
find(CK_OBJECT_CLASS object_class, const char *label)
{
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_LABEL, (void *)(uintptr_t)label, strlen(label) },
    };
    CK_ULONG count = 0;

    CHILD_EXPECT(replicate_list->C_FindObjectsInit(replicate_session, template,
                                                   2) == CKR_OK);
    CHILD_EXPECT(replicate_list->C_FindObjects(replicate_session, &object, 1,
                                               &count) == CKR_OK);
    CHILD_EXPECT(replicate_list->C_FindObjectsFinal(replicate_session) ==
                 CKR_OK);
    return count;
}

static void
prepare_nothing(void)
{
}

static void
make_pair(void)
{
    CHILD_EXPECT(replicate_make_pair(&replicate_yes, &object) == CKR_OK);
}

static void
make_data(void)
{
    CHILD_EXPECT(replicate_make_data(&object) == CKR_OK);
}

static void
destroy_data(void)
{
    CHILD_EXPECT(find(CKO_DATA, "data") == 1);
    CHILD_EXPECT(replicate_list->C_DestroyObject(replicate_session, object) ==
                 CKR_OK);
}

static void
destroy_key(void)
{
    CHILD_EXPECT(find(CKO_PRIVATE_KEY, "pair") == 1);
    CHILD_EXPECT(replicate_list->C_DestroyObject(replicate_session, object) ==
                 CKR_OK);
}

static void
change_key(void)
{
    CHILD_EXPECT(find(CKO_PRIVATE_KEY, "pair") == 1);
    CHILD_EXPECT(replicate_set_label(object, "new") == CKR_OK);
}

/* Before the deed. */
static void
begin(void)
{
    log_in();
    deed->prepare();
    CHILD_EXPECT(replicate_list->C_Finalize(NULL) == CKR_OK);
}

static bool
add_rule(const char *text)
{
    __typeof__(&fault_add) add =
        module_symbol(module_open(fixture_test_module("fault")), "fault_add");

    return add(text);
}

static void
act(void)
{
    log_in();
    CHILD_EXPECT(script == NULL || add_rule(script));
    deed->run();
    CHILD_EXPECT(add_rule("reset"));
    CHILD_EXPECT(replicate_list->C_Finalize(NULL) == CKR_OK);
}

/* Whatever there is by then, what applications see of it is whole. */
static void
use(void)
{
    log_in();
    if (find(CKO_PRIVATE_KEY, "pair") == 1 && find(CKO_PUBLIC_KEY, "pair") == 1)
        CHILD_EXPECT(
            fixture_sign_check(GROUP, replicate_session,
                               fixture_find_pair(GROUP, replicate_session,
                                                 "pair")));
    CHILD_EXPECT(replicate_list->C_Finalize(NULL) == CKR_OK);
}

/* -- Each of its steps ------------------------------------------------------
 */

static void
copy_all(const char *from, const char *to)
{
    static const char *const folders[] = { "soft", "state" };

    for (size_t i = 0; i < 2; i++) {
        fixture_run("rm", "-rf", fixture_path("%s/%s", to, folders[i]), NULL);
        fixture_run("cp", "-a", fixture_path("%s/%s", from, folders[i]),
                    fixture_path("%s/", to), NULL);
    }
}

static void
count(CK_ULONG *out)
{
    CK_ULONG renamed[3] = { 0 };

    replicate_count_on(deed->label, out);
    if (deed->renames)
        replicate_count_on("new", renamed);
    for (size_t i = 0; i < 2; i++)
        out[i] += renamed[i];
}

static void
judge(const char *where)
{
    CK_ULONG counts[3];

    count(counts);
    cr_assert(counts[0] <= deed->most && counts[1] <= deed->most, "%s", where);
    cr_assert(child_run(use), "%s", where);
    fixture_run(getenv("P11MUX_TOOL"), "group", "sync", "all", "--login",
                "--pin-source", fixture_text("file:%s", fixture_path("pin")),
                NULL);
    count(counts);
    cr_assert_eq(counts[0], counts[1], "%s: %lu and %lu", where, counts[0],
                 counts[1]);
    cr_assert(counts[0] == deed->most || counts[0] == deed->least, "%s: %lu",
              where, counts[0]);
    cr_assert_eq(replicate_count_journal(), 0, "%s", where);
}

/* True where it was killed. */
static bool
kill_once(unsigned long n)
{
    const char *where = script != NULL ? script : fixture_text("step %lu", n);
    int status;

    copy_all("before", ".");
    status = victim_run(fixture_path("state"), script != NULL ? 0 : n, act);
    cr_assert(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : status == 0,
              "%s: status %#x", where, (unsigned)status);
    judge(where);
    return WIFSIGNALED(status);
}

static void
kill_everywhere(const struct deed *which, long least)
{
    static const char *const writing[] = { "C_CreateObject", "C_UnwrapKey",
                                           "C_SetAttributeValue",
                                           "C_DestroyObject" };
    long n_kills = 0;

    deed = which;
    replicate_prepare(&(struct replicate_setting){ .second = NULL });
    (void)fixture_write("pin", 0600, "%s", FIXTURE_PIN);
    cr_assert(child_run(begin));
    (void)fixture_make_folder("before");
    copy_all(".", "before");
    for (unsigned long n = 1; kill_once(n); n++)
        n_kills++;
    for (size_t i = 0; i < sizeof(writing) / sizeof(writing[0]); i++)
        for (unsigned long n = 1;; n++) {
            script = fixture_text("%s %lu after kill", writing[i], n);
            if (!kill_once(n))
                break;
            n_kills++;
        }
    printf("killed %ld times\n", n_kills);
    cr_assert_geq(n_kills, least, "killed %ld times only", n_kills);
}

static const struct deed pair_made = {
    .prepare = prepare_nothing, .run = make_pair, .label = "pair", .most = 2
};
static const struct deed data_made = {
    .prepare = prepare_nothing, .run = make_data, .label = "data", .most = 1
};
static const struct deed data_destroyed = {
    .prepare = make_data, .run = destroy_data, .label = "data", .most = 1
};
static const struct deed key_destroyed = { .prepare = make_pair,
                                           .run = destroy_key,
                                           .label = "pair",
                                           .most = 2,
                                           .least = 1 };

static const struct deed key_changed = { .prepare = make_pair,
                                         .run = change_key,
                                         .label = "pair",
                                         .most = 2,
                                         .least = 2,
                                         .renames = true };

Test(replicate_killed, while_a_pair_is_made)
{
    kill_everywhere(&pair_made, 20);
}

Test(replicate_killed, while_an_object_is_created)
{
    kill_everywhere(&data_made, 6);
}

Test(replicate_killed, while_an_object_is_destroyed)
{
    kill_everywhere(&data_destroyed, 1);
}

Test(replicate_killed, while_a_key_is_destroyed)
{
    kill_everywhere(&key_destroyed, 1);
}

Test(replicate_killed, while_a_key_is_changed)
{
    kill_everywhere(&key_changed, 1);
}
