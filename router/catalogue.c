/* SPDX-License-Identifier: BSD-3-Clause */
/* What a member has, in memory. */
#include "router/catalogue.h"

#include "common/cleanup.h"

#include <stdlib.h>
#include <string.h>

/* Both are found by their hash: one that is asked for by its CKA_ID, and one
 * that is asked for by its label alone. */
enum { BY_ID, BY_LABEL, INDEXES };

struct entry {
    CK_OBJECT_HANDLE object;
    CK_OBJECT_CLASS object_class;
    CK_KEY_TYPE key_type;         /* CK_UNAVAILABLE_INFORMATION where none */
    struct octets names[INDEXES]; /* in `bytes` */
    unsigned char *bytes;
    size_t next[INDEXES]; /* with the same hash, and one; 0: none */
};

struct catalogue {
    struct entry *entries;
    size_t n_entries;
    size_t room; /* a power of two: of entries, and of heads */
    size_t *heads[INDEXES];
    bool is_read;
    unsigned char *only_id; /* that they have; NULL: all token objects */
    size_t only_length;
};

enum { FEWEST = 64 };

struct catalogue *
catalogue_new(void)
{
    return calloc(1, sizeof(struct catalogue));
}

static void
clear(struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->n_entries; i++)
        free(catalogue->entries[i].bytes);
    free(catalogue->entries);
    for (unsigned k = 0; k < INDEXES; k++)
        free(catalogue->heads[k]);
    free(catalogue->only_id);
    *catalogue = (struct catalogue){ .n_entries = 0 };
}

void
catalogue_free(struct catalogue *catalogue)
{
    if (catalogue != NULL)
        clear(catalogue);
    free(catalogue);
}

void
catalogue_freep(struct catalogue **catalogue)
{
    catalogue_free(*catalogue);
}

/* -- Adding -------------------------------------------------------------------
 */

/* FNV-1a. */
static size_t
hash(CK_OBJECT_CLASS object_class, struct octets name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ object_class;

    for (size_t i = 0; i < name.length; i++)
        hash = (hash ^ name.bytes[i]) * UINT64_C(0x100000001b3);
    return (size_t)(hash ^ hash >> 32);
}

static void
link_entry(struct catalogue *catalogue, size_t index)
{
    struct entry *entry = &catalogue->entries[index];

    for (unsigned k = 0; k < INDEXES; k++) {
        size_t *head =
            &catalogue->heads[k][hash(entry->object_class, entry->names[k]) &
                                 (catalogue->room - 1)];

        entry->next[k] = *head;
        *head = index + 1;
    }
}

static void
link_all(struct catalogue *catalogue)
{
    for (unsigned k = 0; k < INDEXES; k++)
        memset(catalogue->heads[k], 0,
               catalogue->room * sizeof(*catalogue->heads[k]));
    for (size_t i = 0; i < catalogue->n_entries; i++)
        link_entry(catalogue, i);
}

static bool
grow(struct catalogue *catalogue)
{
    size_t room = catalogue->room == 0 ? FEWEST : 2 * catalogue->room;
    struct entry *entries =
        realloc(catalogue->entries, room * sizeof(*entries));

    if (entries == NULL)
        return false;
    catalogue->entries = entries;
    for (unsigned k = 0; k < INDEXES; k++) {
        size_t *heads = realloc(catalogue->heads[k], room * sizeof(*heads));

        if (heads == NULL)
            return false;
        catalogue->heads[k] = heads;
    }
    catalogue->room = room;
    link_all(catalogue);
    return true;
}

/* `entry` has all but its bytes; its names are lent. */
static bool
add(struct catalogue *catalogue, struct entry entry)
{
    unsigned char *next;

    if (catalogue->n_entries == catalogue->room && !grow(catalogue))
        return false;
    next = entry.bytes =
        malloc(entry.names[BY_ID].length + entry.names[BY_LABEL].length + 1);
    if (next == NULL)
        return false;
    for (unsigned k = 0; k < INDEXES; k++) {
        if (entry.names[k].length > 0)
            memcpy(next, entry.names[k].bytes, entry.names[k].length);
        entry.names[k].bytes = next;
        next += entry.names[k].length;
    }
    catalogue->entries[catalogue->n_entries] = entry;
    link_entry(catalogue, catalogue->n_entries++);
    return true;
}

