/* SPDX-License-Identifier: BSD-3-Clause */
/* The lists of counters.def as numbers. */
#ifndef ROUTER_COUNTED_H
#define ROUTER_COUNTED_H

enum counted {
#define COUNTED(name, text) COUNTED_##name,
#include "router/counters.def"
    N_COUNTED
};

enum counter_class {
#define COUNTER_CLASS(name, text) COUNTER_CLASS_##name,
#include "router/counters.def"
    N_COUNTER_CLASSES
};

enum counter_close {
#define COUNTER_CLOSE(name, text) COUNTER_CLOSE_##name,
#include "router/counters.def"
    N_COUNTER_CLOSES
};

enum counter_state {
#define COUNTER_STATE(name, text) COUNTER_STATE_##name,
#include "router/counters.def"
    N_COUNTER_STATES
};

enum counter_event {
#define COUNTER_EVENT(name, text) COUNTER_##name,
#include "router/counters.def"
    N_COUNTER_EVENTS
};

enum counter_level {
#define COUNTER_LEVEL(name, text) COUNTER_LEVEL_##name,
#include "router/counters.def"
    N_COUNTER_LEVELS
};

enum counter_token {
#define COUNTER_TOKEN(name, text) COUNTER_TOKEN_##name,
#include "router/counters.def"
    N_COUNTER_TOKENS
};

enum counter_process {
#define COUNTER_PROCESS(name, text) COUNTER_PROCESS_##name,
#include "router/counters.def"
    N_COUNTER_PROCESSES
};

/* How long sampled calls took: bucket i has those below 2^i microseconds, the
 * last one the rest. */
enum { COUNTER_BUCKETS = 24 };

#endif
