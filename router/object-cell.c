/* SPDX-License-Identifier: BSD-3-Clause */
/* The cells of the object table: chunks that come, are lent to a token, and
 * are never given back to the system. */
#include "router/object-cell.h"

#include <stdlib.h>

_Atomic(struct object_chunk *) object_chunks[OBJECT_CHUNKS];

static struct mutex stock_lock = MUTEX_INIT(LOCK_CHUNKS);
static struct object_chunk *stock;
static uint32_t n_chunks;

bool
object_matches(uint32_t index, const struct object_place *place)
{
    const struct object *object = object_at(index);
    const struct object_cell_place *its =
        object_place_of(object, place->member);

    return (atomic_load(&object->word) & OBJECT_LIVE) != 0 &&
           object_is_at(its, place->member, place->epoch) &&
           atomic_load(&its->handle) == place->handle;
}

/* -- Writing --------------------------------------------------------------- */

bool
object_set_place_locked(struct object *object, const struct object_place *place)
{
    struct object_cell_place *its;
    uint64_t binding;

    if (place->member >= OBJECT_MAX_MEMBERS)
        return false;
    if (object_place_of(object, place->member) == NULL) {
        its = calloc(OBJECT_MAX_MEMBERS - OBJECT_INLINE_PLACES, sizeof(*its));
        if (its == NULL)
            return false;
        atomic_store_explicit(&object->more, its, memory_order_release);
    }
    if (place->member < OBJECT_INLINE_PLACES)
        its = &object->places[place->member];
    else
        its =
            atomic_load(&object->more) + (place->member - OBJECT_INLINE_PLACES);
    binding = (atomic_load(&its->where) & ~OBJECT_WHERE) +
              (UINT64_C(1) << OBJECT_BINDING_SHIFT);
    atomic_store_explicit(&its->where, 0, memory_order_release);
    atomic_store_explicit(&its->handle, place->handle, memory_order_release);
    atomic_store_explicit(&its->where,
                          object_where(place->member, place->epoch) |
                              (binding & ~OBJECT_WHERE),
                          memory_order_release);
    return true;
}

void
object_unmap(struct object_space *space, struct object *object, unsigned member)
{
    const struct object_cell_place *its = object_place_of(object, member);
    uint64_t where = its == NULL ? 0 : atomic_load(&its->where);
    struct object_place place = { .member = member,
                                  .epoch = (uint32_t)(where >> 32) };
    struct object_shard *shard;
    uint64_t hash;

    if (where == 0)
        return;
    place.handle = atomic_load(&its->handle);
    hash = object_map_hash(&place);
    shard = object_map_shard(&space->map, hash);
    mutex_lock(&shard->lock);
    object_shard_remove(shard, hash, object->index);
    mutex_unlock(&shard->lock);
}

/* -- Chunks ------------------------------------------------------------------
 */

static struct object_chunk *
new_chunk(void)
{
    struct object_chunk *chunk;

    if (n_chunks >= OBJECT_CHUNKS)
        return NULL;
    chunk = calloc(1, sizeof(*chunk));
    if (chunk == NULL)
        return NULL;
    chunk->first = n_chunks * OBJECT_CHUNK_CELLS;
    for (uint32_t i = 0; i < OBJECT_CHUNK_CELLS; i++)
        chunk->cells[i].index = chunk->first + i;
    atomic_store_explicit(&object_chunks[n_chunks], chunk,
                          memory_order_release);
    n_chunks++;
    return chunk;
}

/* A cell whose generations are used up is retired for ever (R2.4). */
static bool
is_used_up(const struct object *object)
{
    return atomic_load(&object->word) >> OBJECT_GENERATION_SHIFT >
           HANDLE_MAX_GENERATION;
}

static bool
take_chunk(struct object_space *space)
{
    struct object_chunk *chunk;

    mutex_lock(&stock_lock);
    chunk = stock;
    if (chunk != NULL)
        stock = chunk->next;
    else
        chunk = new_chunk();
    mutex_unlock(&stock_lock);
    if (chunk == NULL)
        return false;
    atomic_store(&chunk->space, space);
    chunk->next = space->chunks;
    space->chunks = chunk;
    space->n_chunks++;
    /* From the last to the first, so that the first is used first; index 0
     * is no entry's. */
    for (uint32_t i = OBJECT_CHUNK_CELLS; i-- > 0;)
        if (chunk->first + i != 0 && !is_used_up(&chunk->cells[i])) {
            chunk->cells[i].next_free = space->free_cells;
            space->free_cells = chunk->first + i;
        }
    return true;
}

