/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a kind of database does for the store: it runs the store's statements
 * on connections of its own. All that is the same for every kind is above it.
 */
#ifndef STORE_STORE_PRIVATE_H
#define STORE_STORE_PRIVATE_H

#include "common/back-off.h"
#include "store/links.h"
#include "store/row.h"
#include "store/statement.h"
#include "store/store.h"

struct store {
    const struct store_kind *kind;
    const struct store_services *services;
    char *place; /* a path, or a server's url */
    char *name;  /* in messages: without a password */
    gid_t group;
    unsigned wait_ms;
    struct links links;
    bool is_moving; /* it is what moves it, and may do so */
    /* Said in the log, and not yet mended. */
    _Atomic(bool) is_reading_said;
    _Atomic(bool) is_writing_said;
    _Atomic(bool) is_move_said;
    _Atomic(uint64_t) n_failures;
};

/* One connection with its statements; a kind's own begins with it. */
struct link {
    struct link *next;
    struct store *store;
    bool writes;    /* what it is lent for */
    bool is_broken; /* to be closed and not lent again */
};

/* Takes a number that was found; not STORE_DONE ends the search. */
typedef enum store_result (*found_row)(void *context, uint64_t number);

/* Takes a row of a list; its bytes are lent for that long. */
typedef enum store_result (*listed_row)(void *context,
                                        const struct field *fields);

struct store_kind {
    bool has_one_writer; /* so that others had better wait here */
    unsigned max_links;

    /* Opening may take long where it fails; NULL: it does not. */
    const struct back_off *back_off;

    /* Checks place and rights, and gives it a name; opens nothing. */
    bool (*check)(struct store *store, struct error *error);
    enum store_result (*open)(struct store *store, struct link **out);
    void (*close)(struct link *link);

    /* The database that was opened is still the one at that place. */
    bool (*is_good)(const struct link *link);

    /* Of what writes. What reads has no transaction around its statements. */
    enum store_result (*begin)(struct link *link);
    enum store_result (*commit)(struct link *link);
    void (*roll_back)(struct link *link);

    /*
     * Runs a statement with its parameters. STORE_ABSENT: no row, or what a
     * row refers to is not there; else the row is in `out`, which is lent
     * until `finish`.
     */
    enum store_result (*run)(struct link *link, enum statement statement,
                             const struct field *in, struct field *out);

    /* The same for each of its rows. */
    enum store_result (*list)(struct link *link, enum statement statement,
                              const struct field *in, listed_row listed,
                              void *context);

    /* Numbers in ascending order. An object that others change or destroy
     * meanwhile is found as it was, or as it is then. */
    enum store_result (*find)(struct link *link, uint64_t life,
                              const struct row_query *query, found_row found,
                              void *context);
    void (*finish)(struct link *link);
};

extern const struct store_kind store_sqlite;

/* What a kind in a module of its own reaches of the rest. */
struct store_services {
    enum store_result (*fail)(struct store *store, bool writes,
                              enum store_result result, const char *format, ...)
        __attribute__((format(printf, 4, 5)));
    bool (*refuse)(struct error *error, CK_RV rv, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
    struct deadline (*deadline_in)(uint64_t milliseconds);
    uint64_t (*deadline_remaining_ms)(struct deadline deadline);
    bool (*matches_others)(const struct row_query *query,
                           const struct field *others);
    enum store_result (*judge_move)(struct link *link, int64_t state,
                                    const char *peer, size_t length);
    const struct statement_text *statements;
};

/* What such a module exports, called `store_module`. */
struct store_module {
    const char *release; /* that it was built with */
    const struct store_kind *kind;
};

/* Loads PostgreSQL's, for the life of the process. */
bool store_module_load(const struct store_kind **out, struct error *error);

/* Another folder than the one where it is installed. */
void store_module_set_folder(const char *folder);

/* Says it once until it works again, and gives the result back. */
enum store_result store_fail(struct store *store, bool writes,
                             enum store_result result, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* What moving is said in the table `move`: the one that is filled is for nobody
 * until that is done, the one that was moved is only read. */
enum { MOVE_FILLING = 1, MOVE_MOVED = 2 };

/* Where there is such a row: whether the link may read, or write. */
enum store_result store_judge_move(struct link *link, int64_t state,
                                   const char *peer, size_t length);

/* How long an operation waits for others; 2 s if it is never called. */
void store_set_wait(struct store *store, unsigned wait_ms);

#endif
