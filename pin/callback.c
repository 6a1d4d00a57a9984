/* SPDX-License-Identifier: BSD-3-Clause */
/* Asks the callbacks for PINs that p11-kit knows. */
#include "pin/callback.h"

#include <p11-kit/pin.h>
#include <p11-kit/uri.h>
#include <stdlib.h>
#include <string.h>

/* NULL for lack of memory, or where the text is no URI. */
static P11KitUri *
uri_new(const char *text)
{
    P11KitUri *uri = p11_kit_uri_new();

    if (uri != NULL &&
        p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, uri) == P11_KIT_URI_OK)
        return uri;
    p11_kit_uri_free(uri);
    return NULL;
}

/* Moves the PIN over; p11-kit's own copy is its to wipe. */
static enum callback_answer
pin_take(P11KitPin *pin, struct secret *out)
{
    size_t length = 0;
    const unsigned char *bytes = p11_kit_pin_get_value(pin, &length);

    if (length > SECRET_MAX_LENGTH)
        return CALLBACK_TOO_LONG;
    return secret_set(out, bytes, length) ? CALLBACK_GAVE : CALLBACK_NO_MEMORY;
}

static enum callback_answer
pin_request(const char *pin_source, P11KitUri *token, bool of_so,
            struct secret *out)
{
    P11KitPin *pin = p11_kit_pin_request(pin_source, token,
                                         of_so ? "the token's security officer"
                                               : "the token's user",
                                         of_so ? P11_KIT_PIN_FLAGS_SO_LOGIN
                                               : P11_KIT_PIN_FLAGS_USER_LOGIN);
    enum callback_answer answer;

    if (pin == NULL)
        return CALLBACK_NOTHING;
    answer = pin_take(pin, out);
    p11_kit_pin_unref(pin);
    return answer;
}

char *
callback_source(const char *uri)
{
    P11KitUri *parsed = uri_new(uri);
    char *result = NULL;

    if (parsed != NULL)
        result = strdup(p11_kit_uri_get_pin_source(parsed));
    p11_kit_uri_free(parsed);
    return result;
}

enum callback_answer
callback_ask(const char *uri, const char *token_uri, bool of_so,
             struct secret *out, char **out_pin_source)
{
    P11KitUri *token = uri_new(token_uri != NULL ? token_uri : uri);
    enum callback_answer answer = CALLBACK_NO_MEMORY;

    *out_pin_source = callback_source(uri);
    if (*out_pin_source != NULL && token != NULL)
        answer = pin_request(*out_pin_source, token, of_so, out);
    p11_kit_uri_free(token);
    return answer;
}
