/* SPDX-License-Identifier: BSD-3-Clause */
/* PINs that the application gives: the callbacks it registered with p11-kit.
 * Apart from the rest, since p11-kit's PKCS#11 header and ours cannot meet. */
#ifndef PIN_CALLBACK_H
#define PIN_CALLBACK_H

#include "common/secret.h"

enum callback_answer {
    CALLBACK_GAVE,
    CALLBACK_NOTHING, /* nobody registered, or who did has none */
    CALLBACK_TOO_LONG,
    CALLBACK_NO_MEMORY
};

/*
 * Asks for the pin-source of a URI, on behalf of a token (NULL: the one of
 * that URI). *out_pin_source is what was asked for, and the caller frees it.
 */
enum callback_answer callback_ask(const char *uri, const char *token_uri,
                                  bool of_so, struct secret *out,
                                  char **out_pin_source);

/* The pin-source of a URI, which the caller frees; NULL for lack of memory. */
char *callback_source(const char *uri);

#endif
