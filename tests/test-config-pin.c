/* SPDX-License-Identifier: BSD-3-Clause */
/* Where PINs come from, as configuration files say it. */
#include "common/cleanup.h"
#include "config/config.h"
#include "tests/config-expect.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>

#include <string.h>

#define FOUR_WAYS                                                              \
    "\"file:/PATH\", \"env:NAME\", \"command:/PROGRAM ARGUMENTS\" or "         \
    "\"credential:NAME\""

static struct config_pin
pin_of(const char *text)
{
    struct config_pin pin;
    const char *mistake = NULL;

    cr_assert(config_pin_parse(text, &pin, &mistake), "%s: %s", text, mistake);
    return pin;
}

/* The words of a command, joined with "|". */
static const char *
words_of(const char *command)
{
    CLEANUP(config_pin_clear)
    struct config_pin pin = pin_of(fixture_text("command:%s", command));
    const char *words = "";

    cr_assert_eq(pin.kind, PIN_COMMAND);
    for (size_t i = 0; pin.arguments[i] != NULL; i++)
        words = fixture_text("%s%s|", words, pin.arguments[i]);
    return words;
}

static void
expect_pin(const char *text, enum config_pin_kind kind, const char *rest)
{
    CLEANUP(config_pin_clear) struct config_pin pin = pin_of(text);

    cr_expect_eq(pin.kind, kind, "%s", text);
    cr_expect_str_eq(pin.text, rest);
    cr_expect_eq(pin.arguments != NULL, kind == PIN_COMMAND);
    cr_expect_not(pin.of_so);
}

static void
expect_refusal(const char *value, const char *mistake)
{
    expect_token_mistake(fixture_text("pin = \"%s\";", value),
                         fixture_text("pin %s", mistake));
}

Test(config_pin, has_four_ways_and_uris)
{
    expect_pin("file:/run/secrets/ca pin", PIN_FILE, "/run/secrets/ca pin");
    expect_pin("env:CA_PIN", PIN_VARIABLE, "CA_PIN");
    expect_pin("command:/usr/bin/pass show ca", PIN_COMMAND,
               "/usr/bin/pass show ca");
    expect_pin("credential:ca.pin", PIN_CREDENTIAL, "ca.pin");
    expect_pin("pkcs11:?pin-source=file:/etc/ca.pin", PIN_URI,
               "pkcs11:?pin-source=file:/etc/ca.pin");
    expect_pin("pkcs11:token=a;object=b?pin-source=agent", PIN_URI,
               "pkcs11:token=a;object=b?pin-source=agent");
    expect_pin("pkcs11:?pin-source=file:/etc/pin-value=", PIN_URI,
               "pkcs11:?pin-source=file:/etc/pin-value=");
}

Test(config_pin, of_a_command_is_split_as_a_shell_splits)
{
    cr_expect_str_eq(words_of(" /bin/a  b c "), "/bin/a|b|c|");
    cr_expect_str_eq(words_of("/bin/a"), "/bin/a|");
    cr_expect_str_eq(words_of("/bin/a 'b  c'\"d e\"f"), "/bin/a|b  cd ef|");
    cr_expect_str_eq(words_of("/bin/a '' \"\""), "/bin/a|||");
    cr_expect_str_eq(words_of("/bin/a b\\ c \\' \\\\"), "/bin/a|b c|'|\\|");
    cr_expect_str_eq(words_of("/bin/a \"\\\"\\\\\\$\\x\""), "/bin/a|\"\\$\\x|");
    cr_expect_str_eq(words_of("/bin/a '$(b)|;&*?\\\"'"),
                     "/bin/a|$(b)|;&*?\\\"|");
    cr_expect_str_eq(words_of("/b a a a a a a"), "/b|a|a|a|a|a|a|");
}

