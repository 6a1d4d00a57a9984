/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds an object again by its identity. */
#include "router/identity-read.h"

#include "common/cleanup.h"
#include "router/catalogue.h"

#include <stdlib.h>
#include <string.h>

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
    return identity_key_hash(found) == 0 &&
           octets_equal((struct octets){ wanted->id, wanted->id_length },
                        (struct octets){ found->id, found->id_length });
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

/* Where nothing is found under its CKA_ID it may have another one there, but
 * for who wants it by its name. */
static CK_RV
find_on_other(struct identity_place place, const struct identity *wanted,
              bool is_by_name, struct hits *hits)
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
        wanted->has_fingerprint && !(is_by_name && wanted->id_length > 0)) {
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
        rv = find_on_other(place, wanted, false, &hits);
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
identity_find_named(const CK_FUNCTION_LIST_3_2 *functions,
                    CK_SESSION_HANDLE session, const struct identity *wanted,
                    CK_OBJECT_HANDLE *out)
{
    CLEANUP(catalogue_freep) struct catalogue *alike = catalogue_new();
    struct identity_place place = { functions, session, NULL };
    struct hits hits;
    CK_RV rv = CKR_OK;

    if (alike == NULL)
        return CKR_HOST_MEMORY;
    /* In one search what it takes to know it again, for which a token may look
     * at each of its objects. */
    if (wanted->id_length > 0)
        rv = catalogue_read_id(alike, place, wanted->id, wanted->id_length);
    if (rv == CKR_HOST_MEMORY || rv == CKR_OPERATION_ACTIVE)
        return rv;
    /* One that could not be read answers nothing. */
    place.catalogue = alike;
    rv = find_on_other(place, wanted, true, &hits);
    if (rv != CKR_OK)
        return rv;
    *out = hits.last;
    return hits.n_same == 1 ? CKR_OK : CKR_OBJECT_HANDLE_INVALID;
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
    rv = find_on_other(place, wanted, false, &hits);
    if (rv != CKR_OK)
        return rv;
    if (hits.n_same > 1 || (hits.n_same == 0 && hits.n_untold > 0))
        return CKR_FUNCTION_FAILED;
    *out = hits.last;
    return hits.n_same == 1 ? CKR_OK : CKR_OBJECT_HANDLE_INVALID;
}
