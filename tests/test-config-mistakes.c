/* SPDX-License-Identifier: BSD-3-Clause */
/* Mistakes in the structure of configuration files: the right line each. */
#include "common/cleanup.h"
#include "config/config.h"
#include "tests/config-expect.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>

Test(config_mistakes, are_all_named_in_the_order_of_the_lines)
{
    expect_mistakes(
        "finalize_wait = \"2\";\n"
        "tokens = ( { label = \"a\"; } );\n"
        "others = \"maybe\";\n",
        ":1: finalize_wait is \"2\"; give a whole number with a "
        "unit in quotes, such as \"200ms\", \"2s\", \"5m\", \"1h\" or \"7d\"",
        ":2: token \"a\": members is missing; add members = ( { "
        "module = \"...\"; match = \"pkcs11:...\"; } )",
        ":3: others is \"maybe\"; use one of \"show\", \"hide\"", NULL);
}

Test(config_mistakes, of_syntax_have_the_words_and_the_line_of_libconfig)
{
    static const char advice[] =
        "; look here and in the line before for a missing quote, \";\", \",\" "
        "or bracket";

    expect_mistake("others = \"show\";\ngroup = = \"a\";\n",
                   fixture_text(":2: syntax error%s", advice));
    expect_mistake("others = \"show\";\nothers = \"hide\";\n",
                   fixture_text(":2: duplicate setting name%s", advice));
    expect_mistake("\n\nothers = \"show",
                   fixture_text(":3: syntax error%s", advice));
    expect_mistake("tokens = ( 1, );",
                   fixture_text(":1: syntax error%s", advice));
    expect_mistake("\nx = [ 1, \"a\" ];",
                   fixture_text(":2: mismatched element type in array%s",
                                advice));
}

Test(config_mistakes, of_syntax_are_also_what_libconfig_lets_pass)
{
    expect_mistake("\n\n  @include \"other.conf\"\n",
                   ":3: @include is not allowed; copy the settings into this "
                   "file");
    expect_mistake("others = \"show\";\n/* tokens = ();\n\n",
                   ":2: a comment begins here and has no end; close it with "
                   "*/");
    expect_mistake("\nx = 0x123456789;",
                   ":2: a hexadecimal number has more than 8 digits; put L "
                   "behind it");
    expect_mistake("\nx = 4294967297;",
                   ":2: a number is larger than 2147483647; put L behind it");
    expect_mistake("x = (0, 2147483648);",
                   ":1: a number is larger than 2147483647; put L behind it");
}

Test(config_mistakes, of_syntax_are_not_in_comments_and_texts)
{
    CLEANUP(config_freep) struct config *config = NULL;
    struct error error = { 0 };

    cr_expect(
        config_load(fixture_write(
                        "p11mux.conf", 0600,
                        "# @include \"a\"\n/*\n@include \"a\" 0x123456789 \"\n"
                        "*/ // 4294967297 /*\nmodules = ( { name = \"a\"; "
                        "path = \"/* \\\" @include 99999999999 \\\\\"; "
                        "mechanisms = ( { id = 0x80000000L; out = "
                        "(0000000000000001); } ) } );\n"),
                    &config, &error),
        "%s", error.text);
}

Test(config_mistakes, of_syntax_are_nuls)
{
    static const char text[] = "group = \"a\";\n\0tokens = ();";
    CLEANUP(config_freep) struct config *config = NULL;
    struct error error = { 0 };

    cr_expect_not(
        config_load_text("text", text, sizeof(text) - 1, &config, &error));
    cr_expect_str_eq(error.text, "text:2: a NUL is in the text; save the file "
                                 "as plain UTF-8");
}

Test(config_mistakes, an_unknown_key_names_the_nearest)
{
    expect_mistake("\nslot_refesh = \"1s\";",
                   ":2: key \"slot_refesh\" is not known; the nearest is "
                   "\"slot_refresh\"");
    expect_module_mistake("critcal = true;",
                          "key \"critcal\" is not known; the nearest is "
                          "\"critical\"");
    expect_token_mistake("modell = \"x\";",
                         "key \"modell\" is not known; the nearest is "
                         "\"model\"");
    expect_mistake("log = {\nlevels = \"info\"; };",
                   ":2: log: key \"levels\" is not known; the nearest is "
                   "\"level\"");
}

