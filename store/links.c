/* SPDX-License-Identifier: BSD-3-Clause */
/* Lends connections, and keeps a process's own from waiting for each other in
 * the database. */
#include "store/store-private.h"

#include <unistd.h>

void
links_init(struct links *links)
{
    mutex_init(&links->lock, LOCK_STORE);
    condition_init(&links->given);
    links->pid = getpid();
}

void
links_free(struct store *store)
{
    struct links *links = &store->links;

    while (links->pid == getpid() && links->idle != NULL) {
        struct link *link = links->idle;

        links->idle = link->next;
        store->kind->close(link);
    }
    condition_destroy(&links->given);
    mutex_destroy(&links->lock);
}

/* In a forked child: leaves the parent's alone and begins with none. */
static void
forget(struct store *store)
{
    struct links *links = &store->links;

    *links = (struct links){ .idle = NULL };
    links_init(links);
}

/* What there is at the moment. */
enum chance { CHANCE_IDLE, CHANCE_OPEN, CHANCE_WAIT };

static enum chance try_locked(struct store *store, bool writes,
                              struct link **out) REQUIRES(&store->links.lock);

static enum chance
try_locked(struct store *store, bool writes, struct link **out)
{
    struct links *links = &store->links;
    bool waits_for_writer =
        writes && store->kind->has_one_writer && links->is_written;

    if (waits_for_writer ||
        (links->idle == NULL && links->n_open >= store->kind->max_links))
        return CHANCE_WAIT;
    if (writes)
        links->is_written = true;
    *out = links->idle;
    if (links->idle == NULL) {
        links->n_open++;
        return CHANCE_OPEN;
    }
    links->idle = links->idle->next;
    return CHANCE_IDLE;
}

static void
release(struct store *store, struct link *idle, bool writes)
{
    struct links *links = &store->links;

    mutex_lock(&links->lock);
    if (writes)
        links->is_written = false;
    if (idle == NULL) {
        links->n_open--;
    } else {
        idle->next = links->idle;
        links->idle = idle;
    }
    /* All: one may wait for a connection and another for its turn. */
    condition_broadcast(&links->given);
    mutex_unlock(&links->lock);
}

/* What has failed a moment ago is not waited for again by every operation. */
static bool
is_left_alone(struct store *store)
{
    struct links *links = &store->links;
    bool is_left;

    mutex_lock(&links->lock);
    is_left = links->n_failures > 0 && !deadline_has_passed(links->next_try);
    mutex_unlock(&links->lock);
    return is_left;
}

static void
note_opening(struct store *store, enum store_result result)
{
    struct links *links = &store->links;

    mutex_lock(&links->lock);
    if (result != STORE_UNREACHABLE) {
        links->n_failures = 0;
    } else if (links->n_failures == 0 || deadline_has_passed(links->next_try)) {
        links->n_failures++;
        links->next_try =
            deadline_in(back_off_ms(store->kind->back_off, links->n_failures,
                                    back_off_random()));
    }
    mutex_unlock(&links->lock);
}

static enum store_result
open_one(struct store *store, bool writes, struct link **out)
{
    enum store_result result = STORE_UNREACHABLE;

    if (!is_left_alone(store)) {
        result = store->kind->open(store, out);
        if (store->kind->back_off != NULL)
            note_opening(store, result);
    }
    if (result != STORE_DONE)
        release(store, NULL, writes);
    return result;
}

enum store_result
links_take(struct store *store, bool writes, struct link **out)
{
    struct links *links = &store->links;
    struct deadline until = deadline_in(store->wait_ms);
    enum chance chance;
    bool is_in_time = true;

    if (links->pid != getpid())
        forget(store);
    mutex_lock(&store->links.lock);
    while ((chance = try_locked(store, writes, out)) == CHANCE_WAIT &&
           is_in_time)
        is_in_time = condition_wait(&links->given, &store->links.lock, until);
    mutex_unlock(&store->links.lock);
    if (chance == CHANCE_WAIT)
        return store_fail(store, writes, STORE_LOCKED,
                          "other threads of this process kept it for longer "
                          "than %u ms; try again",
                          store->wait_ms);
    if (chance == CHANCE_IDLE && !store->kind->is_good(*out)) {
        store->kind->close(*out);
        chance = CHANCE_OPEN;
    }
    if (chance == CHANCE_OPEN) {
        enum store_result result = open_one(store, writes, out);

        if (result != STORE_DONE)
            return result;
    }
    (*out)->writes = writes;
    return STORE_DONE;
}

void
links_give(struct link *link)
{
    struct store *store = link->store;
    bool writes = link->writes;

    if (link->is_broken) {
        store->kind->close(link);
        link = NULL;
    }
    release(store, link, writes);
}
