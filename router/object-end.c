/* SPDX-License-Identifier: BSD-3-Clause */
/* How object entries die (R2.9): one, a session's, the private ones, all. */
#include "router/object-cell.h"
#include "router/session.h"

static void
disown_locked(struct object *object)
{
    if (object->owner == NULL)
        return;
    if (object->owner_previous != 0)
        object_at(object->owner_previous)->owner_next = object->owner_next;
    else
        object->owner->first_object = object->owner_next;
    if (object->owner_next != 0)
        object_at(object->owner_next)->owner_previous = object->owner_previous;
}

/* Kills the entry of this generation; of several callers one does it. */
static void
kill_entry(struct object_space *space, struct object *object,
           uint64_t generation)
{
    uint64_t word = atomic_load(&object->word);
    struct identity *identity;

    do {
        if (word >> OBJECT_GENERATION_SHIFT != generation ||
            (word & OBJECT_LIVE) == 0)
            return;
    } while (
        !atomic_compare_exchange_weak(&object->word, &word,
                                      (word & ~OBJECT_LIVE) | OBJECT_DYING));
    for (unsigned member = 0;
         member < OBJECT_MAX_MEMBERS && object_place_of(object, member) != NULL;
         member++)
        object_unmap(space, object, member);
    mutex_lock(&space->lock);
    disown_locked(object);
    if (object->home != NULL)
        object_home_leave(object->home, object->home_life);
    identity = object->identity;
    object_give_cell_locked(space, object);
    space->count--;
    mutex_unlock(&space->lock);
    identity_free(identity);
}

/* The count of bindings goes on: who reads the place meanwhile sees it. */
static void
set_where_locked(struct object *object, unsigned member, uint64_t where)
{
    struct object_cell_place *its =
        member < OBJECT_INLINE_PLACES
            ? &object->places[member]
            : atomic_load(&object->more) + (member - OBJECT_INLINE_PLACES);

    atomic_store_explicit(&its->where,
                          ((atomic_load(&its->where) & ~OBJECT_WHERE) +
                           (UINT64_C(1) << OBJECT_BINDING_SHIFT)) |
                              where,
                          memory_order_release);
    /* It was not looked for there since. */
    if (where == 0)
        atomic_store(&its->handle, 0);
}

static void
leave_place(struct object_space *space, CK_OBJECT_HANDLE handle,
            unsigned member, uint64_t where)
{
    struct object *object = object_of(space, handle);

    if (object == NULL || object_place_of(object, member) == NULL)
        return;
    object_unmap(space, object, member);
    mutex_lock(&space->lock);
    if (atomic_load(&object->word) >> OBJECT_GENERATION_SHIFT ==
        handle_generation(handle))
        set_where_locked(object, member, where);
    mutex_unlock(&space->lock);
}

void
object_space_unbind(struct object_space *space, CK_OBJECT_HANDLE handle,
                    unsigned member)
{
    leave_place(space, handle, member, 0);
}

/* Lives are counted from 0. */
static const uint32_t no_life = UINT32_MAX;

void
object_space_outlive(struct object_space *space, CK_OBJECT_HANDLE handle,
                     unsigned member)
{
    if (object_space_was_seen(space, handle, member))
        leave_place(space, handle, member, object_where(member, no_life));
}

void
object_space_remove(struct object_space *space, CK_OBJECT_HANDLE handle)
{
    struct object *object = object_of(space, handle);

    if (object != NULL)
        kill_entry(space, object, handle_generation(handle));
}

/* Runs over the living entries; no lock is held while `visit` runs, and
 * chunks only come while a space lives. */
static void
visit_all(struct object_space *space,
          void (*visit)(struct object_space *space, struct object *object,
                        uint64_t word, unsigned member),
          unsigned member)
{
    struct object_chunk *chunk;

    mutex_lock(&space->lock);
    chunk = space->count == 0 ? NULL : space->chunks;
    mutex_unlock(&space->lock);
    for (; chunk != NULL; chunk = chunk->next)
        for (uint32_t i = 0; i < OBJECT_CHUNK_CELLS; i++) {
            uint64_t word = atomic_load(&chunk->cells[i].word);

            if ((word & OBJECT_LIVE) != 0)
                visit(space, &chunk->cells[i], word, member);
        }
}

