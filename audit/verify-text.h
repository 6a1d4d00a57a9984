/* SPDX-License-Identifier: BSD-3-Clause */
/* Sentences about what is wrong with a log. */
#ifndef AUDIT_VERIFY_TEXT_H
#define AUDIT_VERIFY_TEXT_H

#include "audit/verify.h"

/* The sentence for a fault among the lines that were read; `where` is the file
 * of the checkpoint that it has to do with, or NULL. */
void verify_explain(const struct lines *lines, const char *where,
                    struct verify_finding *finding);

#endif
