/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a process knows of the migration of a token in mode "migrate"
 * (SEMANTICS 9): how far it is, as the operator's tool has left it.
 */
#ifndef ROUTER_MIGRATION_H
#define ROUTER_MIGRATION_H

#include "router/call.h"
#include "router/counters-layout.h"
#include "router/migration-phase.h"
#include "router/token.h"

struct migration;

/* NULL: no memory. */
struct migration *migration_new(void);
void migration_free(struct migration *migration);

/*
 * Something was moved, or the phase is another one, by the command of this
 * number on the control page (0: none). By who has the turn to look at it, for
 * the first time before calls are served.
 */
void migration_follow(struct token *token, const char *state_dir,
                      uint64_t number);

/*
 * Whether calls are to look on the member for what has moved, but that its
 * module is to read first what others have made there, and the keys in use are
 * to be looked for without them; that, and calls look then. In a thread that no
 * call waits for.
 */
bool migration_is_behind(const struct member *member);
void migration_catch_up(struct member *member);

/* The tool works on its members apart: it destroys what is buried, under
 * handles that it keeps (router/tie.h). */
void migration_tie(const struct token *token);

/*
 * When an object that is not known to be on a member was looked for there, for
 * object_space_note_look: who has another number by now looks again. It goes up
 * with each login, when something was said to be moved, and every few seconds.
 * Never 0; one load of two words that change rarely.
 */
CK_ULONG migration_look(const struct token *token);

/* Whether the call, which is about to begin something with an object, or to
 * change it, is to look on the member for what it is not known to have: the
 * token's first one, a while after the last look (R9.2). */
bool migration_is_due(const struct call *call, const struct member *member);

/*
 * Whether the object may have been moved to the call's member since it was
 * looked for: it is as it was then (R9.6), and is good where it comes from, so
 * that a call need not wait until all keys of its type are read there.
 */
bool migration_awaits(const struct call *call, CK_OBJECT_HANDLE object);

/* Whether its old member is to be there and is not: nobody can log in (R9.7).
 */
bool migration_lacks_old(const struct token *token);

/* Whether nothing begins on the member any more, and since which command. */
bool migration_has_left(const struct member *member);
uint64_t migration_number(const struct token *token);

/* Something is about to begin with the key on the call's member, and counts if
 * that is the old one; and how often that was, for who draws at a real time:
 * nothing for a token in another mode. */
void migration_note_use(const struct call *call, CK_OBJECT_HANDLE key);
void migration_draw(const struct token *token, uint64_t now_us,
                    struct counters_use out[COUNTERS_USES]);

#endif
