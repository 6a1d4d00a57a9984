/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates of sessions: in memory, and gone with their session. */
#include "backends/overflow-private.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* Handles with this bit are ours, those without the store's numbers. */
static const CK_OBJECT_HANDLE session_bit = ~(~(CK_OBJECT_HANDLE)0 >> 1);

struct entry {
    CK_OBJECT_HANDLE handle;
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE owner;
    struct store_object object;
};

static struct mutex lock = MUTEX_INIT(LOCK_OVERFLOW);

/* Under the lock: in the order of their handles. */
static struct entry *entries;
static size_t n_entries;
static size_t room;
static CK_OBJECT_HANDLE last;

bool
memory_has(CK_OBJECT_HANDLE object)
{
    return (object & session_bit) != 0;
}

bool
overflow_handle(uint64_t number, CK_OBJECT_HANDLE *out)
{
    if (number == CK_INVALID_HANDLE || number >= session_bit)
        return false;
    *out = (CK_OBJECT_HANDLE)number;
    return true;
}

static void
wipe(struct store_object *object)
{
    if (object->attributes != NULL)
        OPENSSL_cleanse(object->attributes,
                        object->count * sizeof(*object->attributes) +
                            certificate_size(object));
    store_object_clear(object);
}

/* -- The table ------------------------------------------------------------- */

static struct entry *find_locked(CK_SLOT_ID slot, CK_OBJECT_HANDLE handle)
    REQUIRES(lock);
static CK_RV add_locked(const struct entry *entry) REQUIRES(lock);
static void remove_locked(struct entry *entry) REQUIRES(lock);
static CK_RV change_locked(CK_SLOT_ID slot, CK_OBJECT_HANDLE handle,
                           const struct store_object *changes) REQUIRES(lock);
static CK_RV collect_locked(CK_SLOT_ID slot, const CK_ATTRIBUTE *template,
                            CK_ULONG count, CK_OBJECT_HANDLE **list,
                            size_t *n_list) REQUIRES(lock);

static int
compare(const void *handle, const void *entry)
{
    CK_OBJECT_HANDLE wanted = *(const CK_OBJECT_HANDLE *)handle;
    CK_OBJECT_HANDLE its = ((const struct entry *)entry)->handle;

    return wanted < its ? -1 : wanted > its;
}

static struct entry *
find_locked(CK_SLOT_ID slot, CK_OBJECT_HANDLE handle)
{
    struct entry *entry = n_entries == 0 ? NULL
                                         : bsearch(&handle, entries, n_entries,
                                                   sizeof(*entries), compare);

    return entry != NULL && entry->slot == slot ? entry : NULL;
}

static CK_RV
add_locked(const struct entry *entry)
{
    const size_t first_room = 16;

    if (n_entries == room) {
        size_t larger = room == 0 ? first_room : 2 * room;
        struct entry *grown = realloc(entries, larger * sizeof(*grown));

        if (grown == NULL)
            return CKR_HOST_MEMORY;
        entries = grown;
        room = larger;
    }
    entries[n_entries] = *entry;
    entries[n_entries++].handle = session_bit | ++last;
    return CKR_OK;
}

static void
remove_locked(struct entry *entry)
{
    size_t n_behind = (size_t)(entries + n_entries - (entry + 1));

    wipe(&entry->object);
    memmove(entry, entry + 1, n_behind * sizeof(*entry));
    n_entries--;
}

static CK_RV
change_locked(CK_SLOT_ID slot, CK_OBJECT_HANDLE handle,
              const struct store_object *changes)
{
    struct entry *entry = find_locked(slot, handle);
    struct store_object merged;
    CK_RV rv;

    if (entry == NULL)
        return CKR_OBJECT_HANDLE_INVALID;
    rv = certificate_merge(&entry->object, changes, &merged);
    if (rv != CKR_OK)
        return rv;
    wipe(&entry->object);
    entry->object = merged;
    return CKR_OK;
}

static CK_RV
collect_locked(CK_SLOT_ID slot, const CK_ATTRIBUTE *template, CK_ULONG count,
               CK_OBJECT_HANDLE **list, size_t *n_list)
{
    CK_OBJECT_HANDLE *longer;

    if (n_entries == 0)
        return CKR_OK;
    longer = realloc(*list, (*n_list + n_entries) * sizeof(*longer));
    if (longer == NULL)
        return CKR_HOST_MEMORY;
    *list = longer;
    for (size_t i = 0; i < n_entries; i++)
        if (entries[i].slot == slot &&
            certificate_matches(&entries[i].object, template, count))
            longer[(*n_list)++] = entries[i].handle;
    return CKR_OK;
}

/* -- What the other files ask ---------------------------------------------- */

CK_RV
memory_add(CK_SLOT_ID slot, CK_SESSION_HANDLE owner,
           struct store_object *object, CK_OBJECT_HANDLE *out)
{
    struct entry entry = { .slot = slot, .owner = owner, .object = *object };
    CK_RV rv;

    mutex_lock(&lock);
    rv = add_locked(&entry);
    if (rv == CKR_OK)
        *out = entries[n_entries - 1].handle;
    mutex_unlock(&lock);
    if (rv != CKR_OK)
        wipe(object);
    *object = (struct store_object){ NULL, 0 };
    return rv;
}

CK_RV
memory_read(CK_SLOT_ID slot, CK_OBJECT_HANDLE handle, struct store_object *out)
{
    const struct entry *entry;
    CK_RV rv = CKR_OBJECT_HANDLE_INVALID;

    *out = (struct store_object){ NULL, 0 };
    mutex_lock(&lock);
    entry = find_locked(slot, handle);
    if (entry != NULL)
        rv = certificate_pack(entry->object.attributes, entry->object.count,
                              out);
    mutex_unlock(&lock);
    return rv;
}

CK_RV
memory_change(CK_SLOT_ID slot, CK_OBJECT_HANDLE handle,
              const struct store_object *changes)
{
    CK_RV rv;

    mutex_lock(&lock);
    rv = change_locked(slot, handle, changes);
    mutex_unlock(&lock);
    return rv;
}

CK_RV
memory_destroy(CK_SLOT_ID slot, CK_OBJECT_HANDLE handle)
{
    struct entry *entry;

    mutex_lock(&lock);
    entry = find_locked(slot, handle);
    if (entry != NULL)
        remove_locked(entry);
    mutex_unlock(&lock);
    return entry != NULL ? CKR_OK : CKR_OBJECT_HANDLE_INVALID;
}

CK_RV
memory_find(CK_SLOT_ID slot, const CK_ATTRIBUTE *template, CK_ULONG count,
            CK_OBJECT_HANDLE **list, size_t *n_list)
{
    CK_RV rv;

    mutex_lock(&lock);
    rv = collect_locked(slot, template, count, list, n_list);
    mutex_unlock(&lock);
    return rv;
}

void
memory_end_session(CK_SESSION_HANDLE owner)
{
    mutex_lock(&lock);
    for (size_t i = n_entries; i-- > 0;)
        if (entries[i].owner == owner)
            remove_locked(&entries[i]);
    mutex_unlock(&lock);
}

void
memory_end(void)
{
    mutex_lock(&lock);
    while (n_entries > 0)
        remove_locked(&entries[n_entries - 1]);
    free(entries);
    entries = NULL;
    room = 0;
    mutex_unlock(&lock);
}

void
memory_fork_child(void)
{
    mutex_init(&lock, LOCK_OVERFLOW);
    entries = NULL;
    n_entries = 0;
    room = 0;
}
