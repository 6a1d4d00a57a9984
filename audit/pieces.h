/* SPDX-License-Identifier: BSD-3-Clause */
/* Pieces of records, and whether the process that left them says so. */
#ifndef AUDIT_PIECES_H
#define AUDIT_PIECES_H

#include "audit/link.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct piece {
    uint64_t line;
    bool has_end; /* of the line */
    bool has_run;
    bool looks_whole;   /* it ends like a record, and something is behind it */
    bool is_unfinished; /* one who is killed may leave it */
    bool is_continued;  /* its run goes on without a word about it */
    unsigned char run[LINK_BYTES];
};

enum { PIECES_MOST = 64 };

/* Zero-initialised is empty. */
struct pieces {
    struct piece waiting[PIECES_MOST]; /* for the record that says why */
    size_t n;
    struct piece bad;      /* the first that there was no room to wait for */
    uint64_t n_unfinished; /* others of those, whose processes were killed */
};

void pieces_add(struct pieces *pieces, const struct piece *piece);

/* A record of a run that says that it has left pieces before. */
void pieces_explain(struct pieces *pieces, const struct link *link);

/* One that does not. */
void pieces_note_continued(struct pieces *pieces, const struct link *link);

/* When the log has ended: the first one that is wrong, or NULL. */
const struct piece *pieces_find_bad(const struct pieces *pieces);

/* Those of processes that were killed while they wrote. */
uint64_t pieces_count_unfinished(const struct pieces *pieces);

#endif
