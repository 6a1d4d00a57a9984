/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The CKA_UNIQUE_ID of a group's objects (R7.17): that of one member means
 * nothing on another, and many modules have none. It is made of what makes two
 * objects one (7.4), so that it stays the same whoever answers, and in every
 * process.
 */
#ifndef ROUTER_UNIQUE_ID_H
#define ROUTER_UNIQUE_ID_H

#include "router/call.h"
#include "router/token.h"

enum { GROUP_ID_LENGTH = 32 }; /* hexadecimal digits */

/* Of an object that was found or made; false where it is not known what that
 * is. */
bool unique_id_of(const struct token *token, CK_OBJECT_HANDLE object,
                  char out[GROUP_ID_LENGTH + 1]);

/* What a search wants. */
enum unique_id_wish {
    UNIQUE_ID_ANY,
    UNIQUE_ID_OF_ONE, /* of at most one object */
    UNIQUE_ID_OF_NONE /* no object has such a one */
};

/* Reads the wish out of a group's template. */
enum unique_id_wish unique_id_wish(const CK_ATTRIBUTE *template, CK_ULONG count,
                                   char out[GROUP_ID_LENGTH]);

/* A copy of the template without it, for a member to search with; to be freed.
 * NULL: no memory. */
CK_ATTRIBUTE *unique_id_strip(const CK_ATTRIBUTE *template, CK_ULONG count,
                              CK_ULONG *n_left);

/* Leaves the one that is wanted of what the members have found; the store has
 * looked itself. */
void unique_id_select(const struct token *token, enum unique_id_wish wish,
                      const char wanted[GROUP_ID_LENGTH],
                      CK_OBJECT_HANDLE *handles, size_t *count);

#endif
