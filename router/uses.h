/* SPDX-License-Identifier: BSD-3-Clause */
/* How often each key was used on the old member of a token in mode "migrate",
 * until nothing is any more (R9.13). */
#ifndef ROUTER_USES_H
#define ROUTER_USES_H

#include "router/counters-layout.h"
#include "router/object.h"

struct uses;

/* NULL: no memory. */
struct uses *uses_new(void);
void uses_free(struct uses *uses);

/*
 * Something is about to begin with the key there; `lane`: any number. A lock is
 * taken and a key described where it was not used before in its present entry.
 */
void uses_note(struct uses *uses, struct object_space *objects,
               CK_OBJECT_HANDLE key, unsigned lane);

/* Those that were used, as the last handles of up to so many keys; their
 * entries may have died since, and some may be 0. How many there are. */
enum {
    USES_STRANGERS = 64, /* beside those with a row of their own */
    USES_REMEMBERED = COUNTERS_USES_OTHERS + USES_STRANGERS
};
size_t uses_list(const struct uses *uses,
                 CK_OBJECT_HANDLE out[USES_REMEMBERED]);

/* All uses so far. */
uint64_t uses_count(const struct uses *uses);

/* What there is; what has grown since the last look has done so now, a real
 * time. By one thread at a time. */
void uses_draw(struct uses *uses, uint64_t now_us,
               struct counters_use out[COUNTERS_USES]);

#endif
