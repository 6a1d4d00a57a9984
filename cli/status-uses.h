/* SPDX-License-Identifier: BSD-3-Clause */
/* Which keys are still used on the old member of a token in mode "migrate", by
 * which programs (R9.13). */
#ifndef CLI_STATUS_USES_H
#define CLI_STATUS_USES_H

#include "cli/json.h"
#include "cli/total.h"

#include <stdio.h>

/* A row for each, below an empty line; nothing where there is none. */
void status_print_uses(const struct total *total, FILE *stream);

/* The list "old_uses" of a token. */
void status_json_uses(struct json *json, const struct total_token *token);

/* Such a key as it is shown; the caller frees them. NULL: it has none. */
char *use_class_text(const struct total_use *use);
char *use_fingerprint_text(const struct total_use *use);

#endif
