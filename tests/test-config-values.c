/* SPDX-License-Identifier: BSD-3-Clause */
/* Mistakes in the values of configuration files: the right line each. */
#include "common/cleanup.h"
#include "common/daemon.h"
#include "config/config.h"
#include "tests/config-expect.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

Test(config_values, a_word_is_not_one_of_the_list)
{
    expect_module_mistake("serialise = \"yes\";",
                          "serialise is \"yes\"; use one of \"no\", "
                          "\"session\", \"backend\"");
    expect_module_mistake("fork_mode = \"follow\";",
                          "fork_mode is \"follow\"; use one of "
                          "\"finalize-reinit\", \"reinit\", "
                          "\"second-instance\", \"unsupported\"");
    expect_module_mistake("cancel = \"no\";", "cancel is \"no\"; use one of "
                                              "\"close\", \"reliable\"");
    expect_module_mistake("slot_events = \"blocking\";",
                          "slot_events is \"blocking\"; use one of \"poll\", "
                          "\"off\"");
    expect_module_mistake("serial = \"\";", "serial is \"\"; use one of "
                                            "\"real\", \"constant\"");
    expect_module_mistake("instance = \"other\";",
                          "instance is \"other\"; use one of \"shared\", "
                          "\"own\"");
    expect_token_mistake(
        "mode = \"balanced\";",
        "mode is \"balanced\"; use one of \"single\", \"failover\", "
        "\"balance\", \"migrate\"");
    expect_token_mistake("pool = { mode = \"statement\"; };",
                         "pool: mode is \"statement\"; use one of "
                         "\"operation\", \"session\", \"none\"");
    expect_module_mistake("rw_policy = \"ro\";",
                          "rw_policy is \"ro\"; use one of \"match\", "
                          "\"rw_only\"");
    expect_module_mistake("login_scope = \"\";",
                          "login_scope is \"\"; use one of \"app\", "
                          "\"session\"");
    expect_mistake("fork = \"reinit\";", ":1: fork is \"reinit\"; use one of "
                                         "\"strict\", \"follow\"");
    expect_mistake("consumers = \"many\";",
                   ":1: consumers is \"many\"; use one of \"strict\", "
                   "\"refcount\"");
    expect_mistake("log = { level = \"trace\"; };",
                   ":1: log: level is \"trace\"; use one of \"error\", "
                   "\"warning\", \"info\", \"debug\"");
}

Test(config_values, a_place_for_messages_is_none)
{
    static const char *const targets[] = { "", "stdout", "file:", "file:log",
                                           "/var/log/p11mux" };

    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        expect_mistake(
            fixture_text("log = { target = \"%s\"; };", targets[i]),
            fixture_text(":1: log: target %s%s%sis no place for messages; use "
                         "\"stderr\", \"syslog\", \"journal\" or \"file:/...\" "
                         "with an absolute path",
                         i == 0 ? "" : "\"", targets[i], i == 0 ? "" : "\" "));
}

Test(config_values, a_time_is_too_short_or_too_long)
{
    expect_mistake("start_timeout = \"0s\";",
                   ":1: start_timeout is \"0s\"; give at least \"1ms\"");
    expect_token_mistake("pool = { lifetime = \"0s\"; };",
                         "pool: lifetime is \"0s\"; give at least \"1ms\"");
    expect_mistake("slot_refresh = \"18446744073709551617ms\";",
                   ":1: slot_refresh is \"18446744073709551617ms\"; give at "
                   "most \"8760h\"");
}

Test(config_values, a_size_is_none)
{
    static const char expected[] =
        "give a whole number with a unit in quotes, such as \"512KiB\", "
        "\"64MiB\" or \"1GiB\", or 0";

    expect_mistake("audit = { file = \"/a\"; rotate_size = \"64MB\"; };",
                   fixture_text(":1: audit: rotate_size is \"64MB\"; %s",
                                expected));
    expect_mistake("audit = { file = \"/a\"; rotate_size = 64; };",
                   fixture_text(":1: audit: rotate_size is a number without a "
                                "unit; %s",
                                expected));
    expect_mistake(
        "audit = { file = \"/a\"; rotate_size = \"99999999999999GiB\"; };",
        fixture_text(":1: audit: rotate_size is \"99999999999999GiB\"; %s",
                     expected));
}

