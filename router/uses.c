/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of keys that were used on an old member. */
#include "router/uses.h"

#include "audit/event.h"
#include "common/lock.h"
#include "config/config.h"
#include "router/counts.h"

#include <stdlib.h>
#include <string.h>

struct lane {
    _Alignas(64) _Atomic(uint64_t) counts[COUNTERS_USES];
};

/* A row's key is written before `n_rows` says that there is one, and stays. Its
 * handle becomes another one when the entry of before has died: so a handle
 * that is found is always the key's. */
struct uses {
    struct mutex lock;
    _Atomic(unsigned) n_rows;
    _Atomic(CK_OBJECT_HANDLE) handles[COUNTERS_USES_OTHERS];
    _Atomic(CK_OBJECT_HANDLE) strangers[USES_STRANGERS]; /* without a row */
    struct counters_use keys[COUNTERS_USES_OTHERS];
    struct lane lanes[COUNTS_LANES];

    /* Only for who draws. */
    uint64_t seen[COUNTERS_USES];
    uint64_t grown_us[COUNTERS_USES];
};

struct uses *
uses_new(void)
{
    struct uses *uses = aligned_alloc(_Alignof(struct uses), sizeof(*uses));

    if (uses == NULL)
        return NULL;
    memset(uses, 0, sizeof(*uses));
    mutex_init(&uses->lock, LOCK_USES);
    return uses;
}

void
uses_free(struct uses *uses)
{
    if (uses != NULL)
        mutex_destroy(&uses->lock);
    free(uses);
}

/* -- Rows -------------------------------------------------------------------
 */

static unsigned
find_row(struct uses *uses, CK_OBJECT_HANDLE handle)
{
    unsigned n_rows = atomic_load_explicit(&uses->n_rows, memory_order_acquire);

    for (unsigned i = 0; i < n_rows; i++)
        if (atomic_load_explicit(&uses->handles[i], memory_order_relaxed) ==
            handle)
            return i;
    return COUNTERS_USES_OTHERS;
}

static void
describe(const struct audit_key *key, struct counters_use *out)
{
    size_t length = strnlen((const char *)key->label, key->label_length);

    memset(out, 0, sizeof(*out));
    out->object_class = key->object_class;
    if (key->has_fingerprint)
        memcpy(out->fingerprint, key->fingerprint, sizeof(out->fingerprint));
    if (length >= sizeof(out->label))
        length = sizeof(out->label) - 1;
    memcpy(out->label, key->label, length);
}

/* One more, or that of a key whose entry has died: it was lost, and found again
 * after another login. */
static unsigned take_row_locked(struct uses *uses,
                                const struct object_space *objects,
                                const struct counters_use *key,
                                CK_OBJECT_HANDLE handle) REQUIRES(uses->lock);

static unsigned
take_row_locked(struct uses *uses, const struct object_space *objects,
                const struct counters_use *key, CK_OBJECT_HANDLE handle)
{
    unsigned n_rows = atomic_load(&uses->n_rows), row = 0;
    CK_OBJECT_HANDLE before;

    for (; row < n_rows; row++) {
        before = atomic_load(&uses->handles[row]);
        if (memcmp(&uses->keys[row], key, sizeof(*key)) == 0 &&
            (before == handle ||
             !object_space_was_seen(objects, before, MIGRATE_OLD)))
            break;
    }
    if (row == COUNTERS_USES_OTHERS)
        return row;
    if (row == n_rows)
        uses->keys[row] = *key;
    atomic_store(&uses->handles[row], handle);
    if (row == n_rows)
        atomic_store(&uses->n_rows, n_rows + 1);
    return row;
}

static __attribute__((noinline)) unsigned
take_row(struct uses *uses, struct object_space *objects,
         CK_OBJECT_HANDLE handle)
{
    struct audit_key described = { .is_known = false };
    struct counters_use key;
    unsigned row;

    object_space_describe(objects, handle, &described);
    if (!described.is_known)
        return COUNTERS_USES_OTHERS;
    describe(&described, &key);
    mutex_lock(&uses->lock);
    row = take_row_locked(uses, objects, &key, handle);
    mutex_unlock(&uses->lock);
    return row;
}

/* -- Counting ----------------------------------------------------------------
 */

void
uses_note(struct uses *uses, struct object_space *objects, CK_OBJECT_HANDLE key,
          unsigned lane)
{
    _Atomic(CK_OBJECT_HANDLE) *stranger =
        &uses->strangers[handle_index(key) % USES_STRANGERS];
    unsigned row = find_row(uses, key);

    if (row == COUNTERS_USES_OTHERS &&
        atomic_load_explicit(stranger, memory_order_relaxed) != key) {
        row = take_row(uses, objects, key);
        if (row == COUNTERS_USES_OTHERS &&
            atomic_load(&uses->n_rows) == COUNTERS_USES_OTHERS)
            atomic_store_explicit(stranger, key, memory_order_relaxed);
    }
    atomic_fetch_add_explicit(&uses->lanes[lane % COUNTS_LANES].counts[row], 1,
                              memory_order_relaxed);
}

size_t
uses_list(const struct uses *uses, CK_OBJECT_HANDLE out[USES_REMEMBERED])
{
    unsigned n_rows = atomic_load_explicit(&uses->n_rows, memory_order_acquire);
    size_t count = 0;

    for (unsigned i = 0; i < n_rows; i++)
        out[count++] = atomic_load(&uses->handles[i]);
    for (unsigned i = 0; i < USES_STRANGERS && n_rows == COUNTERS_USES_OTHERS;
         i++)
        out[count++] = atomic_load(&uses->strangers[i]);
    return count;
}

static uint64_t
count_row(const struct uses *uses, unsigned row)
{
    uint64_t count = 0;

    for (unsigned lane = 0; lane < COUNTS_LANES; lane++)
        count += atomic_load(&uses->lanes[lane].counts[row]);
    return count;
}

uint64_t
uses_count(const struct uses *uses)
{
    uint64_t count = 0;

    for (unsigned i = 0; i < COUNTERS_USES; i++)
        count += count_row(uses, i);
    return count;
}

void
uses_draw(struct uses *uses, uint64_t now_us,
          struct counters_use out[COUNTERS_USES])
{
    unsigned n_rows = atomic_load_explicit(&uses->n_rows, memory_order_acquire);

    for (unsigned i = 0; i < COUNTERS_USES; i++) {
        uint64_t count = count_row(uses, i);

        if (count != uses->seen[i])
            uses->grown_us[i] = now_us;
        uses->seen[i] = count;
        if (i != COUNTERS_USES_OTHERS && i >= n_rows)
            continue;
        if (i != COUNTERS_USES_OTHERS)
            out[i] = uses->keys[i];
        out[i].count = count;
        out[i].grown_us = uses->grown_us[i];
    }
}
