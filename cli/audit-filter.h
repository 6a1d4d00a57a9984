/* SPDX-License-Identifier: BSD-3-Clause */
/* Which records of an audit log a command is asked for: several values of one
 * option are alternatives, and all options together must fit. */
#ifndef CLI_AUDIT_FILTER_H
#define CLI_AUDIT_FILTER_H

#include "cli/audit-entry.h"
#include "cli/request.h"
#include "common/clock.h"

#define FILTER_OPTIONS                                                         \
    (OPTION_BIT(OPTION_FROM) | OPTION_BIT(OPTION_UNTIL) |                      \
     OPTION_BIT(OPTION_TOKEN) | OPTION_BIT(OPTION_OF_KEY) |                    \
     OPTION_BIT(OPTION_EVENT) | OPTION_BIT(OPTION_OUTCOME) |                   \
     OPTION_BIT(OPTION_USER) | OPTION_BIT(OPTION_EXE) |                        \
     OPTION_BIT(OPTION_RUN))

struct filter {
    const struct request *request;
    char since[CLOCK_TEXT_LENGTH + 1]; /* empty: ever */
    char until[CLOCK_TEXT_LENGTH + 1];
};

/* Lends the request. False, with a sentence on stderr, when it has a value
 * that no record can have. */
bool filter_read(const struct request *request, struct filter *out);

bool filter_fits(const struct filter *filter, const struct log_entry *entry);

/* Whether every record fits. */
bool filter_is_empty(const struct filter *filter);

#endif
