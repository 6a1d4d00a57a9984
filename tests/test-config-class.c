/* SPDX-License-Identifier: BSD-3-Clause */
/* What return values mean to a module (`classes`), and how mistakes in that are
 * said. */
#include "tests/config-expect.h"

#include "common/cleanup.h"

#include <criterion/criterion.h>

Test(config_class, keeps_what_return_values_mean)
{
    CLEANUP(config_freep)
    struct config *config =
        config_of("modules = ( { name = \"a\"; path = \"a.so\"; classes = (\n"
                  "  { code = \"CKR_DEVICE_ERROR\"; class = \"lost\"; },\n"
                  "  { code = \"CKR_DEVICE_ERROR\"; function = \"C_Sign\";\n"
                  "    class = \"user\"; },\n"
                  "  { code = \"0x80000001\"; class = \"busy\"; } ); } );\n");
    const struct config_profile *settings = &config->modules[0].settings;
    const struct config_class *classes = settings->classes;

    cr_assert_eq(settings->n_classes, 3);
    cr_expect_eq(classes[0].rv, CKR_DEVICE_ERROR);
    cr_expect_eq(classes[0].entry, 0);
    cr_expect_eq(classes[0].outcome, OUTCOME_MEMBER_LOST);
    cr_expect_eq(classes[1].entry, offsetof(CK_FUNCTION_LIST_3_2, C_Sign));
    cr_expect_eq(classes[1].outcome, OUTCOME_USER);
    cr_expect_eq(classes[2].rv, 0x80000001);
    cr_expect_eq(classes[2].outcome, OUTCOME_THROTTLED);
}

Test(config_class, a_return_value_means_nothing)
{
    expect_module_mistake(
        "classes = ( { code = \"CKR_OK\"; class = \"user\"; } );",
        "class 1: code \"CKR_OK\" is no error; give a name such as "
        "\"CKR_DEVICE_ERROR\" or a number such as \"0x80000001\"");
    expect_module_mistake(
        "classes = ( { code = \"CKR_DEVICE_ERROR\"; function = \"C_Sing\"; "
        "class = \"user\"; } );",
        "class 1: function \"C_Sing\" is none of PKCS#11; did you mean "
        "\"C_Sign\"? Without this key it is every function");
    expect_module_mistake(
        "classes = ( { code = \"CKR_DEVICE_ERROR\"; class = \"gone\"; } );",
        "class 1: class is \"gone\"; use one of \"user\", \"lost\", "
        "\"ambiguous\", \"session\", \"login\", \"busy\"");
    expect_mistake("modules = (\n{ name = \"a\"; path = \"a\"; classes = (\n"
                   "{ code = \"CKR_DEVICE_ERROR\"; class = \"user\"; },\n"
                   "{ code = \"0x30\"; class = \"lost\"; } ); } );",
                   ":2: module \"a\": classes 1 and 2 are both of "
                   "CKR_DEVICE_ERROR from the same function; remove one of "
                   "them");
}
