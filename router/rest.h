/* SPDX-License-Identifier: BSD-3-Clause */
/* What bringing a token to rest and bringing one of its members to rest have in
 * common. */
#ifndef ROUTER_REST_H
#define ROUTER_REST_H

#include "router/pool.h"
#include "router/token.h"

/* Whether virtual sessions of the token keep backend sessions beyond their
 * operations. */
bool rest_has_kept(const struct token *token);

/* Whether handles that the device gave its objects are good afterwards; they
 * are found anew by what they are, where p11mux knows that. */
enum rest_handles { REST_KEEPS_HANDLES, REST_LEAVES_HANDLES };

/* Closes the keeper, and with it the device's login, unless that could not be
 * had again: last of all. What the objects are is read before. False when it
 * is in use, or a call there hangs. */
bool rest_keeper(struct pool *pool, enum rest_handles handles);

#endif
