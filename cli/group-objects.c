/* SPDX-License-Identifier: BSD-3-Clause */
/* Searches a group for what its members have. */
#include "cli/group-objects.h"

#include "cli/handles.h"
#include "cli/memory.h"
#include "cli/target.h"
#include "common/cleanup.h"

#include <stdlib.h>

_Static_assert(MOST_MEMBERS <= 64, "each member has a bit");

/* What a device has built in (R7.21) no other one is given. */
static bool
is_built_in(CK_OBJECT_CLASS object_class)
{
    return object_class == CKO_HW_FEATURE || object_class == CKO_MECHANISM ||
           object_class == CKO_PROFILE || object_class == CKO_VALIDATION;
}

bool
member_has_object(const struct token *token, CK_OBJECT_HANDLE object,
                  unsigned member)
{
    CK_OBJECT_HANDLE ignored;
    enum object_answer answer =
        object_space_find(token->objects, object, member,
                          atomic_load(&token->members[member].epoch), &ignored);

    return answer == OBJECT_FOUND || answer == OBJECT_UNSETTLED;
}

static bool
has(const struct group_objects *objects, CK_OBJECT_HANDLE object)
{
    for (size_t i = 0; i < objects->n_items; i++)
        if (objects->items[i].object == object)
            return true;
    return false;
}

static uint64_t
find_holders(const struct copying *copying, CK_OBJECT_HANDLE object)
{
    uint64_t holders = 0;

    for (unsigned i = 0; i < copying->token->n_members; i++)
        if (copying->sessions[i] != 0 &&
            member_has_object(copying->token, object, i))
            holders |= UINT64_C(1) << i;
    return holders;
}

/* On the first member whose handle is good. */
static CK_RV
read_on_any(const struct copying *copying, struct group_object *object)
{
    CK_RV rv = CKR_OBJECT_HANDLE_INVALID;

    for (unsigned i = 0;
         rv == CKR_OBJECT_HANDLE_INVALID && i < copying->token->n_members; i++)
        if (group_object_is_on(object, i))
            rv = copying_read(copying, i, object->object, &object->identity);
    return rv;
}

static void
add(struct group_objects *objects, const struct group_object *object)
{
    objects->items =
        memory_grow(objects->items, objects->n_items, sizeof(*objects->items));
    objects->items[objects->n_items++] = *object;
}

/* Adds what the search shows and is not there yet; *n_lost of these have
 * handles that are no good. */
static bool
list_once(const struct copying *copying, CK_SESSION_HANDLE session,
          struct group_objects *out, size_t *n_lost, struct error *error)
{
    CLEANUP(handles_clear) struct handles handles = { .items = NULL };
    bool is_first = out->n_items == 0;

    *n_lost = 0;
    if (!handles_find(session, NULL, 0, &handles, error))
        return false;
    for (size_t i = 0; i < handles.n_items; i++) {
        struct group_object object = {
            .object = handles.items[i],
            .holders = find_holders(copying, handles.items[i])
        };
        CK_RV rv;

        if (object.holders == 0 || (!is_first && has(out, object.object)))
            continue;
        rv = read_on_any(copying, &object);
        if (rv != CKR_OK && rv != CKR_OBJECT_HANDLE_INVALID)
            return target_fail("C_GetAttributeValue", rv, error);
        if (rv != CKR_OK)
            (*n_lost)++;
        else if (is_built_in(object.identity->object_class))
            identity_free(object.identity);
        else
            add(out, &object);
    }
    return true;
}

static void
read_logins(const struct copying *copying, uint64_t out[MOST_MEMBERS])
{
    for (unsigned i = 0; i < copying->token->n_members; i++)
        out[i] = copying->sessions[i] == 0 ? 1 : copying_login(copying, i);
}

static unsigned
find_unseen(const struct copying *copying, const uint64_t before[MOST_MEMBERS])
{
    uint64_t after[MOST_MEMBERS];

    read_logins(copying, after);
    for (unsigned i = 0; i < copying->token->n_members; i++)
        if (before[i] == 0 || before[i] != after[i])
            return i;
    return MOST_MEMBERS;
}

/* What was destroyed since a search is not found by the next one; what is there
 * under another handle is, and what a member had hidden that did not know who
 * is logged in. */
bool
group_objects_find(const struct copying *copying, CK_SESSION_HANDLE session,
                   struct group_objects *out, struct error *error)
{
    enum { MOST_SEARCHES = 3 };
    size_t n_lost = 1;

    *out = (struct group_objects){ .unseen = 0 };
    for (unsigned i = 0;
         (n_lost > 0 || out->unseen != MOST_MEMBERS) && i < MOST_SEARCHES;
         i++) {
        uint64_t before[MOST_MEMBERS];

        read_logins(copying, before);
        if (!list_once(copying, session, out, &n_lost, error))
            return false;
        out->unseen = find_unseen(copying, before);
    }
    return n_lost == 0 ||
           target_fail("C_GetAttributeValue", CKR_OBJECT_HANDLE_INVALID, error);
}

void
group_objects_clear(struct group_objects *objects)
{
    for (size_t i = 0; i < objects->n_items; i++)
        identity_free(objects->items[i].identity);
    free(objects->items);
}
