/* SPDX-License-Identifier: BSD-3-Clause */
/* The objects of a token in mode "migrate", by the members that have them. */
#include "cli/move.h"

#include "cli/buried.h"
#include "cli/copy-row.h"
#include "cli/handles.h"
#include "cli/memory.h"
#include "cli/target.h"
#include "common/cleanup.h"

#include <stdlib.h>
#include <string.h>

const struct transfer_text move_states[MOVE_STATES] = {
    [MOVE_WAITS] = { "waits", "waits" },
    [MOVE_MOVES] = { "moves", "moves" },
    [MOVE_MOVED] = { "moved", "moved" },
    [MOVE_THERE] = { "there", "is there" },
    [MOVE_STAYS] = { "stays", "stays" },
    [MOVE_GONE] = { "gone", "is gone" },
    [MOVE_NEW_ONLY] = { "new-only", "only there" },
    [MOVE_BURIED] = { "buried", "is buried" },
    [MOVE_DESTROYED] = { "destroyed", "is destroyed" },
};

/* -- What a member has -------------------------------------------------------
 */

/* What a device has built in (R7.21) is no other one's. */
static bool
is_built_in(const struct identity *identity)
{
    return identity->object_class == CKO_HW_FEATURE ||
           identity->object_class == CKO_MECHANISM ||
           identity->object_class == CKO_PROFILE ||
           identity->object_class == CKO_VALIDATION;
}

static bool
is_late(const struct identity *identity)
{
    return identity->object_class == CKO_PRIVATE_KEY ||
           identity->object_class == CKO_SECRET_KEY;
}

static void
add(struct moves *moves, const struct move *move)
{
    moves->items =
        memory_grow(moves->items, moves->n_items, sizeof(*moves->items));
    moves->items[moves->n_items] = *move;
    moves->items[moves->n_items++].is_late = is_late(move->identity);
}

static bool
has(const struct moves *moves, CK_OBJECT_HANDLE object)
{
    for (size_t i = 0; i < moves->n_items; i++)
        if (moves->items[i].object == object)
            return true;
    return false;
}

/* Adds what a search shows and is not there yet; *n_lost of these have handles
 * that are no good. */
static bool
list_once(const struct copying *copying, unsigned member, struct moves *out,
          size_t *n_lost, struct error *error)
{
    CLEANUP(handles_clear) struct handles handles = { .items = NULL };
    CK_BBOOL is_token = CK_TRUE;
    CK_ATTRIBUTE template = { CKA_TOKEN, &is_token, sizeof(is_token) };
    bool is_first = out->n_items == 0;

    *n_lost = 0;
    if (!handles_find(copying->sessions[member], &template, 1, &handles, error))
        return false;
    for (size_t i = 0; i < handles.n_items; i++) {
        struct move move = { .object = handles.items[i] };
        CK_RV rv;

        if (!is_first && has(out, move.object))
            continue;
        rv = copying_read(copying, member, move.object, &move.identity);
        if (rv != CKR_OK && rv != CKR_OBJECT_HANDLE_INVALID)
            return target_fail("C_GetAttributeValue", rv, error);
        if (rv != CKR_OK)
            (*n_lost)++;
        else if (is_built_in(move.identity))
            identity_free(move.identity);
        else
            add(out, &move);
    }
    return true;
}

/* What was destroyed since a search is not found by the next one; where handles
 * are no good for another reason, as after a reconnect, that one shows what
 * would be missing; and so where the member may not have known in between who
 * is logged in. */
static bool
list(const struct copying *copying, unsigned member, struct moves *out,
     struct error *error)
{
    enum { MOST_SEARCHES = 3 };
    size_t n_lost = 1;
    bool is_all = false;

    *out = (struct moves){ .items = NULL };
    for (unsigned i = 0; (n_lost > 0 || !is_all) && i < MOST_SEARCHES; i++) {
        uint64_t login = copying_login(copying, member);

        if (!list_once(copying, member, out, &n_lost, error))
            return false;
        is_all = login != 0 && login == copying_login(copying, member);
    }
    if (!is_all)
        return copying_shows_all(copying, member, error) &&
               target_fail("C_FindObjects", CKR_DEVICE_REMOVED, error);
    return n_lost == 0 ||
           target_fail("C_GetAttributeValue", CKR_OBJECT_HANDLE_INVALID, error);
}

/* -- Twins -------------------------------------------------------------------
 */

static int
compare_numbers(uint64_t left, uint64_t right)
{
    return left < right ? -1 : left > right;
}

static int
compare(const void *left, const void *right)
{
    const struct move *one = left, *other = right;

    return compare_numbers(identity_key_hash(one->identity),
                           identity_key_hash(other->identity));
}