Test(config_mistakes, an_unknown_key_far_from_all_names_those_there_are)
{
    expect_mistake(
        "counters = { url = \"x\"; };",
        ":1: key \"counters\" is not known; the keys here are "
        "modules, tokens, others, state_dir, runtime_dir, group, "
        "consumers, fork, log, audit, store, slot_refresh, start_timeout, "
        "finalize_wait");
    expect_token_mistake("pool = { warmth = \"1s\"; };",
                         "pool: key \"warmth\" is not known; the keys here are "
                         "mode, size, wait, idle, lifetime, check_after");
}

Test(config_mistakes, never_show_a_value_that_may_be_secret)
{
    expect_token_mistake(
        "warmth = \"SECRET\";",
        "key \"warmth\" is not known; the keys here are "
        "label, slot, members, mode, write, failback, "
        "call_budget, replay_max, find_partial, tombstones, serial, "
        "manufacturer, model, pin, so_pin, auto_login, pool, certificates, "
        "audit");
    expect_token_mistake("certificates = \"SECRET\";",
                         "certificates is a text; give a group in braces, "
                         "{ ... }");
    expect_module_mistake("init_args = \"SECRET\\n\";",
                          "init_args has a control character; remove it");
    expect_mistake(
        "tokens = ( { label = \"a\"; members = ( { module = \"p11-kit\";\n"
        "  match = \"pkcs11:token=a?pin-value=SECRET\"; } ); } );",
        ":2: token \"a\": member 1: match: pin-value does not select a token; "
        "use token, serial, manufacturer, model and slot-id only");
}

Test(config_mistakes, a_wrong_type_says_what_was_expected)
{
    expect_mistake("modules = { };", ":1: modules is a group, { }; give a list "
                                     "of groups, ( { ... }, { ... } )");
    expect_mistake("tokens = [ ];", ":1: tokens is an array, [ ]; give a list "
                                    "of groups, ( { ... }, { ... } )");
    expect_mistake("tokens = ( 7 );",
                   ":1: token 1 is a number; give a group in braces, { ... }");
    expect_mistake("log = \"debug\";",
                   ":1: log is a text; give a group in braces, { ... }");
    expect_mistake("group = 1000;",
                   ":1: group is a number; give a text in quotes");
    expect_mistake("state_dir = ();", ":1: state_dir is a list, ( ); give an "
                                      "absolute path in quotes");
    expect_mistake("others = true;", ":1: others is true or false; give one of "
                                     "\"show\", \"hide\"");
    expect_mistake("slot_refresh = 1.5;",
                   ":1: slot_refresh is a number with a point; give a whole "
                   "number with a unit in quotes, such as \"200ms\", \"2s\", "
                   "\"5m\", \"1h\" or \"7d\"");
    expect_module_mistake("critical = \"yes\";",
                          "critical is a text; give true or false, without "
                          "quotes");
    expect_module_mistake("dlclose = 1;", "dlclose is a number; give true or "
                                          "false, without quotes");
    expect_module_mistake("profile = 1L;",
                          "profile is a number; give a name in quotes");
    expect_module_mistake("env = ( );", "env is a list, ( ); give a group of "
                                        "texts, { NAME = \"value\"; }");
    expect_token_mistake("slot = \"1\";",
                         "slot is a text; give a whole number");
    expect_token_mistake(
        "mode = 1;",
        "mode is a number; give one of \"single\", \"failover\", \"balance\", "
        "\"migrate\"");
    expect_mistake("log = { target = 1; };",
                   ":1: log: target is a number; give \"stderr\", \"syslog\", "
                   "\"journal\" or \"file:/...\"");
}

