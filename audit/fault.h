/* SPDX-License-Identifier: BSD-3-Clause */
/* What is wrong with a log, and where. */
#ifndef AUDIT_FAULT_H
#define AUDIT_FAULT_H

#include <stdbool.h>
#include <stdint.h>

enum fault_kind {
    FAULT_NONE,
    FAULT_CHANGED,     /* a line is not what was written */
    FAULT_MISSING,     /* records that stood between `other` and `line` */
    FAULT_ADDED,       /* a line that is not of its run */
    FAULT_MOVED,       /* what belongs before `line` stands at `other` */
    FAULT_TORN,        /* a line is not whole, and no record says why */
    FAULT_DIFFERENT,   /* lines `line` to `other` are not those of the
                        * checkpoint, though each run's follow one another */
    FAULT_CUT,         /* the log is shorter than its checkpoint, and right up
                        * to `other` */
    FAULT_ROLLED_BACK, /* the same, of a checkpoint that was kept elsewhere */
    FAULT_SIGNATURE,   /* a checkpoint is not signed by the key */
    FAULT_CHECKPOINT,  /* what should be a checkpoint is none, or out of turn */
    FAULT_ABSENT       /* the first `count` lines are in files that were not
                        * found */
};

struct fault {
    enum fault_kind kind;
    uint64_t line;  /* from 1, over all files; 0: of none */
    uint64_t other; /* another line that has to do with it, or 0 */
    uint64_t count; /* of missing records; the size of a checkpoint */
    bool is_piece;  /* what is meant is behind the line before it, where a file
                     * ends without a line end */
};

#endif