bool
catalogue_add(struct catalogue *catalogue, CK_OBJECT_HANDLE object,
              const struct identity *names)
{
    return add(catalogue,
               (struct entry){
                   .object = object,
                   .object_class = names->object_class,
                   .key_type = names->key_type,
                   .names = {
                       [BY_ID] = { names->id, names->id_length },
                       [BY_LABEL] = { names->label, names->label_length } } });
}

void
catalogue_remove(struct catalogue *catalogue, CK_OBJECT_HANDLE object)
{
    size_t kept = 0;

    for (size_t i = 0; i < catalogue->n_entries; i++) {
        if (catalogue->entries[i].object == object)
            free(catalogue->entries[i].bytes);
        else
            catalogue->entries[kept++] = catalogue->entries[i];
    }
    if (kept == catalogue->n_entries)
        return;
    catalogue->n_entries = kept;
    link_all(catalogue);
}

/* -- Reading ------------------------------------------------------------------
 */

static const struct value_request names[] = {
    { .type = CKA_CLASS, .room = sizeof(CK_OBJECT_CLASS) },
    { .type = CKA_KEY_TYPE, .room = sizeof(CK_KEY_TYPE) },
    { .type = CKA_ID, .room = 256, .may_be_longer = true },
    { .type = CKA_LABEL, .room = 256, .may_be_longer = true },
};

