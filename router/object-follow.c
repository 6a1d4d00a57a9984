/* SPDX-License-Identifier: BSD-3-Clause */
/* The objects of a forked child that goes on where its parent was. */
#include "router/object-follow.h"

#include "router/object-cell.h"

static struct object_cell_place *
place_of(struct object *object, unsigned member)
{
    struct object_cell_place *more = atomic_load(&object->more);

    if (member < OBJECT_INLINE_PLACES)
        return &object->places[member];
    return more == NULL ? NULL : &more[member - OBJECT_INLINE_PLACES];
}

/* A place where the parent saw it says nothing here: in the child's life of
 * the member its handle may be another object's. */
static void
forget_places(struct object *object)
{
    for (unsigned i = 0; i < OBJECT_MAX_MEMBERS; i++) {
        struct object_cell_place *place = place_of(object, i);

        if (place != NULL)
            atomic_store(&place->where, 0);
    }
}

/* But where handles mean the same in each process it is still there: false
 * when it is not there, or cannot be found under that handle. */
static bool
keep_shared_place(struct object_space *space, struct object *object)
{
    struct object_cell_place *its =
        space->has_shared ? place_of(object, space->shared) : NULL;
    uint64_t where = its == NULL ? 0 : atomic_load(&its->where);
    struct object_place place = { .member = space->shared,
                                  .epoch = (uint32_t)(where >> 32) };
    uint64_t hash;

    if ((where & 1) == 0)
        return false;
    place.handle = atomic_load(&its->handle);
    hash = object_map_hash(&place);
    if (!object_shard_add(object_map_shard(&space->map, hash), hash,
                          object->index))
        return false;
    forget_places(object);
    atomic_store(&its->where, where);
    return true;
}

static bool
is_found_again(const struct object *object, uint64_t word)
{
    const struct identity *identity =
        __atomic_load_n(&object->identity, __ATOMIC_ACQUIRE);

    return identity != NULL &&
           (identity->is_token || (word & OBJECT_IS_TOKEN) != 0);
}

static bool
keep(struct object_space *space, struct object *object)
{
    uint64_t word = atomic_load(&object->word);

    /* A session object is the parent's session's. */
    if ((word & OBJECT_LIVE) == 0 || (word & OBJECT_IS_SESSION) != 0)
        return false;
    if (!keep_shared_place(space, object)) {
        if (!is_found_again(object, word))
            return false;
        forget_places(object);
        space->has_left = true;
    }
    object->owner = NULL;
    object->owner_next = 0;
    object->owner_previous = 0;
    /* What is found again by what it is needs no confirmation. */
    atomic_store(&object->word,
                 (word & ~(uint64_t)OBJECT_UNCONFIRMED) | OBJECT_IS_TOKEN);
    return true;
}

void
object_follow(
    struct object_space *(*successor)(const struct object_space *before))
{
    object_rebuild(successor, keep);
}

void
object_forget_all(void)
{
    object_rebuild(NULL, NULL);
}
