/* SPDX-License-Identifier: BSD-3-Clause */
/* One start of a library: its C_Initialize, as SEMANTICS 3.7, 4 and 5 ask. */
#ifndef BACKENDS_START_H
#define BACKENDS_START_H

#include "backends/library.h"
#include "backends/start-turn.h"
#include "config/config.h"

#include <stdbool.h>

struct start_request {
    const char *name; /* of the module entry, for messages */
    const CK_FUNCTION_LIST_3_2 *functions;
    const char *init_args; /* NULL: none */
    bool may_create_threads;
    enum config_fork_mode fork_mode;
    struct start_turn *turn;       /* the caller's, who gives it back */
    const _Atomic(bool) *given_up; /* ends the wait for another's start */
};

struct start_result {
    bool is_up;
    bool is_refused;     /* it can never work as configured */
    bool was_called;     /* C_Initialize was */
    bool serialise;      /* the library refused to lock (R4.1) */
    unsigned generation; /* for library_release */
    uint64_t start_us;
    CK_INFO info; /* zeros where C_GetInfo failed */
    char why[ERROR_TEXT_LENGTH];
};

/* Runs in this thread for as long as the library takes. It has its turn, and
 * gives it away while it waits for who else starts or ends the library. */
void start_run(struct library *library, const struct start_request *request,
               struct start_result *out);

/* Ends the use of a start: C_Finalize if it was p11mux's own last one, when
 * its turn comes. */
void start_end(struct library *library, const CK_FUNCTION_LIST_3_2 *functions,
               const char *name, unsigned generation);

/* Whether this thread is inside a library's C_Initialize or C_Finalize that
 * p11mux called: a library that calls p11mux from there must not wait. */
bool start_is_inside(void);

/* R7.3: how long after this many failures in a row to wait for the next try.
 * `random` spreads it, so that not all processes come at once. */
uint64_t start_backoff_ms(unsigned failures, uint32_t random);

#endif
