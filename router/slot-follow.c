/* SPDX-License-Identifier: BSD-3-Clause */
/* The slots of a forked child that goes on where its parent was. */
#include "router/slot-follow.h"

#include "router/placement.h"
#include "router/slot-number.h"
#include "router/slot-state.h"

#include <stdlib.h>
#include <string.h>

static struct backend *
find_backend(const struct backend_set *set, const char *name)
{
    for (size_t i = 0; i < backend_set_count(set); i++)
        if (strcmp(backend_name(backend_set_get(set, i)), name) == 0)
            return backend_set_get(set, i);
    return NULL;
}

/*
 * So that a token that C_InitToken made anew is known by its place (R6.20),
 * and another one in its place is noticed (R6.18). A scan of the parent's
 * writes the same over what was there unless the token has changed.
 */
static void
expect_member(const struct slot_list *list, struct member *member,
              const struct member *before)
{
    const struct backend *theirs = atomic_load(&before->backend);
    struct backend *backend;

    if (theirs == NULL)
        return; /* the parent never saw it */
    backend = find_backend(list->backends, backend_name(theirs));
    if (backend == NULL)
        return;
    member->seen_slot = before->seen_slot;
    member->seen = before->seen;
    member->keep = before->keep;
    atomic_store(&member->backend, backend);
    atomic_store(&member->slot, atomic_load(&before->slot));
}

static void
expect_members(const struct slot_list *list, struct token *token,
               const struct token *before)
{
    for (unsigned i = 0; i < token->n_members && i < before->n_members; i++)
        expect_member(list, &token->members[i], &before->members[i]);
}

static bool
follow_unlisted(struct slot_list *list, const struct token *before)
{
    const char *theirs = __atomic_load_n(&before->identity, __ATOMIC_ACQUIRE);
    struct token *token;
    char *identity;

    if (theirs == NULL)
        return true; /* the parent was about to list it */
    identity = strdup(theirs);
    token = token_new(before->slot, before->label, NULL, before->n_members);
    if (identity == NULL || token == NULL ||
        !slot_numbers_put(list->numbers, before->slot, identity) ||
        !slot_list_add(list, token)) {
        token_free(token);
        free(identity);
        return false;
    }
    token->identity = identity;
    expect_members(list, token, before);
    return true;
}

/* With the rule that it has in the parent by now, which is the child's too. One
 * that came while that was running is added. NULL: no memory. */
static struct token *
follow_configured(struct slot_list *list, const struct token *before)
{
    struct token *token = slot_list_find(list, before->slot);

    if (token == NULL) {
        token = token_new(before->slot, before->label, before->rule,
                          before->n_members);
        if (token == NULL || !slot_list_add(list, token)) {
            token_free(token);
            return NULL;
        }
    } else if (token->rule != before->rule) {
        token_reload(token, before->rule);
    }
    atomic_store(&token->is_removed, atomic_load(&before->is_removed));
    return token;
}

bool
slot_follow(struct slot_list *list, const struct slot_list *parent)
{
    for (size_t i = 0; i < slot_list_count(parent); i++) {
        const struct token *before = slot_list_at(parent, i);
        struct token *token;

        if (before->rule == NULL) {
            if (!follow_unlisted(list, before))
                return false;
            continue;
        }
        token = follow_configured(list, before);
        if (token == NULL)
            return false;
        expect_members(list, token, before);
        token->shown = before->shown;
        token->is_shown = before->is_shown;
    }
    return true;
}

struct token *
slot_follow_token(const struct slot_list *list, const struct token *before)
{
    struct token *token = slot_list_find(list, before->slot);
    const struct member *then, *now;

    /* A group goes on with whatever is there now. */
    if (token == NULL || token->mode != GROUP_SINGLE)
        return token;
    then = &before->members[0];
    now = &token->members[0];
    if (then->keep == KEEP_WHAT_COMES || atomic_load(&then->backend) == NULL ||
        !atomic_load(&now->is_present))
        return token;
    return placement_is_other(backend_profile(atomic_load(&now->backend)),
                              &then->seen, &now->seen)
               ? NULL
               : token;
}
