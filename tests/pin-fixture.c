/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads PINs from sources and compares what comes of them. */
#include "tests/pin-fixture.h"

#include "common/cleanup.h"

#include <criterion/criterion.h>

#include <string.h>

const struct config_pin *
pin_of(const char *text)
{
    static struct config_pin pin;
    const char *mistake = NULL;

    config_pin_clear(&pin);
    cr_assert(config_pin_parse(text, &pin, &mistake), "%s %s", text, mistake);
    return &pin;
}

void
expect_pin_bytes(const char *source, const void *bytes, size_t length)
{
    CLEANUP(secret_wipe) struct secret secret = { 0 };
    struct error error = { 0 };

    cr_assert(pin_read(pin_of(source), NULL, &secret, &error), "%s",
              error.text);
    cr_expect(secret_equals(&secret, bytes, length),
              "another PIN, of %zu bytes: %.*s", secret.length,
              (int)secret.length, (const char *)secret.bytes);
    cr_expect_eq(error.rv, CKR_OK);
}

void
expect_pin(const char *source, const char *pin)
{
    expect_pin_bytes(source, pin, strlen(pin));
}

void
expect_no_pin(const char *source, const char *message)
{
    CLEANUP(secret_wipe) struct secret secret = { 0 };
    struct error error = { 0 };
    size_t length = strlen(message);

    cr_assert(secret_set(&secret, "old", 3));
    cr_assert_not(pin_read(pin_of(source), NULL, &secret, &error));
    cr_expect_eq(error.rv, CKR_FUNCTION_FAILED);
    if (length > 0 && message[length - 1] == '*')
        cr_expect_eq(strncmp(error.text, message, length - 1), 0, "%s",
                     error.text);
    else
        cr_expect_str_eq(error.text, message);
    cr_expect_null(strstr(error.text, "SECRET"));
    cr_expect_null(strchr(error.text, '\n'));
    cr_expect_null(secret.bytes);
}
