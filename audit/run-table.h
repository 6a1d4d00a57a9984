/* SPDX-License-Identifier: BSD-3-Clause */
/* The runs that a log has had, with the record that is to come next in each. */
#ifndef AUDIT_RUN_TABLE_H
#define AUDIT_RUN_TABLE_H

#include "audit/link.h"

struct run {
    unsigned char id[LINK_BYTES];
    unsigned char hash[LINK_BYTES]; /* of the last record */
    unsigned char prev[LINK_BYTES]; /* that the last record had */
    uint64_t next;                  /* the number of the next record */
    uint64_t line;                  /* of the last record; 0: there is none */
};

/* Zero-initialised is empty. */
struct run_table {
    struct run *runs; /* open addressing; `line` is 0 where there is none */
    size_t size;      /* a power of two */
    size_t count;
};

/* The run, or the empty place for it, whose `id` is set; lent until the next
 * call. NULL: no memory. A place becomes a run with run_table_fill. */
struct run *run_table_find(struct run_table *table,
                           const unsigned char id[LINK_BYTES]);

/* The record of a line is the last one of its run now. */
void run_table_fill(struct run_table *table, struct run *run,
                    const struct link *link,
                    const unsigned char hash[LINK_BYTES], uint64_t line);

/* Whether some run waits for a record with this number and this prev. */
bool run_table_expects(const struct run_table *table, uint64_t n,
                       const unsigned char prev[LINK_BYTES]);

void run_table_clear(struct run_table *table);

#endif
