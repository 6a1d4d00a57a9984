/* SPDX-License-Identifier: BSD-3-Clause */
/* Object entries that are found by what they are. */
#include "router/object-again.h"

#include "router/object-cell.h"

static bool
is_in_this_life(const struct object *object, const struct object_place *place)
{
    return object_is_at(object_place_of(object, place->member), place->member,
                        place->epoch);
}

/* What is kept elsewhere is no object of this member. */
static bool
is_elsewhere(const struct object *object, unsigned its)
{
    for (unsigned member = 0; member < OBJECT_MAX_MEMBERS; member++) {
        const struct object_cell_place *place = object_place_of(object, member);

        if (place == NULL)
            return false;
        if (member != its && (atomic_load(&place->where) & OBJECT_WHERE) != 0)
            return true;
    }
    return false;
}

static bool
is_known(const struct object *object)
{
    return (atomic_load(&object->word) & OBJECT_LIVE) != 0 &&
           object->identity != NULL;
}

/* `n_left` counts those of before that were not found since. */
static CK_OBJECT_HANDLE
find_locked(struct object_space *space, const struct object_place *place,
            const struct identity *identity, size_t *n_left)
    REQUIRES(space->lock)
{
    CK_OBJECT_HANDLE found = 0;
    size_t n_hits = 0;

    *n_left = 0;
    for (struct object_chunk *chunk = space->chunks; chunk != NULL;
         chunk = chunk->next)
        for (uint32_t i = 0; i < OBJECT_CHUNK_CELLS; i++) {
            struct object *object = &chunk->cells[i];

            if (!is_known(object) || is_in_this_life(object, place) ||
                is_elsewhere(object, place->member))
                continue;
            ++*n_left;
            if (!identity_is_same_object(object->identity, identity))
                continue;
            n_hits++;
            found = handle_make(HANDLE_OBJECT,
                                atomic_load(&object->word) >>
                                    OBJECT_GENERATION_SHIFT,
                                object->index);
        }
    return n_hits == 1 ? found : 0;
}

CK_OBJECT_HANDLE
object_space_rejoin(struct object_space *space, struct object_place place,
                    const struct identity *identity, bool is_asked)
{
    CK_OBJECT_HANDLE handle = 0;
    size_t n_left;

    mutex_lock(&space->lock);
    if (space->has_left || is_asked) {
        handle = find_locked(space, &place, identity, &n_left);
        if (!is_asked)
            space->has_left = n_left > 0;
    }
    mutex_unlock(&space->lock);
    return handle != 0 && object_space_bind(space, handle, place) ? handle : 0;
}
