/* SPDX-License-Identifier: BSD-3-Clause */
/* Conversations: what is said to a module, in order. */
#ifndef TESTS_DIFFERENTIAL_CONVERSATION_H
#define TESTS_DIFFERENTIAL_CONVERSATION_H

#include "tests/differential/ask.h"

/* What comes before all of them: the tokens as each finds them. */
void prepare_tokens(struct talk *talk);

/*
 * Each begins before C_Initialize and may end anywhere; it goes on whatever
 * the module answers, so that both runs say the same.
 */
#define BOTH(name) void talk_of_##name(struct talk *talk);
#define SOFTHSM    BOTH
#define NSS        BOTH
#include "tests/differential/conversations.def"
#undef BOTH
#undef SOFTHSM
#undef NSS

#endif
