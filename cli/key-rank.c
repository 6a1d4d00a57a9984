/* SPDX-License-Identifier: BSD-3-Clause */
/* Sorts keys by how much they were used. */
#include "cli/key-rank.h"

#include "cli/memory.h"

#include <stdlib.h>

static int
compare_keys(const void *left, const void *right)
{
    const struct ranked_key *a = left;
    const struct ranked_key *b = right;

    if (a->n_uses != b->n_uses)
        return a->n_uses < b->n_uses ? 1 : -1;
    if (a->group->n_records != b->group->n_records)
        return a->group->n_records < b->group->n_records ? 1 : -1;
    return a->group->number < b->group->number ? -1 : 1;
}

struct ranked_key *
key_rank(const struct account *account)
{
    size_t n_keys = group_table_count(account->keys);
    const struct group **keys =
        group_table_sort(account->keys, GROUP_BY_RECORDS);
    struct ranked_key *ranked;

    if (n_keys == 0)
        return NULL;
    ranked = memory_new(n_keys, sizeof(*ranked));
    for (size_t i = 0; i < n_keys; i++)
        ranked[i] =
            (struct ranked_key){ keys[i], account_key_uses(account, keys[i]) };
    qsort(ranked, n_keys, sizeof(*ranked), compare_keys);
    free(keys);
    return ranked;
}

struct entry_key
key_rank_names(const struct group *key)
{
    return (struct entry_key){
        .object_class = key->values[KEY_CLASS],
        .type = key->values[KEY_TYPE],
        .label = key->values[KEY_LABEL],
        .id = key->values[KEY_ID],
        .fingerprint = key->values[KEY_FINGERPRINT],
    };
}
