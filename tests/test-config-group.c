/* SPDX-License-Identifier: BSD-3-Clause */
/* The settings of a group, and mistakes in its weights. */
#include "tests/config-expect.h"

#include "common/cleanup.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>

Test(config_group, has_its_members_in_order_and_those_that_stand_by_last)
{
    CLEANUP(config_freep)
    struct config *config = config_of(
        "modules = ( { name = \"m\"; path = \"m.so\"; } );\n"
        "tokens = ( { label = \"g\"; mode = \"failover\"; members = (\n"
        "  { module = \"m\"; match = \"pkcs11:token=a\"; standby = true; },\n"
        "  { module = \"m\"; match = \"pkcs11:token=b\"; },\n"
        "  { module = \"m\"; match = \"pkcs11:token=c\"; standby = true; },\n"
        "  { module = \"m\"; match = \"pkcs11:token=d\"; } ); } );");
    const struct config_token *token = &config->tokens[0];
    static const char *const labels[] = { "b", "d", "a", "c" };

    cr_expect_eq(token->mode, GROUP_FAILOVER);
    cr_expect_eq(token->write, WRITE_REFUSE);
    cr_assert_eq(token->n_members, 4);
    for (size_t i = 0; i < 4; i++) {
        cr_expect_str_eq(token->members[i].match.label, labels[i]);
        cr_expect_eq(token->members[i].is_standby, i > 1);
    }
}

static struct config *
group_of(const char *settings)
{
    return config_of(fixture_text(
        "tokens = ( { label = \"g\"; mode = \"failover\"; %s members = (\n"
        "  { module = \"p11-kit\"; match = \"pkcs11:token=a\"; },\n"
        "  { module = \"p11-kit\"; match = \"pkcs11:token=b\"; } ); } );",
        settings));
}

static bool
holds_back(const char *settings)
{
    CLEANUP(config_freep) struct config *config = group_of(settings);

    return config->tokens[0].holds_back;
}

/* A group of two, and how it is written, searched, waited for and replayed. */
static void
expect_group(const char *settings, enum config_write write, bool needs_all,
             uint64_t call_budget_ms, uint64_t replay_bytes)
{
    CLEANUP(config_freep) struct config *config = group_of(settings);
    const struct config_token *token = &config->tokens[0];

    cr_expect_eq(token->write, write, "%s", settings);
    cr_expect_eq(token->needs_all, needs_all, "%s", settings);
    cr_expect_eq(token->call_budget_ms, call_budget_ms, "%s", settings);
    cr_expect_eq(token->replay_bytes, replay_bytes, "%s", settings);
}

Test(config_group, says_whether_who_was_lost_comes_back_by_itself)
{
    cr_expect_not(holds_back(""));
    cr_expect_not(holds_back("failback = \"auto\";"));
    cr_expect(holds_back("failback = \"manual\";"));
}

Test(config_group, says_where_to_write_what_to_find_keep_and_how_long_to_ask)
{
    expect_group("", WRITE_REFUSE, false, 5000, 1 << 20);
    expect_group("write = \"primary\"; find_partial = \"error\"; "
                 "call_budget = \"250ms\"; replay_max = \"3KiB\";",
                 WRITE_PRIMARY, true, 250, 3072);
    expect_group("write = \"refuse\"; find_partial = \"ok\"; "
                 "call_budget = \"0s\"; replay_max = \"0\";",
                 WRITE_REFUSE, false, NO_TIME, 0);
}

Test(config_group, gives_its_members_weights)
{
    CLEANUP(config_freep)
    struct config *config = config_of(
        "modules = ( { name = \"m\"; path = \"m.so\"; } );\n"
        "tokens = ( { label = \"g\"; mode = \"balance\"; members = (\n"
        "  { module = \"m\"; match = \"pkcs11:token=a\"; weight = 1000; },\n"
        "  { module = \"m\"; match = \"pkcs11:token=b\"; } ); } );");

    cr_expect_eq(config->tokens[0].mode, GROUP_BALANCE);
    cr_expect_eq(config->tokens[0].members[0].weight, 1000);
    cr_expect_eq(config->tokens[0].members[1].weight, 1);
}

/* Of the second member; the first one has none. */
static const char *
with_weight(const char *mode, const char *weight)
{
    return fixture_text(
        "tokens = (\n{ label = \"a\"; mode = \"%s\"; members = (\n"
        "  { module = \"p11-kit\"; match = \"pkcs11:token=a\"; },\n"
        "  { module = \"p11-kit\"; match = \"pkcs11:token=b\"; weight = %s; } "
        "); } );",
        mode, weight);
}

Test(config_group, may_not_give_nothing_or_too_much_weight)
{
    expect_mistake(with_weight("balance", "0"),
                   ":4: token \"a\": member 2: weight is 0; give a number "
                   "from 1 to 2147483647");
    expect_mistake(with_weight("balance", "1001"),
                   ":2: token \"a\": the weight of member 2 is 1001; give at "
                   "most 1000");
}

Test(config_group, may_not_give_weight_where_nothing_is_balanced)
{
    expect_mistake(with_weight("failover", "2"),
                   ":2: token \"a\": member 2 has a weight, which is for mode "
                   "\"balance\" only; remove it, or add mode = \"balance\"");
}