static void
visit_clear(struct object_space *space, struct object *object, uint64_t word,
            unsigned member)
{
    (void)member;
    kill_entry(space, object, word >> OBJECT_GENERATION_SHIFT);
}

void
object_space_clear(struct object_space *space)
{
    visit_all(space, visit_clear, 0);
}

static void
visit_log_out(struct object_space *space, struct object *object, uint64_t word,
              unsigned member)
{
    (void)member;
    if ((word & OBJECT_IS_PRIVATE) != 0)
        kill_entry(space, object, word >> OBJECT_GENERATION_SHIFT);
    else if ((word & OBJECT_IS_PUBLIC) == 0)
        object_space_mark(space,
                          handle_make(HANDLE_OBJECT,
                                      word >> OBJECT_GENERATION_SHIFT,
                                      object->index),
                          OBJECT_IN_DOUBT, 0);
}

void
object_space_log_out(struct object_space *space)
{
    visit_all(space, visit_log_out, 0);
}

/* Where the session object is: on one member. */
static void
read_place(const struct object *object, struct object_place *out)
{
    *out = (struct object_place){ .home = object->home };
    for (unsigned member = 0;
         member < OBJECT_MAX_MEMBERS && object_place_of(object, member) != NULL;
         member++) {
        const struct object_cell_place *place = object_place_of(object, member);
        uint64_t where = atomic_load(&place->where);

        if ((where & OBJECT_WHERE) == 0)
            continue;
        out->member = member;
        out->epoch = (uint32_t)(where >> 32);
        out->handle = atomic_load(&place->handle);
        return;
    }
}

static void
visit_lose(struct object_space *space, struct object *object, uint64_t word,
           unsigned member)
{
    struct object_place place;

    if ((word & OBJECT_IS_SESSION) == 0)
        return;
    read_place(object, &place);
    if (place.member == member)
        kill_entry(space, object, word >> OBJECT_GENERATION_SHIFT);
}

void
object_space_lose(struct object_space *space, unsigned member)
{
    mutex_lock(&space->lock);
    space->has_left = true;
    mutex_unlock(&space->lock);
    visit_all(space, visit_lose, member);
}

/* Stored certificates are the store's. */
static void
visit_unconfirm(struct object_space *space, struct object *object,
                uint64_t word, unsigned member)
{
    CK_OBJECT_HANDLE handle =
        handle_make(HANDLE_OBJECT, word >> OBJECT_GENERATION_SHIFT,
                    object->index);

    if (!object_space_was_seen(space, handle, member))
        return;
    if (object_space_is_identified(space, handle))
        object_space_doubt(space, handle);
    else
        kill_entry(space, object, word >> OBJECT_GENERATION_SHIFT);
}

void
object_space_unconfirm(struct object_space *space, unsigned member)
{
    visit_all(space, visit_unconfirm, member);
}

bool
object_space_drop_owned(struct object_space *space, struct session *owner,
                        struct object_place *out)
{
    for (;;) {
        struct object *object = NULL;
        bool is_alive = false;
        uint64_t word = 0;

        mutex_lock(&space->lock);
        if (owner->first_object != 0) {
            object = object_at(owner->first_object);
            word = atomic_load(&object->word);
            is_alive = (word & OBJECT_LIVE) != 0;
            if (is_alive) {
                read_place(object, out);
            } else {
                /* Another thread is killing it: off the list is enough. */
                disown_locked(object);
                object->owner = NULL;
            }
        }
        mutex_unlock(&space->lock);
        if (object == NULL)
            return false;
        kill_entry(space, object, word >> OBJECT_GENERATION_SHIFT);
        if (is_alive)
            return true;
    }
}
