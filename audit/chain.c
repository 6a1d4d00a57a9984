/* SPDX-License-Identifier: BSD-3-Clause */
/* Follows the records of each run, and finds out what happened where one does
 * not follow. */
#include "audit/chain.h"

#include "audit/run-table.h"

#include <stdlib.h>
#include <string.h>

/* Lines that are not whole and wait for the record that says why. */
enum { MOST_PIECES = 64 };

struct piece {
    uint64_t line;
    bool has_run;
    bool looks_whole;
    unsigned char run[LINK_BYTES];
};

/* The first record that does not follow, and what was seen of its run behind
 * it. */
struct doubt {
    uint64_t line; /* 0: there is none */
    struct link link;
    unsigned char hash[LINK_BYTES];
    struct run run;        /* as it was expected to go on */
    bool is_of_other;      /* another run waits for just this record */
    uint64_t missing_line; /* where the expected record stands; 0: nowhere */
    bool has_next;
    unsigned char next_prev[LINK_BYTES]; /* of the record with the next n */
};

struct chain {
    struct run_table runs;
    struct doubt doubt;
    struct piece pieces[MOST_PIECES];
    size_t n_pieces;
    uint64_t empty_line;     /* the line before, if it is empty; or 0 */
    struct piece lost_piece; /* the first that there was no room to wait for */
};

struct chain *
chain_new(void)
{
    return calloc(1, sizeof(struct chain));
}

void
chain_free(struct chain *chain)
{
    if (chain == NULL)
        return;
    run_table_clear(&chain->runs);
    free(chain);
}

void
chain_freep(struct chain **chain)
{
    chain_free(*chain);
}

uint64_t
chain_count_runs(const struct chain *chain)
{
    return chain->runs.count;
}

static bool
equals(const unsigned char a[LINK_BYTES], const unsigned char b[LINK_BYTES])
{
    return memcmp(a, b, LINK_BYTES) == 0;
}

static void
add_piece(struct chain *chain, uint64_t line, const char *bytes, size_t length)
{
    struct piece piece = { .line = line };

    piece.has_run = link_read_run(bytes, length, piece.run);
    piece.looks_whole = length > 0 && bytes[length - 1] == '}';
    if (chain->n_pieces == MOST_PIECES) {
        if (chain->lost_piece.line == 0)
            chain->lost_piece = chain->pieces[0];
        chain->n_pieces--;
        memmove(chain->pieces, chain->pieces + 1,
                chain->n_pieces * sizeof(piece));
    }
    chain->pieces[chain->n_pieces++] = piece;
}

/* A process closes off what it has left of a line with the next thing that it
 * writes: the last piece that can be its is. */
static void
explain_piece(struct chain *chain, const struct link *link)
{
    for (size_t i = chain->n_pieces; i-- > 0;) {
        struct piece *piece = &chain->pieces[i];

        if (piece->has_run && !equals(piece->run, link->run))
            continue;
        memmove(piece, piece + 1, (--chain->n_pieces - i) * sizeof(*piece));
        return;
    }
}

static void
look_behind_doubt(struct doubt *doubt, uint64_t line, const struct link *link)
{
    if (!equals(link->run, doubt->run.id))
        return;
    if (doubt->missing_line == 0 && link->n == doubt->run.next &&
        equals(link->prev, doubt->run.hash))
        doubt->missing_line = line;
    if (!doubt->has_next && link->n == doubt->link.n + 1) {
        doubt->has_next = true;
        memcpy(doubt->next_prev, link->prev, LINK_BYTES);
    }
}

static bool
add_record(struct chain *chain, uint64_t line, const struct link *link,
           const unsigned char hash[LINK_BYTES])
{
    struct run *run;

    if (chain->doubt.line != 0) {
        look_behind_doubt(&chain->doubt, line, link);
        return true;
    }
    run = run_table_find(&chain->runs, link->run);
    if (run == NULL)
        return false;
    if (link->n == run->next && equals(link->prev, run->hash)) {
        run_table_fill(&chain->runs, run, link, hash, line);
        return true;
    }
    chain->doubt = (struct doubt){ .line = line, .link = *link, .run = *run };
    memcpy(chain->doubt.hash, hash, LINK_BYTES);
    chain->doubt.is_of_other =
        link->n > 0 && run_table_expects(&chain->runs, link->n, link->prev);
    return true;
}

