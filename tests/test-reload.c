/* SPDX-License-Identifier: BSD-3-Clause */
/* A configuration file that is read anew, and the records of that. */
#include "router/control.h"
#include "tests/audited.h"
#include "tests/child.h"
#include "tests/paused.h"

#include <criterion/criterion.h>

enum { SLOT = 7 };

/* `wait` is the token's, `audit` what there is of the log beside its file. */
static void
write_file(const char *wait, const char *audit, const char *top)
{
    (void)fixture_config(
        "modules = ( { name = \"null\"; path = \"%s\"; } );\n"
        "tokens = ( { label = \"one\"; slot = %d; pool = { wait = \"%s\"; }; "
        "members = ( { module = \"null\"; match = \"pkcs11:token=null\"; } ); "
        "} );\nothers = \"hide\";\nfork = \"follow\";\nstate_dir = \"%s\";\n"
        "runtime_dir = \"%s\";\naudit = { file = \"%s\"; %s };\n%s\n",
        fixture_test_module("null"), SLOT, wait, fixture_folder(),
        fixture_folder(), audited_path, audit, top);
}

static void
setup(void)
{
    audited_path = fixture_path("audit.jsonl");
}

TestSuite(reload, .init = setup, .fini = audited_finish, .timeout = 60);

static void
start(const char *audit)
{
    write_file("30s", audit, "");
    cr_assert_eq(C_Initialize(NULL), CKR_OK);
    audited_session = router_session(SLOT);
}

static CK_RV
ask(void)
{
    CK_BYTE byte;

    return C_GenerateRandom(audited_session, &byte, 1);
}

static size_t
count(const char *text)
{
    return audit_count(audited_path, text);
}

static uint64_t
wait_ms(void)
{
    const struct config_token *rule = router_token(SLOT)->rule;

    return rule->pool.wait_ms;
}

static const char random_record[] = "\"event\":\"random\"";

/* A thread may see the command before this one looks. */
static void
reload_unrecorded(const char *audit)
{
    write_file("10s", audit, "");
    audited_limit(0);
    (void)paused_write(CONTROL_RELOAD, NULL);
    control_look_now();
    audited_unlimit();
}

Test(reload, without_a_record_of_it_takes_nothing_over)
{
    struct control_reading note;
    size_t running;

    start("level = \"operations\";");
    reload_unrecorded("level = \"keys\";");
    note = paused_note(0, &running);
    cr_expect_neq(note.reload.is_refused, 0);
    cr_expect_eq(note.reload.n_taken, 0);
    cr_expect_eq(wait_ms(), 30000);
    cr_expect_eq(ask(), CKR_OK);
    cr_expect_eq(count(random_record), 1);
    /* With room for it the same is obeyed. */
    (void)paused_command(CONTROL_RELOAD, NULL);
    cr_expect_eq(wait_ms(), 10000);
    cr_expect_eq(count("\"in_use\":true}"), 1);
    cr_expect_eq(ask(), CKR_OK);
    cr_expect_eq(count(random_record), 1);
}

Test(reload, without_a_record_of_it_is_obeyed_where_that_may_be)
{
    start("on_failure = \"allow\";");
    reload_unrecorded("on_failure = \"allow\";");
    cr_expect_eq(wait_ms(), 10000);
}

Test(reload, of_a_part_is_recorded_as_that)
{
    start("level = \"operations\";");
    write_file("10s", "level = \"keys\";", "slot_refresh = \"7s\";");
    (void)paused_command(CONTROL_RELOAD, NULL);
    cr_expect_eq(count("\"in_use\":false,\"waiting\":1}"), 1);
    write_file("10s", "level = \"keys\";", "");
    (void)paused_command(CONTROL_RELOAD, NULL);
    cr_expect_eq(count("\"in_use\":true}"), 1);
}

/* What it cannot read anew itself. */
static void
go_on(void)
{
    CHILD_EXPECT(ask() == CKR_OK);
    CHILD_EXPECT(wait_ms() == 10000);
}

Test(reload, is_what_a_forked_child_begins_with)
{
    start("level = \"keys\";");
    write_file("10s", "level = \"operations\";", "");
    (void)paused_command(CONTROL_RELOAD, NULL);
    write_file("soon", "level = \"keys\";", "");
    cr_assert(child_run(go_on));
    cr_expect_eq(count(random_record), 1);
    cr_expect_eq(count("\"event\":\"start\""), 2);
    cr_expect_eq(ask(), CKR_OK);
    cr_expect_eq(count(random_record), 2);
}
