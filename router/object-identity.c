/* SPDX-License-Identifier: BSD-3-Clause */
/* What object entries know of what their objects are. */
#include "router/object-cell.h"

bool
object_space_identify(struct object_space *space, CK_OBJECT_HANDLE handle,
                      struct identity *identity, bool *is_same)
{
    struct object *object = object_of(space, handle);
    bool is_living;

    *is_same = true;
    if (identity->asks_each_time)
        object_space_mark(space, handle, OBJECT_ASKS_EACH_TIME, 0);
    mutex_lock(&space->lock);
    is_living = object != NULL && object_is_alive(atomic_load(&object->word),
                                                  handle_generation(handle));
    if (is_living && object->identity == NULL) {
        /* A child forked meanwhile reads it without the lock. */
        __atomic_store_n(&object->identity, identity, __ATOMIC_RELEASE);
        identity = NULL;
    } else if (is_living) {
        *is_same = identity_may_be_same_object(object->identity, identity);
    }
    mutex_unlock(&space->lock);
    identity_free(identity);
    return is_living;
}

bool
object_space_identify_anew(struct object_space *space, CK_OBJECT_HANDLE handle,
                           struct identity *identity)
{
    struct object *object = object_of(space, handle);
    struct identity *before = identity;
    bool is_living;

    if (identity->asks_each_time)
        object_space_mark(space, handle, OBJECT_ASKS_EACH_TIME, 0);
    mutex_lock(&space->lock);
    is_living = object != NULL && object_is_alive(atomic_load(&object->word),
                                                  handle_generation(handle));
    if (is_living) {
        before = object->identity;
        /* A child forked meanwhile reads it without the lock. */
        __atomic_store_n(&object->identity, identity, __ATOMIC_RELEASE);
    }
    mutex_unlock(&space->lock);
    identity_free(before);
    return is_living;
}

void
object_space_unidentify(struct object_space *space, CK_OBJECT_HANDLE handle)
{
    struct object *object = object_of(space, handle);
    struct identity *identity = NULL;

    if (object == NULL)
        return;
    mutex_lock(&space->lock);
    if (object_is_alive(atomic_load(&object->word),
                        handle_generation(handle))) {
        identity = object->identity;
        __atomic_store_n(&object->identity, NULL, __ATOMIC_RELAXED);
    }
    mutex_unlock(&space->lock);
    identity_free(identity);
}

bool
object_space_is_unknown(const struct object_space *space,
                        CK_OBJECT_HANDLE handle)
{
    const struct object *object = object_of(space, handle);

    return object != NULL &&
           __atomic_load_n(&object->identity, __ATOMIC_RELAXED) == NULL;
}

bool
object_space_is_identified(struct object_space *space, CK_OBJECT_HANDLE handle)
{
    struct object *object = object_of(space, handle);
    bool is_identified;

    mutex_lock(&space->lock);
    is_identified =
        object != NULL && object->identity != NULL &&
        object_is_alive(atomic_load(&object->word), handle_generation(handle));
    mutex_unlock(&space->lock);
    return is_identified;
}

struct identity *
object_space_identity(struct object_space *space, CK_OBJECT_HANDLE handle)
{
    struct object *object = object_of(space, handle);
    struct identity *copy = NULL;

    mutex_lock(&space->lock);
    if (object != NULL && object->identity != NULL &&
        object_is_alive(atomic_load(&object->word), handle_generation(handle)))
        copy = identity_copy(object->identity);
    mutex_unlock(&space->lock);
    return copy;
}
