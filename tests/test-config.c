/* SPDX-License-Identifier: BSD-3-Clause */
/* Configuration files without a mistake, and what becomes of them. */
#include "common/cleanup.h"
#include "config/config.h"
#include "tests/config-expect.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>

#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifndef LOCALSTATEDIR
#define LOCALSTATEDIR "/var"
#endif

Test(config, without_a_file_is_all_that_p11_kit_knows)
{
    CLEANUP(config_freep) struct config *config = config_of_file(NULL);

    cr_expect_null(config->file);
    expect_defaults(config);
}

Test(config, of_an_empty_file_is_the_same)
{
    CLEANUP(config_freep) struct config *config = config_of("");

    cr_expect_str_eq(config->file, fixture_path("p11mux.conf"));
    expect_defaults(config);
}

Test(config, check_finds_nothing_in_a_good_file_and_in_none)
{
    struct config_mistakes mistakes;

    cr_expect(config_check(NULL, &mistakes));
    cr_expect_eq(mistakes.n_texts, 0);
    cr_expect(config_check(fixture_write("p11mux.conf", 0644, "tokens = ();"),
                           &mistakes));
    cr_expect_eq(mistakes.n_texts, 0);
    config_mistakes_free(&mistakes);
}

Test(config, reads_a_text_in_memory)
{
    static const char text[] = "others = \"hide\";";
    CLEANUP(config_freep) struct config *config = NULL;
    struct error error = { 0 };

    cr_assert(
        config_load_text("text", text, sizeof(text) - 1, &config, &error));
    cr_expect_str_eq(config->file, "text");
    cr_expect_not(config->show_others);
    config_freep(&config);
    cr_expect_not(config_load_text("text", "a", 1, &config, &error));
    cr_expect_null(config);
    cr_expect_eq(strncmp(error.text, "text:1: ", 8), 0);
}

Test(config, of_several_modules_and_tokens)
{
    CLEANUP(config_freep)
    struct config *config = config_of(
        "modules = (\n"
        "  { name = \"luna\"; path = \"/usr/lib/libCryptoki2_64.so\"; },\n"
        "  { name = \"soft\"; path = \"/usr/lib/softhsm/libsofthsm2.so\";\n"
        "    env = { SOFTHSM2_CONF = \"/etc/softhsm2.conf\"; A = \"\"; }; },\n"
        "  { name = \"nss\";  path = \"libsoftokn3.so\";\n"
        "    init_args = \"configdir='sql:/etc/pki/nssdb'\"; },\n"
        "  { name = \"rest\"; p11_kit = true; }\n"
        ");\n"
        "tokens = (\n"
        "  { label = \"ca\"; slot = 1;\n"
        "    members = ( { module = \"luna\";\n"
        "                  match = \"pkcs11:token=CA-PROD\"; } );\n"
        "    mode = \"single\"; pool = { mode = \"none\"; }; },\n"
        "  { label = \"web\"; members =\n"
        "    ( { module = \"rest\"; match = \"pkcs11:token=web\"; } ); }\n"
        ");\n");
    const struct config_module *modules = config->modules;
    const struct config_token *tokens = config->tokens;

    expect_general_defaults(config);
    cr_assert_eq(config->n_modules, 4);
    cr_expect_str_eq(modules[0].name, "luna");
    cr_expect_str_eq(modules[0].path, "/usr/lib/libCryptoki2_64.so");
    cr_expect_not(modules[0].p11_kit);
    expect_no_settings(&modules[0].settings);
    cr_expect_eq(modules[0].line, 2);
    cr_assert_eq(modules[1].n_env, 2);
    cr_expect_str_eq(modules[1].env[0].name, "SOFTHSM2_CONF");
    cr_expect_str_eq(modules[1].env[0].value, "/etc/softhsm2.conf");
    cr_expect_str_eq(modules[1].env[1].name, "A");
    cr_expect_str_eq(modules[1].env[1].value, "");
    cr_expect_str_eq(modules[2].init_args, "configdir='sql:/etc/pki/nssdb'");
    cr_expect(modules[3].p11_kit);
    cr_expect_null(modules[3].path);
    cr_assert_eq(config->n_tokens, 2);
    cr_expect_str_eq(tokens[0].label, "ca");
    cr_expect_eq(tokens[0].slot, 1);
    cr_expect_null(tokens[0].serial);
    cr_expect_null(tokens[0].manufacturer);
    cr_expect_null(tokens[0].model);
    cr_expect_eq(tokens[0].pool.mode, POOL_NONE);
    cr_expect_eq(tokens[0].line, 10);
    cr_assert_eq(tokens[0].n_members, 1);
    cr_expect_eq(tokens[0].members[0].module, &modules[0]);
    cr_expect_str_eq(tokens[0].members[0].match.label, "CA-PROD");
    cr_expect_eq(tokens[0].members[0].line, 11);
    cr_expect_eq(tokens[1].members[0].module, &modules[3]);
    cr_expect_eq(tokens[1].slot, 2);
}

