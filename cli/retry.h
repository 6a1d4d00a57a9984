/* SPDX-License-Identifier: BSD-3-Clause */
/* A second try for what a member has refused, or has not answered well: a
 * device may do that to what it is asked for by several at a time. Each is
 * tried alone, when what was left half way is mended. */
#ifndef CLI_RETRY_H
#define CLI_RETRY_H

#include "cli/copying.h"

struct retry {
    struct copying *copying;
    size_t count;  /* of what was tried, by an index each */
    size_t n_left; /* copies of earlier runs that cannot be mended */

    /* What came of one that was not copied; NULL: it is not to be tried. */
    const struct transfer_outcome *(*find)(const void *context, size_t index);
    /* Tries it; and ends what waits then. False, with a sentence: nothing more
     * can be tried. */
    bool (*try)(void *context, size_t index, struct error *error);
    bool (*settle)(void *context, struct error *error);
    /* If it is there by now that is this run's own copy, which was left behind,
     * made in that way and was mended. */
    void (*claim)(void *context, size_t index, enum transfer_way way);
    void *context;
};

/* Twice, if need be; not where a member was lost or does not show all: that is
 * another reason. False, with a sentence, where it had to stop. */
bool retry_run(const struct retry *retry, struct error *error);

/* The same of one that is copied by itself. */
bool retry_is_worth(const struct transfer_outcome *outcome);

#endif
