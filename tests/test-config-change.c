/* SPDX-License-Identifier: BSD-3-Clause */
/* What differs between two configurations, and what of it reloads. */
#include "common/cleanup.h"
#include "config/change.h"
#include "tests/config-expect.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* A configuration; %s are keys of the module "m", of the token "t", of its
 * member, and of the top. */
#define TEXT                                                                   \
    "modules = ( { name = \"m\"; path = \"/m.so\"; %s } );\n"                  \
    "tokens = ( { label = \"t\"; members = ( { module = \"m\"; %s } ); %s } "  \
    ");\n%s\n"

static const char match[] = "match = \"pkcs11:token=t\";";

struct keys {
    const char *module;
    const char *token;
    const char *member;
    const char *top;
};

static struct config *
make(const struct keys *keys)
{
    char text[1024];

    (void)snprintf(text, sizeof(text), TEXT,
                   keys->module == NULL ? "" : keys->module,
                   keys->member == NULL ? match : keys->member,
                   keys->token == NULL ? "" : keys->token,
                   keys->top == NULL ? "" : keys->top);
    return config_of(text);
}

static void
collect(void *context, const struct config_change *change)
{
    char *out = context;

    (void)sprintf(out + strlen(out), "%s%s%s%s%s ", change->reloads ? "+" : "",
                  change->key, change->name == NULL ? "" : "(",
                  change->name == NULL ? "" : change->name,
                  change->name == NULL ? "" : ")");
}

/* What differs between the two, each with a space behind it; what reloads has
 * a plus. The same the other way round. */
static void
expect_changes(struct keys one, struct keys other, const char *expected)
{
    CLEANUP(config_freep) struct config *a = make(&one);
    CLEANUP(config_freep) struct config *b = make(&other);
    char there[1024] = "", back[1024] = "", none[1024] = "";

    config_compare(a, b, collect, there);
    config_compare_token(&a->tokens[0], &b->tokens[0], collect, there);
    config_compare(b, a, collect, back);
    config_compare_token(&b->tokens[0], &a->tokens[0], collect, back);
    config_compare(b, b, collect, none);
    config_compare_token(&b->tokens[0], &b->tokens[0], collect, none);
    cr_assert_str_eq(there, expected);
    cr_assert_str_eq(back, expected);
    cr_assert_str_eq(none, "");
}

#define CHANGES(key, text, expected)                                           \
    expect_changes((struct keys){ .module = NULL },                            \
                   (struct keys){ .key = text }, expected)

Test(config_change, the_same_text_has_none)
{
    CHANGES(top, "", "");
    CHANGES(token, "pool = { wait = \"30000ms\"; };", "");
}

Test(config_change, of_a_token)
{
    CHANGES(token, "pin = \"file:/pin\";", "+tokens.pin(t) ");
    CHANGES(token, "so_pin = \"env:PIN\";", "+tokens.so_pin(t) ");
    CHANGES(token,
            "pool = { wait = \"1s\"; idle = \"1s\"; lifetime = \"2h\"; "
            "check_after = \"1s\"; };",
            "+tokens.pool.wait(t) +tokens.pool.idle(t) "
            "+tokens.pool.lifetime(t) +tokens.pool.check_after(t) ");
    CHANGES(token, "pool = { mode = \"session\"; size = 2; };",
            "tokens.pool.mode(t) +tokens.pool.size(t) ");
    CHANGES(token, "serial = \"1\"; slot = 77;",
            "tokens.slot(t) tokens.serial(t) ");
    CHANGES(token, "audit = \"keys\";", "+tokens.audit(t) ");
    CHANGES(token, "failback = \"manual\";", "+tokens.failback(t) ");
}

Test(config_change, of_where_a_pin_comes_from)
{
    expect_changes((struct keys){ .token = "pin = \"command:/pin a\";" },
                   (struct keys){ .token = "pin = \"command:/pin b\";" },
                   "+tokens.pin(t) ");
    expect_changes((struct keys){ .token = "pin = \"file:/pin\";" },
                   (struct keys){ .token = "pin = \"file:/pin2\";" },
                   "+tokens.pin(t) ");
}

Test(config_change, of_members)
{
    CHANGES(member, "match = \"pkcs11:token=u\";", "tokens.members.match(t) ");
    CHANGES(member, "match = \"pkcs11:token=t\"; pin = \"env:PIN\";",
            "+tokens.members.pin(t) ");
}

/* Two of them, the second of that weight. */
#define BALANCED(weight)                                                       \
    ((struct keys){ .token = "mode = \"balance\";",                            \
                    .member =                                                  \
                        "match = \"pkcs11:token=t\"; }, { module = "           \
                        "\"m\"; match = \"pkcs11:token=u\"; weight = " #weight \
                        ";" })

Test(config_change, of_weights)
{
    expect_changes(BALANCED(1), BALANCED(5), "+tokens.members.weight(t) ");
}

Test(config_change, of_modules)
{
    CHANGES(module, "env = { A = \"b\"; };", "modules.env(m) ");
    CHANGES(module, "critical = true; max_sessions = 3;",
            "modules.critical(m) modules.max_sessions(m) ");
    CHANGES(module,
            "mechanisms = ( { id = \"0x80000001\"; handles = [ 8 ]; } );",
            "modules.mechanisms(m) ");
    expect_changes(
        (struct keys){
            .module =
                "mechanisms = ( { id = \"0x80000001\"; handles = [ 8 ]; } );" },
        (struct keys){
            .module = "mechanisms = ( { id = \"0x80000001\"; handles = [ 16 "
                      "]; } );" },
        "modules.mechanisms.handles(m) ");
    CHANGES(module,
            "classes = ( { code = \"CKR_DEVICE_ERROR\"; class = \"lost\"; } );",
            "modules.classes(m) ");
    expect_changes(
        (struct keys){ .module =
                           "classes = ( { code = \"CKR_DEVICE_ERROR\"; class = "
                           "\"lost\"; } );" },
        (struct keys){
            .module = "classes = ( { code = \"CKR_GENERAL_ERROR\"; function = "
                      "\"C_Sign\"; class = \"user\"; } );" },
        "modules.classes.code(m) modules.classes.function(m) "
        "modules.classes.class(m) ");
}

Test(config_change, of_the_rest)
{
    CHANGES(top, "log = { level = \"debug\"; target = \"syslog\"; };",
            "+log.level +log.target ");
    CHANGES(top,
            "runtime_dir = \"/s\"; fork = \"follow\"; slot_refresh = \"9s\";",
            "runtime_dir fork slot_refresh ");
    CHANGES(top, "audit = { file = \"/a\"; exclude = ( \"find\" ); };",
            "audit.file +audit.exclude ");
}

Test(config_change, modules_are_lent_by_their_names)
{
    CLEANUP(config_freep)
    struct config *a = make(&(struct keys){ .module = NULL });
    CLEANUP(config_freep)
    struct config *b = make(&(struct keys){ .module = NULL });

    config_lend_modules(a, b);
    cr_assert_eq(b->tokens[0].members[0].module, &a->modules[0]);
    cr_assert_eq(config_find_token(b, "t"), &b->tokens[0]);
    cr_assert_null(config_find_token(b, "u"));
}
