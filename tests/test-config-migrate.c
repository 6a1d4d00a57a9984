/* SPDX-License-Identifier: BSD-3-Clause */
/* The settings of a token in mode "migrate", and mistakes in its roles. */
#include "tests/config-expect.h"

#include "common/cleanup.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>

/* Settings of the token in line 2, and of its two members in 3 and 4. */
static const char *
token_of(const char *settings, const char *first, const char *second)
{
    return fixture_text(
        "state_dir = \"/s\"; tokens = (\n{ label = \"a\"; %s members = (\n"
        "  { module = \"p11-kit\"; match = \"pkcs11:token=a\"; %s },\n"
        "  { module = \"p11-kit\"; match = \"pkcs11:token=b\"; %s } ); } );",
        settings, first, second);
}

static const char migrate[] = "mode = \"migrate\";";
static const char new_role[] = "role = \"new\";";
static const char old_role[] = "role = \"old\";";

Test(config_migrate, has_the_new_member_first_and_makes_all_there)
{
    CLEANUP(config_freep)
    struct config *config = config_of(token_of(migrate, old_role, new_role));
    const struct config_token *token = &config->tokens[0];

    cr_expect_eq(token->mode, GROUP_MIGRATE);
    cr_expect_eq(token->write, WRITE_PRIMARY);
    cr_assert_eq(token->n_members, MIGRATE_MEMBERS);
    cr_expect_eq(token->members[MIGRATE_NEW].role, ROLE_NEW);
    cr_expect_str_eq(token->members[MIGRATE_NEW].match.label, "b");
    cr_expect_eq(token->members[MIGRATE_OLD].role, ROLE_OLD);
}

Test(config_migrate, keeps_an_order_that_is_right)
{
    CLEANUP(config_freep)
    struct config *config = config_of(token_of(migrate, new_role, old_role));

    cr_expect_str_eq(config->tokens[0].members[MIGRATE_NEW].match.label, "a");
}

Test(config_migrate, wants_both_roles_once)
{
    static const char line[] =
        ":2: token \"a\": mode \"migrate\" wants to know which member is "
        "which; add role = \"new\" to the one that objects go to, and role = "
        "\"old\" to the other";

    expect_mistake(token_of(migrate, "", ""), line);
    expect_mistake(token_of(migrate, new_role, ""), line);
    expect_mistake(token_of(migrate, old_role, old_role), line);
}

Test(config_migrate, wants_two_members)
{
    expect_mistake("state_dir = \"/s\"; tokens = (\n{ label = \"a\"; mode = "
                   "\"migrate\"; members = "
                   "( { module = \"p11-kit\"; match = \"pkcs11:token=a\"; } ); "
                   "} );",
                   ":2: token \"a\": mode \"migrate\" takes two members and "
                   "there is 1; give the one that objects come from and the "
                   "one that they go to");
}

Test(config_migrate, has_no_other_way_to_say_who_comes_first_or_who_is_written)
{
    expect_mistake(token_of(migrate, new_role,
                            "role = \"old\"; standby = true;"),
                   ":2: token \"a\": standby is true for a member, which mode "
                   "\"migrate\" does not know; remove it, the roles say who "
                   "comes first");
    for (int is_refused = 0; is_refused < 2; is_refused++)
        expect_mistake(
            token_of(is_refused ? "mode = \"migrate\"; write = \"refuse\";"
                                : "mode = \"migrate\"; write = \"primary\";",
                     new_role, old_role),
            ":2: token \"a\": write is for mode \"failover\" and "
            "\"balance\"; remove it, in mode \"migrate\" all is made on "
            "the new member");
}

Test(config_migrate, has_tombstones_alone)
{
    static const char with[] = "mode = \"migrate\"; tombstones = true;";
    CLEANUP(config_freep)
    struct config *config = config_of(token_of(migrate, new_role, old_role));
    CLEANUP(config_freep)
    struct config *buries = config_of(token_of(with, new_role, old_role));

    cr_expect_not(config->tokens[0].buries);
    cr_expect(buries->tokens[0].buries);
    expect_mistake(token_of("mode = \"failover\"; tombstones = true;", "", ""),
                   ":2: token \"a\": tombstones is true, which is for mode "
                   "\"migrate\" only; remove it, or add mode = \"migrate\"");
}

Test(config_migrate, has_roles_alone)
{
    expect_mistake(token_of("mode = \"failover\";", "", old_role),
                   ":2: token \"a\": member 2 has a role, which is for mode "
                   "\"migrate\" only; remove it, or add mode = \"migrate\"");
    expect_mistake(token_of(migrate, new_role, "role = \"older\";"),
                   ":4: token \"a\": member 2: role is \"older\"; use one of "
                   "\"none\", \"new\", \"old\"");
}

/* By default each user has another one. */
Test(config_migrate, says_where_all_see_what_has_moved)
{
    expect_mistake(
        "tokens = (\n{ label = \"a\"; mode = \"migrate\"; members = (\n"
        "  { module = \"p11-kit\"; match = \"pkcs11:token=a\"; role = \"new\"; "
        "},\n"
        "  { module = \"p11-kit\"; match = \"pkcs11:token=b\"; role = \"old\"; "
        "} ); } );",
        ":2: token \"a\": mode \"migrate\" wants state_dir, where all "
        "processes see what has moved; add state_dir = \"/var/lib/p11mux\", "
        "which all of them can read");
}