Test(config_mistakes, a_required_key_is_missing)
{
    expect_mistake("modules = (\n{ path = \"a.so\"; } );",
                   ":2: module 1: name is missing; add name = \"...\"");
    expect_mistake("modules = (\n{ name = \"a\"; } );",
                   ":2: module \"a\": path is missing; add path = \"...\", or "
                   "p11_kit = true for all that p11-kit knows");
    expect_mistake("modules = (\n{ name = \"a\"; p11_kit = false; } );",
                   ":2: module \"a\": path is missing; add path = \"...\", or "
                   "p11_kit = true for all that p11-kit knows");
    expect_mistake("tokens = (\n{ " MEMBERS " } );",
                   ":2: token 1: label is missing; add label = \"...\", which "
                   "applications will see");
    expect_mistake("tokens = (\n{ label = \"a\"; } );",
                   ":2: token \"a\": members is missing; add members = ( { "
                   "module = \"...\"; match = \"pkcs11:...\"; } )");
    expect_mistake("tokens = (\n{ label = \"a\"; members = (); } );",
                   ":2: token \"a\": members is empty; add { module = \"...\"; "
                   "match = \"pkcs11:...\"; }");
    expect_mistake("tokens = ( { label = \"a\"; members = (\n"
                   "{ match = \"pkcs11:token=a\"; } ); } );",
                   ":2: token \"a\": member 1: module is missing; add module = "
                   "\"...\", the name of one");
    expect_mistake("tokens = ( { label = \"a\"; members = (\n"
                   "{ module = \"p11-kit\"; } ); } );",
                   ":2: token \"a\": member 1: match is missing; add match = "
                   "\"pkcs11:token=...\"");
    expect_module_mistake("mechanisms = ( { out = (0); } );",
                          "mechanism 1: id is missing; add id = "
                          "\"0x8000abcd\"");
}

Test(config_mistakes, a_module_is_given_by_path_or_by_p11_kit)
{
    expect_mistake(
        "modules = (\n{ name = \"a\"; path = \"a.so\"; p11_kit = true; } );",
        ":2: module \"a\": both path and p11_kit are given; remove one of "
        "them");
    expect_mistake("modules = (\n{ name = \"a\"; p11_kit = true; "
                   "init_args = \"x\"; } );",
                   ":2: module \"a\": init_args cannot be given with p11_kit; "
                   "use p11-kit's x-init-reserved, or give the module by path");
    expect_mistake("modules = (\n{ name = \"a\"; p11_kit = true; "
                   "instance = \"own\"; } );",
                   ":2: module \"a\": instance cannot be \"own\" with p11_kit; "
                   "give the module by path");
}

Test(config_mistakes, p11_kit_stands_in_one_module)
{
    expect_mistake("modules = ( { name = \"a\"; p11_kit = true; },\n"
                   "{ name = \"b\"; path = \"b.so\"; },\n"
                   "{ name = \"c\"; p11_kit = true; } );",
                   ":3: module \"c\": p11_kit is true here and for module "
                   "\"a\" in line 1; keep one of them, it stands for all that "
                   "p11-kit knows");
}

Test(config_mistakes, two_modules_have_one_name)
{
    expect_mistake("modules = ( { name = \"a\"; path = \"a.so\"; },\n"
                   "{ name = \"b\"; path = \"a.so\"; },\n"
                   "{ name = \"a\"; path = \"b.so\"; } );",
                   ":3: module \"a\": line 1 defines a module of that name; "
                   "choose another name");
}

Test(config_mistakes, two_tokens_have_one_label)
{
    expect_mistake("tokens = ( { label = \"a\"; " MEMBERS " },\n"
                   "{ label = \"a\"; " OTHER_MEMBERS " } );",
                   ":2: token \"a\": line 1 defines a token with that label; "
                   "choose another label");
}

Test(config_mistakes, two_tokens_have_one_slot)
{
    expect_mistake("tokens = ( { label = \"a\"; slot = 5; " MEMBERS " },\n"
                   "{ label = \"b\"; slot = 0x5; " OTHER_MEMBERS " } );",
                   ":2: token \"b\": slot 5 is also that of the token in line "
                   "1; choose another number");
}

Test(config_mistakes, two_rules_select_one_token)
{
    expect_mistake(
        "tokens = ( { label = \"x\"; " MEMBERS " },\n"
        "{ label = \"y\"; " OTHER_MEMBERS " },\n"
        "{ label = \"z\"; members = ( { module = \"p11-kit\";\n"
        "  match = \"pkcs11:token=%61\"; } ); } );",
        ":3: token \"z\": the member selects the same token of \"p11-kit\" as "
        "that of token \"x\" in line 1; correct the match of one of them");
}

Test(config_mistakes, the_same_rule_for_two_modules_is_none)
{
    CLEANUP(config_freep) struct config *config = NULL;
    struct error error = { 0 };

    cr_expect(
        config_load(
            fixture_write(
                "p11mux.conf", 0600,
                "modules = ( { name = \"a\"; path = \"a.so\"; }, { name = "
                "\"b\"; path = \"b.so\"; } );\ntokens = (\n"
                "{ label = \"a\"; members = ( { module = \"a\"; match = "
                "\"pkcs11:token=x\"; } ); },\n"
                "{ label = \"b\"; members = ( { module = \"b\"; match = "
                "\"pkcs11:token=x\"; } ); } );\n"),
            &config, &error),
        "%s", error.text);
}

