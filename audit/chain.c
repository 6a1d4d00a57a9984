/* SPDX-License-Identifier: BSD-3-Clause */
/* Follows the records of each run, and finds out what happened where one does
 * not follow. */
#include "audit/chain.h"

#include "audit/pieces.h"
#include "audit/run-table.h"

#include <stdlib.h>
#include <string.h>

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
    struct pieces pieces;
    bool may_have_begun; /* runs, before the first line */
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

/* The record that a torn one stands for, where only its line end was not
 * written: its process knows nothing of it. */
static bool
is_again(const struct run *run, const struct link *link)
{
    return link->is_torn && run->line != 0 && link->n + 1 == run->next &&
           equals(link->prev, run->prev);
}

static bool
fits(const struct chain *chain, const struct run *run, const struct link *link)
{
    return (run->line == 0 && link->n > 0 && chain->may_have_begun) ||
           (link->n == run->next && equals(link->prev, run->hash)) ||
           is_again(run, link);
}

/* A process that is killed while it writes leaves the beginning of a record, at
 * the utmost all of it but its line end; or only the line end by which it was
 * to close off another one. */
static bool
may_be_left(struct chain *chain, const char *bytes, size_t length, bool *out)
{
    struct link link;
    const struct run *run;

    *out = length == 0 || link_is_beginning(bytes, length);
    if (*out || !link_read(bytes, length, &link))
        return true;
    run = run_table_find(&chain->runs, link.run);
    if (run == NULL)
        return false;
    *out = fits(chain, run, &link);
    return true;
}

/* The line has it from `begin` to `end`. */
static bool
add_piece(struct chain *chain, const struct line *line, size_t begin,
          size_t end)
{
    const char *bytes = line->bytes + begin;
    size_t length = end - begin;
    bool is_last = line->is_last && end == line->length;
    struct piece piece = { .line = line->number, .has_end = line->is_whole };

    piece.has_run = link_read_run(bytes, length, piece.run);
    piece.looks_whole = !is_last && length > 0 && bytes[length - 1] == '}';
    if (!is_last && !may_be_left(chain, bytes, length, &piece.is_unfinished))
        return false;
    pieces_add(&chain->pieces, &piece);
    return true;
}

/* What stands before `end`, one behind the other; an empty line is one too. */
static bool
add_pieces(struct chain *chain, const struct line *line, size_t end)
{
    do {
        size_t begin = link_find(line->bytes, end);

        begin = begin < end ? begin : 0;
        if (!add_piece(chain, line, begin, end))
            return false;
        end = begin;
    } while (end > 0);
    return true;
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
    if (fits(chain, run, link)) {
        chain->n_begun += run->line == 0 && link->n > 0;
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
        !link_read(line->bytes + begin, line->length - begin, &link))
        return add_pieces(chain, line, line->length);
    if (begin > 0 &&
        (!add_pieces(chain, line, begin) ||
         !tree_hash_leaf(line->bytes + begin, line->length - begin, &hash)))
        return false;
    if (link.is_torn)
        pieces_explain(&chain->pieces, &link);
    else
        pieces_note_continued(&chain->pieces, &link);
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

void
chain_finish(const struct chain *chain, uint64_t good_lines, struct fault *out)
{
    const struct piece *piece = pieces_find_bad(&chain->pieces);

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
    return pieces_count_unfinished(&chain->pieces);
}