Test(config_pin, of_a_command_needs_no_shell)
{
    static const char *const commands[] = { "a | b", "a > b", "a; b",
                                            "a & b", "$A",    "`a`",
                                            "*.pin", "~/a",   "# a" };

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        expect_refusal(fixture_text("command:/bin/sh %s", commands[i]),
                       "has a sign in it that only a shell would understand; "
                       "put it between ' and ', or name a script");
    expect_refusal("command:/bin/sh \\\"$A\\\"",
                   "has $ or ` in it, and no shell to read them; put them "
                   "between ' and ', or name a script");
    expect_refusal("command:/bin/sh 'a", "has a ' without an end; close it");
    expect_refusal("command:/bin/sh \\\"a",
                   "has a \" without an end; close it");
    expect_refusal("command:/bin/sh a\\\\",
                   "has a sign in it that only a shell would understand; put "
                   "it between ' and ', or name a script");
}

Test(config_pin, is_never_in_the_file_and_never_shown)
{
    static const char *const values[] = { "SECRET", "1234",    "File:/a",
                                          "file",   "FILE:/a", "pin:SECRET",
                                          "fd:3",   "/a",      " file:/a" };

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        expect_refusal(values[i],
                       "is not where a PIN comes from; give " FOUR_WAYS
                       ", never the PIN itself");
    expect_token_mistake("pin = 123456;",
                         "pin is a number; give " FOUR_WAYS ", in quotes");
    expect_token_mistake("so_pin = \"SECRET\";",
                         "so_pin is not where a PIN comes from; give " FOUR_WAYS
                         ", never the PIN itself");
    expect_refusal("", "is empty; give a text");
    expect_refusal("SECRET\\n", "has a control character; remove it");
}

Test(config_pin, names_something)
{
    static const char *const variables[] = { "",    "1A",       "A-B",
                                             "A B", "A=SECRET", "\xc3\xa4" };
    static const char *const credentials[] = { "", ".", "..", "../SECRET",
                                               "/etc/a" };

    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        expect_refusal(fixture_text("env:%s", variables[i]),
                       "names no variable; give \"env:NAME\" with letters, "
                       "digits and \"_\"");
    for (size_t i = 0; i < sizeof(credentials) / sizeof(credentials[0]); i++)
        expect_refusal(fixture_text("credential:%s", credentials[i]),
                       "names no credential; give \"credential:NAME\", the "
                       "name of a file in systemd's folder");
    expect_refusal("file:SECRET", "is a file without its absolute path; give "
                                  "\"file:/PATH\"");
    expect_refusal("file:", "is a file without its absolute path; give "
                            "\"file:/PATH\"");
    expect_refusal("command:pass show a",
                   "is a command without its absolute path; give "
                   "\"command:/PROGRAM ARGUMENTS\"");
    expect_refusal("command: ", "is a command without its absolute path; give "
                                "\"command:/PROGRAM ARGUMENTS\"");
}

Test(config_pin, of_a_uri_is_a_source_and_no_value)
{
    static const char *const uris[] = {
        "pkcs11:?pin-value=SECRET",
        "pkcs11:token=a;pin-value=SECRET",
        "pkcs11:;;?a&pin-value=SECRET",
        "pkcs11:pin-value=SECRET?pin-source=file:/a",
        "pkcs11:?pin-source=file:/a&pin-value=SECRET",
        "pkcs11:token=a",
        "pkcs11:?pin-source=",
        "pkcs11:?pin-source=file:SECRET",
        "pkcs11:?pin-source=file:/a b",
        "pkcs11:?pin-source=%4",
        "pkcs11:SECRET",
        "pkcs11:x=y?pin-source=file:/a",
        "pkcs11:token=a?p)n-source=file:/a", /* p11-kit: unexpected */
    };

    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
        expect_refusal(
            uris[i],
            "is no PKCS#11 URI with a pin-source and without "
            "pin-value; give \"pkcs11:?pin-source=file:/PATH\", " FOUR_WAYS
            ", never the PIN itself");
}

