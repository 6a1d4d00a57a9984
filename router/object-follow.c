/* SPDX-License-Identifier: BSD-3-Clause */
/* The objects of a forked child that goes on where its parent was. */
#include "router/object-follow.h"

#include "router/object-cell.h"

/* A place where the parent saw it says nothing here: in the child's life of
 * the member its handle may be another object's. */
static void
forget_places(struct object *object)
{
    struct object_cell_place *more = atomic_load(&object->more);

    for (size_t i = 0; i < OBJECT_INLINE_PLACES; i++)
        atomic_store(&object->places[i].where, 0);
    for (size_t i = 0;
         more != NULL && i < OBJECT_MAX_MEMBERS - OBJECT_INLINE_PLACES; i++)
        atomic_store(&more[i].where, 0);
}

static bool
keep(struct object *object)
{
    const struct identity *identity =
        __atomic_load_n(&object->identity, __ATOMIC_ACQUIRE);
    uint64_t word = atomic_load(&object->word);

    /* A session object is the parent's session's. */
    if ((word & OBJECT_LIVE) == 0 || (word & OBJECT_IS_SESSION) != 0 ||
        identity == NULL ||
        (!identity->is_token && (word & OBJECT_IS_TOKEN) == 0))
        return false;
    forget_places(object);
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

/* -- Seen again ----------------------------------------------------------- */

static bool
has_place(const struct object *object)
{
    for (unsigned member = 0; member < OBJECT_MAX_MEMBERS; member++) {
        const struct object_cell_place *place = object_place_of(object, member);

        if (place == NULL)
            return false;
        if (atomic_load(&place->where) != 0)
            return true;
    }
    return false;
}

/* Whether it was kept and has not been found since. */
static bool
is_left(const struct object *object)
{
    return (atomic_load(&object->word) & OBJECT_LIVE) != 0 &&
           object->identity != NULL && !has_place(object);
}

static CK_OBJECT_HANDLE
find_left_locked(struct object_space *space, const struct identity *identity)
    REQUIRES(space->lock)
{
    size_t n_left = 0, n_hits = 0;
    CK_OBJECT_HANDLE found = 0;

    for (struct object_chunk *chunk = space->chunks; chunk != NULL;
         chunk = chunk->next)
        for (uint32_t i = 0; i < OBJECT_CHUNK_CELLS; i++) {
            struct object *object = &chunk->cells[i];

            if (!is_left(object))
                continue;
            n_left++;
            if (!identity_is_same_object(object->identity, identity))
                continue;
            n_hits++;
            found = handle_make(HANDLE_OBJECT,
                                atomic_load(&object->word) >>
                                    OBJECT_GENERATION_SHIFT,
                                object->index);
        }
    space->has_left = n_left > 0;
    return n_hits == 1 ? found : 0;
}

CK_OBJECT_HANDLE
object_space_rejoin(struct object_space *space, struct object_place place,
                    const struct identity *identity)
{
    CK_OBJECT_HANDLE handle = 0;

    mutex_lock(&space->lock);
    if (space->has_left)
        handle = find_left_locked(space, identity);
    mutex_unlock(&space->lock);
    return handle != 0 && object_space_bind(space, handle, place) ? handle : 0;
}
