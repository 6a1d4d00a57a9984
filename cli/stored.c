/* SPDX-License-Identifier: BSD-3-Clause */
/* The certificates in the store, of all tokens that are there. */
#include "cli/stored.h"

#include "cli/certificate.h"
#include "cli/hex.h"
#include "cli/holding.h"
#include "cli/memory.h"
#include "common/cleanup.h"
#include "router/instance.h"
#include "router/spill.h"

#include <stdlib.h>

static void
add(struct stored_list *list, const struct token *token,
    const struct holding *holding)
{
    struct stored *stored;
    struct certificate certificate;

    list->items = memory_grow(list->items, list->n_items, sizeof(*list->items));
    stored = &list->items[list->n_items++];
    stored->token = token;
    stored->number = spill_number(token, holding->in_store);
    stored->sha256 = hex_text(holding->sha256, SHA256_LENGTH);
    if (certificate_read(holding->value, &certificate)) {
        stored->subject = memory_copy(certificate.subject);
        certificate_clear(&certificate);
    }
}

static bool
read_token(struct visit *visit, const struct token *token,
           struct stored_list *out, struct error *error)
{
    CLEANUP(holdings_clear) struct holdings holdings = { .items = NULL };

    if (!visit_open(visit, token, false, error) ||
        !holdings_read(visit, &holdings, error))
        return false;
    for (size_t i = 0; i < holdings.n_items; i++)
        if (holdings.items[i].in_store != 0)
            add(out, token, &holdings.items[i]);
    return true;
}

bool
stored_read(struct visit *visit, struct stored_list *out, struct error *error)
{
    const struct slot_list *slots = instance_get()->slots;

    *out = (struct stored_list){ .items = NULL };
    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct token *token = slot_list_at(slots, i);

        if (token->overflow == NULL)
            continue;
        if (!token_is_present(token)) {
            out->absent =
                memory_grow(out->absent, out->n_absent, sizeof(*out->absent));
            out->absent[out->n_absent++] = token;
            continue;
        }
        if (!read_token(visit, token, out, error))
            return false;
        out->tokens =
            memory_grow(out->tokens, out->n_tokens, sizeof(*out->tokens));
        out->tokens[out->n_tokens++] = token;
    }
    return true;
}

void
stored_clear(struct stored_list *list)
{
    for (size_t i = 0; i < list->n_items; i++) {
        free(list->items[i].sha256);
        free(list->items[i].subject);
    }
    free(list->items);
    free(list->tokens);
    free(list->absent);
}
