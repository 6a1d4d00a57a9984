/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Certificates that are kept outside of tokens: objects with attributes, each
 * of one token, in a database that all processes share. One transaction an
 * operation, on the disk before it returns.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "common/cryptoki.h"
#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct store;

/* How an operation ended. Whatever is not STORE_DONE or STORE_ABSENT was
 * said in the log, once until it works again. */
enum store_result {
    STORE_DONE,
    STORE_ABSENT,      /* no such object, or not any more */
    STORE_FULL,        /* the disk is */
    STORE_LOCKED,      /* by others, for longer than it was waited */
    STORE_READ_ONLY,   /* this user may not write it */
    STORE_UNREACHABLE, /* no server, no folder, no right to read it */
    STORE_BROKEN,      /* not what it was, or of a later release */
    STORE_NO_MEMORY
};

/* Whose objects they are: the token as the configuration calls it, or its
 * identity, and its serial number where such numbers are real, else NULL. */
struct store_owner {
    const char *token;
    const char *serial;
};

/* An object as it was read: one block of memory. */
struct store_object {
    CK_ATTRIBUTE *attributes;
    CK_ULONG count;
};

/*
 * Checks the url ("sqlite:/PATH", "postgresql://...") and the rights of what
 * is there: one that others may write is refused. Opens nothing: the first
 * operation does, in each process anew, and a forked child touches nothing of
 * its parent's. `group`: who shares it, or -1.
 */
bool store_new(const char *url, gid_t group, struct store **out,
               struct error *error);
void store_free(struct store *store);

/* In messages: without a password; lent. */
const char *store_name(const struct store *store);

/* How often it could not answer. */
uint64_t store_failures(const struct store *store);

/*
 * The number that the token's objects are kept under, of its life: given to
 * the operations below as `life`. There is one for each serial number, and one
 * that is seen again finds its own. *is_another: it was never seen, others of
 * the token were, and its life begins now; may be NULL.
 */
enum store_result store_find_life(struct store *store,
                                  const struct store_owner *owner,
                                  uint64_t *life, bool *is_another);

/* C_InitToken: all its objects are gone, a new life begins (R6.20). Those of
 * the token with other serial numbers stay, where its own is known. */
enum store_result store_begin_life(struct store *store,
                                   const struct store_owner *owner,
                                   uint64_t *life);

/* Whether it could be written now; nothing is. */
enum store_result store_try(struct store *store);

/* The attributes are all the object has; numbers are never used again. */
enum store_result store_create(struct store *store, uint64_t life,
                               const CK_ATTRIBUTE *attributes, CK_ULONG count,
                               uint64_t *number);

/* All or none, in one transaction. `numbers` has room for `n_objects`. */
enum store_result store_create_many(struct store *store, uint64_t life,
                                    const struct store_object *objects,
                                    size_t n_objects, uint64_t *numbers);

/* Those with exactly these attributes, in the order of their creation. The
 * caller frees *numbers. */
enum store_result store_find(struct store *store, uint64_t life,
                             const CK_ATTRIBUTE *template, CK_ULONG count,
                             uint64_t **numbers, size_t *n_numbers);

/* The caller clears the object, with store_object_clear. */
enum store_result store_read(struct store *store, uint64_t life,
                             uint64_t number, struct store_object *out);
void store_object_clear(struct store_object *object);

/* These attributes have these values from now on; the others stay. */
enum store_result store_change(struct store *store, uint64_t life,
                               uint64_t number, const CK_ATTRIBUTE *attributes,
                               CK_ULONG count);
enum store_result store_destroy(struct store *store, uint64_t life,
                                uint64_t number);
enum store_result store_count(struct store *store, uint64_t life,
                              size_t *count);

#endif
