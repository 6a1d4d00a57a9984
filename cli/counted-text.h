/* SPDX-License-Identifier: BSD-3-Clause */
/* The names of what is counted, as programs read them. */
#ifndef CLI_COUNTED_TEXT_H
#define CLI_COUNTED_TEXT_H

#include "router/counted.h"

extern const char *const counted_texts[N_COUNTED];
extern const char *const counter_class_texts[N_COUNTER_CLASSES];
extern const char *const counter_close_texts[N_COUNTER_CLOSES];
extern const char *const counter_state_texts[N_COUNTER_STATES];
extern const char *const counter_event_texts[N_COUNTER_EVENTS];
extern const char *const counter_level_texts[N_COUNTER_LEVELS];
extern const char *const counter_token_texts[N_COUNTER_TOKENS];
extern const char *const counter_process_texts[N_COUNTER_PROCESSES];

#endif