static CK_RV
read_one(struct catalogue *catalogue, struct identity_place place,
         CK_OBJECT_HANDLE object)
{
    struct values values;
    struct octets value;
    struct entry entry = { .object = object };
    CK_RV rv = values_read(place.functions, place.session, object, names,
                           sizeof(names) / sizeof(names[0]), &values);

    if (rv == CKR_OBJECT_HANDLE_INVALID) /* destroyed since the search */
        return CKR_OK;
    if (rv != CKR_OK)
        return rv;
    entry.object_class = values_number(&values, CKA_CLASS, 0);
    entry.key_type =
        values_number(&values, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
    entry.names[BY_ID] = values_get(&values, CKA_ID);
    entry.names[BY_LABEL] = values_get(&values, CKA_LABEL);
    if (values_find(&values, CKA_CLASS, &value) && !add(catalogue, entry))
        rv = CKR_HOST_MEMORY;
    values_clear(&values);
    return rv;
}

static CK_RV
read_all(struct catalogue *catalogue, struct identity_place place,
         CK_ATTRIBUTE *template)
{
    CLEANUP(freep) CK_OBJECT_HANDLE *objects = NULL;
    size_t count;
    CK_RV rv;

    place.catalogue = NULL;
    rv = identity_search(place, template, 1, &objects, &count);
    for (size_t i = 0; rv == CKR_OK && i < count; i++)
        rv = read_one(catalogue, place, objects[i]);
    catalogue->is_read = rv == CKR_OK;
    return rv;
}

CK_RV
catalogue_read(struct catalogue *catalogue, struct identity_place place)
{
    CK_BBOOL is_token = CK_TRUE;
    CK_ATTRIBUTE template = { CKA_TOKEN, &is_token, sizeof(is_token) };

    clear(catalogue);
    return read_all(catalogue, place, &template);
}

CK_RV
catalogue_read_id(struct catalogue *catalogue, struct identity_place place,
                  const unsigned char *id, size_t length)
{
    CK_ATTRIBUTE template = { CKA_ID, NULL, length };

    clear(catalogue);
    template.pValue = catalogue->only_id = malloc(length + 1);
    if (catalogue->only_id == NULL)
        return CKR_HOST_MEMORY;
    memcpy(catalogue->only_id, id, length);
    catalogue->only_length = length;
    return read_all(catalogue, place, &template);
}

/* -- Searching ----------------------------------------------------------------
 */

/* What a template asks for. */
struct wish {
    const CK_OBJECT_CLASS *object_class;
    const CK_KEY_TYPE *key_type;
    const CK_ATTRIBUTE *names[INDEXES];
    bool is_token;
};

static bool
read_wish(const CK_ATTRIBUTE *attributes, size_t n_attributes, struct wish *out)
{
    *out = (struct wish){ .object_class = NULL };
    for (size_t i = 0; i < n_attributes; i++) {
        const CK_ATTRIBUTE *its = &attributes[i];

        if (its->type == CKA_ID)
            out->names[BY_ID] = its;
        else if (its->type == CKA_LABEL)
            out->names[BY_LABEL] = its;
        else if (its->type == CKA_CLASS &&
                 its->ulValueLen == sizeof(*out->object_class))
            out->object_class = its->pValue;
        else if (its->type == CKA_KEY_TYPE &&
                 its->ulValueLen == sizeof(*out->key_type))
            out->key_type = its->pValue;
        else if (its->type == CKA_TOKEN &&
                 its->ulValueLen == sizeof(CK_BBOOL) &&
                 *(const CK_BBOOL *)its->pValue != CK_FALSE)
            out->is_token = true;
        else
            return false;
    }
    return out->object_class != NULL;
}

/* Whether what it asks for is in what was read. */
static bool
is_covered(const struct catalogue *catalogue, const struct wish *wish)
{
    const CK_ATTRIBUTE *id = wish->names[BY_ID];
    struct octets only = { catalogue->only_id, catalogue->only_length };

    return catalogue->only_id == NULL ||
           (!wish->is_token && id != NULL &&
            octets_equal((struct octets){ id->pValue, id->ulValueLen }, only));
}

static bool
is_wished(const struct wish *wish, const struct entry *entry)
{
    if (*wish->object_class != entry->object_class ||
        (wish->key_type != NULL && *wish->key_type != entry->key_type))
        return false;
    for (unsigned k = 0; k < INDEXES; k++) {
        const CK_ATTRIBUTE *name = wish->names[k];

        if (name != NULL &&
            !octets_equal((struct octets){ name->pValue, name->ulValueLen },
                          entry->names[k]))
            return false;
    }
    return true;
}

static CK_RV
collect(const struct entry *entry, CK_OBJECT_HANDLE **out, size_t *count)
{
    CK_OBJECT_HANDLE *more = realloc(*out, (*count + 1) * sizeof(*more));

    if (more == NULL)
        return CKR_HOST_MEMORY;
    *out = more;
    more[(*count)++] = entry->object;
    return CKR_OK;
}

/* The first one that may be it, and the one after it: those with the hash of a
 * name, or else all. */
static size_t
first_of(const struct catalogue *catalogue, const struct wish *wish, unsigned k)
{
    const CK_ATTRIBUTE *name = k < INDEXES ? wish->names[k] : NULL;

    if (catalogue->n_entries == 0 || name == NULL)
        return catalogue->n_entries;
    return catalogue
        ->heads[k][hash(*wish->object_class,
                        (struct octets){ name->pValue, name->ulValueLen }) &
                   (catalogue->room - 1)];
}

static size_t
next_of(const struct catalogue *catalogue, size_t index, unsigned k)
{
    return k < INDEXES ? catalogue->entries[index - 1].next[k] : index - 1;
}

CK_RV
catalogue_search(const struct catalogue *catalogue,
                 const CK_ATTRIBUTE *attributes, size_t n_attributes,
                 CK_OBJECT_HANDLE **out, size_t *count)
{
    CLEANUP(freep) CK_OBJECT_HANDLE *found = NULL;
    CK_RV rv = CKR_OK;
    struct wish wish;
    unsigned k = 0;

    if (!catalogue->is_read || !read_wish(attributes, n_attributes, &wish) ||
        !is_covered(catalogue, &wish))
        return CKR_FUNCTION_NOT_SUPPORTED;
    while (k < INDEXES && wish.names[k] == NULL)
        k++;
    *count = 0;
    for (size_t i = first_of(catalogue, &wish, k); rv == CKR_OK && i != 0;
         i = next_of(catalogue, i, k))
        if (is_wished(&wish, &catalogue->entries[i - 1]))
            rv = collect(&catalogue->entries[i - 1], &found, count);
    if (rv != CKR_OK)
        return rv;
    *out = found;
    found = NULL;
    return CKR_OK;
}
