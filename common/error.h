/* SPDX-License-Identifier: BSD-3-Clause */
/* What went wrong while setting up: one sentence, and the CK_RV it becomes. */
#ifndef COMMON_ERROR_H
#define COMMON_ERROR_H

#include "common/cryptoki.h"

#include <stdbool.h>

enum { ERROR_TEXT_LENGTH = 1024 };

struct error {
    CK_RV rv;                     /* CKR_OK while nothing went wrong */
    char text[ERROR_TEXT_LENGTH]; /* where, what, why and what to do next */
};

/*
 * Fills `error` (which may be NULL) and returns false, so that a function can
 * end with `return error_set(...)`. Text that does not fit is cut; error->text
 * may be among the arguments; errno is kept.
 */
bool error_set(struct error *error, CK_RV rv, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The words for an errno, whatever the host's locale is. */
const char *error_reason(int number);

#endif
