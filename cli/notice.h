/* SPDX-License-Identifier: BSD-3-Clause */
/* Telling running processes that objects of a token were moved, several times
 * a second at most. */
#ifndef CLI_NOTICE_H
#define CLI_NOTICE_H

#include "common/error.h"
#include "router/token.h"

#include <stdatomic.h>

/* Zero-initialised but for the token. */
struct notice {
    const struct token *token;
    _Atomic(uint64_t) given_ns; /* when, by clock_now */
    _Atomic(uint64_t) n_asked;
    _Atomic(uint64_t) n_given; /* what was asked for until then */
};

/* Something more was moved: by any thread. Where it cannot be said, processes
 * find it by themselves some seconds later. */
void notice_ask(struct notice *notice);

/* The last of it; false, with a sentence, where that cannot be said. */
bool notice_end(struct notice *notice, struct error *error);

#endif
