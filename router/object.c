/* SPDX-License-Identifier: BSD-3-Clause */
/* Object entries: made, found without a lock, marked, and bound. */
#include "router/object.h"

#include "router/object-cell.h"
#include "router/session.h"

#include <stdlib.h>

struct object_space *
object_space_new(void)
{
    struct object_space *space = calloc(1, sizeof(*space));

    if (space == NULL)
        return NULL;
    mutex_init(&space->lock, LOCK_OBJECTS);
    object_map_init(&space->map);
    return space;
}

void
object_space_set_slot(struct object_space *space, CK_SLOT_ID slot)
{
    space->slot = slot;
}

CK_SLOT_ID
object_space_slot(const struct object_space *space)
{
    return space->slot;
}

void
object_space_set_shared(struct object_space *space, unsigned member)
{
    space->shared = member;
    space->has_shared = true;
}

/* -- Finding: two loads of the word around the reading ------------------- */

enum object_answer
object_space_find(const struct object_space *space, CK_OBJECT_HANDLE handle,
                  unsigned member, uint32_t epoch, CK_OBJECT_HANDLE *out)
{
    const struct object *object = object_of(space, handle);
    uint64_t generation = handle_generation(handle);
    const struct object_cell_place *place;
    uint64_t word, where = 0;
    bool bound;

    if (object == NULL)
        return OBJECT_UNKNOWN;
    word = atomic_load_explicit(&object->word, memory_order_acquire);
    if (!object_is_alive(word, generation))
        return OBJECT_UNKNOWN;
    place = object_place_of(object, member);
    if (place != NULL)
        where = atomic_load_explicit(&place->where, memory_order_acquire);
    bound = (where & OBJECT_WHERE) == object_where(member, epoch);
    if (bound)
        *out = atomic_load_explicit(&place->handle, memory_order_acquire);
    /* Else what was read may be of another life. */
    bound = bound &&
            atomic_load_explicit(&place->where, memory_order_acquire) == where;
    if (!object_is_alive(atomic_load_explicit(&object->word,
                                              memory_order_acquire),
                         generation))
        return OBJECT_UNKNOWN;
    if (!bound)
        return OBJECT_UNBOUND;
    return (word & (OBJECT_IN_DOUBT | OBJECT_UNCONFIRMED)) != 0
               ? OBJECT_UNSETTLED
               : OBJECT_FOUND;
}

bool
object_space_was_seen(const struct object_space *space, CK_OBJECT_HANDLE handle,
                      unsigned member)
{
    const struct object *object = object_of(space, handle);
    const struct object_cell_place *place;

    if (object == NULL ||
        !object_is_alive(atomic_load_explicit(&object->word,
                                              memory_order_acquire),
                         handle_generation(handle)))
        return false;
    place = object_place_of(object, member);
    return place != NULL &&
           (atomic_load_explicit(&place->where, memory_order_relaxed) &
            OBJECT_WHERE) != 0;
}

unsigned
object_space_flags(const struct object_space *space, CK_OBJECT_HANDLE handle)
{
    const struct object *object = object_of(space, handle);
    uint64_t word = object == NULL ? 0 : atomic_load(&object->word);

    return object_is_alive(word, handle_generation(handle))
               ? (unsigned)(word & OBJECT_FLAGS)
               : 0;
}

void
object_space_mark(struct object_space *space, CK_OBJECT_HANDLE handle,
                  unsigned set, unsigned clear)
{
    struct object *object = object_of(space, handle);
    uint64_t word = object == NULL ? 0 : atomic_load(&object->word);

    while (object_is_alive(word, handle_generation(handle)) &&
           !atomic_compare_exchange_weak(&object->word, &word,
                                         (word & ~(uint64_t)clear) | set))
        continue;
}

/* -- Doubts: a doubt and the look that ends it are told apart by their count -
 */

uint32_t
object_space_doubts(const struct object_space *space)
{
    return atomic_load(&space->doubts);
}

void
object_space_doubt(struct object_space *space, CK_OBJECT_HANDLE handle)
{
    mutex_lock(&space->lock);
    atomic_fetch_add(&space->doubts, 1);
    object_space_mark(space, handle, OBJECT_UNCONFIRMED, 0);
    mutex_unlock(&space->lock);
}

void
object_space_confirm(struct object_space *space, CK_OBJECT_HANDLE handle,
                     uint32_t doubts)
{
    mutex_lock(&space->lock);
    if (atomic_load(&space->doubts) == doubts)
        object_space_mark(space, handle, 0, OBJECT_UNCONFIRMED);
    mutex_unlock(&space->lock);
}

