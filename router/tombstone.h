/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Objects that an application has destroyed on a token in mode "migrate" and
 * that the old member has all the same (R9.4): whoever could not destroy one
 * has written a file about it (transfer/journal.h), which hides it there until
 * somebody can. What the new member has is never hidden.
 */
#ifndef ROUTER_TOMBSTONE_H
#define ROUTER_TOMBSTONE_H

#include "router/token.h"
#include "router/transfer/journal.h"

#include <time.h>

struct tombstones {
    struct journal journal; /* of that member alone */
    bool is_dark;           /* there may be more */
};

/* Whether something may be hidden on the member: it is one that objects move
 * from. */
bool tombstones_may_be_on(const struct member *member);

/* All of the member at this moment; those that cannot be read hide nothing,
 * which the log says. No lock is held, and nobody is inside a module. The
 * caller clears it. */
void tombstones_read(struct tombstones *tombstones,
                     const struct member *member);
void tombstones_clear(struct tombstones *tombstones);

/* Whether it is one of them, as it is known there. */
bool tombstones_hide(const struct tombstones *tombstones,
                     const struct identity *identity);

/* Whether it may be one of them though it is known under another name: who has
 * destroyed it may have renamed it before. To be read anew. */
bool tombstones_doubt(const struct tombstones *tombstones,
                      const struct identity *identity);

/* For one object that was seen there. */
bool tombstone_hides(const struct member *member,
                     const struct identity *identity);

/* Whether one entry is about what that is. */
bool tombstone_is_of(const struct journal_entry *entry,
                     const struct identity *identity);

/* The old member's object is one nobody has any more: an entry that knows the
 * object elsewhere goes on there, one that does not dies. */
void tombstone_bury(const struct member *member, CK_OBJECT_HANDLE handle);

/* Buries what is to be hidden by now, of what this process knows to be on the
 * member; a look at one folder as long as there is nothing new. */
struct tombstones_seen {
    struct timespec changed_at; /* the folder, by real time */
    bool is_fresh;              /* it may have been changed again since */
};
void tombstones_follow(const struct member *member,
                       struct tombstones_seen *seen);

/*
 * Writes one, which is on the disk then. `is_by_name`: the member has shown the
 * object, so that one of its name that does not tell what it is is it. The
 * caller frees *out_path.
 */
bool tombstone_write(const struct member *member,
                     const struct identity *identity, bool is_by_name,
                     char **out_path, struct error *error);

/* What it has hidden is seen again. */
bool tombstone_remove(const char *path, struct error *error);

#endif
