/* SPDX-License-Identifier: BSD-3-Clause */
/* The names of what is counted. */
#include "cli/counted-text.h"

const char *const counted_texts[N_COUNTED] = {
#define COUNTED(name, text) text,
#include "router/counters.def"
};

const char *const counter_class_texts[N_COUNTER_CLASSES] = {
#define COUNTER_CLASS(name, text) text,
#include "router/counters.def"
};

const char *const counter_close_texts[N_COUNTER_CLOSES] = {
#define COUNTER_CLOSE(name, text) text,
#include "router/counters.def"
};

const char *const counter_state_texts[N_COUNTER_STATES] = {
#define COUNTER_STATE(name, text) text,
#include "router/counters.def"
};

const char *const counter_event_texts[N_COUNTER_EVENTS] = {
#define COUNTER_EVENT(name, text) text,
#include "router/counters.def"
};

const char *const counter_level_texts[N_COUNTER_LEVELS] = {
#define COUNTER_LEVEL(name, text) text,
#include "router/counters.def"
};

const char *const counter_token_texts[N_COUNTER_TOKENS] = {
#define COUNTER_TOKEN(name, text) text,
#include "router/counters.def"
};

const char *const counter_process_texts[N_COUNTER_PROCESSES] = {
#define COUNTER_PROCESS(name, text) text,
#include "router/counters.def"
};
