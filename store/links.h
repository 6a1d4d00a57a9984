/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connections to a database that a process has, lent to one thread at a time.
 * None is used in another process than the one that opened it.
 */
#ifndef STORE_LINKS_H
#define STORE_LINKS_H

#include "common/lock.h"
#include "store/store.h"

#include <stdbool.h>
#include <sys/types.h>

struct link;

struct links {
    struct mutex lock; /* held for memory alone */
    struct condition given;
    struct link *idle;
    unsigned n_open;     /* lent ones too */
    bool is_written;     /* by one that is lent */
    pid_t pid;           /* whose they are */
    unsigned n_failures; /* of opening one, in a row */
    struct deadline next_try;
};

void links_init(struct links *links);

/* Closes those that nobody has. */
void links_free(struct store *store);

/* Lends one, opens one, or waits for one. */
enum store_result links_take(struct store *store, bool writes,
                             struct link **out);
void links_give(struct link *link);

#endif
