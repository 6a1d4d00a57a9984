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
    bool has_end; /* of the line */
    bool has_run;
    bool looks_whole;  /* it ends like a record */
    bool is_beginning; /* of a record, and something stands behind it */
    bool is_continued; /* its run goes on without a word about it */
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
    struct piece bad_piece; /* the first that there was no room to wait for */
    uint64_t n_unfinished;  /* others of those, whose processes were killed */
    bool may_have_begun;    /* runs, before the first line */
    uint64_t n_begun;
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

void
chain_allow_begun(struct chain *chain)
{
    chain->may_have_begun = true;
}

uint64_t
chain_count_begun(const struct chain *chain)
{
    return chain->n_begun;
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

/* A process that is killed while it writes may leave the beginning of a record,
 * and nobody speaks for it any more. */
static bool
is_of_killed(const struct piece *piece)
{
    return piece->is_beginning && !piece->is_continued && !piece->looks_whole;
}

/* The oldest one makes room. */
static void
drop_piece(struct chain *chain)
{
    if (is_of_killed(&chain->pieces[0]))
        chain->n_unfinished++;
    else if (chain->bad_piece.line == 0)
        chain->bad_piece = chain->pieces[0];
    chain->n_pieces--;
    memmove(chain->pieces, chain->pieces + 1,
            chain->n_pieces * sizeof(chain->pieces[0]));
}

static void
add_piece(struct chain *chain, const struct line *line, size_t length)
{
    struct piece piece = { .line = line->number, .has_end = line->is_whole };

    piece.has_run = link_read_run(line->bytes, length, piece.run);
    piece.looks_whole = length > 0 && line->bytes[length - 1] == '}';
    piece.is_beginning =
        !line->is_last &&
        (piece.has_run || link_is_beginning(line->bytes, length));
    if (chain->n_pieces == MOST_PIECES)
        drop_piece(chain);
    chain->pieces[chain->n_pieces++] = piece;
}

/* A process closes off what it has left, however often it tried, with the next
 * record that it can write. The line end before that makes an empty line where
 * another process has ended the line already. */
static void
explain_pieces(struct chain *chain, const struct link *link)
{
    size_t n_kept = 0;

    for (size_t i = 0; i < chain->n_pieces; i++)
        if (chain->pieces[i].has_run &&
            !equals(chain->pieces[i].run, link->run))
            chain->pieces[n_kept++] = chain->pieces[i];
    chain->n_pieces = n_kept;
}

static void
note_continued(struct chain *chain, const struct link *link)
{
    for (size_t i = 0; i < chain->n_pieces; i++)
        if (chain->pieces[i].has_run && equals(chain->pieces[i].run, link->run))
            chain->pieces[i].is_continued = true;
}

/* The record that a torn one stands for, where only its line end was not
 * written: its process knows nothing of it. */
static bool
is_again(const struct run *run, const struct link *link)
{
    return link->is_torn && run->line != 0 && link->n + 1 == run->next &&
           equals(link->prev, run->prev);
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
    if (run->line == 0 && link->n > 0 && chain->may_have_begun) {
        chain->n_begun++;
        run_table_fill(&chain->runs, run, link, hash, line);
        return true;
    }
    if ((link->n == run->next && equals(link->prev, run->hash)) ||
        is_again(run, link)) {
        run_table_fill(&chain->runs, run, link, hash, line);
        return true;
    }
    chain->doubt = (struct doubt){ .line = line, .link = *link, .run = *run };
    memcpy(chain->doubt.hash, hash, LINK_BYTES);
    chain->doubt.is_of_other =
        link->n > 0 && run_table_expects(&chain->runs, link->n, link->prev);
    return true;
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
        add_piece(chain, line, line->length);
        return true;
    }
    if (begin > 0) {
        add_piece(chain, line, begin);
        if (!tree_hash_leaf(line->bytes + begin, line->length - begin, &hash))
            return false;
    }
    if (link.is_torn)
        explain_pieces(chain, &link);
    else
        note_continued(chain, &link);
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
        fault = (struct fault){ .kind = FAULT_CHANGED,
                                .line = run->line,
                                .other = doubt->line };
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
        fault = (struct fault){ .kind = FAULT_ADDED,
                                .line = run->line,
                                .other = doubt->line };
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

/* The first piece that is wrong, or NULL. */
static const struct piece *
find_bad_piece(const struct chain *chain)
{
    if (chain->bad_piece.line != 0)
        return &chain->bad_piece;
    for (size_t i = 0; i < chain->n_pieces; i++)
        if (!is_of_killed(&chain->pieces[i]))
            return &chain->pieces[i];
    return NULL;
}

void
chain_finish(const struct chain *chain, uint64_t good_lines, struct fault *out)
{
    const struct piece *piece = find_bad_piece(chain);

    *out = judge(&chain->doubt, good_lines);
    if (piece == NULL || (out->kind != FAULT_NONE && out->line < piece->line))
        return;
    *out =
        (struct fault){ .kind = piece->looks_whole ? FAULT_CHANGED : FAULT_TORN,
                        .line = piece->line,
                        .is_piece = !piece->has_end };
}

uint64_t
chain_count_unfinished(const struct chain *chain)
{
    uint64_t n = chain->n_unfinished;

    for (size_t i = 0; i < chain->n_pieces; i++)
        n += is_of_killed(&chain->pieces[i]);
    return n;
}
