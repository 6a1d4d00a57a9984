/* SPDX-License-Identifier: BSD-3-Clause */
/* The certificates of a token, those on it and those in the store. */
#include "cli/holding.h"

#include "cli/handles.h"
#include "cli/key-text.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/names.h"
#include "router/instance.h"
#include "router/spill.h"
#include "router/values.h"

#include <stdlib.h>
#include <string.h>

static const struct value_request requests[] = {
    { .type = CKA_VALUE, .room = 4096, .may_be_longer = true },
    { .type = CKA_ID, .room = 256, .may_be_longer = true },
    { .type = CKA_LABEL, .room = 256, .may_be_longer = true },
};

static struct octets
copy(struct octets from)
{
    unsigned char *bytes = memory_new(from.length + 1, 1);

    if (from.length > 0)
        memcpy(bytes, from.bytes, from.length);
    return (struct octets){ bytes, from.length };
}

void
holding_clear(struct holding *holding)
{
    free((void *)(uintptr_t)holding->value.bytes);
    free((void *)(uintptr_t)holding->id.bytes);
    free((void *)(uintptr_t)holding->label.bytes);
}

bool
holding_make(struct octets value, struct octets id, struct octets label,
             struct holding *out)
{
    *out = (struct holding){ .value = copy(value),
                             .id = copy(id),
                             .label = copy(label) };
    out->is_x_509 = certificate_find_parts(out->value, &out->parts);
    if (crypto_sha256(value.bytes, value.length, out->sha256))
        return true;
    holding_clear(out);
    return false;
}

static bool
read_one(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
         struct holding *out)
{
    struct values values;
    char name[NAME_LENGTH];
    CK_RV rv = values_read(key_text_functions(), session, object, requests,
                           sizeof(requests) / sizeof(requests[0]), &values);

    bool is_made;

    if (rv != CKR_OK) {
        message_error("certificate 0x%lx cannot be read: %s", object,
                      name_of(NAME_CKR, rv, name));
        return false;
    }
    is_made = holding_make(values_get(&values, CKA_VALUE),
                           values_get(&values, CKA_ID),
                           values_get(&values, CKA_LABEL), out);
    values_clear(&values);
    return is_made;
}

bool
holding_is(const struct holding *holding, struct octets value, struct octets id)
{
    return octets_equal(holding->value, value) && octets_equal(holding->id, id);
}

/* The one on the token that a stored one is the same as; NULL: none. */
static struct holding *
find_twin(const struct holdings *holdings, const struct holding *stored)
{
    for (size_t i = 0; i < holdings->n_items; i++) {
        struct holding *holding = &holdings->items[i];

        if (holding->on_token != 0 && holding->in_store == 0 &&
            memcmp(holding->sha256, stored->sha256, SHA256_LENGTH) == 0 &&
            holding_is(holding, stored->value, stored->id))
            return holding;
    }
    return NULL;
}

void
holdings_add(struct holdings *holdings, const struct holding *holding)
{
    holdings->items = memory_grow(holdings->items, holdings->n_items,
                                  sizeof(*holdings->items));
    holdings->items[holdings->n_items++] = *holding;
}

static void
add_stored(struct holdings *holdings, size_t n_on_token,
           struct holding *holding)
{
    const struct holdings on_token = { holdings->items, n_on_token };
    struct holding *twin = find_twin(&on_token, holding);

    if (twin == NULL) {
        holdings_add(holdings, holding);
        return;
    }
    twin->in_store = holding->in_store;
    holding_clear(holding);
}

/* Those that are in the store, or those that are not. */
static void
read_some(const struct visit *visit, const struct handles *handles,
          bool is_stored, struct holdings *out)
{
    size_t n_before = out->n_items;

    for (size_t i = 0; i < handles->n_items; i++) {
        struct holding holding;

        if ((spill_number(visit->token, handles->items[i]) != 0) != is_stored ||
            !read_one(visit->session, handles->items[i], &holding))
            continue;
        if (is_stored) {
            holding.in_store = handles->items[i];
            add_stored(out, n_before, &holding);
        } else {
            holding.on_token = handles->items[i];
            holdings_add(out, &holding);
        }
    }
}

/* A search would find what it can, and say nothing. */
static bool
can_ask_store(const struct visit *visit, struct error *error)
{
    struct token *token =
        slot_list_find(instance_get()->slots, visit->token->slot);
    CK_RV rv;

    (void)log_open(LOG_LEVEL_ERROR, "stderr", NULL);
    rv = spill_ask(token);
    if (!visit->request->is_given[OPTION_VERBOSE])
        (void)log_open(LOG_LEVEL_NONE, "stderr", NULL);
    return rv == CKR_OK ||
           error_set(error, rv,
                     "what token \"%s\" has in the store cannot be read",
                     token->label);
}

bool
holdings_read(const struct visit *visit, struct holdings *out,
              struct error *error)
{
    CLEANUP(handles_clear) struct handles handles = { .items = NULL };
    CK_OBJECT_CLASS object_class = CKO_CERTIFICATE;
    CK_BBOOL is_token = CK_TRUE;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &is_token, sizeof(is_token) },
    };

    *out = (struct holdings){ .items = NULL };
    spill_set_use(visit->token->slot, SPILL_APART);
    if (!can_ask_store(visit, error) ||
        !handles_find(visit->session, template, 2, &handles, error))
        return false;
    read_some(visit, &handles, false, out);
    read_some(visit, &handles, true, out);
    return true;
}

const struct holding *
holdings_find(const struct holdings *holdings, struct octets value,
              struct octets id)
{
    for (size_t i = 0; i < holdings->n_items; i++)
        if (holding_is(&holdings->items[i], value, id))
            return &holdings->items[i];
    return NULL;
}

const char *
holding_place(const struct holding *holding)
{
    if (holding->on_token == 0)
        return "in the store";
    return holding->in_store == 0 ? "on the token"
                                  : "on the token and in the store";
}

void
holdings_clear(struct holdings *holdings)
{
    for (size_t i = 0; i < holdings->n_items; i++)
        holding_clear(&holdings->items[i]);
    free(holdings->items);
}
