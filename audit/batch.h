/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines that go to the file in one write, and who waits for each. */
#ifndef AUDIT_BATCH_H
#define AUDIT_BATCH_H

#include "audit/line.h"
#include "common/wake.h"

enum { BATCH_BYTES = 128 * 1024, BATCH_RECORDS = 256 };

/* A thread that waits for its record; on its stack. */
struct batch_waiter {
    struct wake wake;
    bool is_done;
    bool is_kept;
    bool leads; /* it is to write the batch that it is in */
};

/* Who is to be woken once the lock over the batches is given back: those that
 * are woken under it would wait for it next. */
struct batch_sleepers {
    size_t n;
    const void *words[2 * BATCH_RECORDS];
};

struct batch_record {
    size_t end;                            /* of its line, in the batch */
    struct batch_waiter *waiter;           /* NULL: nobody waits */
    unsigned char hash[AUDIT_PREV_LENGTH]; /* what the next one follows */
    /* Where it is not written: how many records are lost then, and how many
     * calls have been refused that nobody was told of. */
    unsigned long loses;
    unsigned long denies;
    bool is_told; /* those are counted already */
};

struct batch {
    size_t length;
    size_t n_records;
    bool is_begun_told; /* by batch_news */
    bool is_half_told;
    bool begins_torn;         /* half a line stands before it in the file */
    struct audit_place first; /* of its first record */
    struct batch_record records[BATCH_RECORDS];
    char bytes[BATCH_BYTES];
};

void batch_clear(struct batch *batch);

/* Whether a line of that length fits, and one of the log's own with it. */
bool batch_has_room(const struct batch *batch, size_t length);

/* How full it is. */
enum batch_fill {
    BATCH_AS_BEFORE, /* nobody need be told */
    BATCH_BEGUN,
    BATCH_HALF_FULL
};

/* What is new of that since this was asked last. */
enum batch_fill batch_news(struct batch *batch);

/* Adds a line and moves the place on. */
void batch_add(struct batch *batch, struct audit_place *place, const char *body,
               size_t length, const struct batch_record *record);

/* How many of its records are whole in the first `written` bytes. */
size_t batch_count_kept(const struct batch *batch, size_t written);

/* Whether a line is cut in two behind them. */
bool batch_is_torn(const struct batch *batch, size_t written);

/* The place behind the first `n_kept` records. */
struct audit_place batch_place_after(const struct batch *batch, size_t n_kept);

/* Tells who waits for the record, if somebody does, and may be gone then. */
void batch_answer(struct batch_record *record, bool is_kept,
                  struct batch_sleepers *sleepers);

void batch_wake(const struct batch_sleepers *sleepers);

/* Nobody waits there any more on whose stack the waiter is. */
void batch_forget_waiter(struct batch *batch,
                         const struct batch_waiter *waiter);

#endif
