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
