/* SPDX-License-Identifier: BSD-3-Clause */
/* Object entries whose member forgets its handles, in an orderly way. */
#include "router/object-cell.h"

static bool
was_seen(const struct object *object, unsigned member)
{
    const struct object_cell_place *place = object_place_of(object, member);

    return place != NULL && (atomic_load(&place->where) & OBJECT_WHERE) != 0;
}

size_t
object_space_list(struct object_space *space, unsigned member,
                  CK_OBJECT_HANDLE *out, size_t room)
{
    size_t count = 0;

    mutex_lock(&space->lock);
    for (const struct object_chunk *chunk = space->chunks; chunk != NULL;
         chunk = chunk->next)
        for (uint32_t i = 0; i < OBJECT_CHUNK_CELLS && count < room; i++) {
            const struct object *object = &chunk->cells[i];
            uint64_t word = atomic_load(&object->word);

            if ((word & OBJECT_LIVE) == 0 || (word & OBJECT_IS_SESSION) != 0 ||
                !was_seen(object, member))
                continue;
            out[count++] =
                handle_make(HANDLE_OBJECT, word >> OBJECT_GENERATION_SHIFT,
                            object->index);
        }
    mutex_unlock(&space->lock);
    return count;
}

static bool
is_only_on(const struct object *object, unsigned member)
{
    uint64_t word = atomic_load(&object->word);

    if ((word & OBJECT_LIVE) == 0 || (word & OBJECT_IS_SESSION) != 0 ||
        !was_seen(object, member))
        return false;
    for (unsigned i = 0; i < OBJECT_MAX_MEMBERS; i++)
        if (i != member && was_seen(object, i))
            return false;
    return true;
}

bool
object_space_has_only(struct object_space *space, unsigned member)
{
    bool has = false;

    mutex_lock(&space->lock);
    for (const struct object_chunk *chunk = space->chunks;
         chunk != NULL && !has; chunk = chunk->next)
        for (uint32_t i = 0; i < OBJECT_CHUNK_CELLS && !has; i++)
            has = is_only_on(&chunk->cells[i], member);
    mutex_unlock(&space->lock);
    return has;
}

/* What lives in a session was shown by a search without saying so. */
static bool
may_leave(struct object_space *space, CK_OBJECT_HANDLE handle)
{
    struct identity *identity = object_space_identity(space, handle);
    bool is_known = identity != NULL &&
                    (identity->is_token || (object_space_flags(space, handle) &
                                            OBJECT_IS_TOKEN) != 0);

    identity_free(identity);
    return is_known;
}

void
object_space_leave(struct object_space *space, CK_OBJECT_HANDLE handle,
                   unsigned member)
{
    if (!may_leave(space, handle))
        return;
    object_space_unbind(space, handle, member);
    atomic_store(&space->has_left, true);
}

bool
object_space_has_left(const struct object_space *space)
{
    return atomic_load_explicit(&space->has_left, memory_order_relaxed);
}
