/* SPDX-License-Identifier: BSD-3-Clause */
/* p11mux served by toy tokens (toy.h), for tests of the router; what cannot
 * be set up ends the process. Entry functions are called by their names. */
#ifndef TESTS_ROUTER_FIXTURE_H
#define TESTS_ROUTER_FIXTURE_H

#include "config/config.h"
#include "router/instance.h"
#include "router/pool.h"
#include "router/session.h"
#include "router/token.h"
#include "tests/fixture.h"
#include "tests/toy.h"

/* A configuration without tokens, and the toys as at first; slots that no
 * rule names are shown. */
struct config *router_config(void);

/* The same, and the toys stay as they are. */
struct config *router_config_only(void);

/* Adds a module that is loaded from a file; before the tokens. */
void router_config_module(struct config *config, const char *name,
                          const char *path);

/* What a token's `replay_max` is. */
enum { ROUTER_REPLAY_BYTES = 10000 };

/* Adds a token with a member for each label, "label" of a toy or
 * "module:label"; the list ends with NULL. Their slots are 1, 2, ... */
void router_config_token(struct config *config, const char *label, ...)
    __attribute__((sentinel));

/* The profile of the toys; may be changed until router_start. */
extern struct profile router_profile;

/* Starts p11mux over the toys; takes the configuration over. */
void router_start(struct config *config);

/* The same, where it may fail; `error` says why. */
CK_RV router_try_start(struct config *config, bool may_create_threads,
                       struct error *error);

/* A clock that stands still until it is moved. */
void router_clock_stop(void);
void router_clock_move(uint64_t milliseconds);

/* One token "A" in slot 1, and two, the second of which takes over. */
void router_start_one(void);
void router_start_two(void);

struct token *router_token(CK_SLOT_ID slot);

/* A toy's token goes, or is there again, and p11mux has seen that. */
void router_lose(unsigned toy);
void router_return(unsigned toy);

/* p11mux looks at all slots. */
void router_look(void);

/* Its backend sessions are kept like that from now on; the settings are copied.
 * Before its first session. */
void router_pool(CK_SLOT_ID slot, const struct config_pool *settings);

/* Its backend sessions change with each operation from now on. */
void router_rotate(CK_SLOT_ID slot);

/* R/W; and what can be found on it: exactly one key of the class. */
CK_SESSION_HANDLE router_session(CK_SLOT_ID slot);
CK_OBJECT_HANDLE router_find_key(CK_SESSION_HANDLE session,
                                 CK_OBJECT_CLASS object_class, CK_ULONG number);

/* Everything there is, at most `room`; the number of them. */
size_t router_find_all(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *out,
                       size_t room);

/* Signs with CKM_RSA_PKCS. */
CK_RV router_sign_init(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key);
CK_RV router_sign(CK_SESSION_HANDLE session, const char *data,
                  struct toy_result *out);

#endif