Test(config_mistakes, a_single_token_has_several_members)
{
    expect_mistake(
        "tokens = (\n{ label = \"a\"; members = (\n"
        "  { module = \"p11-kit\"; match = \"pkcs11:token=a\"; },\n"
        "  { module = \"p11-kit\"; match = \"pkcs11:token=b\"; } ); } );",
        ":2: token \"a\": mode \"single\" takes one member and there are 2; "
        "keep one of them, or add mode = \"failover\" or \"balance\"");
}

Test(config_mistakes, a_group_has_one_member)
{
    expect_mistake(
        "tokens = (\n{ label = \"a\"; mode = \"failover\"; members = (\n"
        "  { module = \"p11-kit\"; match = \"pkcs11:token=a\"; } ); } );",
        ":2: token \"a\": mode \"failover\" takes at least two members and "
        "there is one; add another, or remove mode");
}

Test(config_mistakes, a_group_has_too_many_members)
{
    const char *text = "tokens = (\n{ label = \"a\"; mode = \"failover\"; "
                       "members = (";

    for (int i = 0; i <= MOST_MEMBERS; i++)
        text = fixture_text("%s%s { module = \"p11-kit\"; match = "
                            "\"pkcs11:token=%d\"; }",
                            text, i == 0 ? "" : ",", i);
    expect_mistake(fixture_text("%s ); } );", text),
                   ":2: token \"a\": there are 33 members; keep at most 32");
}

Test(config_mistakes, a_group_has_only_members_that_stand_by)
{
    expect_mistake(
        "tokens = (\n{ label = \"a\"; mode = \"failover\"; members = (\n"
        "  { module = \"p11-kit\"; match = \"pkcs11:token=a\"; standby = "
        "true; },\n"
        "  { module = \"p11-kit\"; match = \"pkcs11:token=b\"; standby = "
        "true; } ); } );",
        ":2: token \"a\": standby is true for every member; remove it from "
        "those that are to serve");
}

Test(config_mistakes, two_members_of_a_group_are_one_token)
{
    expect_mistake(
        "tokens = (\n{ label = \"a\"; mode = \"failover\"; members = (\n"
        "  { module = \"p11-kit\"; match = \"pkcs11:token=a\"; },\n"
        "  { module = \"p11-kit\"; match = \"pkcs11:token=a\"; } ); } );",
        ":4: token \"a\": the member selects the same token of \"p11-kit\" as "
        "that of token \"a\" in line 3; correct the match of one of them");
}

Test(config_mistakes, a_member_names_a_module_that_is_not_defined)
{
    static const char token[] = "tokens = ( { label = \"a\"; members = (\n"
                                "{ module = \"hsm\"; match = "
                                "\"pkcs11:token=a\"; } ); } );";

    expect_mistake(
        fixture_text("modules = ( { name = \"luna\"; path = \"a\"; }, { name = "
                     "\"soft\"; path = \"b\"; } );\n%s",
                     token),
        ":3: token \"a\": member 1: module \"hsm\" is not defined; use one "
        "that is (luna, soft) or add it to modules");
    expect_mistake(token, ":2: token \"a\": member 1: module \"hsm\" is not "
                          "defined; use one that is (p11-kit) or add it to "
                          "modules");
    expect_mistake(fixture_text("modules = ();\n%s", token),
                   ":3: token \"a\": member 1: module \"hsm\" is not defined; "
                   "add it to modules");
}

Test(config_mistakes, a_long_list_of_modules_is_cut)
{
    const char *text = "modules = (";

    for (int i = 1; i <= 20; i++)
        text = fixture_text("%s%s { name = \"m%d\"; path = \"%d\"; }", text,
                            i == 1 ? "" : ",", i, i);
    expect_mistake(fixture_text("%s );\ntokens = ( { label = \"a\"; members = "
                                "( { module = \"x\"; match = "
                                "\"pkcs11:token=a\"; } ); } );",
                                text),
                   ":2: token \"a\": member 1: module \"x\" is not defined; "
                   "use one that is (m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, "
                   "m11, m12, m13, m14, m15, m16, ...) or add it to modules");
}
