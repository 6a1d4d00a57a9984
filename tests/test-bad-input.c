/* SPDX-License-Identifier: BSD-3-Clause */
/* Configurations that are wrong: C_Initialize says why in one line, fails,
 * and leaves nothing half open; with a good one the next call works. */
#include "tests/heard.h"
#include "tests/modules/record.h"
#include "tests/rig.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct module *mux;

static void
setup(void)
{
    fixture_setenv("P11MUX_RECORD_TOKENS", "2");
    mux = module_open(fixture_p11mux());
}

TestSuite(bad_input, .init = setup, .timeout = 60);

/* A module with the tokens record-1 and record-2. */
static const char *
module_line(const char *name, const char *keys)
{
    return fixture_text("{ name = \"%s\"; path = \"%s\"; %s }", name,
                        fixture_test_module("record"), keys);
}

static const char *
token_line(const char *label, const char *module, const char *match)
{
    return fixture_text("{ label = \"%s\"; members = ( { module = \"%s\"; "
                        "match = \"%s\"; } ); }",
                        label, module, match);
}

static const char *
file(const char *modules, const char *tokens, const char *top)
{
    return fixture_config("modules = ( %s );\ntokens = ( %s );\n%s\n", modules,
                          tokens, top);
}

static const char *
use_good_file(void)
{
    return file(module_line("m", ""),
                token_line("one", "m", "pkcs11:token=record-1"), "");
}