Test(config_values, a_count_is_none)
{
    expect_token_mistake("pool = { size = 0; };",
                         "pool: size is 0; give a number from 1 to "
                         "2147483647");
    expect_token_mistake("pool = { size = \"4\"; };",
                         "pool: size is a text; give a whole number");
    expect_module_mistake("max_sessions = -1;",
                          "max_sessions is -1; give a number from 1 to "
                          "2147483647");
    expect_module_mistake("max_sessions = 2147483648L;",
                          "max_sessions is 2147483648; give a number from 1 "
                          "to 2147483647");
}

Test(config_values, a_text_is_empty)
{
    expect_mistake("group = \"\";", ":1: group is empty; give a text");
    expect_mistake("state_dir = \"\";", ":1: state_dir is empty; give a text");
    expect_mistake("modules = ( { name = \"a\"; path = \"\"; } );",
                   ":1: module \"a\": path is empty; give a text");
    expect_mistake("modules = ( { name = \"\"; path = \"a\"; } );",
                   ":1: module \"\": name is empty; give a name");
    expect_mistake("tokens = ( { label = \"\"; " MEMBERS " } );",
                   ":1: token \"\": label is empty; give a text");
    expect_module_mistake("profile = \"\";", "profile is empty; give a name");
    expect_token_mistake("serial = \"\";", "serial is empty; give a text");
}

Test(config_values, a_path_is_not_absolute)
{
    expect_mistake("state_dir = \"p11mux\";",
                   ":1: state_dir \"p11mux\" is not an absolute path; begin it "
                   "with \"/\"");
}

