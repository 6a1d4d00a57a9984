/* SPDX-License-Identifier: BSD-3-Clause */
/* The command certs migrate: all that is in the store, into another store,
 * while applications use the first one. */
#include "cli/configuration.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/progress.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "store/move.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Passes end when little was left for the next one, which writers would have to
 * wait for, or after that many. */
enum { LITTLE = 100, MOST_PASSES = 10 };

struct work {
    const struct request *request;
    struct move move;
    struct store_standing from; /* as it was before */
    struct store_standing to;
    size_t n_behind; /* written meanwhile */
    const char *outcome;
};

static void
clear_work(struct work *work)
{
    store_free(work->move.from);
    store_free(work->move.to);
    free(work->from.peer);
    free(work->to.peer);
}

static void
describe(const void *context, char *out, size_t room)
{
    const struct work *work = context;

    (void)snprintf(out, room, "certificate %zu of %zu",
                   atomic_load(&work->move.tally.n_seen), work->from.n_objects);
}

/* -- The steps ------------------------------------------------------------ */

/* The store has said what is wrong. */
static bool
is_done(enum store_result result)
{
    return result == STORE_DONE;
}

static size_t
count_done(const struct move_tally *tally)
{
    return tally->n_made + tally->n_changed + tally->n_removed + tally->n_lives;
}

static bool
make_passes(struct work *work)
{
    struct move_tally *tally = &work->move.tally;
    unsigned n_passes = 0;
    size_t n_before;

    do {
        n_before = count_done(tally);
        if (!is_done(move_pass(&work->move)))
            return false;
    } while (count_done(tally) - n_before > LITTLE && ++n_passes < MOST_PASSES);
    return true;
}

/* While others write the first one there may be rows that differ. */
static bool
verify(struct work *work, bool is_closed)
{
    struct move_difference difference;

    if (!is_done(move_compare(&work->move, &difference)))
        return false;
    work->n_behind = difference.n_rows;
    if (difference.n_values == 0 && (!is_closed || difference.n_rows == 0))
        return true;
    message_error("%s: %zu certificates are not what their SHA-256 says, and "
                  "%zu are not as they are in %s; nobody uses it yet%s: check "
                  "its disk, empty it and run this again",
                  store_name(work->move.to), difference.n_values,
                  difference.n_rows, store_name(work->move.from),
                  is_closed ? ", and the first one is only read until this is "
                              "done"
                            : "");
    return false;
}

static bool
finish(struct work *work)
{
    if (!is_done(move_close(&work->move)) || !verify(work, true) ||
        !is_done(move_open(&work->move)))
        return false;
    work->outcome = "moved";
    return true;
}

static bool
fill(struct work *work)
{
    struct progress *progress;
    bool is_filled;

    if (!is_done(move_begin(&work->move)))
        return false;
    progress = progress_begin(describe, work);
    is_filled = make_passes(work) && verify(work, false) &&
                (!work->request->is_given[OPTION_FINISH] || finish(work));
    progress_end(progress);
    return is_filled;
}

/* Before the other one is looked at, which makes one where there is none. */
static bool
may_be_moved(const struct work *work)
{
    const char *peer = work->from.peer;

    if (work->from.use == STORE_IN_USE ||
        (work->from.use == STORE_MOVED &&
         strcmp(peer, store_name(work->move.to)) == 0))
        return true;
    message_error(work->from.use == STORE_MOVED
                      ? "%s: it was moved to %s already; move that one"
                      : "%s: it is filled with what is in %s, and not done; "
                        "finish that first",
                  store_name(work->move.from), peer);
    return false;
}

/* Whether the other one has to be filled: also one that was lost or emptied
 * after the first one was marked. What was ever used has lives. */
static bool
is_to_be_filled(const struct work *work)
{
    return work->from.use == STORE_IN_USE || work->to.use != STORE_IN_USE ||
           (work->to.n_lives == 0 && work->from.n_lives > 0);
}

