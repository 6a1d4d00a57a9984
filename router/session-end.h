/* SPDX-License-Identifier: BSD-3-Clause */
/* What closing a session does besides making its handle invalid. */
#ifndef ROUTER_SESSION_END_H
#define ROUTER_SESSION_END_H

#include "router/session.h"

/*
 * Ends operations, closes or gives back backend sessions, drops the session
 * objects, and gives the cell back. The caller holds it, marked closing.
 */
void session_free(struct session *session);

/* Ends what is active, after a logout (R3.15). The caller holds it. */
void session_end_operations(struct session *session);

/* Gives a cell back to the table under its next generation. */
void session_recycle(struct session *session);

#endif
