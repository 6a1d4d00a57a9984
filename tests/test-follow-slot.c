/* SPDX-License-Identifier: BSD-3-Clause */
/* The tokens of a forked child that goes on (fork = "follow"), and what keeps
 * a child from that. */
#include "router/slot-change.h"
#include "tests/child.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static CK_SESSION_HANDLE session;

static struct config *
follow_config(void)
{
    struct config *config = router_config();

    config->follows_forks = true;
    return config;
}

static void
start(void)
{
    struct config *config = follow_config();

    router_config_token(config, "one", "A", NULL);
    router_start(config);
    session = router_session(1);
}

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(follow_slot, .fini = finish, .timeout = 60);

static CK_RV
ask(void)
{
    CK_BYTE byte;

    return C_GenerateRandom(session, &byte, 1);
}

/* -- Tokens --------------------------------------------------------------- */

static void
meet_another(void)
{
    toy_fork();
    toys[0].serial = "another";
    CHILD_EXPECT(ask() == CKR_SESSION_HANDLE_INVALID);
    CHILD_EXPECT(token_sessions(router_token(1)).all == 0);
    session = router_session(1);
    CHILD_EXPECT(ask() == CKR_OK);
}

/* R6.18. */
Test(follow_slot, with_another_token_has_no_session_of_before)
{
    start();
    cr_assert(child_run(meet_another));
    cr_assert_eq(ask(), CKR_OK);
}

static bool is_search;

static void
miss_token(void)
{
    CK_OBJECT_HANDLE found;
    CK_ULONG count = 1;

    toy_fork();
    toys[0].has_token = false;
    router_clock_stop();
    CHILD_EXPECT(ask() == CKR_DEVICE_REMOVED);
    CHILD_EXPECT(C_FindObjectsInit(session, NULL, 0) == CKR_DEVICE_REMOVED);
    CHILD_EXPECT(C_FindObjects(session, &found, 1, &count) ==
                 CKR_OPERATION_NOT_INITIALIZED);
    toys[0].has_token = true;
    CHILD_EXPECT(ask() == CKR_DEVICE_REMOVED);
    router_clock_move(2000);
    CHILD_EXPECT(is_search ? C_FindObjectsInit(session, NULL, 0) == CKR_OK
                           : ask() == CKR_OK);
    CHILD_EXPECT(ask() == CKR_OK);
}

Test(follow_slot, without_its_token_has_sessions_that_wait_for_it)
{
    start();
    cr_assert(child_run(miss_token));
    is_search = true;
    cr_assert(child_run(miss_token));
    cr_assert_eq(ask(), CKR_OK);
}

static void
use_added(void)
{
    CK_SLOT_INFO info;

    toy_fork();
    CHILD_EXPECT(ask() == CKR_OK);
    CHILD_EXPECT(C_GetSlotInfo(1, &info) == CKR_SLOT_ID_INVALID);
    CHILD_EXPECT(C_GetSlotInfo(2, &info) == CKR_OK);
}

Test(follow_slot, added_or_removed_while_the_parent_ran)
{
    struct config *more;
    struct slot_list *list;

    start();
    toy_show(1, "B");
    more = router_config_only();
    router_config_token(more, "two", "B", NULL);
    more->tokens[0].slot = 2;
    list = instance_get()->slots;
    slot_change_remove(list, router_token(1));
    cr_assert(slot_change_add(list, &more->tokens[0]));
    slot_change_look(list);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    session = router_session(2);
    cr_assert(child_run(use_added));
    cr_assert_eq(ask(), CKR_OK);
    C_Finalize(NULL);
    config_free(more);
}

static CK_SLOT_ID unlisted;

static void
keep_numbers(void)
{
    CK_SLOT_ID slots[4];
    CK_ULONG count = 4;
    CK_SESSION_INFO info;

    toy_fork();
    CHILD_EXPECT(C_GetSessionInfo(session, &info) == CKR_OK);
    CHILD_EXPECT(info.slotID == unlisted);
    CHILD_EXPECT(C_GetSlotList(CK_FALSE, slots, &count) == CKR_OK);
    CHILD_EXPECT(count == 2);
    CHILD_EXPECT(slots[0] == 1 && slots[1] == unlisted);
}

