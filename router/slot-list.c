/* SPDX-License-Identifier: BSD-3-Clause */
/* The slot list: tokens of rules, tokens without one, and where they are. */
#include "router/slot-list.h"

#include "common/cancel.h"
#include "common/cleanup.h"
#include "common/text.h"
#include "router/placement.h"
#include "router/scan.h"
#include "router/slot-number.h"
#include "router/slot-state.h"

#include <stdlib.h>
#include <string.h>

/* -- Tokens, found without a lock ------------------------------------------ */

/* A larger array takes the place of a full one; the old one stays for those
 * that are reading it. */
static struct token_array *
new_array(size_t room, struct token_array *old)
{
    struct token_array *array =
        calloc(1, sizeof(*array) + room * sizeof(array->tokens[0]));

    if (array == NULL)
        return NULL;
    array->room = room;
    array->old = old;
    if (old != NULL) {
        size_t count = atomic_load(&old->count);

        memcpy(array->tokens, old->tokens, count * sizeof(array->tokens[0]));
        atomic_store(&array->count, count);
    }
    return array;
}

bool
slot_list_add(struct slot_list *list, struct token *token)
{
    struct token_array *array = atomic_load(&list->array);
    size_t count = atomic_load(&array->count);

    if (count == array->room) {
        array = new_array(array->room * 2, array);
        if (array == NULL)
            return false;
    }
    token->list = list;
    array->tokens[count] = token;
    atomic_store_explicit(&array->count, count + 1, memory_order_release);
    atomic_store_explicit(&list->array, array, memory_order_release);
    return true;
}

size_t
slot_list_count(const struct slot_list *list)
{
    return atomic_load_explicit(
        &atomic_load_explicit(&list->array, memory_order_acquire)->count,
        memory_order_acquire);
}

struct token *
slot_list_at(const struct slot_list *list, size_t index)
{
    return atomic_load_explicit(&list->array, memory_order_acquire)
        ->tokens[index];
}

struct token *
slot_list_find(const struct slot_list *list, CK_SLOT_ID slot)
{
    const struct token_array *array =
        atomic_load_explicit(&list->array, memory_order_acquire);
    size_t count = atomic_load_explicit(&array->count, memory_order_acquire);

    for (size_t i = 0; i < count; i++)
        if (array->tokens[i]->slot == slot &&
            !atomic_load_explicit(&array->tokens[i]->is_removed,
                                  memory_order_relaxed))
            return array->tokens[i];
    return NULL;
}

/* -- Making and freeing -------------------------------------------------------
 */

static bool
add_configured(struct slot_list *list)
{
    for (size_t i = 0; i < list->config->n_tokens; i++) {
        const struct config_token *rule = &list->config->tokens[i];
        struct token *token =
            token_new(rule->slot, rule->label, rule, (unsigned)rule->n_members);

        if (token == NULL || !slot_list_add(list, token)) {
            token_free(token);
            return false;
        }
    }
    return true;
}

bool
slot_list_new(const struct config *config, struct backend_set *backends,
              bool may_create_threads, struct slot_list **out,
              struct error *error)
{
    struct slot_list *list = calloc(1, sizeof(*list));

