/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looking at what the modules show: each in a thread of its own, so that one
 * that is slow or hangs delays nobody (R6.6).
 */
#ifndef ROUTER_SCAN_H
#define ROUTER_SCAN_H

#include "backends/backend.h"
#include "common/clock.h"

struct scanner;

/* A token that a module shows. */
struct seen_token {
    struct backend *backend;
    CK_SLOT_ID slot;
    CK_SLOT_INFO slot_info;
    CK_TOKEN_INFO info;
};

/* Blank-pads what modules pad otherwise (R6.7), as in what a scan has seen. */
void scan_normalise(CK_TOKEN_INFO *info);

/* NULL: no memory. With `may_create_threads` false the modules are looked at
 * one after the other by the calling thread. */
struct scanner *scanner_new(struct backend_set *backends,
                            bool may_create_threads);

/* From now on the calling thread looks (R3.37). */
void scanner_forbid_threads(struct scanner *scanner);

/*
 * Looks at every module that is up and not being looked at already, and
 * waits for them until the deadline; one that was late before is not waited
 * for again until it has answered. One thread at a time does this, others
 * return at once (R4.5).
 */
void scanner_run(struct scanner *scanner, struct deadline until);

/* Nobody begins to look at the backend's library until it is let go. False,
 * and nothing is held: somebody is looking at it, if it is one that was late.
 */
bool scanner_hold(struct scanner *scanner, const struct backend *backend);
void scanner_let_go(struct scanner *scanner, const struct backend *backend);

/*
 * What was seen last of every module, in the order of the modules and of
 * their slots; a module that is down shows nothing, one that is late shows
 * what it showed before. The caller frees *out. False: no memory.
 */
bool scanner_seen(struct scanner *scanner, struct seen_token **out,
                  size_t *n_out);

/* Waits at most `wait_ms` for threads that are still inside a module. False
 * when some are: then the scanner is leaked. */
bool scanner_free(struct scanner *scanner, uint64_t wait_ms);

#endif
