/* SPDX-License-Identifier: BSD-3-Clause */
/* What kind of object it is, and what it may do, in words. */
#ifndef CLI_KEY_TEXT_H
#define CLI_KEY_TEXT_H

#include "router/identity.h"

/* p11mux's own functions: what applications call. */
const CK_FUNCTION_LIST_3_2 *key_text_functions(void);

/* "RSA 2048", "EC P-256", "AES 256", "X.509"; the caller frees it. NULL for
 * objects without a type. */
char *key_text_type(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                    const struct identity *identity);

/* What is to be said of it: *out is a list of words, at most KEY_WORDS. */
enum { KEY_WORDS = 20 };
size_t key_text_words(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                      const struct identity *identity,
                      const char *out[KEY_WORDS]);

#endif
