/* SPDX-License-Identifier: BSD-3-Clause */
/* Feeds texts to the reader of rules for tokens: libFuzzer's harness. */
#include "config/match.h"
#include "common/cleanup.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect(bool condition)
{
    if (!condition)
        abort();
}

static bool
is_at_most(const char *text, size_t length)
{
    return text == NULL || strlen(text) <= length;
}

static const char *
or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

/* No field of a token holds it, so no rule asks for it. */
static const char too_long[] = "thirty-three bytes and some more..";

/* A rule asks for something, and fits the token that it describes. */
static void
expect_rule(const struct config_match *match)
{
    expect(match->uri != NULL);
    expect(match->label != NULL || match->serial != NULL ||
           match->manufacturer != NULL || match->model != NULL ||
           match->has_slot_id);
    expect(is_at_most(match->label, 32) && is_at_most(match->serial, 16) &&
           is_at_most(match->manufacturer, 32) && is_at_most(match->model, 16));
    expect(config_match_fits(match, or_empty(match->label),
                             or_empty(match->serial),
                             or_empty(match->manufacturer),
                             or_empty(match->model), match->slot_id));
    expect(!config_match_fits(match, too_long, too_long, too_long, too_long,
                              match->slot_id + 1));
    expect(config_match_compare(match, match) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(config_match_clear) struct config_match match;
    CLEANUP(freep) char *text = strndup((const char *)data, size);
    char mistake[MATCH_MISTAKE_LENGTH];

    if (!config_match_parse(text, &match, mistake)) {
        expect(mistake[0] != '\0' && strchr(mistake, '\n') == NULL);
        expect(match.uri == NULL && match.label == NULL);
    } else {
        expect_rule(&match);
    }
    return 0;
}
