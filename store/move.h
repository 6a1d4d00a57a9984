/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All that is in one store, moved into another one while others read and write
 * the first: lives and objects keep their numbers, so that handles and the
 * audit log mean the same after it. Whoever is killed begins again and goes on
 * from where he was.
 *
 * The other one is filled, which makes it a store that nobody else uses; passes
 * make it what the first one is. At the end the first one is locked for one
 * more pass and marked: from then on it is read, and not written. Only then
 * the other one is for everybody.
 */
#ifndef STORE_MOVE_H
#define STORE_MOVE_H

#include "store/store.h"

enum store_use {
    STORE_IN_USE,
    STORE_FILLED, /* with what is in its peer */
    STORE_MOVED   /* to its peer */
};

struct store_standing {
    enum store_use use;
    char *peer; /* as store_name of it; NULL: none */
    size_t n_lives;
    size_t n_objects;
    size_t n_values;
};

/* What passes did. */
struct move_tally {
    _Atomic(size_t) n_seen; /* objects of the first, by the present pass */
    size_t n_made;
    size_t n_changed;
    size_t n_removed;
    size_t n_lives; /* begun, changed or ended */
    size_t n_left;  /* by the last pass, for the next one */
};

struct move {
    struct store *from;
    struct store *to;
    struct move_tally tally;
};

/* How the store stands; the caller frees the peer. Others must not use this
 * struct store for anything else from now on. */
enum store_result move_look(struct store *store, struct store_standing *out);

/* Marks the other one, which must be empty, or being filled from the first. */
enum store_result move_begin(struct move *move);

/* One pass. Others may write the first meanwhile. */
enum store_result move_pass(struct move *move);

/* Lives and objects of which the two have not the same, and values of the other
 * one whose SHA-256, which is made anew, is not theirs. */
struct move_difference {
    size_t n_rows;
    size_t n_values;
};
enum store_result move_compare(struct move *move, struct move_difference *out);

/* A last pass while nobody else writes; the first is marked as moved. */
enum store_result move_close(struct move *move);

/* The other one is for everybody. */
enum store_result move_open(struct move *move);

#endif
