/* SPDX-License-Identifier: BSD-3-Clause */
/* Which certificates of a token the command line means. */
#ifndef CLI_CHOICE_H
#define CLI_CHOICE_H

#include "cli/holding.h"
#include "cli/request.h"

#define CHOICE_OPTIONS                                                         \
    (OPTION_BIT(OPTION_ID) | OPTION_BIT(OPTION_LABEL) |                        \
     OPTION_BIT(OPTION_SUBJECT) | OPTION_BIT(OPTION_SHA256))

struct choice {
    struct octets id; /* owned; without bytes: any */
    struct octets sha256;
    const char *label; /* lent; NULL: any */
    const char *subject;
};

/* False, with a sentence on stderr, when a value is not understood. *out is to
 * be cleared, whatever comes of it. */
bool choice_read(const struct request *request, struct choice *out);
void choice_clear(struct choice *choice);

/* Whether it chooses at all. */
bool choice_is_made(const struct choice *choice);
bool choice_fits(const struct choice *choice, const struct holding *holding);

/* Says that none fits; false. */
bool choice_refuse_none(const struct choice *choice, const struct visit *visit,
                        struct error *error);

#endif
