/* SPDX-License-Identifier: BSD-3-Clause */
/* Where objects are, and where they were looked for in vain. */
#include "router/object-cell.h"

/* Where a place is none, its handle is the number of the last look. */
CK_ULONG
object_space_looked(const struct object_space *space, CK_OBJECT_HANDLE handle,
                    unsigned member)
{
    const struct object *object = object_of(space, handle);
    const struct object_cell_place *place =
        object == NULL ? NULL : object_place_of(object, member);
    uint64_t where;
    CK_ULONG number;

    if (place == NULL)
        return 0;
    where = atomic_load_explicit(&place->where, memory_order_acquire);
    number = atomic_load_explicit(&place->handle, memory_order_acquire);
    return (where & OBJECT_WHERE) == 0 &&
                   atomic_load_explicit(&place->where, memory_order_relaxed) ==
                       where
               ? number
               : 0;
}

void
object_space_note_look(struct object_space *space, CK_OBJECT_HANDLE handle,
                       unsigned member, CK_ULONG number)
{
    struct object *object = object_of(space, handle);

    if (object == NULL || member >= OBJECT_INLINE_PLACES)
        return;
    mutex_lock(&space->lock);
    if (object_is_alive(atomic_load(&object->word),
                        handle_generation(handle)) &&
        (atomic_load(&object->places[member].where) & OBJECT_WHERE) == 0)
        atomic_store(&object->places[member].handle, number);
    mutex_unlock(&space->lock);
}

bool
object_space_is_elsewhere(const struct object_space *space,
                          CK_OBJECT_HANDLE handle, unsigned member)
{
    for (unsigned i = 0; i < OBJECT_MAX_MEMBERS; i++)
        if (i != member && object_space_was_seen(space, handle, i))
            return true;
    return false;
}