Test(config, keeps_every_general_key)
{
    CLEANUP(config_freep)
    struct config *config = config_of(
        "others = \"hide\"; state_dir = \"/srv/p11mux\";\n"
        "group = \"root\"; consumers = \"refcount\"; fork = \"follow\";\n"
        "log = { level = \"debug\"; target = \"file:/tmp/log\"; };\n"
        "slot_refresh = \"200ms\"; start_timeout = \"5m\";\n"
        "finalize_wait = \"1h\";\n"
        "modules = ();\n");

    cr_expect_not(config->show_others);
    cr_expect_str_eq(config->state_dir, "/srv/p11mux");
    cr_expect_str_eq(config->group, "root");
    cr_expect_eq(config->group_id, 0);
    cr_expect(config->counts_consumers);
    cr_expect(config->follows_forks);
    cr_expect_eq(config->log_level, LOG_LEVEL_DEBUG);
    cr_expect_str_eq(config->log_target, "file:/tmp/log");
    cr_expect_eq(config->slot_refresh_ms, 200);
    cr_expect_eq(config->start_timeout_ms, 300000);
    cr_expect_eq(config->finalize_wait_ms, 3600000);
    cr_expect_eq(config->n_modules, 0);
}

Test(config, keeps_every_setting_of_a_profile)
{
    CLEANUP(config_freep)
    struct config *config = config_of(
        "modules = ( { name = \"a\"; path = \"a.so\"; instance = \"own\";\n"
        "  critical = true; profile = \"luna\"; serialise = \"session\";\n"
        "  fork_mode = \"second-instance\"; handle_reuse = true;\n"
        "  cancel = \"reliable\"; slot_events = \"off\"; dlclose = true;\n"
        "  wrap_auth = true; token_default = true; sigpipe = true;\n"
        "  serial = \"constant\"; rw_policy = \"rw_only\";\n"
        "  login_scope = \"session\"; handle_scope = \"session\";\n"
        "  max_sessions = 16; keepalive = \"15s\";\n"
        "  call_timeout = \"1m\"; },\n"
        "{ name = \"b\"; path = \"b.so\"; instance = \"shared\";\n"
        "  critical = false; serialise = \"no\"; fork_mode = \"reinit\";\n"
        "  handle_reuse = false; cancel = \"close\"; slot_events = \"poll\";\n"
        "  dlclose = false; wrap_auth = false; token_default = false;\n"
        "  sigpipe = false; serial = \"real\"; rw_policy = \"match\";\n"
        "  login_scope = \"app\"; handle_scope = \"app\";\n"
        "  keepalive = \"0s\"; call_timeout = \"0s\"; } );\n");
    const struct config_module *a = &config->modules[0];
    const struct config_module *b = &config->modules[1];

    cr_expect(a->own_instance);
    cr_expect(a->critical);
    cr_expect_str_eq(a->profile, "luna");
    cr_expect_eq(a->settings.serialise, SERIALISE_SESSION);
    cr_expect_eq(a->settings.fork_mode, FORK_SECOND_INSTANCE);
    cr_expect_eq(a->settings.handle_reuse, ANSWER_YES);
    cr_expect_eq(a->settings.cancel, CANCEL_RELIABLE);
    cr_expect_eq(a->settings.slot_events, SLOT_EVENTS_OFF);
    cr_expect_eq(a->settings.dlclose, ANSWER_YES);
    cr_expect_eq(a->settings.wrap_auth, ANSWER_YES);
    cr_expect_eq(a->settings.token_default, ANSWER_YES);
    cr_expect_eq(a->settings.sigpipe, ANSWER_YES);
    cr_expect_eq(a->settings.serial, SERIAL_CONSTANT);
    cr_expect_eq(a->settings.rw_policy, RW_POLICY_RW_ONLY);
    cr_expect_eq(a->settings.login_scope, SCOPED_SESSION);
    cr_expect_eq(a->settings.handle_scope, SCOPED_SESSION);
    cr_expect_eq(a->settings.max_sessions, 16);
    cr_expect_eq(a->settings.keepalive_ms, 15000);
    cr_expect_eq(a->settings.call_timeout_ms, 60000);
    cr_expect_not(b->own_instance);
    cr_expect_not(b->critical);
    cr_expect_null(b->profile);
    cr_expect_eq(b->settings.serialise, SERIALISE_NO);
    cr_expect_eq(b->settings.fork_mode, FORK_REINIT);
    cr_expect_eq(b->settings.handle_reuse, ANSWER_NO);
    cr_expect_eq(b->settings.cancel, CANCEL_CLOSE);
    cr_expect_eq(b->settings.slot_events, SLOT_EVENTS_POLL);
    cr_expect_eq(b->settings.dlclose, ANSWER_NO);
    cr_expect_eq(b->settings.wrap_auth, ANSWER_NO);
    cr_expect_eq(b->settings.token_default, ANSWER_NO);
    cr_expect_eq(b->settings.sigpipe, ANSWER_NO);
    cr_expect_eq(b->settings.serial, SERIAL_REAL);
    cr_expect_eq(b->settings.rw_policy, RW_POLICY_MATCH);
    cr_expect_eq(b->settings.login_scope, SCOPED_APP);
    cr_expect_eq(b->settings.handle_scope, SCOPED_APP);
    cr_expect_eq(b->settings.max_sessions, 0);
    cr_expect_eq(b->settings.keepalive_ms, NO_TIME);
    cr_expect_eq(b->settings.call_timeout_ms, NO_TIME);
}

