/* SPDX-License-Identifier: BSD-3-Clause */
/* How much each member was asked lately: rates between one look and the next.
 */
#ifndef CLI_TREND_H
#define CLI_TREND_H

#include "cli/sparkline.h"
#include "cli/total.h"

/* Of one member of a token. */
struct trend {
    uint64_t slot;
    char *label;
    size_t nth;
    uint64_t calls; /* so far */
    uint64_t errors;
    double calls_rate; /* a second */
    double errors_rate;
    double rates[SPARKLINE_MOST]; /* of calls, the last one last */
};

struct trends {
    struct trend *members;
    size_t n_members;
    uint64_t looked; /* by clock_now; 0: never */
};

/* Takes in what there is `now`. Where a sum has become smaller, since a process
 * has ended, nothing is known of the meantime: its rate is 0. */
void trends_look(struct trends *trends, const struct total *total,
                 uint64_t now);

/* That of a member that was there at the last look. */
const struct trend *trends_find(const struct trends *trends,
                                const struct total_token *token, size_t nth);
void trends_clear(struct trends *trends);

#endif
