/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the slot list share; for them alone. */
#ifndef ROUTER_SLOT_STATE_H
#define ROUTER_SLOT_STATE_H

#include "common/lock.h"
#include "router/slot-list.h"

struct token_array {
    _Atomic(size_t) count;
    size_t room;
    struct token_array *old;
    struct token *tokens[];
};

/* A list as the application saw it when it asked for its size (R6.3). */
struct frozen_slots {
    CK_SLOT_ID *slots;
    CK_ULONG count;
    bool is_frozen;
};

struct slot_list {
    struct mutex lock;
    struct condition changed; /* an event, or the end */
    const struct config *config;
    struct backend_set *backends;
    struct scanner *scanner;
    struct slot_numbers *numbers;
    _Atomic(struct token_array *) array;
    struct deadline next_look;
    struct frozen_slots frozen[2]; /* all; those with a token */
    bool is_watched;               /* events count from the first scan on */
    bool has_stopped;
};

/* Adds a token to the list's end; false: no memory. With the list's lock held,
 * or before anybody knows the list. */
bool slot_list_add(struct slot_list *list, struct token *token);

/* How long a module that is slow to list its slots is waited for, once
 * (slot_timeout_ms of R6.6). */
extern const uint64_t slot_wait_ms;

/* After a scan: tokens that came or went get their event (R6.14). */
void slot_state_note_locked(struct slot_list *list) REQUIRES(list->lock);

/* What is new in the way of trouble goes into the log; without the lock, since
 * that is a file. */
void slot_state_tell_troubles(struct slot_list *list);

#endif