Test(config_pin, is_kept_for_token_officer_and_member)
{
    CLEANUP(config_freep)
    struct config *config = config_of(
        "tokens = ( { label = \"a\"; pin = \"env:A\"; so_pin = \"file:/b\";\n"
        "  auto_login = true; members = ( { module = \"p11-kit\";\n"
        "  match = \"pkcs11:token=a?pin-source=x\"; pin = \"env:C\"; } ); },\n"
        "{ label = \"b\"; " OTHER_MEMBERS " } );");
    const struct config_token *tokens = config->tokens;

    cr_expect_str_eq(tokens[0].pin.text, "A");
    cr_expect_not(tokens[0].pin.of_so);
    cr_expect_eq(tokens[0].so_pin.kind, PIN_FILE);
    cr_expect_str_eq(tokens[0].so_pin.text, "/b");
    cr_expect(tokens[0].so_pin.of_so);
    cr_expect(tokens[0].auto_login);
    cr_expect_eq(tokens[0].members[0].pin.kind, PIN_VARIABLE);
    cr_expect_str_eq(tokens[0].members[0].pin.text, "C");
    cr_expect_eq(tokens[1].pin.kind, PIN_UNSET);
    cr_expect_eq(tokens[1].so_pin.kind, PIN_UNSET);
    cr_expect_eq(tokens[1].members[0].pin.kind, PIN_UNSET);
    cr_expect_not(tokens[1].auto_login);
}

Test(config_pin, of_a_rule_is_the_members_where_it_has_no_other)
{
    CLEANUP(config_freep)
    struct config *config =
        config_of("tokens = ( { label = \"a\"; auto_login = true; members = (\n"
                  "  { module = \"p11-kit\"; match = "
                  "\"pkcs11:token=a?pin-source=file:/etc/%61\"; } ); } );");
    const struct config_member *member = &config->tokens[0].members[0];

    cr_expect_eq(member->pin.kind, PIN_URI);
    cr_expect_str_eq(member->pin.text,
                     "pkcs11:token=a?pin-source=file:/etc/%61");
    cr_expect_str_eq(member->match.label, "a");
    cr_expect(member->match.has_pin_source);
}

Test(config_pin, of_a_rule_does_not_make_it_another)
{
    expect_mistake(
        "tokens = ( { label = \"x\"; " MEMBERS " },\n"
        "{ label = \"z\"; members = ( { module = \"p11-kit\";\n"
        "  match = \"pkcs11:token=a?pin-source=file:/a\"; } ); } );",
        ":2: token \"z\": the member selects the same token of \"p11-kit\" as "
        "that of token \"x\" in line 1; correct the match of one of them");
    expect_mistake("tokens = ( { label = \"a\"; members = ( { module = "
                   "\"p11-kit\";\n match = \"pkcs11:?pin-source=a\"; } ); } );",
                   ":2: token \"a\": member 1: match: it would select every "
                   "token; add token=, serial=, manufacturer=, model= or "
                   "slot-id=");
    expect_mistake("tokens = ( { label = \"a\"; members = ( { module = "
                   "\"p11-kit\";\n match = "
                   "\"pkcs11:token=a?pin-source=file:SECRET\"; } ); } );",
                   ":2: token \"a\": member 1: match: pin-source is a file "
                   "without its absolute path; write such as "
                   "?pin-source=file:/PATH");
}

Test(config_pin, is_needed_to_log_in_alone)
{
    expect_mistake("tokens = (\n{ label = \"a\"; auto_login = true; " MEMBERS
                   " } );",
                   ":2: token \"a\": auto_login is true and member 1 has no "
                   "pin; add pin = \"file:/...\", or remove auto_login");
    expect_mistake("tokens = (\n{ label = \"a\"; auto_login = true; so_pin = "
                   "\"env:A\"; " MEMBERS " } );",
                   ":2: token \"a\": auto_login is true and member 1 has no "
                   "pin; add pin = \"file:/...\", or remove auto_login");
}

Test(config_pin, that_is_no_text_is_nothing)
{
    struct config_pin pin = { .kind = PIN_FILE };
    const char *mistake = NULL;

    cr_expect_not(config_pin_parse("\xff", &pin, &mistake));
    cr_expect_str_eq(mistake, "is not UTF-8; save the file as UTF-8");
    cr_expect_eq(pin.kind, PIN_UNSET);
    cr_expect_null(pin.text);
    config_pin_clear(&pin);
}
