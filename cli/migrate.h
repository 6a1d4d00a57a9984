/* SPDX-License-Identifier: BSD-3-Clause */
/* What the commands of the family migrate share: a token in mode "migrate",
 * sessions on its two members, and their objects. */
#ifndef CLI_MIGRATE_H
#define CLI_MIGRATE_H

#include "cli/move-choice.h"
#include "cli/move.h"

struct migrate {
    const struct visit *visit;
    struct move_choice choice;
    struct copying copying;
    struct moves moves;
    struct mending mending;
    unsigned n_jobs;
    bool is_plan;
};

/* Runs the work with the options of the command line read: --id, --label,
 * --class, --jobs and --report. */
typedef bool migrate_work(struct migrate *migrate, struct error *error);
enum status migrate_run(const struct request *request, migrate_work *work,
                        bool is_plan);

/* The token of the command line, with a session on each member; both have to be
 * there. */
bool migrate_open(struct migrate *migrate, struct error *error);

/* The objects, and what comes of trying or moving those that are chosen. */
bool migrate_find(struct migrate *migrate, struct error *error);
bool migrate_move(struct migrate *migrate, struct error *error);

/* The table, the JSON object and the page; false: that one cannot be written.
 */
bool migrate_print(const struct migrate *migrate);

/* Whether all that was to be moved was; false with a sentence on what was
 * not. */
bool migrate_judge(const struct migrate *migrate, struct error *error);

/* Whether what is private to the user is not seen. */
bool migrate_is_partial(const struct migrate *migrate);

#endif
