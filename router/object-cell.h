/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The cells of the object table, for the files that make it up. A cell's
 * word is generation, liveness and flags; what stands beside it is read
 * between two loads of the word and written with the space's lock held.
 */
#ifndef ROUTER_OBJECT_CELL_H
#define ROUTER_OBJECT_CELL_H

#include "common/lock.h"
#include "router/object-map.h"
#include "router/object.h"

enum { OBJECT_GENERATION_SHIFT = 9, OBJECT_INLINE_PLACES = 2 };

#define OBJECT_FLAGS UINT64_C(0x7f)
#define OBJECT_LIVE  UINT64_C(0x80)
#define OBJECT_DYING UINT64_C(0x100) /* being taken apart */

struct object_cell_place {
    _Atomic(uint64_t) where; /* object_where(), 0: none */
    _Atomic(CK_OBJECT_HANDLE) handle;
};

struct object {
    _Atomic(uint64_t) word;
    struct object_cell_place places[OBJECT_INLINE_PLACES];
    _Atomic(struct object_cell_place *) more; /* of further members; kept */
    struct identity *identity;
    struct session *owner;
    struct object_home *home; /* of a session object; or NULL */
    uint32_t home_life;
    uint32_t owner_next;
    uint32_t owner_previous;
    uint32_t index;
    uint32_t next_free;
};

enum { OBJECT_CHUNK_CELLS = 256 };

struct object_chunk {
    _Atomic(struct object_space *) space; /* NULL: in stock */
    struct object_chunk *next;            /* of its space, or in stock */
    uint32_t first;                       /* index of cells[0] */
    struct object cells[OBJECT_CHUNK_CELLS];
};

struct object_space {
    struct mutex lock;
    struct object_chunk *chunks;
    uint32_t free_cells;
    size_t count;
    size_t n_chunks;
    struct object_map map;
    CK_SLOT_ID slot;
    unsigned shared; /* the member whose handles each process understands */
    bool has_shared; /* there is one */
    _Atomic(uint32_t) doubts; /* how often an entry became unconfirmed */
    _Atomic(bool) has_left;   /* entries of before a fork, or of an earlier life
  or a pause of the member, that were not seen since */
};

/* A life of a member, with a count of bindings between the two: who reads the
 * same word before and after the handle has read what belongs to it. */
#define OBJECT_WHERE UINT64_C(0xffffffff000000ff)

enum { OBJECT_BINDING_SHIFT = 8 };

static inline uint64_t
object_where(unsigned member, uint32_t epoch)
{
    return (uint64_t)epoch << 32 | (uint64_t)member << 1 | 1;
}

enum { OBJECT_CHUNKS = (1 << HANDLE_INDEX_BITS) / OBJECT_CHUNK_CELLS };

/* Chunks come, are lent to a token, and never go. */
extern _Atomic(struct object_chunk *) object_chunks[OBJECT_CHUNKS];

static inline struct object_chunk *
object_chunk_of(uint32_t index)
{
    return atomic_load_explicit(&object_chunks[index / OBJECT_CHUNK_CELLS],
                                memory_order_acquire);
}

/* NULL when there is no such cell. */
static inline struct object *
object_at(uint32_t index)
{
    struct object_chunk *chunk = object_chunk_of(index);

    return chunk == NULL ? NULL : &chunk->cells[index % OBJECT_CHUNK_CELLS];
}

/* The cell a handle points at when it lies in this space, of any
 * generation. */
static inline struct object *
object_of(const struct object_space *space, CK_OBJECT_HANDLE handle)
{
    struct object_chunk *chunk = object_chunk_of(handle_index(handle));

    if (chunk == NULL || handle_kind(handle) != HANDLE_OBJECT ||
        atomic_load_explicit(&chunk->space, memory_order_relaxed) != space)
        return NULL;
    return &chunk->cells[handle_index(handle) % OBJECT_CHUNK_CELLS];
}

/* Whether a cell's word is that of a living entry of this generation. */
static inline bool
object_is_alive(uint64_t word, uint64_t generation)
{
    return word >> OBJECT_GENERATION_SHIFT == generation &&
           (word & OBJECT_LIVE) != 0;
}

/* NULL where the cell never had room for this member. */
static inline const struct object_cell_place *
object_place_of(const struct object *object, unsigned member)
{
    const struct object_cell_place *more;

    if (member < OBJECT_INLINE_PLACES)
        return &object->places[member];
    more = atomic_load_explicit(&object->more, memory_order_acquire);
    return more == NULL ? NULL : &more[member - OBJECT_INLINE_PLACES];
}

/* Whether the place is of that life of that member. */
static inline bool
object_is_at(const struct object_cell_place *place, unsigned member,
             uint32_t epoch)
{
    return place != NULL && (atomic_load(&place->where) & OBJECT_WHERE) ==
                                object_where(member, epoch);
}

/* The object moves in, or out again if that life still goes on. */
uint32_t object_home_enter(struct object_home *home);
void object_home_leave(struct object_home *home, uint32_t life);

/* For the reverse map. */
bool object_matches(uint32_t index, const struct object_place *place);

/* Takes the entry's place on a member out of the reverse map. */
void object_unmap(struct object_space *space, struct object *object,
                  unsigned member);

/* Says whether an entry of the parent's is kept, and makes it ready for the
 * space that it is in now. */
typedef bool object_keeper(struct object_space *space, struct object *object);

/* In a forked child: chunks go to the spaces that `successor` (NULL: none)
 * gives for the parent's; what `keeps` does not keep is free and stale. */
void object_rebuild(
    struct object_space *(*successor)(const struct object_space *before),
    object_keeper *keeps);

/* With the space's lock held. */
struct object *object_take_cell_locked(struct object_space *space)
    REQUIRES(space->lock);
void object_give_cell_locked(struct object_space *space, struct object *object)
    REQUIRES(space->lock);
bool object_set_place_locked(struct object *object,
                             const struct object_place *place);

#endif
