/* SPDX-License-Identifier: BSD-3-Clause */
/* What an object is, as the audit log tells it. */
#include "audit/event.h"
#include "router/object-cell.h"

#include <string.h>

static size_t
copy(unsigned char *out, size_t room, const unsigned char *bytes, size_t length)
{
    if (length > room)
        length = room;
    if (length > 0)
        memcpy(out, bytes, length);
    return length;
}

void
object_describe(const struct identity *identity, struct audit_key *out)
{
    out->is_known = true;
    out->object_class = identity->object_class;
    out->type = identity->key_type;
    out->has_fingerprint = identity->has_fingerprint;
    memcpy(out->fingerprint, identity->fingerprint, sizeof(out->fingerprint));
    out->label_length = copy(out->label, sizeof(out->label), identity->label,
                             identity->label_length);
    out->id_length =
        copy(out->id, sizeof(out->id), identity->id, identity->id_length);
}

static const struct identity *identity_locked(const struct object_space *space,
                                              CK_OBJECT_HANDLE handle)
    REQUIRES(space->lock);

static const struct identity *
identity_locked(const struct object_space *space, CK_OBJECT_HANDLE handle)
{
    const struct object *object = object_of(space, handle);
    uint64_t word = object == NULL ? 0 : atomic_load(&object->word);

    return object_is_alive(word, handle_generation(handle)) ? object->identity
                                                            : NULL;
}

void
object_space_describe(struct object_space *space, CK_OBJECT_HANDLE handle,
                      struct audit_key *out)
{
    const struct identity *identity;

    mutex_lock(&space->lock);
    identity = identity_locked(space, handle);
    out->is_known = identity != NULL;
    if (identity != NULL)
        object_describe(identity, out);
    mutex_unlock(&space->lock);
}

bool
object_space_was_read(struct object_space *space, CK_OBJECT_HANDLE handle,
                      uint64_t since)
{
    const struct identity *identity;
    bool was_read;

    mutex_lock(&space->lock);
    identity = identity_locked(space, handle);
    was_read = identity != NULL && identity->read_at != 0 &&
               identity->read_at >= since;
    mutex_unlock(&space->lock);
    return was_read;
}