/* As if nothing had been tried. */
static void
check_untouched(void)
{
    CK_SESSION_HANDLE session;
    CK_INFO info;

    cr_assert_eq(mux->list->C_GetInfo(&info), CKR_CRYPTOKI_NOT_INITIALIZED);
    cr_assert_eq(mux->list->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    use_good_file();
    cr_assert_eq(mux->list->C_Initialize(NULL), CKR_OK);
    session = fixture_session(mux->list, 1, NULL);
    cr_assert_eq(mux->list->C_CloseSession(session), CKR_OK);
    cr_assert_eq(mux->list->C_Finalize(NULL), CKR_OK);
}

/* The whole of what is said is this line, and it is an error. */
static void
check_refused(const char *line)
{
    const char *heard;
    CK_RV rv;

    heard_begin();
    rv = mux->list->C_Initialize(NULL);
    heard = heard_end();
    cr_expect_eq(rv, CKR_GENERAL_ERROR, "0x%lx", rv);
    cr_expect_str_eq(heard, fixture_text("p11mux: error: %s\n", line));
    check_untouched();
}

/* -- The file -------------------------------------------------------------- */

Test(bad_input, no_file_where_the_variable_says)
{
    const char *path = fixture_path("missing.conf");

    fixture_setenv("P11MUX_CONF", "%s", path);
    check_refused(fixture_text("%s: P11MUX_CONF names this file and it cannot "
                               "be read: No such file or directory; correct "
                               "the variable or unset it",
                               path));
}

Test(bad_input, a_folder_instead_of_a_file)
{
    const char *path = fixture_make_folder("folder.conf");

    fixture_setenv("P11MUX_CONF", "%s", path);
    check_refused(
        fixture_text("%s: is no regular file; name one that is", path));
}

Test(bad_input, a_file_that_may_not_be_read)
{
    const char *path = fixture_write("secret.conf", 0, "modules = ();\n");
    const char *heard;

    if (geteuid() != 0)
        cr_skip_test("only root can become somebody else and come back");
    cr_assert_eq(chmod(fixture_folder(), 0755), 0);
    fixture_setenv("P11MUX_CONF", "%s", path);
    heard_begin();
    cr_assert_eq(seteuid(65534), 0);
    cr_assert_eq(mux->list->C_Initialize(NULL), CKR_GENERAL_ERROR);
    cr_assert_eq(seteuid(0), 0);
    heard = heard_end();
    /* Who may look into the folders above decides how it goes on. */
    cr_assert_eq(strncmp(heard, "p11mux: error: ", 15), 0, "%s", heard);
    cr_assert_eq(strncmp(heard + 15, path, strlen(path)), 0, "%s", heard);
    cr_assert_not_null(strstr(heard, ": Permission denied; "), "%s", heard);
    cr_assert_eq(strchr(heard, '\n')[1], '\0', "%s", heard);
    check_untouched();
}

Test(bad_input, a_file_that_others_may_write)
{
    const char *path = use_good_file();

    cr_assert_eq(chmod(path, 0666), 0);
    check_refused(
        fixture_text("%s: this file (mode 0666, owner %u, group %u) may "
                     "be changed by everybody; run: chmod go-w %s",
                     path, geteuid(), getegid(), path));
}

Test(bad_input, a_file_in_a_folder_that_others_may_write)
{
    const char *folder = fixture_make_folder("open");

    cr_assert_eq(chmod(folder, 0777), 0);
    fixture_setenv("P11MUX_CONF", "%s",
                   fixture_write("open/p11mux.conf", 0600, "modules = ();\n"));
    check_refused(
        fixture_text("%s: this folder (mode 0777, owner %u, group %u) "
                     "may be changed by everybody; run: chmod go-w %s",
                     folder, geteuid(), getegid(), folder));
}

/* -- What is in it -----------------------------------------------------------
 */

Test(bad_input, a_mistake_of_syntax)
{
    const char *path =
        file(module_line("m", ""), "", "log = { level = \"debug\" ");

    check_refused(fixture_text("%s:4: syntax error; look here and in the line "
                               "before for a missing quote, \";\", \",\" or "
                               "bracket",
                               path));
}

Test(bad_input, a_key_that_is_unknown)
{
    const char *path = file(module_line("m", ""), "", "slot_refrsh = \"1s\";");

    check_refused(fixture_text("%s:3: key \"slot_refrsh\" is not known; the "
                               "nearest is \"slot_refresh\"",
                               path));
}

Test(bad_input, a_value_of_the_wrong_type)
{
    const char *path = file(module_line("m", ""), "", "slot_refresh = 5;");

    check_refused(fixture_text("%s:3: slot_refresh is a number; give a whole "
                               "number with a unit in quotes, such as "
                               "\"200ms\", \"2s\", \"5m\", \"1h\" or \"7d\"",
                               path));
}

Test(bad_input, a_profile_that_is_unknown)
{
    const char *path = file(module_line("m", "profile = \"lunar\";"), "", "");

    check_refused(fixture_text("%s:1: module \"m\": there is no profile "
                               "\"lunar\"; did you mean \"luna\"?",
                               path));
}

Test(bad_input, a_module_that_is_unknown)
{
    const char *path =
        file(module_line("m", ""),
             token_line("one", "n", "pkcs11:token=record-1"), "");

    check_refused(fixture_text("%s:2: token \"one\": member 1: module \"n\" is "
                               "not defined; use one that is (m) or add it to "
                               "modules",
                               path));
}

/* -- Rules that tokens do not fit
 * ------------------------------------------------ */

Test(bad_input, a_rule_that_fits_two_tokens)
{
    const char *path = file(module_line("m", ""),
                            token_line("one", "m", "pkcs11:model=record"), "");

    check_refused(fixture_text(
        "%s:2: token \"one\": match \"pkcs11:model=record\" fits two tokens: "
        "\"record-1\" (module m, slot-id %lu, serial \"1\") and \"record-2\" "
        "(module m, slot-id %lu, serial \"2\"); add serial= or slot-id= to the "
        "match",
        path, RECORD_SLOT, RECORD_SLOT + 1));
}

Test(bad_input, two_rules_that_fit_one_token)
{
    const char *path =
        file(module_line("m", ""),
             fixture_text("%s, %s",
                          token_line("one", "m", "pkcs11:token=record-1"),
                          token_line("two", "m", "pkcs11:serial=1")),
             "");

    check_refused(fixture_text(
        "%s:2: tokens \"one\" and \"two\": the rules of both fit \"record-1\" "
        "(module "
        "m, slot-id %lu, serial \"1\"); one token can be a member of one token "
        "only; make the matches differ",
        path, RECORD_SLOT));
}

/* One file in two entries is one library, so it is one token all the same. */
Test(bad_input, two_rules_that_fit_one_token_of_two_entries)
{
    const char *path =
        file(fixture_text("%s, %s", module_line("m", ""), module_line("n", "")),
             fixture_text("%s, %s",
                          token_line("one", "m", "pkcs11:token=record-1"),
                          token_line("two", "n", "pkcs11:token=record-1")),
             "");

    check_refused(fixture_text(
        "%s:2: tokens \"one\" and \"two\": the rules of both fit \"record-1\" "
        "(module "
        "n, slot-id %lu, serial \"1\"); one token can be a member of one token "
        "only; make the matches differ",
        path, RECORD_SLOT));
}
