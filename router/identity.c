/* SPDX-License-Identifier: BSD-3-Clause */
/* Compares identities. */
#include "router/identity.h"

#include "router/identity-read.h"

#include <stdlib.h>
#include <string.h>

void
identity_free(struct identity *identity)
{
    free(identity);
}

void
identity_freep(struct identity **identity)
{
    identity_free(*identity);
}

struct identity *
identity_copy(const struct identity *identity)
{
    size_t length = identity->id_length + identity->label_length +
                    identity->unique_id_length;
    struct identity *copy = malloc(sizeof(*copy) + length);
    unsigned char *room;

    if (copy == NULL)
        return NULL;
    room = (unsigned char *)(copy + 1);
    *copy = *identity;
    copy->id = room;
    copy->label = room + copy->id_length;
    copy->unique_id = copy->label + copy->label_length;
    if (copy->id_length > 0)
        memcpy(copy->id, identity->id, copy->id_length);
    if (copy->label_length > 0)
        memcpy(copy->label, identity->label, copy->label_length);
    if (copy->unique_id_length > 0)
        memcpy(copy->unique_id, identity->unique_id, copy->unique_id_length);
    return copy;
}

static bool
is_id_equal(const struct identity *a, const struct identity *b)
{
    return octets_equal((struct octets){ a->id, a->id_length },
                        (struct octets){ b->id, b->id_length });
}

static bool
is_label_equal(const struct identity *a, const struct identity *b)
{
    return octets_equal((struct octets){ a->label, a->label_length },
                        (struct octets){ b->label, b->label_length });
}

bool
identity_is_called_alike(const struct identity *a, const struct identity *b)
{
    return a->object_class == b->object_class && a->key_type == b->key_type &&
           is_id_equal(a, b) && is_label_equal(a, b);
}

/* What a value says that one of them may lack. */
enum verdict { VERDICT_OPEN, VERDICT_SAME, VERDICT_DIFFERENT };

static enum verdict
bytes_verdict(bool both_have, const unsigned char *a, const unsigned char *b,
              size_t length)
{
    if (!both_have)
        return VERDICT_OPEN;
    return memcmp(a, b, length) == 0 ? VERDICT_SAME : VERDICT_DIFFERENT;
}

static enum verdict
fingerprint_verdict(const struct identity *a, const struct identity *b)
{
    return bytes_verdict(a->has_fingerprint && b->has_fingerprint,
                         a->fingerprint, b->fingerprint, IDENTITY_HASH_LENGTH);
}

static enum verdict
content_verdict(const struct identity *a, const struct identity *b)
{
    return bytes_verdict(a->has_content && b->has_content, a->content,
                         b->content, IDENTITY_HASH_LENGTH);
}

static enum verdict
check_value_verdict(const struct identity *a, const struct identity *b)
{
    return bytes_verdict(a->has_check_value && b->has_check_value,
                         a->check_value, b->check_value,
                         IDENTITY_CHECK_VALUE_LENGTH);
}

/* Something that both have, and that an object does not change. */
static bool
is_contradicted(const struct identity *a, const struct identity *b)
{
    return a->object_class != b->object_class || a->key_type != b->key_type ||
           a->is_token != b->is_token ||
           fingerprint_verdict(a, b) == VERDICT_DIFFERENT ||
           check_value_verdict(a, b) == VERDICT_DIFFERENT;
}

static enum verdict
unique_id_verdict(const struct identity *a, const struct identity *b)
{
    struct octets left = { a->unique_id, a->unique_id_length };
    struct octets right = { b->unique_id, b->unique_id_length };

    if (left.length == 0 || right.length == 0)
        return VERDICT_OPEN;
    return octets_equal(left, right) ? VERDICT_SAME : VERDICT_DIFFERENT;
}

bool
identity_may_be_same_object(const struct identity *a, const struct identity *b)
{
    enum verdict unique_id = unique_id_verdict(a, b);

    if (is_contradicted(a, b))
        return false;
    /* With a unique id it stays the same under a new label or value. */
    if (unique_id != VERDICT_OPEN)
        return unique_id == VERDICT_SAME;
    return content_verdict(a, b) != VERDICT_DIFFERENT && is_id_equal(a, b) &&
           is_label_equal(a, b);
}

bool
identity_is_same_object(const struct identity *a, const struct identity *b)
{
    return identity_may_be_same_object(a, b) &&
           (a->id_length > 0 || a->label_length > 0 ||
            unique_id_verdict(a, b) == VERDICT_SAME ||
            fingerprint_verdict(a, b) == VERDICT_SAME ||
            check_value_verdict(a, b) == VERDICT_SAME ||
            content_verdict(a, b) == VERDICT_SAME);
}

bool
identity_is_same_key(const struct identity *a, const struct identity *b)
{
    /* A copy that ends with its session is no token object's twin. */
    if (a->object_class != b->object_class || a->is_token != b->is_token)
        return false;
    switch (a->object_class) {
    case CKO_PUBLIC_KEY:
    case CKO_PRIVATE_KEY:
        return fingerprint_verdict(a, b) == VERDICT_SAME;
    case CKO_SECRET_KEY:
        return a->key_type == b->key_type && is_id_equal(a, b) &&
               is_label_equal(a, b) &&
               (a->id_length > 0 || a->label_length > 0) &&
               check_value_verdict(a, b) == VERDICT_SAME;
    case CKO_CERTIFICATE: /* R7.15 */
        return content_verdict(a, b) == VERDICT_SAME && is_id_equal(a, b);
    case CKO_DATA:
    case CKO_TRUST:
        return content_verdict(a, b) == VERDICT_SAME && is_label_equal(a, b);
    case CKO_PROFILE: /* R7.21 */
    case CKO_MECHANISM:
        return content_verdict(a, b) == VERDICT_SAME;
    default:
        return false;
    }
}

static uint64_t
first_bytes(const unsigned char *bytes, size_t length,
            CK_OBJECT_CLASS object_class)
{
    uint64_t hash = 0;

    memcpy(&hash, bytes, length < sizeof(hash) ? length : sizeof(hash));
    hash ^= object_class;
    return hash == 0 ? 1 : hash;
}

uint64_t
identity_key_hash(const struct identity *identity)
{
    CK_OBJECT_CLASS its_class = identity->object_class;

    if (its_class == CKO_PUBLIC_KEY || its_class == CKO_PRIVATE_KEY)
        return identity->has_fingerprint
                   ? first_bytes(identity->fingerprint,
                                 sizeof(identity->fingerprint), its_class)
                   : 0;
    if (its_class == CKO_SECRET_KEY)
        return identity->has_check_value
                   ? first_bytes(identity->check_value,
                                 sizeof(identity->check_value), its_class)
                   : 0;
    return identity->has_content
               ? first_bytes(identity->content, sizeof(identity->content),
                             its_class)
               : 0;
}

bool
identity_may_be_same_twin(const struct identity *a, const struct identity *b)
{
    return identity_key_hash(a) != 0 && identity_key_hash(b) != 0
               ? identity_is_same_key(a, b)
               : identity_may_be_same_object(a, b);
}
