/* SPDX-License-Identifier: BSD-3-Clause */
/* Conversations: what is said to a module, in order. */
#ifndef TESTS_DIFFERENTIAL_CONVERSATION_H
#define TESTS_DIFFERENTIAL_CONVERSATION_H

#include "tests/differential/ask.h"

/* What comes before all of them: the tokens as each finds them. */
void prepare_tokens(struct talk *talk);
void prepare_twins(struct talk *talk);

/* A part of talk_of_certificates, which another process plays while the others
 * wait for it. */
void talk_of_neighbours(struct talk *talk, CK_SESSION_HANDLE session);
void talk_as_neighbour(struct talk *talk);

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