/* The first one that sorts like this, or the end. */
static size_t
find_first(const struct moves *sorted, uint64_t hash)
{
    size_t low = 0, high = sorted->n_items;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (identity_key_hash(sorted->items[middle].identity) < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Two that nothing tells apart have one twin, which is all that a search for
 * either finds. */
static bool
is_double(const struct identity *one, const struct identity *other)
{
    return one->id_length == other->id_length &&
           one->label_length == other->label_length &&
           memcmp(one->id, other->id, one->id_length) == 0 &&
           memcmp(one->label, other->label, one->label_length) == 0;
}

/* One that is no other's twin yet, or else that of its double. */
static struct move *
find_twin(const struct moves *sorted, const struct identity *identity)
{
    uint64_t hash = identity_key_hash(identity);
    struct move *taken = NULL;

    for (size_t i = find_first(sorted, hash);
         hash != 0 && i < sorted->n_items &&
         identity_key_hash(sorted->items[i].identity) == hash;
         i++) {
        struct move *other = &sorted->items[i];

        if (!identity_is_same_key(identity, other->identity))
            continue;
        if (other->state == MOVE_WAITS)
            return other;
        if (is_double(identity, other->identity))
            taken = other;
    }
    return taken;
}

/* Takes over what the new member has beside. */
static void
pair(struct moves *moves, struct moves *others)
{
    if (others->n_items > 1)
        qsort(others->items, others->n_items, sizeof(*others->items), compare);
    moves->n_old = moves->n_items;
    for (size_t i = 0; i < moves->n_old; i++) {
        struct move *twin = find_twin(others, moves->items[i].identity);

        /* What the new member has in its place was made again. */
        if (twin == NULL || moves->items[i].state == MOVE_BURIED)
            continue;
        twin->state = moves->items[i].state = MOVE_THERE;
        moves->items[i].twin = twin->object;
    }
    for (size_t i = 0; i < others->n_items; i++) {
        struct move *other = &others->items[i];

        if (other->state == MOVE_THERE) {
            identity_free(other->identity);
            continue;
        }
        other->state = MOVE_NEW_ONLY;
        add(moves, other);
    }
    free(others->items);
}

/* -- Both of them ------------------------------------------------------------
 */

bool
moves_find(const struct copying *copying, bool is_logged_in, struct moves *out,
           struct error *error)
{
    struct moves others = { .items = NULL };
    bool is_found = false;

    *out = (struct moves){ .items = NULL };
    if (copying_can_be_asked(copying, MIGRATE_NEW, error) &&
        copying_can_be_asked(copying, MIGRATE_OLD, error))
        is_found = list(copying, MIGRATE_OLD, out, error) &&
                   buried_find(out, copying, error) &&
                   list(copying, MIGRATE_NEW, &others, error);
    for (unsigned i = 0; is_found && is_logged_in && i < MIGRATE_MEMBERS; i++)
        is_found = copying_shows_all(copying, i, error);
    pair(out, &others);
    return is_found;
}

void
moves_clear(struct moves *moves)
{
    for (size_t i = 0; i < moves->n_items; i++)
        identity_free(moves->items[i].identity);
    free(moves->items);
    tombstones_clear(&moves->tombstones);
}

void
moves_count(const struct moves *moves, size_t out[MOVE_STATES])
{
    for (unsigned i = 0; i < MOVE_STATES; i++)
        out[i] = 0;
    for (size_t i = 0; i < moves->n_items; i++)
        out[moves->items[i].state]++;
}

static bool
is_shown(enum move_state state, enum moves_shown shown)
{
    return shown == SHOW_ALL ? state != MOVE_WAITS
                             : state == MOVE_MOVES || state == MOVE_STAYS;
}

struct report *
moves_report(const struct moves *moves, const struct copying *copying,
             enum moves_shown shown)
{
    const struct member *members = copying->token->members;
    struct report *report = copy_report_new();

    for (size_t i = 0; i < moves->n_items; i++) {
        const struct move *move = &moves->items[i];
        bool is_new = move->state == MOVE_NEW_ONLY;
        unsigned from = is_new ? MIGRATE_NEW : MIGRATE_OLD;
        struct copy_row row = { .session = copying->sessions[from],
                                .object = move->object,
                                .identity = move->identity,
                                .from = &members[from],
                                .to = is_new ? NULL : &members[MIGRATE_NEW],
                                .state = &move_states[move->state],
                                .outcome = move->outcome };

        if (is_shown(move->state, shown))
            copy_row_add(report, &row);
    }
    return report;
}
