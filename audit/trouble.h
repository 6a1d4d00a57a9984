/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a log could not be told, until it can: half a line at its end, records
 * that were lost, calls that were refused because of it. Guarded by the run's
 * lock.
 */
#ifndef AUDIT_TROUBLE_H
#define AUDIT_TROUBLE_H

#include "audit/batch.h"
#include "common/clock.h"

/* Zero-initialised there is none. */
struct trouble {
    bool is_torn;  /* half a line is the last thing in the file */
    bool is_found; /* it was there before this run */
    unsigned long n_lost;
    unsigned long n_denied;
    _Atomic(uint64_t) all_lost; /* in the whole run, also what was told */
    _Atomic(uint64_t) all_denied;
    char lost_since[CLOCK_TEXT_LENGTH + 1];
    char denied_since[CLOCK_TEXT_LENGTH + 1];
    int reason; /* an errno */
};

/* A record is not in the file; one of the log's own passes on what it had to
 * tell. */
void trouble_note_loss(struct trouble *trouble,
                       const struct batch_record *record, int reason);

/* A call was refused. */
void trouble_note_denial(struct trouble *trouble);

/* Puts the records of it into an empty batch. Where that is not written each
 * is to be noted again. */
void trouble_tell(struct trouble *trouble, const struct audit_program *program,
                  const struct audit_user *user, struct audit_place *place,
                  struct batch *batch);

/* What was told is in the file. */
void trouble_was_told(struct trouble *trouble);

/* Tells the operator what keeps a log from being written, an errno; 0: that it
 * is written again. */
void trouble_say(const char *name, int reason);

#endif
