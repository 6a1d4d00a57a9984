/* SPDX-License-Identifier: BSD-3-Clause */
/* What the commands of the family migrate share: a token in mode "migrate",
 * sessions on its two members, and their objects. */
#ifndef CLI_MIGRATE_H
#define CLI_MIGRATE_H

#include "cli/move-choice.h"
#include "cli/move.h"
#include "router/migration-phase.h"

struct migrate {
    const struct visit *visit;
    struct move_choice choice;
    struct copying copying;
    struct moves moves;
    struct mending mending;
    enum migration_phase phase;
    size_t n_left_half_way;
    unsigned n_jobs;
    bool is_plan;
};

/* Runs the work with the options of the command line read: --id, --label,
 * --class, --jobs and --report. */
typedef bool migrate_work(struct migrate *migrate, struct error *error);
enum status migrate_run(const struct request *request, migrate_work *work,
                        bool is_plan);

/* The token of the command line, with a session on each member that is there,
 * and the phase it is in; where that is over (MIGRATION_FINISHED) an error,
 * unless that is fine. */
bool migrate_open(struct migrate *migrate, bool may_be_finished,
                  struct error *error);

/* Reads the phase, for which the same holds. */
bool migrate_read_phase(struct migrate *migrate, bool may_be_finished,
                        struct error *error);

/* By who holds its lock: it becomes this one, with a record; `phase` stays what
 * it was. */
bool migrate_change_phase(const struct migrate *migrate,
                          enum migration_phase becomes, struct error *error);

/* How many copies of the token were left half way. */
bool migrate_count_left(struct migrate *migrate, struct error *error);

/* The objects, and what comes of trying or moving those that are chosen. */
bool migrate_find(struct migrate *migrate, struct error *error);
bool migrate_move(struct migrate *migrate, struct error *error);

/* Whether what both members have is the same, by an operation where there is
 * one; false with a sentence. */
bool migrate_prove(struct migrate *migrate, struct error *error);

/* The table, the JSON object and the page; false: that one cannot be written.
 */
bool migrate_print(const struct migrate *migrate);

/* Whether all that was to be moved was; false with a sentence on what was
 * not. */
bool migrate_judge(const struct migrate *migrate, struct error *error);

/* Whether what is private to the user is not seen; and false, with a sentence,
 * where that matters: of what was chosen something may be. */
bool migrate_is_partial(const struct migrate *migrate);
bool migrate_is_seen(const struct migrate *migrate, struct error *error);

#endif