static void
init_token(CK_SLOT_ID slot, const char *label)
{
    CK_UTF8CHAR pin[] = "1234", padded[32];

    memset(padded, ' ', sizeof(padded));
    memcpy(padded, label, strlen(label));
    cr_assert_eq(C_InitToken(slot, pin, 4, padded), CKR_OK);
}

/* With the number it had before it was made anew, which no hash of what it is
 * now would give it (R6.20). */
Test(follow_slot, that_no_rule_names_keeps_its_number)
{
    struct config *config = follow_config();
    CK_SLOT_ID slots[4];
    CK_ULONG count = 4;

    router_config_token(config, "one", "A", NULL);
    toy_show(1, "B");
    router_clock_stop();
    router_start(config);
    cr_assert_eq(C_GetSlotList(CK_FALSE, slots, &count), CKR_OK);
    cr_assert_eq(count, 2);
    unlisted = slots[1];
    init_token(unlisted, "C");
    session = router_session(unlisted);
    cr_assert(child_run(keep_numbers));
    router_clock_move(2000);
    cr_assert_eq(C_GetSlotList(CK_FALSE, NULL, &count), CKR_OK);
    cr_assert(child_run(keep_numbers));
}

static void
ask_in_child(void)
{
    toy_fork();
    CHILD_EXPECT(ask() == CKR_OK);
}

/* Its rule fits it no more, its place does. */
Test(follow_slot, of_a_token_that_was_made_anew_still_has_it)
{
    start();
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    init_token(1, "Z");
    session = router_session(1);
    cr_assert(child_run(ask_in_child));
    cr_assert_eq(ask(), CKR_OK);
}

/* -- What keeps a child from going on ------------------------------------- */

static void
be_refused(void)
{
    toy_fork();
    CHILD_EXPECT(ask() == CKR_CRYPTOKI_NOT_INITIALIZED);
    CHILD_EXPECT(ask() == CKR_CRYPTOKI_NOT_INITIALIZED);
    CHILD_EXPECT(C_Finalize(NULL) == CKR_CRYPTOKI_NOT_INITIALIZED);
    start();
    CHILD_EXPECT(ask() == CKR_OK);
}

static size_t
count_lines(const char *text)
{
    static char log[65536];
    int file = open(fixture_path("log"), O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, log, sizeof(log) - 1);
    size_t n_lines = 0;

    (void)close(file);
    log[length < 0 ? 0 : length] = '\0';
    for (const char *at = log; (at = strstr(at, text)) != NULL; at++)
        n_lines++;
    return n_lines;
}

/* One token of a module that no child can use. */
static void
start_null(bool is_critical)
{
    struct error error = { .rv = CKR_OK };
    struct config *config = follow_config();

    free(config->log_target);
    config->log_target = strdup(fixture_text("file:%s", fixture_path("log")));
    router_config_module(config, "null", fixture_test_module("null"));
    config->modules[0].critical = is_critical;
    config->modules[0].settings.fork_mode = FORK_UNSUPPORTED;
    router_config_token(config, "one", "null:null", NULL);
    cr_assert_eq(instance_start_with(config, true, &error), CKR_OK, "%s",
                 error.text);
    session = router_session(1);
}

Test(follow_slot, of_a_critical_module_that_cannot_is_no_childs)
{
    start_null(true);
    cr_assert(child_run(be_refused));
    cr_assert_eq(count_lines("cannot go on where its parent was"), 1);
    cr_assert_eq(ask(), CKR_OK);
}

static void
miss_module(void)
{
    CK_ULONG count;

    CHILD_EXPECT(C_GetSlotList(CK_TRUE, NULL, &count) == CKR_OK);
    CHILD_EXPECT(count == 0);
    CHILD_EXPECT(ask() == CKR_DEVICE_REMOVED);
    CHILD_EXPECT(C_CloseSession(session) == CKR_OK);
}

/* fork_mode = "unsupported" (R5.5). */
Test(follow_slot, of_a_module_that_cannot_is_empty_in_a_child)
{
    start_null(false);
    cr_assert(child_run(miss_module));
    cr_assert_eq(count_lines("cannot be used after a fork"), 1);
    cr_assert_eq(ask(), CKR_OK);
}
