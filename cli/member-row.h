/* SPDX-License-Identifier: BSD-3-Clause */
/* The members of a group as rows of a report. */
#ifndef CLI_MEMBER_ROW_H
#define CLI_MEMBER_ROW_H

#include "cli/report.h"
#include "router/token.h"

struct report *member_report_new(void);

/* Where the member is, how it is, and of the group's objects how many it has
 * and how many it lacks; NULL: nobody has looked. */
struct member_objects {
    size_t n_held;
    size_t n_lacked;
};
void member_row_add(struct report *report, const struct member *member,
                    const struct member_objects *objects);

/* What a member is called beside others: its number and its module, which may
 * be that of another one too. The caller frees it. */
char *member_name(const struct member *member);

#endif
