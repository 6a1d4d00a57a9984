/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads what is on a token, and compares it with what was. */
#include "tests/clients/roster.h"

#include "tests/fixture.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_OBJECTS = 2048, MOST_LABEL = 64 };

/* No padding: two of them are compared as bytes. */
struct entry {
    CK_OBJECT_HANDLE handle;
    CK_OBJECT_CLASS object_class;
    char label[MOST_LABEL];
};

struct roster {
    size_t count;
    struct entry entries[MOST_OBJECTS];
};

static size_t
find(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session,
     CK_OBJECT_HANDLE *out)
{
    CK_BBOOL is_token = CK_TRUE;
    CK_ATTRIBUTE template = { CKA_TOKEN, &is_token, sizeof(is_token) };
    CK_ULONG count = 0;
    CK_RV rv = list->C_FindObjectsInit(session, &template, 1);

    if (rv == CKR_OK)
        rv = list->C_FindObjects(session, out, MOST_OBJECTS, &count);
    if (rv != CKR_OK || list->C_FindObjectsFinal(session) != CKR_OK)
        fixture_fail("a search for all objects fails with 0x%lx", rv);
    if (count == MOST_OBJECTS)
        fixture_fail("more than %d objects", MOST_OBJECTS - 1);
    return count;
}

static void
read_entry(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session,
           struct entry *entry)
{
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &entry->object_class, sizeof(entry->object_class) },
        { CKA_LABEL, entry->label, MOST_LABEL - 1 },
    };
    CK_RV rv = list->C_GetAttributeValue(session, entry->handle, template, 2);

    if (rv != CKR_OK)
        fixture_fail("class and label of an object cannot be read: 0x%lx", rv);
}

static int
compare_handles(const void *left, const void *right)
{
    const struct entry *one = left, *other = right;

    return one->handle < other->handle ? -1 : one->handle > other->handle;
}

struct roster *
roster_read(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session)
{
    struct roster *roster = calloc(1, sizeof(*roster));
    CK_OBJECT_HANDLE *handles = calloc(MOST_OBJECTS, sizeof(*handles));

    if (roster == NULL || handles == NULL)
        fixture_fail("no memory");
    roster->count = find(list, session, handles);
    for (size_t i = 0; i < roster->count; i++) {
        roster->entries[i].handle = handles[i];
        read_entry(list, session, &roster->entries[i]);
    }
    qsort(roster->entries, roster->count, sizeof(roster->entries[0]),
          compare_handles);
    free(handles);
    return roster;
}

size_t
roster_count(const struct roster *roster)
{
    return roster->count;
}

void
roster_free(struct roster *roster)
{
    free(roster);
}

void
roster_compare(const struct roster *before, const struct roster *after,
               const char *when)
{
    for (size_t i = 0; i < before->count && i < after->count; i++) {
        const struct entry *old = &before->entries[i];
        const struct entry *new = &after->entries[i];

        if (memcmp(old, new, sizeof(*old)) != 0)
            fixture_fail("%s: \"%s\" of class %lu is another object, or has "
                         "another handle; in its place is \"%s\" of class %lu",
                         when, old->label, old->object_class, new->label,
                         new->object_class);
    }
    if (before->count != after->count)
        fixture_fail("%s: %zu objects, not %zu", when, after->count,
                     before->count);
}
