/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The names of all that a member has, as they were read: for who looks for many
 * objects there, one after the other, where the member looks at each of its own
 * for every one of them. What it finds is to be looked at as what a search has
 * found; what others have made since it does not find.
 */
#ifndef ROUTER_CATALOGUE_H
#define ROUTER_CATALOGUE_H

#include "router/identity-read.h"

/* NULL: no memory. */
struct catalogue *catalogue_new(void);
void catalogue_free(struct catalogue *catalogue);
void catalogue_freep(struct catalogue **catalogue);

/* Reads all token objects anew: CKR_OK, CKR_HOST_MEMORY, or the member's code.
 * No search is active in the session. */
CK_RV catalogue_read(struct catalogue *catalogue, struct identity_place place);

/* The same for all objects with a CKA_ID, those of sessions too: then it
 * answers who asks for that. */
CK_RV catalogue_read_id(struct catalogue *catalogue,
                        struct identity_place place, const unsigned char *id,
                        size_t length);

/* One more, which has these names, and one that is no more. False: no memory.
 */
bool catalogue_add(struct catalogue *catalogue, CK_OBJECT_HANDLE object,
                   const struct identity *names);
void catalogue_remove(struct catalogue *catalogue, CK_OBJECT_HANDLE object);

/* Those that a template finds, as identity_search. CKR_FUNCTION_NOT_SUPPORTED:
 * it asks for more than class, type, CKA_ID and label, or nothing was read. */
CK_RV catalogue_search(const struct catalogue *catalogue,
                       const CK_ATTRIBUTE *attributes, size_t n_attributes,
                       CK_OBJECT_HANDLE **out, size_t *count);

#endif
