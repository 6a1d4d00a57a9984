/* SPDX-License-Identifier: BSD-3-Clause */
/* PINs in variables, and from applications that registered with p11-kit. */
#include "common/cleanup.h"
#include "tests/fixture.h"
#include "tests/pin-callback.h"
#include "tests/pin-fixture.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

Test(pin_variable, is_the_value)
{
    fixture_setenv("WEB_PIN", "1234");
    expect_pin("env:WEB_PIN", "1234");
    cr_expect_str_eq(getenv("WEB_PIN"), "1234");
    fixture_setenv("WEB_PIN", "%s", "");
    expect_pin("env:WEB_PIN", "");
}

Test(pin_variable, that_is_not_set_is_an_error)
{
    unsetenv("WEB_PIN");
    expect_no_pin("env:WEB_PIN", "PIN source env:WEB_PIN: the variable is not "
                                 "set; set it for the process that uses the "
                                 "token");
}

Test(pin_variable, may_be_as_long_as_a_secret_and_no_longer)
{
    char text[SECRET_MAX_LENGTH + 2] = "";

    memset(text, 'x', SECRET_MAX_LENGTH);
    fixture_setenv("WEB_PIN", "%s", text);
    expect_pin("env:WEB_PIN", text);
    text[SECRET_MAX_LENGTH] = 'x';
    fixture_setenv("WEB_PIN", "%s", text);
    expect_no_pin("env:WEB_PIN", "PIN source env:WEB_PIN: the value is longer "
                                 "than any PIN; check which variable it is");
}

Test(pin_source, that_is_not_configured_is_an_error)
{
    static const struct config_pin none;
    struct secret secret = { 0 };
    struct error error = { 0 };

    cr_expect_not(pin_read(&none, NULL, &secret, &error));
    cr_expect_eq(error.rv, CKR_FUNCTION_FAILED);
    cr_expect_str_eq(error.text, "no PIN source is configured; add pin = "
                                 "\"file:/...\" to the token");
    cr_expect_not(pin_read(&none, NULL, &secret, NULL));
    cr_expect_not(pin_read(pin_of("file:/nonexistent"), NULL, &secret, NULL));
}

Test(pin_source, has_a_name_without_what_may_be_secret)
{
    char name[PIN_SOURCE_NAME_LENGTH];

    cr_expect_str_eq(pin_source_name(pin_of("file:/a b"), name), "file:/a b");
    cr_expect_str_eq(pin_source_name(pin_of("env:A"), name), "env:A");
    cr_expect_str_eq(pin_source_name(pin_of("credential:a"), name),
                     "credential:a");
    cr_expect_str_eq(pin_source_name(pin_of("command:/bin/a --key SECRET"),
                                     name),
                     "command:/bin/a");
    cr_expect_str_eq(pin_source_name(pin_of("pkcs11:?pin-source=SECRET"), name),
                     "pin-source of the URI");
    cr_expect_str_eq(pin_source_name(&(struct config_pin){ 0 }, name), "none");
}

Test(pin_uri, is_asked_of_the_application)
{
    CLEANUP(secret_wipe) struct secret secret = { 0 };
    struct error error = { 0 };

    pin_callback_register("agent", "1234", 4);
    expect_pin("pkcs11:?pin-source=agent", "1234");
    cr_expect_str_eq(pin_callback_asked, "agent pkcs11:?pin-source=agent user");
    cr_assert(pin_read(pin_of("pkcs11:token=a?pin-source=agent"),
                       "pkcs11:token=web", &secret, &error));
    cr_expect_str_eq(pin_callback_asked, "agent pkcs11:token=web user");
    pin_callback_unregister();
}

Test(pin_uri, of_the_officer_is_asked_for_the_officer)
{
    CLEANUP(secret_wipe) struct secret secret = { 0 };
    struct config_pin pin = *pin_of("pkcs11:?pin-source=agent");

    pin.of_so = true;
    pin_callback_register("agent", "1234", 4);
    cr_assert(pin_read(&pin, "pkcs11:token=web", &secret, NULL));
    cr_expect_str_eq(pin_callback_asked, "agent pkcs11:token=web so");
    pin_callback_unregister();
}

Test(pin_uri, may_be_answered_by_who_answers_for_all)
{
    pin_callback_register("", "1234", 4);
    expect_pin("pkcs11:?pin-source=whatever", "1234");
    expect_pin("pkcs11:?pin-source=file:/nonexistent", "1234");
    pin_callback_unregister();
}

Test(pin_uri, of_a_file_is_read_where_nobody_registered)
{
    const char *path = fixture_write("pin", 0600, "4321\nSECRET\n");
    const char *uri = fixture_text("pkcs11:?pin-source=file:%s", path);

    expect_pin(uri, "4321");
    expect_pin(fixture_text("pkcs11:?pin-source=file://%s", path), "4321");
    expect_pin(fixture_text("pkcs11:?pin-source=file:%%2F%s", path + 1),
               "4321");
    pin_callback_register(fixture_text("file:%s", path), "1234", 4);
    expect_pin(uri, "1234");
    pin_callback_unregister();
    expect_pin(uri, "4321");
    fixture_write("pin", 0644, "SECRET");
    expect_no_pin(uri, fixture_text("PIN source file:%s: everybody may read it "
                                    "*",
                                    path));
}

Test(pin_uri, that_nobody_answers_is_an_error)
{
    static const char message[] =
        "PIN source pin-source of the URI: the application gave no PIN; have "
        "it register a callback with p11-kit, or use file:/PATH";

    expect_no_pin("pkcs11:?pin-source=SECRET", message);
    pin_callback_register("SECRET", NULL, 0);
    expect_no_pin("pkcs11:?pin-source=SECRET", message);
    pin_callback_unregister();
}

Test(pin_uri, may_be_empty_or_too_long)
{
    static char text[SECRET_MAX_LENGTH + 1];

    pin_callback_register("agent", "", 0);
    expect_pin("pkcs11:?pin-source=agent", "");
    pin_callback_unregister();
    pin_callback_register("agent", text, sizeof(text));
    expect_no_pin("pkcs11:?pin-source=agent",
                  "PIN source pin-source of the URI: the application gave more "
                  "than a PIN can have; correct its callback");
    pin_callback_unregister();
}
