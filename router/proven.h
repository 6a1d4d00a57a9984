/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether what was found on a member of a group may be used there. */
#ifndef ROUTER_PROVEN_H
#define ROUTER_PROVEN_H

#include "router/token.h"

struct identity;

/* Reads what the member's object is, for who is not inside the module. */
typedef CK_RV proven_reader(const void *asker, CK_OBJECT_HANDLE object,
                            struct identity **out);

/*
 * CKR_OBJECT_HANDLE_INVALID for a copy that nobody has proven yet, and for what
 * was destroyed, perhaps under another name. `identity` is what it is known to
 * be, `is_elsewhere` whether another member has it. Else CKR_OK, or what
 * `read` says where it has to be looked at again. No lock is held, and nobody
 * is inside a module.
 */
CK_RV proven_check(const struct member *member, const struct identity *identity,
                   bool is_elsewhere, CK_OBJECT_HANDLE object,
                   proven_reader *read, const void *asker);

#endif
