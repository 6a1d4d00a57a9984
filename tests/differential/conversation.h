/* SPDX-License-Identifier: BSD-3-Clause */
/* Conversations: what is said to a module, in order. */
#ifndef TESTS_DIFFERENTIAL_CONVERSATION_H
#define TESTS_DIFFERENTIAL_CONVERSATION_H

#include "tests/differential/ask.h"

/*
 * Each begins before C_Initialize and may end anywhere; it goes on whatever
 * the module answers, so that both runs say the same.
 */
void prepare_tokens(struct talk *talk);
void talk_of_initialize(struct talk *talk);
void talk_of_zeros(struct talk *talk);
void talk_of_slots(struct talk *talk);
void talk_of_sessions(struct talk *talk);
void talk_of_logins(struct talk *talk);

#endif