Test(config_values, a_name_has_other_letters)
{
    static const char *const names[] = { "so ft", "a/b", "\xc3\xa4", "a,b",
                                         "a\\\"" };
    static const char *const shown[] = { "so ft", "a/b", "\xc3\xa4", "a,b",
                                         "a\"" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        expect_mistake(
            fixture_text("modules = ( { name = \"%s\"; path = \"a\"; } );",
                         names[i]),
            fixture_text(":1: module \"%s\": name \"%s\" has other characters "
                         "than letters, digits, \".\", \"_\" and \"-\"; use "
                         "these only",
                         shown[i], shown[i]));
}

Test(config_values, a_text_does_not_fit_its_field)
{
    expect_mistake(
        "tokens = ( { label = \"123456789012345678901234567890123\"; " MEMBERS
        " } );",
        ":1: token \"123456789012345678901234567890123\": label "
        "\"123456789012345678901234567890123\" is 33 bytes long; shorten it to "
        "32");
    expect_token_mistake(
        "manufacturer = \"\xc3\xa4"
        "2345678901234567890123456789012\";",
        "manufacturer \"\xc3\xa4"
        "2345678901234567890123456789012\" is 33 bytes long; shorten it to 32");
    expect_token_mistake("model = \"12345678901234567\";",
                         "model \"12345678901234567\" is 17 bytes long; "
                         "shorten it to 16");
    expect_token_mistake("serial = \"12345678901234567\";",
                         "serial \"12345678901234567\" is 17 bytes long; "
                         "shorten it to 16");
}

Test(config_values, a_text_has_letters_that_no_field_takes)
{
    expect_token_mistake("model = \"a\\tb\";",
                         "model \"a?b\" has a control character; remove it");
    expect_token_mistake("model = \"a \";",
                         "model \"a \" ends with a blank, which padding hides; "
                         "remove it");
    expect_token_mistake("serial = \"\xc3\xa4\";",
                         "serial \"\xc3\xa4\" is not ASCII; use letters, "
                         "digits and signs of ASCII");
}

Test(config_values, a_text_is_not_utf_8)
{
    static const char *const texts[] = {
        "\\xff",
        "\\xc3",
        "\\xc0\\x80",
        "\\xed\\xa0\\x80",
        "\\xf4\\x90\\x80\\x80",
        "\\x80",
        "\\xe2\\x82",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        expect_module_mistake(fixture_text("init_args = \"%s\";", texts[i]),
                              "init_args is not UTF-8; save the file as "
                              "UTF-8");
}

Test(config_values, a_slot_is_out_of_range)
{
    expect_token_mistake("slot = -1;",
                         "slot is -1; give a number from 0 to 2147483647");
    expect_token_mistake("slot = 0x80000000;",
                         "slot is 2147483648; give a number from 0 to "
                         "2147483647");
    expect_token_mistake("slot = 4294967297L;",
                         "slot is 4294967297; give a number from 0 to "
                         "2147483647");
}

Test(config_values, a_variable_is_none)
{
    expect_module_mistake("env = { A-B = \"x\"; };",
                          "env: \"A-B\" is no name of a variable; use letters, "
                          "digits and \"_\"");
    expect_module_mistake("env = { A = 1; };",
                          "env: \"A\" is a number; give a text in quotes");
}

Test(config_values, a_mechanism_is_none)
{
    static const char *const ids[] = { "CKM_FOO", "",    "-1",         " 1",
                                       "0x",      "12x", "0x100000000" };

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        expect_module_mistake(
            fixture_text("mechanisms = ( { id = \"%s\"; out = (0); } );",
                         ids[i]),
            fixture_text("mechanism 1: id \"%s\" is no mechanism; give a "
                         "number such as \"0x8000abcd\" or a name such as "
                         "\"CKM_RSA_PKCS\"",
                         ids[i]));
    expect_module_mistake("mechanisms = ( { id = 0x100000000L; out = (0); } );",
                          "mechanism 1: id is 4294967296; give a number from 0 "
                          "to 0xffffffffL");
    expect_module_mistake("mechanisms = ( { id = -1; out = (0); } );",
                          "mechanism 1: id is -1; give a number from 0 to "
                          "0xffffffffL");
}

Test(config_values, a_mechanism_has_no_offsets_or_wrong_ones)
{
    expect_module_mistake("mechanisms = ( { id = 1; } );",
                          "mechanism 1: no offsets are given; add handles = "
                          "(0), out = (0) or both, or remove it");
    expect_module_mistake("mechanisms = ( { id = 1; out = (0, -1); } );",
                          "mechanism 1: out has -1 in it; give offsets from 0 "
                          "to 65535 bytes");
    expect_module_mistake("mechanisms = ( { id = 1; handles = (65536); } );",
                          "mechanism 1: handles has 65536 in it; give offsets "
                          "from 0 to 65535 bytes");
    expect_module_mistake("mechanisms = ( { id = 1; out = (\"0\"); } );",
                          "mechanism 1: out has a text in it; give offsets in "
                          "bytes, such as (0, 16)");
    expect_module_mistake("mechanisms = ( { id = 1; out = 0; } );",
                          "mechanism 1: out is a number; give a list of "
                          "numbers, such as (0, 16)");
}

Test(config_values, a_mechanism_is_there_twice)
{
    expect_mistake("modules = (\n{ name = \"a\"; path = \"a\"; mechanisms = (\n"
                   "{ id = \"0x1\"; out = (0); },\n"
                   "{ id = 2; out = (0); },\n"
                   "{ id = 1; out = (0); } ); } );",
                   ":2: module \"a\": mechanisms 1 and 3 are both 0x1; make "
                   "one of them");
}

Test(config_values, a_long_text_is_cut_between_characters)
{
    const char *forty = "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
                        "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
                        "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
                        "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
                        "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
                        "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
                        "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4";

    expect_mistake(fixture_text("others = \"x%s%s\";", forty, forty),
                   fixture_text(":1: others is \"x%s\xc3\xa4\xc3\xa4\xc3\xa4"
                                "\xc3\xa4...\"; use one of \"show\", \"hide\"",
                                forty));
}

/* A list of `n` equal elements. */
static char *
list_of(const char *name, size_t n, const char *element)
{
    size_t length = strlen(element) + 1;
    char *text = calloc(n + 2, length + strlen(name) + 8);
    char *at = text;

    cr_assert_not_null(text);
    at += sprintf(at, "%s = (", name);
    for (size_t i = 0; i < n; i++)
        at += sprintf(at, "%s%s", i == 0 ? "" : ",", element);
    strcpy(at, ");");
    return text;
}

static void
expect_first_mistake(const char *text, const char *mistake)
{
    CLEANUP(config_freep) struct config *config = NULL;
    struct error error = { 0 };

    cr_expect_not(
        config_load_text("text", text, strlen(text), &config, &error));
    cr_expect_str_eq(error.text, mistake);
}

Test(config_values, a_list_is_too_long)
{
    CLEANUP(freep) char *modules = list_of("modules", 1001, "{}");
    CLEANUP(freep) char *tokens = list_of("tokens", 4097, "{}");

    expect_first_mistake(modules, "text:1: modules has 1001 groups; remove "
                                  "some, 1000 are the most");
    expect_first_mistake(tokens, "text:1: tokens has 4097 groups; remove some, "
                                 "4096 are the most");
}

Test(config_values, the_longest_lists_are_none)
{
    CLEANUP(config_freep) struct config *config = NULL;
    CLEANUP(freep) char *text = calloc(1, 1024 * 1024);
    struct error error = { 0 };
    char *at = text;

    cr_assert_not_null(text);
    at += sprintf(at, "modules = (");
    for (int i = 0; i < 1000; i++)
        at += sprintf(at, "%s{name=\"m%d\";path=\"m\";}", i == 0 ? "" : ",", i);
    at += sprintf(at, ");tokens = (");
    for (int i = 0; i < 4096; i++)
        at += sprintf(at,
                      "%s{label=\"t%d\";members=({module=\"m%d\";match="
                      "\"pkcs11:token=%d\";});}",
                      i == 0 ? "" : ",", i, i % 1000, i);
    strcpy(at, ");");
    cr_assert(config_load_text("text", text, strlen(text), &config, &error),
              "%s", error.text);
    cr_expect_eq(config->n_modules, 1000);
    cr_assert_eq(config->n_tokens, 4096);
    cr_expect_eq(config->tokens[4095].slot, 4096);
    cr_expect_str_eq(config->tokens[4095].members[0].module->name, "m95");
}

Test(config_values, an_event_of_the_audit_log_is_none)
{
    static const char start[] =
        ":1: audit: exclude has \"rnadom\" in it; use one of \"login\", ";
    struct error error = { 0 };
    CLEANUP(config_freep) struct config *config = NULL;
    char text[] = "audit = { file = \"/a\"; exclude = (\"rnadom\"); };";

    cr_assert_not(config_load_text("f", text, strlen(text), &config, &error));
    cr_expect_not_null(strstr(error.text, start), "%s", error.text);
    cr_expect_null(strstr(error.text, "\"stop\""), "%s", error.text);
    expect_mistake("audit = { file = \"/a\"; durability = \"never\"; };",
                   ":1: audit: durability is \"never\"; use one of \"write\", "
                   "\"disk\", \"buffer\"");
    expect_mistake("audit = { file = \"/a\"; on_failure = \"\"; };",
                   ":1: audit: on_failure is \"\"; use one of \"deny\", "
                   "\"allow\"");
}

Test(config_values, the_audit_log_needs_a_file)
{
    static const char text[] =
        "audit = { file = \"/var/log/a\"; level = \"keys\";\n"
        "exclude = (\"random\", \"login\"); on_failure = \"allow\";\n"
        "durability = \"disk\"; sinks = (\"journal\"); };";
    struct error error = { 0 };
    CLEANUP(config_freep) struct config *config = NULL;

    expect_mistake("audit = { level = \"keys\"; };",
                   ":1: audit: file is missing; add file = "
                   "\"/var/log/p11mux/audit.jsonl\"");
    expect_mistake("audit = { file = \"/a\"; sinks = (\"sysolg\"); };",
                   ":1: audit: sinks has \"sysolg\" in it; use one of "
                   "\"syslog\", \"journal\"");
    expect_mistake("audit = { file = \"a\"; };",
                   ":1: audit: file \"a\" is not an absolute path; "
                   "begin it with \"/\"");
    cr_assert(config_load_text("f", text, strlen(text), &config, &error), "%s",
              error.text);
    cr_expect_str_eq(config->audit.file, "/var/log/a");
    cr_expect_eq(config->audit.level, AUDIT_LEVEL_KEYS);
    cr_expect_eq(config->audit.durability, AUDIT_DURABILITY_DISK);
    cr_expect_not(config->audit.denies);
    cr_expect_eq(__builtin_popcountll(config->audit.excluded), 2);
    cr_expect_eq(config->audit.sinks, 1 << DAEMON_JOURNAL);
}