/* -- Making ---------------------------------------------------------------- */

/* With the shard's lock held: an entry that has this object already. */
static CK_OBJECT_HANDLE
find_known(struct object_space *space, const struct object_shard *shard,
           uint64_t hash, const struct object_place *place, bool again)
{
    uint32_t index = object_shard_find(shard, hash, place, object_matches);
    CK_OBJECT_HANDLE handle;

    if (index == 0)
        return 0;
    handle = handle_make(HANDLE_OBJECT,
                         atomic_load(&object_at(index)->word) >>
                             OBJECT_GENERATION_SHIFT,
                         index);
    if (again)
        object_space_doubt(space, handle);
    return handle;
}

static void
adopt_locked(struct object *object, struct session *owner)
{
    object->owner = owner;
    object->owner_previous = 0;
    object->owner_next = owner->first_object;
    if (owner->first_object != 0)
        object_at(owner->first_object)->owner_previous = object->index;
    owner->first_object = object->index;
}

/* With the shard's lock held. */
static CK_OBJECT_HANDLE
make(struct object_space *space, struct object_shard *shard, uint64_t hash,
     const struct object_place *place, unsigned flags, struct session *owner)
{
    struct object *object;
    CK_OBJECT_HANDLE handle = 0;

    mutex_lock(&space->lock);
    object = object_take_cell_locked(space);
    if (object != NULL && object_set_place_locked(object, place) &&
        object_shard_add(shard, hash, object->index)) {
        uint64_t generation =
            atomic_load(&object->word) >> OBJECT_GENERATION_SHIFT;

        if (owner != NULL)
            adopt_locked(object, owner);
        object->home = place->home;
        if (place->home != NULL)
            object->home_life = object_home_enter(place->home);
        atomic_store_explicit(&object->word,
                              generation << OBJECT_GENERATION_SHIFT | flags |
                                  OBJECT_LIVE,
                              memory_order_release);
        space->count++;
        handle = handle_make(HANDLE_OBJECT, generation, object->index);
    } else if (object != NULL) {
        object_give_cell_locked(space, object);
    }
    mutex_unlock(&space->lock);
    return handle;
}

CK_OBJECT_HANDLE
object_space_known(struct object_space *space, struct object_place place)
{
    uint64_t hash = object_map_hash(&place);
    struct object_shard *shard = object_map_shard(&space->map, hash);
    CK_OBJECT_HANDLE handle;

    mutex_lock(&shard->lock);
    handle = find_known(space, shard, hash, &place, false);
    mutex_unlock(&shard->lock);
    return handle;
}

void
object_space_vacate(struct object_space *space, struct object_place place)
{
    CK_OBJECT_HANDLE known;

    while ((known = object_space_known(space, place)) != 0)
        if (object_space_is_elsewhere(space, known, place.member))
            object_space_unbind(space, known, place.member);
        else
            object_space_remove(space, known);
}

CK_OBJECT_HANDLE
object_space_add(struct object_space *space, struct object_place place,
                 unsigned flags, enum object_origin origin,
                 struct session *owner)
{
    uint64_t hash = object_map_hash(&place);
    struct object_shard *shard = object_map_shard(&space->map, hash);
    CK_OBJECT_HANDLE handle;

    if (origin == OBJECT_MADE)
        object_space_vacate(space, place);
    mutex_lock(&shard->lock);
    handle =
        find_known(space, shard, hash, &place, origin == OBJECT_SEEN_AGAIN);
    if (handle == 0)
        handle = make(space, shard, hash, &place, flags, owner);
    mutex_unlock(&shard->lock);
    return handle;
}

bool
object_space_bind(struct object_space *space, CK_OBJECT_HANDLE handle,
                  struct object_place place)
{
    struct object *object = object_of(space, handle);
    uint64_t hash = object_map_hash(&place);
    struct object_shard *shard = object_map_shard(&space->map, hash);
    bool is_bound = false;

    if (object == NULL)
        return false;
    object_unmap(space, object, place.member);
    mutex_lock(&shard->lock);
    mutex_lock(&space->lock);
    if (object_is_alive(atomic_load(&object->word), handle_generation(handle)))
        is_bound = object_set_place_locked(object, &place) &&
                   object_shard_add(shard, hash, object->index);
    mutex_unlock(&space->lock);
    mutex_unlock(&shard->lock);
    return is_bound;
}

size_t
object_space_count(const struct object_space *space)
{
    struct object_space *locked = (struct object_space *)(uintptr_t)space;
    size_t count;

    mutex_lock(&locked->lock);
    count = space->count;
    mutex_unlock(&locked->lock);
    return count;
}