Test(config, keeps_the_offsets_of_vendors_mechanisms)
{
    CLEANUP(config_freep)
    struct config *config = config_of(
        "modules = ( { name = \"a\"; path = \"a.so\"; mechanisms = (\n"
        "  { id = \"0x8000abcd\"; handles = (0, 16); out = [24]; },\n"
        "  { id = 0x80000001; handles = (8); },\n"
        "  { id = 2147483650L; out = (0xffff); },\n"
        "  { id = 0xffffffffL; out = (0L); },\n"
        "  { id = \"CKM_AES_GCM\"; out = (1); handles = (); },\n"
        "  { id = \"2147483651\"; out = (1); } ); } );\n");
    const struct config_profile *settings = &config->modules[0].settings;
    const struct config_mechanism *mechanisms = settings->mechanisms;

    cr_assert_eq(settings->n_mechanisms, 6);
    cr_expect_eq(mechanisms[0].type, 0x8000abcd);
    cr_assert_eq(mechanisms[0].n_handles, 2);
    cr_expect_eq(mechanisms[0].handles[0], 0);
    cr_expect_eq(mechanisms[0].handles[1], 16);
    cr_assert_eq(mechanisms[0].n_out, 1);
    cr_expect_eq(mechanisms[0].out[0], 24);
    cr_expect_eq(mechanisms[1].type, 0x80000001);
    cr_expect_eq(mechanisms[1].n_out, 0);
    cr_expect_eq(mechanisms[2].type, 0x80000002);
    cr_expect_eq(mechanisms[2].out[0], 65535);
    cr_expect_eq(mechanisms[3].type, 0xffffffff);
    cr_expect_eq(mechanisms[4].type, CKM_AES_GCM);
    cr_expect_eq(mechanisms[4].n_handles, 0);
    cr_expect_eq(mechanisms[5].type, 0x80000003);
}

Test(config, overrides_what_a_token_says_of_itself)
{
    CLEANUP(config_freep)
    struct config *config = config_of(
        "tokens = ( { label = \"\xc3\xa4"
        "bcdefghijklmnopqrstuvwxyz12345\";\n"
        "  serial = \"0123456789abcdef\";\n"
        "  manufacturer = \"12345678901234567890123456789012\";\n"
        "  model = \"1234567890123456\"; members = (\n"
        "    { module = \"p11-kit\"; match = \"pkcs11:slot-id=7\"; } ); } );");
    const struct config_token *token = &config->tokens[0];

    cr_expect_str_eq(token->label, "äbcdefghijklmnopqrstuvwxyz12345");
    cr_expect_str_eq(token->serial, "0123456789abcdef");
    cr_expect_str_eq(token->manufacturer, "12345678901234567890123456789012");
    cr_expect_str_eq(token->model, "1234567890123456");
    /* Without `modules` there is the default one to refer to. */
    cr_expect_eq(token->members[0].module, &config->modules[0]);
    cr_expect(token->members[0].match.has_slot_id);
    cr_expect_eq(token->members[0].match.slot_id, 7);
}

