/* SPDX-License-Identifier: BSD-3-Clause */
/* Follows changes of keys forwards and backwards. */
#include "audit/key-chain.h"

#include "audit/checkpoint.h"
#include "common/cleanup.h"

#include <stdio.h>
#include <stdlib.h>

struct link_of_chain {
    struct key_change change;
    bool is_meant; /* it leads from a key of the chain to the next one */
};

struct key_chain {
    const struct note_key *trusted;
    struct link_of_chain *links; /* as they stand in the lists */
    size_t n_links;
    const struct note_key *current;
    size_t next; /* the first link that has not been passed */
};

void
key_chain_free(struct key_chain *chain)
{
    if (chain == NULL)
        return;
    for (size_t i = 0; i < chain->n_links; i++)
        key_change_clear(&chain->links[i].change);
    free(chain->links);
    free(chain);
}

/* -- Reading -------------------------------------------------------------- */

/* A change that one of the two did not sign is none. */
static bool
take(struct key_chain *chain, const struct note *note)
{
    struct key_change change;
    struct link_of_chain *links;

    if (!key_change_read(note, &change))
        return true;
    if (!key_change_is_signed(&change, note)) {
        key_change_clear(&change);
        return true;
    }
    links = realloc(chain->links, (chain->n_links + 1) * sizeof(*links));
    if (links == NULL) {
        key_change_clear(&change);
        return false;
    }
    links[chain->n_links++] = (struct link_of_chain){ .change = change };
    chain->links = links;
    return true;
}

static bool
read_list(struct key_chain *chain, const char *list)
{
    struct checkpoint_reader reader;
    struct checkpoint checkpoint;
    struct note note;
    bool is_taken = true;

    if (!checkpoint_reader_open(&reader, list))
        return true;
    while (is_taken && checkpoint_reader_next(&reader, &checkpoint, &note) ==
                           CHECKPOINT_FOUND)
        is_taken = take(chain, &note);
    checkpoint_reader_close(&reader);
    return is_taken;
}

/* -- Order ---------------------------------------------------------------- */

/* From the change that brought the trusted key back to the first. */
static size_t
order_back(struct key_chain *chain)
{
    const struct note_key *key = chain->trusted;
    size_t first = chain->n_links;
    size_t behind = 0;

    for (size_t i = chain->n_links; i-- > 0;) {
        struct link_of_chain *link = &chain->links[i];

        if (i >= first || !note_key_equals(link->change.after, key))
            continue;
        if (behind == 0)
            behind = i + 1;
        link->is_meant = true;
        key = link->change.before;
        first = i;
    }
    chain->current = key;
    return behind;
}

static void
order(struct key_chain *chain)
{
    const struct note_key *key = chain->trusted;

    for (size_t i = order_back(chain); i < chain->n_links; i++) {
        struct link_of_chain *link = &chain->links[i];

        if (link->is_meant || !note_key_equals(link->change.before, key))
            continue;
        link->is_meant = true;
        key = link->change.after;
    }
}

/* All of their changes are taken, before the order of the keys is found. */
static bool
read_lists(struct key_chain *chain, const char *const *paths, size_t n_paths)
{
    for (size_t i = 0; i < n_paths; i++) {
        CLEANUP(freep) char *list = NULL;

        if (asprintf(&list, "%s.checkpoints", paths[i]) < 0) {
            list = NULL;
            return false;
        }
        if (!read_list(chain, list))
            return false;
    }
    order(chain);
    return true;
}

struct key_chain *
key_chain_new(const struct note_key *key, const char *const *paths,
              size_t n_paths)
{
    struct key_chain *chain = calloc(1, sizeof(*chain));

    if (chain == NULL)
        return NULL;
    chain->trusted = chain->current = key;
    if (read_lists(chain, paths, n_paths))
        return chain;
    key_chain_free(chain);
    return NULL;
}

/* -- Checking ------------------------------------------------------------- */

static bool
is_same_change(const struct key_change *a, const struct key_change *b)
{
    return note_key_equals(a->before, b->before) &&
           note_key_equals(a->after, b->after);
}

/* Whether the note is the change that comes next: then its key is from now on
 * the new one. */
static bool
pass(struct key_chain *chain, const struct note *note)
{
    struct key_change change;
    bool is_passed;

    while (chain->next < chain->n_links && !chain->links[chain->next].is_meant)
        chain->next++;
    if (chain->next == chain->n_links || !key_change_read(note, &change))
        return false;
    is_passed = is_same_change(&change, &chain->links[chain->next].change) &&
                key_change_is_signed(&change, note);
    key_change_clear(&change);
    if (is_passed)
        chain->current = chain->links[chain->next++].change.after;
    return is_passed;
}

enum note_verdict
key_chain_check(struct key_chain *chain, const struct note *note)
{
    return pass(chain, note) ? NOTE_SIGNED : note_check(note, chain->current);
}

enum note_verdict
key_chain_check_any(const struct key_chain *chain, const struct note *note)
{
    enum note_verdict verdict = note_check(note, chain->trusted);

    for (size_t i = 0; i < chain->n_links && verdict != NOTE_SIGNED; i++)
        if (chain->links[i].is_meant &&
            (note_check(note, chain->links[i].change.before) == NOTE_SIGNED ||
             note_check(note, chain->links[i].change.after) == NOTE_SIGNED))
            verdict = NOTE_SIGNED;
    return verdict;
}