struct object *
object_take_cell_locked(struct object_space *space)
{
    struct object *object;

    if (space->free_cells == 0 && !take_chunk(space))
        return NULL;
    object = object_at(space->free_cells);
    space->free_cells = object->next_free;
    return object;
}

/* Clears what a cell points at, and raises its generation. */
static void
reset_cell(struct object *object)
{
    uint64_t generation =
        (atomic_load(&object->word) >> OBJECT_GENERATION_SHIFT) + 1;
    struct object_cell_place *more = atomic_load(&object->more);

    for (size_t i = 0; i < OBJECT_INLINE_PLACES; i++) {
        atomic_store(&object->places[i].where, 0);
        atomic_store(&object->places[i].handle, 0);
    }
    for (size_t i = 0;
         more != NULL && i < OBJECT_MAX_MEMBERS - OBJECT_INLINE_PLACES; i++)
        atomic_store(&more[i].where, 0);
    object->owner = NULL;
    object->home = NULL;
    __atomic_store_n(&object->identity, NULL, __ATOMIC_RELAXED);
    atomic_store_explicit(&object->word, generation << OBJECT_GENERATION_SHIFT,
                          memory_order_release);
}

void
object_give_cell_locked(struct object_space *space, struct object *object)
{
    reset_cell(object);
    if (is_used_up(object))
        return;
    object->next_free = space->free_cells;
    space->free_cells = object->index;
}

static void
put_in_stock(struct object_chunk *chunk)
{
    atomic_store(&chunk->space, NULL);
    mutex_lock(&stock_lock);
    chunk->next = stock;
    stock = chunk;
    mutex_unlock(&stock_lock);
}

void
object_space_free(struct object_space *space)
{
    struct object_chunk *chunk;

    if (space == NULL)
        return;
    object_space_clear(space);
    while ((chunk = space->chunks) != NULL) {
        space->chunks = chunk->next;
        put_in_stock(chunk);
    }
    object_map_destroy(&space->map);
    mutex_destroy(&space->lock);
    free(space);
}

size_t
object_space_bytes(const struct object_space *space)
{
    struct object_space *locked = (struct object_space *)(uintptr_t)space;
    size_t bytes;

    mutex_lock(&locked->lock);
    bytes = space->n_chunks * sizeof(struct object_chunk);
    mutex_unlock(&locked->lock);
    return bytes + object_map_bytes(&locked->map);
}

/* -- After a fork ---------------------------------------------------------- */

/* As take_chunk does with an empty one; `space` has no other thread yet. */
static void
keep_in_chunk(struct object_space *space, struct object_chunk *chunk,
              object_keeper *keeps)
{
    atomic_store(&chunk->space, space);
    chunk->next = space->chunks;
    space->chunks = chunk;
    space->n_chunks++;
    for (uint32_t i = OBJECT_CHUNK_CELLS; i-- > 0;) {
        struct object *object = &chunk->cells[i];

        if (keeps(space, object)) {
            space->count++;
            continue;
        }
        reset_cell(object);
        if (object->index == 0 || is_used_up(object))
            continue;
        object->next_free = space->free_cells;
        space->free_cells = object->index;
    }
}

void
object_rebuild(
    struct object_space *(*successor)(const struct object_space *before),
    object_keeper *keeps)
{
    mutex_init(&stock_lock, LOCK_CHUNKS);
    stock = NULL;
    for (uint32_t i = 0;
         i < OBJECT_CHUNKS && atomic_load(&object_chunks[i]) != NULL; i++) {
        struct object_chunk *chunk = atomic_load(&object_chunks[i]);
        const struct object_space *before = atomic_load(&chunk->space);
        struct object_space *space =
            before == NULL || successor == NULL ? NULL : successor(before);

        n_chunks = i + 1;
        if (space != NULL) {
            keep_in_chunk(space, chunk, keeps);
            continue;
        }
        for (uint32_t cell = 0; cell < OBJECT_CHUNK_CELLS; cell++)
            reset_cell(&chunk->cells[cell]);
        put_in_stock(chunk);
    }
}