/* A process that has left a piece writes a line end first. Where another one
 * has ended that line already, this makes an empty one. */
static void
settle_empty_line(struct chain *chain, bool is_torn)
{
    if (chain->empty_line != 0 && !is_torn)
        add_piece(chain, chain->empty_line, "", 0);
    chain->empty_line = 0;
}

static void
add_what_is_no_record(struct chain *chain, const struct line *line)
{
    settle_empty_line(chain, false);
    if (line->length == 0)
        chain->empty_line = line->number;
    else
        add_piece(chain, line->number, line->bytes, line->length);
}

bool
chain_add(struct chain *chain, const struct line *line,
          const struct tree_hash *leaf)
{
    size_t begin =
        line->is_whole ? link_find(line->bytes, line->length) : line->length;
    struct tree_hash hash = *leaf;
    struct link link;

    if (begin == line->length ||
        !link_read(line->bytes + begin, line->length - begin, &link)) {
        add_what_is_no_record(chain, line);
        return true;
    }
    settle_empty_line(chain, link.is_torn);
    if (begin > 0) {
        add_piece(chain, line->number, line->bytes, begin);
        if (!tree_hash_leaf(line->bytes + begin, line->length - begin, &hash))
            return false;
    }
    if (link.is_torn)
        explain_piece(chain, &link);
    return add_record(chain, line->number, &link, hash.bytes);
}

/* Its number fits and its prev does not: it or the record before it is not
 * what it was. The record behind it tells which. */
static struct fault
judge_prev(const struct doubt *doubt, uint64_t good_lines)
{
    const struct run *run = &doubt->run;
    struct fault fault = { .kind = FAULT_CHANGED, .line = doubt->line };

    if (run->line == 0 || good_lines >= run->line)
        return fault;
    if (!doubt->has_next)
        fault = (struct fault){ FAULT_CHANGED, run->line, doubt->line, 0 };
    else if (equals(doubt->next_prev, doubt->hash))
        fault.line = run->line;
    return fault;
}

/* A number that its run has had already. */
static struct fault
judge_again(const struct doubt *doubt, uint64_t good_lines)
{
    const struct run *run = &doubt->run;
    struct fault fault = { .kind = FAULT_ADDED, .line = doubt->line };
    bool is_contended = doubt->link.n + 1 == run->next &&
                        equals(doubt->link.prev, run->prev) &&
                        !equals(doubt->hash, run->hash);

    if (!is_contended || good_lines >= run->line)
        return fault;
    if (!doubt->has_next)
        fault = (struct fault){ FAULT_ADDED, run->line, doubt->line, 0 };
    else if (equals(doubt->next_prev, doubt->hash))
        fault.line = run->line;
    return fault;
}

static struct fault
judge(const struct doubt *doubt, uint64_t good_lines)
{
    const struct run *run = &doubt->run;
    struct fault fault = { .line = doubt->line };

    if (doubt->line == 0)
        return fault;
    /* Its prev fits and its number does not, or its run does not. */
    if (equals(doubt->link.prev, run->hash) || doubt->is_of_other) {
        fault.kind = FAULT_CHANGED;
        return fault;
    }
    if (doubt->link.n == run->next)
        return judge_prev(doubt, good_lines);
    if (doubt->link.n < run->next)
        return judge_again(doubt, good_lines);
    if (doubt->missing_line != 0) {
        fault.kind = FAULT_MOVED;
        fault.other = doubt->missing_line;
        return fault;
    }
    fault.kind = FAULT_MISSING;
    fault.other = run->line;
    fault.count = doubt->link.n - run->next;
    return fault;
}

void
chain_finish(const struct chain *chain, uint64_t good_lines, struct fault *out)
{
    const struct piece empty = { .line = chain->empty_line };
    const struct piece *piece = NULL;

    if (chain->lost_piece.line != 0)
        piece = &chain->lost_piece;
    else if (chain->n_pieces > 0)
        piece = &chain->pieces[0];
    else if (chain->empty_line != 0)
        piece = &empty;
    *out = judge(&chain->doubt, good_lines);
    if (piece == NULL || (out->kind != FAULT_NONE && out->line < piece->line))
        return;
    *out =
        (struct fault){ .kind = piece->looks_whole ? FAULT_CHANGED : FAULT_TORN,
                        .line = piece->line };
}
