/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands on the control page of the test's own runtime directory. */
#ifndef TESTS_PAUSED_H
#define TESTS_PAUSED_H

#include "router/control-note.h"
#include "router/control-page.h"
#include "tests/pool-fixture.h"

/* Writes one command on the page; `token` NULL: all. Its number. */
uint64_t paused_write(enum control_verb verb, const char *token);

/* The same, and this process has looked at it. */
uint64_t paused_command(enum control_verb verb, const char *token);

/* The same about a member of the token in slot 1. */
uint64_t paused_write_member(enum control_verb verb, unsigned index);
uint64_t paused_command_member(enum control_verb verb, unsigned index);

/* What this process's note says; *running is of the pause with that number. */
struct control_reading paused_note(uint64_t number, size_t *running);

/* Signs in a thread of its own with the key of that number; the second waits
 * until that call waits for the end of the pause. */
struct paused_call {
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    CK_ULONG number;
    CK_RV rv;
    bool is_right;
    pthread_t thread;
};
void paused_call_start(struct paused_call *call);
void paused_call_begin(struct paused_call *call);
bool paused_call_end(struct paused_call *call);

#endif