    *out = NULL;
    if (list == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    mutex_init(&list->lock, LOCK_SLOTS);
    condition_init(&list->changed);
    list->config = config;
    list->backends = backends;
    /* The first look is whoever made the list's: no second one right after
     * it. */
    list->next_look = deadline_in(config->slot_refresh_ms);
    list->numbers = slot_numbers_new(config->state_dir);
    list->scanner = scanner_new(backends, may_create_threads);
    atomic_store(&list->array, new_array(config->n_tokens + 16, NULL));
    if (list->numbers == NULL || list->scanner == NULL ||
        atomic_load(&list->array) == NULL || !add_configured(list)) {
        (void)slot_list_free(list, 0);
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    }
    *out = list;
    return true;
}

const struct config *
slot_list_config(const struct slot_list *list)
{
    return list->config;
}

void
slot_list_forbid_threads(struct slot_list *list)
{
    scanner_forbid_threads(list->scanner);
}

bool
slot_list_hold(const struct slot_list *list, const struct backend *backend)
{
    return scanner_hold(list->scanner, backend);
}

void
slot_list_let_go(const struct slot_list *list, const struct backend *backend)
{
    scanner_let_go(list->scanner, backend);
}

static void
free_tokens(struct slot_list *list)
{
    struct token_array *array = atomic_load(&list->array);

    for (size_t i = 0; array != NULL && i < atomic_load(&array->count); i++)
        token_free(array->tokens[i]);
    while (array != NULL) {
        struct token_array *old = array->old;

        free(array);
        array = old;
    }
}

bool
slot_list_free(struct slot_list *list, uint64_t wait_ms)
{
    if (list == NULL)
        return true;
    if (!scanner_free(list->scanner, wait_ms))
        return false;
    free_tokens(list);
    slot_numbers_free(list->numbers);
    for (size_t i = 0; i < 2; i++)
        free(list->frozen[i].slots);
    condition_destroy(&list->changed);
    mutex_destroy(&list->lock);
    free(list);
    return true;
}

bool
slot_list_save_numbers(struct slot_list *list, struct error *error)
{
    bool is_saved;

    mutex_lock(&list->lock);
    is_saved = slot_numbers_save(list->numbers, error);
    mutex_unlock(&list->lock);
    return is_saved;
}

/* -- Tokens that no rule names
 * ------------------------------------------------- */

static bool
is_at(const struct token *token, const struct seen_token *seen)
{
    return atomic_load(&token->members[0].backend) == seen->backend &&
           atomic_load(&token->members[0].slot) == seen->slot;
}

/* Its module entry; modules of p11-kit have names of their own. */
static const char *
module_name(const struct seen_token *seen)
{
    return backend_name(seen->backend);
}

/* How many of the placements before it show the same token (DESIGN 2: told
 * apart by backend slot id, in whose order they come). */
static unsigned
count_twins(const struct placement *placements, size_t index)
{
    const struct seen_token *seen = placements[index].seen;
    unsigned twins = 0;

    for (size_t i = 0; i < index; i++) {
        const struct seen_token *other = placements[i].seen;
        const CK_TOKEN_INFO *a = &seen->info, *b = &other->info;

        if (other->backend == seen->backend &&
            memcmp(a->label, b->label, sizeof(a->label)) == 0 &&
            memcmp(a->serialNumber, b->serialNumber, sizeof(a->serialNumber)) ==
                0 &&
            memcmp(a->manufacturerID, b->manufacturerID,
                   sizeof(a->manufacturerID)) == 0 &&
            memcmp(a->model, b->model, sizeof(a->model)) == 0)
            twins++;
    }
    return twins;
}

static struct token *
find_unlisted(const struct slot_list *list, const char *identity)
{
    for (size_t i = 0; i < slot_list_count(list); i++) {
        struct token *token = slot_list_at(list, i);

        if (token->rule == NULL && strcmp(token->identity, identity) == 0)
            return token;
    }
    return NULL;
}

/*
 * The token that C_InitToken made anew is another one from now on, in the
 * same slot (R6.20). Its number goes with it: an empty slot that looks as
 * this one did before gets its own.
 */
static void
move_kept_locked(struct slot_list *list, const struct placement *placements,
                 size_t n_placements, struct token *token) REQUIRES(list->lock)
{
    for (size_t i = 0; i < n_placements; i++) {
        const struct seen_token *seen = placements[i].seen;
        char *identity, *old;

        if (placements[i].member != NULL || !is_at(token, seen))
            continue;
        identity = slot_identity(module_name(seen), &seen->info,
                                 count_twins(placements, i));
        if (identity == NULL ||
            !slot_numbers_move(list->numbers, token->identity, identity)) {
            free(identity);
            return;
        }
        /* In this order: a child forked meanwhile reads it. */
        old = token->identity;
        __atomic_store_n(&token->identity, identity, __ATOMIC_RELEASE);
        free(old);
        token->members[0].seen = seen->info;
        token->members[0].keep = KEEP_NOT;
        return;
    }
}

static struct token *
new_unlisted(struct slot_list *list, const struct seen_token *seen,
             char *identity)
{
    CK_SLOT_ID slot = slot_numbers_get(list->numbers, identity);
    char label[33];
    struct token *token;

    text_copy(seen->info.label, sizeof(seen->info.label), label);
    token = slot == 0 ? NULL : token_new(slot, label, NULL, 1);
    if (token == NULL || !slot_list_add(list, token)) {
        token_free(token);
        free(identity);
        return NULL;
    }
    token->identity = identity;
    return token;
}

/* Those that were not seen are away; not one of the others is, not even for
 * a moment: calls read this without a lock. */
static void
displace_unseen_locked(const struct slot_list *list,
                       const struct placement *placements, size_t n_placements)
    REQUIRES(list->lock)
{
    for (size_t i = 0; i < slot_list_count(list); i++) {
        struct token *token = slot_list_at(list, i);
        bool is_seen = token->rule != NULL;

        for (size_t k = 0; k < n_placements && !is_seen; k++)
            is_seen = placements[k].member == &token->members[0];
        if (!is_seen)
            member_displace(&token->members[0]);
    }
}

/* Places what no rule fits, each in the slot it had before if any. */
static void
place_unlisted_locked(struct slot_list *list, struct placement *placements,
                      size_t n_placements) REQUIRES(list->lock)
{
    for (size_t i = 0; i < slot_list_count(list); i++) {
        struct token *token = slot_list_at(list, i);

        if (token->rule == NULL && token->members[0].keep != KEEP_NOT)
            move_kept_locked(list, placements, n_placements, token);
    }
    for (size_t i = 0; list->config->show_others && i < n_placements; i++) {
        const struct seen_token *seen = placements[i].seen;
        struct token *token;
        char *identity;

        if (placement_find(placements, n_placements, seen) != NULL)
            continue;
        identity = slot_identity(module_name(seen), &seen->info,
                                 count_twins(placements, i));
        if (identity == NULL)
            continue;
        token = find_unlisted(list, identity);
        if (token != NULL)
            free(identity);
        else
            token = new_unlisted(list, seen, identity);
        if (token == NULL)
            continue;
        atomic_store(&token->is_removed, false);
        placements[i].member = &token->members[0];
        placement_put(&token->members[0], seen);
    }
    displace_unseen_locked(list, placements, n_placements);
}

/* -- Looking
 * ---------------------------------------------------------------------- */

bool
slot_list_scan(struct slot_list *list, struct deadline until,
               struct error *error)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    CLEANUP(freep) struct placement *placements = NULL;
    CLEANUP(freep) struct seen_token *seen = NULL;
    struct token_array *array;
    size_t n_seen;
    bool is_clear;

    scanner_run(list->scanner, until);
    if (!scanner_seen(list->scanner, &seen, &n_seen))
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    placements = calloc(n_seen + 1, sizeof(*placements));
    if (placements == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    mutex_lock(&list->lock);
    array = atomic_load(&list->array);
    is_clear = placement_apply(list->config->file, array->tokens,
                               atomic_load(&array->count), seen, n_seen,
                               placements, error);
    place_unlisted_locked(list, placements, n_seen);
    slot_state_note_locked(list);
    mutex_unlock(&list->lock);
    slot_state_tell_troubles(list);
    return is_clear;
}
