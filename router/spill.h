/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Certificates that a token has no room for spill over into the store: which
 * calls go there at first, and which after the token has said no
 * (SEMANTICS 8.1).
 */
#ifndef ROUTER_SPILL_H
#define ROUTER_SPILL_H

#include "router/instance.h"
#include "router/route.h"
#include "router/token.h"

/* The label of the object that is made for a moment to see whether there is
 * room for another one: tokens answer CKR_OK on a full disk. */
#define SPILL_PROBE_LABEL "p11mux: is there room?"

/* The store, for the tokens of the list that have one. False: what is wrong
 * with it. */
bool spill_open(struct instance *instance, struct error *error);
void spill_close(struct instance *instance);

/* Whether the call's object is there; a token without such a store says no at
 * once. */
bool spill_has(const struct call *call);

/* Whether a certificate is to be made there without asking the token; the
 * call has its backend session. */
bool spill_wants(struct call *call);

/* The store's session instead of the token's; false with call->rv set. */
bool spill_take(struct call *call);

/*
 * Whether a copy or a change of a certificate that is on the token was made in
 * the store, without asking the token; call->rv is what came of it. The call
 * is about to ask.
 */
bool spill_goes_first(struct call *call);

/*
 * After an answer: true when the store is to be asked now, because the token
 * has no room, or does not give what it says that it has. What has to be read
 * and made for that otherwise is done here, and call->rv is what came of it.
 */
bool spill_goes_on(struct call *call);

/* Takes out of the store's part of a search what the token shows as well:
 * handles[first] up to handles[*count], behind those of the token. */
CK_RV spill_merge(struct call *call, CK_OBJECT_HANDLE *handles, size_t first,
                  size_t *count);

/* For the tool, while no call is on its way: how calls on the token treat its
 * store from now on. */
void spill_set_use(CK_SLOT_ID slot, enum spill_use use);

/* Whether the token's store, if it has one, can be asked now. What is wrong
 * with it is in the log. */
CK_RV spill_ask(struct token *token);

/* The number that an object has there; 0: it is not there. */
CK_OBJECT_HANDLE spill_number(const struct token *token,
                              CK_OBJECT_HANDLE object);

/* What the call, which has ended well, has made, changed or destroyed there;
 * false: nothing. */
struct overflow_note;
bool spill_noted(const struct call *call, struct overflow_note *out);

/* Before a token is initialised: false with call->rv set where its store could
 * not be told, so that old certificates would reappear. */
bool spill_may_init_token(struct call *call);

/* The token was initialised (R6.20); what the store says is the call's result.
 */
void spill_init_token(struct call *call);

/* The virtual session ends. */
void spill_end(struct session *session);

#endif
