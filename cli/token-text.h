/* SPDX-License-Identifier: BSD-3-Clause */
/* The fields of a token as texts, and its flags in words. */
#ifndef CLI_TOKEN_TEXT_H
#define CLI_TOKEN_TEXT_H

#include "common/cryptoki.h"

#include <stdbool.h>
#include <stddef.h>

/* Without their padding. */
struct token_text {
    char label[33];
    char serial[17];
    char manufacturer[33];
    char model[17];
};

void token_text_read(const CK_TOKEN_INFO *info, struct token_text *out);

/* What is to be said of a token with these flags: *out is a list of words, of
 * which there are at most TOKEN_WORDS. */
enum { TOKEN_WORDS = 16 };
size_t token_words(CK_FLAGS flags, const char *out[TOKEN_WORDS]);

#endif
