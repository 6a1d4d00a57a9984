/* SPDX-License-Identifier: BSD-3-Clause */
/* The store of certificates comes up with the instance, and ends with it. */
#include "backends/overflow.h"
#include "router/spill.h"
#include "router/token.h"

#include <stdlib.h>

static size_t
count_tokens(const struct slot_list *list)
{
    size_t n = 0;

    for (size_t i = 0; i < slot_list_count(list); i++)
        if (slot_list_at(list, i)->overflow != NULL)
            n++;
    return n;
}

static void
place(struct instance *instance, struct token *token, CK_SLOT_ID slot)
{
    instance->overflow_slots[slot] = (struct overflow_slot){
        .token = token->rule->label,
        .settings = &token->rule->certificates,
    };
    member_place(token->overflow, instance->overflow, slot, false);
}

bool
spill_open(struct instance *instance, struct error *error)
{
    const struct config *config = instance->config;
    size_t n_tokens = count_tokens(instance->slots);
    CK_SLOT_ID slot = 0;

    if (n_tokens == 0)
        return true;
    if (!store_new(config->store_url, config->group_id, &instance->store,
                   error))
        return false;
    instance->overflow_slots =
        calloc(n_tokens, sizeof(*instance->overflow_slots));
    if (instance->overflow_slots != NULL)
        instance->overflow =
            overflow_begin(instance->store, instance->overflow_slots, n_tokens);
    if (instance->overflow == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    for (size_t i = 0; i < slot_list_count(instance->slots); i++) {
        struct token *token = slot_list_at(instance->slots, i);

        if (token->overflow != NULL)
            place(instance, token, slot++);
    }
    return true;
}

void
spill_close(struct instance *instance)
{
    if (instance->overflow != NULL) {
        overflow_end();
        backend_free(instance->overflow);
    }
    store_free(instance->store);
    free(instance->overflow_slots);
}
