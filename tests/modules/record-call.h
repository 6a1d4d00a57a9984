/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the record module share: a call, noted and answered. */
#ifndef TESTS_MODULES_RECORD_CALL_H
#define TESTS_MODULES_RECORD_CALL_H

#include "tests/modules/record.h"

#pragma GCC visibility push(hidden)

extern const char *const function_names[N_FUNCTIONS];

/* N_FUNCTIONS for an unknown name. */
enum function function_find(const char *name);

/* Copies the arguments of a call. */
void note_call(enum function function, const struct argument *arguments,
               size_t n_arguments);

/* Answers a call by hook, by order, or by default. */
CK_RV answer_call(enum function function, struct argument *arguments,
                  size_t n_arguments);

void answer_reset(void);

/* Answers as a token would; false for functions it has nothing to say to. */
bool token_answer(enum function function, struct argument *arguments,
                  CK_RV *out);

void token_reset(void);

#pragma GCC visibility pop

#endif