Test(config, tokens_may_stand_before_modules)
{
    CLEANUP(config_freep)
    struct config *config = config_of(
        "tokens = ( { label = \"a\"; members = ( { module = \"soft\"; match = "
        "\"pkcs11:token=a\"; } ); } );\n"
        "modules = ( { name = \"soft\"; path = \"soft.so\"; } );\n");

    cr_expect_eq(config->tokens[0].members[0].module, &config->modules[0]);
}

/* The slots of tokens whose `slot` is given, or -1. */
static void
expect_slots(const int *given, const CK_SLOT_ID *slots, size_t n_slots)
{
    CLEANUP(config_freep) struct config *config = NULL;
    const char *text = "tokens = (";

    for (size_t i = 0; i < n_slots; i++)
        text = fixture_text("%s%s { label = \"%zu\"; %s members = ( { module = "
                            "\"p11-kit\"; match = \"pkcs11:token=%zu\"; } ); }",
                            text, i == 0 ? "" : ",", i,
                            given[i] < 0 ? ""
                                         : fixture_text("slot = %d;", given[i]),
                            i);
    config = config_of(fixture_text("%s );", text));
    cr_assert_eq(config->n_tokens, n_slots);
    for (size_t i = 0; i < n_slots; i++)
        cr_expect_eq(config->tokens[i].slot, slots[i], "token %zu is in %lu", i,
                     config->tokens[i].slot);
}

Test(config, a_slot_is_the_position_by_default)
{
    expect_slots((int[]){ -1, -1, -1 }, (CK_SLOT_ID[]){ 1, 2, 3 }, 3);
}

Test(config, a_given_slot_elsewhere_changes_no_position)
{
    expect_slots((int[]){ -1, 0, -1, 2147483647, -1 },
                 (CK_SLOT_ID[]){ 1, 0, 3, 2147483647, 5 }, 5);
}

Test(config, a_position_that_is_taken_moves_to_the_next_that_is_free)
{
    expect_slots((int[]){ 2, -1, -1, -1 }, (CK_SLOT_ID[]){ 2, 3, 4, 5 }, 4);
    expect_slots((int[]){ -1, -1, 1 }, (CK_SLOT_ID[]){ 2, 3, 1 }, 3);
    expect_slots((int[]){ -1, 1, 2, 3, -1 }, (CK_SLOT_ID[]){ 4, 1, 2, 3, 5 },
                 5);
    expect_slots((int[]){ -1, -1, 2, 4, 6 }, (CK_SLOT_ID[]){ 1, 3, 2, 4, 6 },
                 5);
}

Test(config, a_group_that_is_not_there_is_nobody)
{
    CLEANUP(config_freep)
    struct config *config = config_of("group = \"no-such-group\";");

    cr_expect_str_eq(config->group, "no-such-group");
    cr_expect_eq(config->group_id, (gid_t)-1);
}

/* The state_dir of a user who is not root. */
static void
expect_state_dir(const char *state_dir)
{
    CLEANUP(config_freep) struct config *config = NULL;
    uid_t user = geteuid();

    if (user == 0)
        cr_assert_eq(seteuid(65534), 0);
    config = config_of_file(NULL);
    /* What changed its user cannot be searched for leaks. */
    cr_assert_eq(seteuid(user), 0);
    cr_assert_eq(prctl(PR_SET_DUMPABLE, 1), 0);
    cr_expect_str_eq(config->state_dir, state_dir);
}

Test(config, keeps_state_with_the_system_for_root)
{
    CLEANUP(config_freep) struct config *config = NULL;

    fixture_setenv("HOME", "/home/somebody");
    fixture_setenv("XDG_STATE_HOME", "/srv/state");
    config = config_of_file(NULL);
    cr_expect_str_eq(config->state_dir, geteuid() == 0 ? LOCALSTATEDIR
                                            "/lib/p11mux"
                                                       : "/srv/state/p11mux");
}

Test(config, keeps_state_at_home_for_a_user)
{
    fixture_setenv("HOME", "/home/somebody");
    unsetenv("XDG_STATE_HOME");
    expect_state_dir("/home/somebody/.local/state/p11mux");
    fixture_setenv("XDG_STATE_HOME", "/srv/state");
    expect_state_dir("/srv/state/p11mux");
    fixture_setenv("XDG_STATE_HOME", "relative");
    expect_state_dir("/home/somebody/.local/state/p11mux");
    fixture_setenv("XDG_STATE_HOME", "%s", "");
    expect_state_dir("/home/somebody/.local/state/p11mux");
}
