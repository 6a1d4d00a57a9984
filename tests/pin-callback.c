/* SPDX-License-Identifier: BSD-3-Clause */
/* Registers a callback for PINs, in a file of its own for p11-kit's header. */
#include "tests/pin-callback.h"

#include <criterion/criterion.h>
#include <p11-kit/pin.h>
#include <p11-kit/uri.h>
#include <stdio.h>
#include <stdlib.h>

char pin_callback_asked[256];

static const char *source_registered;
static const void *answer;
static size_t answer_length;

static P11KitPin *
answer_give(const char *pin_source, P11KitUri *uri, const char *description,
            P11KitPinFlags flags, void *data)
{
    char *text = NULL;

    (void)data;
    cr_expect_not_null(description);
    cr_assert_eq(p11_kit_uri_format(uri, P11_KIT_URI_FOR_TOKEN, &text),
                 P11_KIT_URI_OK);
    snprintf(pin_callback_asked, sizeof(pin_callback_asked), "%s %s %s",
             pin_source, text,
             flags == P11_KIT_PIN_FLAGS_USER_LOGIN ? "user"
             : flags == P11_KIT_PIN_FLAGS_SO_LOGIN ? "so"
                                                   : "?");
    free(text);
    return answer == NULL ? NULL : p11_kit_pin_new(answer, answer_length);
}

void
pin_callback_register(const char *pin_source, const void *bytes, size_t length)
{
    answer = bytes;
    answer_length = length;
    source_registered = pin_source;
    cr_assert_eq(p11_kit_pin_register_callback(pin_source, answer_give, NULL,
                                               NULL),
                 0);
}

void
pin_callback_unregister(void)
{
    p11_kit_pin_unregister_callback(source_registered, answer_give, NULL);
}
