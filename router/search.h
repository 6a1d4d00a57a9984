/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A search: a snapshot of what every member of the token found, taken when
 * it begins (R3.16). With one member that finds very many the rest is read
 * on as it is asked for.
 */
#ifndef ROUTER_SEARCH_H
#define ROUTER_SEARCH_H

#include "router/call.h"

struct pool_session;
struct session;
struct search;

/* Adds what the call's member finds; called once for each member. */
CK_RV search_collect(struct call *call, CK_ATTRIBUTE *template, CK_ULONG count);

/* The result of the whole: one member's answer is enough. */
CK_RV search_settle(struct call *call);

/* Gives the next handles. */
CK_RV search_next(struct call *call, CK_OBJECT_HANDLE *objects, CK_ULONG room,
                  CK_ULONG *count);

/* C_FindObjectsFinal. */
CK_RV search_finish(struct call *call);

/* The backend session that the session's search goes on in, or NULL. */
struct pool_session *search_streams_on(const struct session *session);

/* That backend session is no more: if the search goes on in it, it has no
 * end but an error. */
void search_lose(struct session *session, const struct pool_session *pooled);

/* Ends the session's search, also in its module. */
void search_drop(struct session *session);

/* The session ends or begins anew: keeps the memory, forgets the search. */
void search_forget(struct search *search);

/* Handles that a session's search holds; for tests of its size. */
enum { SEARCH_AT_ONCE = 256 };

/* Whether the store is asked after the token has said this: it may know
 * attributes that the token does not (R8.11). */
bool search_may_go_on(CK_RV rv);

/* Whether a search in a session of a group does not ask that member: it cannot
 * be asked, or is slow and, as far as is known, has nothing that others lack.
 */
struct member;
bool search_skips(const struct session *session, const struct member *member);

#endif