static bool
migrate(struct work *work)
{
    work->outcome = "copied";
    if (!is_done(move_look(work->move.from, &work->from)) ||
        !may_be_moved(work))
        return false;
    if (work->request->is_given[OPTION_DRY_RUN]) {
        work->outcome = work->from.use == STORE_MOVED ? "moved" : "to be moved";
        return true;
    }
    if (!is_done(move_look(work->move.to, &work->to)))
        return false;
    if (is_to_be_filled(work))
        return fill(work);
    work->outcome = "moved";
    return true;
}

/* -- What it says --------------------------------------------------------- */

static void
print_json(const struct work *work)
{
    const struct move_tally *tally = &work->move.tally;
    struct json json = { .stream = stdout };

    json_begin_object(&json, NULL);
    json_text(&json, "from", store_name(work->move.from));
    json_text(&json, "to", store_name(work->move.to));
    json_text(&json, "outcome", work->outcome);
    json_number(&json, "lives", work->from.n_lives);
    json_number(&json, "certificates", work->from.n_objects);
    json_number(&json, "values", work->from.n_values);
    json_number(&json, "made", tally->n_made);
    json_number(&json, "changed", tally->n_changed);
    json_number(&json, "removed", tally->n_removed);
    json_number(&json, "behind", work->n_behind);
    json_end_object(&json);
}

static void
print_text(const struct work *work)
{
    const struct move_tally *tally = &work->move.tally;
    const char *from = store_name(work->move.from);
    const char *to = store_name(work->move.to);

    (void)printf("%s: %zu certificates, %zu different ones, of %zu tokens\n",
                 from, work->from.n_objects, work->from.n_values,
                 work->from.n_lives);
    if (strcmp(work->outcome, "to be moved") == 0) {
        (void)printf("to be copied to %s\n", to);
        return;
    }
    (void)printf("%s: %zu made, %zu changed, %zu removed; verified\n", to,
                 tally->n_made, tally->n_changed, tally->n_removed);
    if (strcmp(work->outcome, "copied") == 0)
        (void)printf("%zu were written meanwhile. Nothing uses the copy yet: "
                     "run this again with --finish\n",
                     work->n_behind);
    else
        (void)printf("%s is only read from now on: set store.url to the other "
                     "one\n",
                     from);
}

/* -- The command ---------------------------------------------------------- */

static bool
open_stores(struct work *work, const struct config *config)
{
    const struct request *request = work->request;
    const char *from = request->is_given[OPTION_MIGRATE_FROM]
                           ? request->values[OPTION_MIGRATE_FROM]
                           : config->store_url;
    struct error error = { .rv = CKR_OK };

    if (store_new(from, config->group_id, &work->move.from, &error) &&
        store_new(request->values[OPTION_MIGRATE_TO], config->group_id,
                  &work->move.to, &error) &&
        (strcmp(store_name(work->move.from), store_name(work->move.to)) != 0 ||
         error_set(&error, CKR_ARGUMENTS_BAD,
                   "certs migrate: %s is the store that has them; if store.url "
                   "names the other one already, say with --from where they "
                   "are",
                   store_name(work->move.from))))
        return true;
    message_error("%s", error.text);
    return false;
}

enum status
cmd_certs_migrate(const struct request *request)
{
    CLEANUP(clear_work) struct work work = { .request = request };
    CLEANUP(config_freep) struct config *config = NULL;

    /* What is wrong with a store, it says itself. */
    if (!request->is_given[OPTION_VERBOSE])
        (void)log_open(LOG_LEVEL_ERROR, "stderr", NULL);
    if (!request->is_given[OPTION_MIGRATE_TO]) {
        message_error("certs migrate: say where to, with --to "
                      "postgresql://USER@HOST/DATABASE or --to sqlite:/PATH");
        return STATUS_USAGE;
    }
    if (!configuration_load(request, &config) || !open_stores(&work, config) ||
        !migrate(&work))
        return STATUS_WRONG;
    if (request->is_given[OPTION_JSON])
        print_json(&work);
    else
        print_text(&work);
    return STATUS_FINE;
}
