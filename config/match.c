/* SPDX-License-Identifier: BSD-3-Clause */
/* Compares rules with tokens, and with each other. */
#include "config/match.h"

#include "config/uri.h"

#include <stdlib.h>
#include <string.h>

_Static_assert((int)MATCH_MISTAKE_LENGTH == (int)URI_MISTAKE_LENGTH,
               "a mistake of the URI is handed on as it is");

bool
config_match_parse(const char *uri, struct config_match *out,
                   char mistake[MATCH_MISTAKE_LENGTH])
{
    struct uri parsed;

    *out = (struct config_match){ 0 };
    if (!uri_parse(uri, &parsed, mistake))
        return false;
    *out = (struct config_match){
        .uri = strdup(uri),
        .label = parsed.token,
        .serial = parsed.serial,
        .manufacturer = parsed.manufacturer,
        .model = parsed.model,
        .has_slot_id = parsed.has_slot_id,
        .slot_id = parsed.slot_id,
        .has_pin_source = parsed.pin_source != NULL,
    };
    free(parsed.pin_source);
    if (out->uri != NULL)
        return true;
    config_match_clear(out);
    return false;
}

void
config_match_clear(struct config_match *match)
{
    free(match->uri);
    free(match->label);
    free(match->serial);
    free(match->manufacturer);
    free(match->model);
    *match = (struct config_match){ 0 };
}

/* NULL comes before every text. */
static int
text_compare(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

int
config_match_compare(const struct config_match *a, const struct config_match *b)
{
    int order = text_compare(a->label, b->label);

    if (order == 0)
        order = text_compare(a->serial, b->serial);
    if (order == 0)
        order = text_compare(a->manufacturer, b->manufacturer);
    if (order == 0)
        order = text_compare(a->model, b->model);
    if (order == 0)
        order = a->has_slot_id - b->has_slot_id;
    if (order == 0)
        order = (a->slot_id > b->slot_id) - (a->slot_id < b->slot_id);
    return order;
}

static bool
text_fits(const char *wanted, const char *text)
{
    return wanted == NULL || strcmp(wanted, text) == 0;
}

bool
config_match_fits(const struct config_match *match, const char *label,
                  const char *serial, const char *manufacturer,
                  const char *model, CK_SLOT_ID slot_id)
{
    return text_fits(match->label, label) && text_fits(match->serial, serial) &&
           text_fits(match->manufacturer, manufacturer) &&
           text_fits(match->model, model) &&
           (!match->has_slot_id || match->slot_id == slot_id);
}
