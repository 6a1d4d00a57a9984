/* SPDX-License-Identifier: BSD-3-Clause */
/* Compares identities, and finds an object again by its own. */
#include "router/identity.h"

#include "common/cleanup.h"
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

/* A search that the wanted object must be among the results of. */
struct search {
    CK_OBJECT_CLASS object_class;
    CK_KEY_TYPE key_type;
    CK_BBOOL is_token;
    CK_ATTRIBUTE attributes[6];
    size_t n_attributes;
};

static void
search_add(struct search *search, CK_ATTRIBUTE_TYPE type, void *value,
           size_t length)
{
    if (length > 0)
        search->attributes[search->n_attributes++] =
            (CK_ATTRIBUTE){ type, value, length };
}

static void
search_begin(struct search *search, const struct identity *wanted)
{
    search->object_class = wanted->object_class;
    search->key_type = wanted->key_type;
    search->is_token = wanted->is_token;
    search->n_attributes = 0;
    search_add(search, CKA_CLASS, &search->object_class,
               sizeof(search->object_class));
}

static void
search_add_type(struct search *search)
{
    if (search->key_type != CK_UNAVAILABLE_INFORMATION)
        search_add(search, CKA_KEY_TYPE, &search->key_type,
                   sizeof(search->key_type));
}

static void
search_same_member(struct search *search, const struct identity *wanted)
{
    search_begin(search, wanted);
    if (wanted->unique_id_length > 0) {
        search_add(search, CKA_UNIQUE_ID, wanted->unique_id,
                   wanted->unique_id_length);
        return;
    }
    search_add_type(search);
    search_add(search, CKA_TOKEN, &search->is_token, sizeof(search->is_token));
    search_add(search, CKA_ID, wanted->id, wanted->id_length);
    search_add(search, CKA_LABEL, wanted->label, wanted->label_length);
}

/* By what must be equal on another member; a key pair's key is first looked
 * for under its CKA_ID, then (`is_wide`) among all of its type. */
static void
search_other_member(struct search *search, const struct identity *wanted,
                    bool is_wide)
{
    search_begin(search, wanted);
    if (is_wide || wanted->object_class == CKO_SECRET_KEY)
        search_add_type(search);
    if (!is_wide && wanted->object_class != CKO_DATA)
        search_add(search, CKA_ID, wanted->id, wanted->id_length);
    if (wanted->object_class == CKO_DATA ||
        wanted->object_class == CKO_SECRET_KEY)
        search_add(search, CKA_LABEL, wanted->label, wanted->label_length);
}

/* What a search has come to. */
struct hits {
    CK_OBJECT_HANDLE last;
    size_t n_same;
    size_t n_untold; /* that may be it, and do not tell */
};

static bool
is_untold(const struct identity *wanted, const struct identity *found)
{
    return identity_key_hash(found) == 0 && is_id_equal(wanted, found);
}

/* The one object that is the wanted one, among those that a search finds. */
static CK_RV
search_run(struct identity_place place, struct search *search,
           const struct identity *wanted,
           bool (*is_same)(const struct identity *a, const struct identity *b),
           struct hits *hits)
{
    CLEANUP(freep) CK_OBJECT_HANDLE *handles = NULL;
    size_t count;
    CK_RV rv = identity_search(place, search->attributes, search->n_attributes,
                               &handles, &count);

    *hits = (struct hits){ .n_same = 0 };
    for (size_t i = 0; rv == CKR_OK && i < count && hits->n_same < 2; i++) {
        CLEANUP(identity_freep) struct identity *found = NULL;

        rv = identity_read_at(place, handles[i], true, &found);
        if (rv == CKR_OBJECT_HANDLE_INVALID) {
            rv = CKR_OK; /* went away since the search */
            continue;
        }
        if (rv != CKR_OK)
            continue;
        if (is_same(wanted, found)) {
            hits->last = handles[i];
            hits->n_same++;
        } else if (is_untold(wanted, found)) {
            hits->n_untold++;
        }
    }
    return rv;
}

static CK_RV
find_on_other(struct identity_place place, const struct identity *wanted,
              struct hits *hits)
{
    bool is_pair = wanted->object_class == CKO_PUBLIC_KEY ||
                   wanted->object_class == CKO_PRIVATE_KEY;
    struct search search;
    CK_RV rv = CKR_OK;

    *hits = (struct hits){ .n_same = 0 };
    if (!is_pair || (wanted->has_fingerprint && wanted->id_length > 0)) {
        search_other_member(&search, wanted, false);
        rv = search_run(place, &search, wanted, identity_is_same_key, hits);
    }
    if (rv == CKR_OK && hits->n_same == 0 && is_pair &&
        wanted->has_fingerprint) {
        search_other_member(&search, wanted, true);
        rv = search_run(place, &search, wanted, identity_is_same_key, hits);
    }
    return rv;
}

CK_RV
identity_find_at(struct identity_place place, const struct identity *wanted,
                 bool same_member, CK_OBJECT_HANDLE *out)
{
    struct search search;
    struct hits hits;
    CK_RV rv;

    if (same_member) {
        search_same_member(&search, wanted);
        rv = search_run(place, &search, wanted, identity_is_same_object, &hits);
    } else {
        rv = find_on_other(place, wanted, &hits);
    }
    if (rv != CKR_OK)
        return rv;
    if (hits.n_same != 1)
        return CKR_OBJECT_HANDLE_INVALID;
    *out = hits.last;
    return CKR_OK;
}

CK_RV
identity_find(const CK_FUNCTION_LIST_3_2 *functions, CK_SESSION_HANDLE session,
              const struct identity *wanted, bool same_member,
              CK_OBJECT_HANDLE *out)
{
    struct identity_place place = { functions, session, NULL };

    return identity_find_at(place, wanted, same_member, out);
}

CK_RV
identity_find_surely(const CK_FUNCTION_LIST_3_2 *functions,
                     CK_SESSION_HANDLE session, const struct identity *wanted,
                     CK_OBJECT_HANDLE *out)
{
    struct identity_place place = { functions, session, NULL };
    struct hits hits;
    CK_RV rv;

    /* What is not even the same as itself is found nowhere. */
    if (!identity_is_same_key(wanted, wanted))
        return CKR_FUNCTION_FAILED;
    rv = find_on_other(place, wanted, &hits);
    if (rv != CKR_OK)
        return rv;
    if (hits.n_same > 1 || (hits.n_same == 0 && hits.n_untold > 0))
        return CKR_FUNCTION_FAILED;
    *out = hits.last;
    return hits.n_same == 1 ? CKR_OK : CKR_OBJECT_HANDLE_INVALID;
}
