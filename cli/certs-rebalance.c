/* SPDX-License-Identifier: BSD-3-Clause */
/* The command certs rebalance: from the store back to the token, while that
 * has room. */
#include "cli/holding-create.h"
#include "cli/holding-row.h"
#include "cli/progress.h"
#include "common/cleanup.h"
#include "router/room.h"
#include "router/spill.h"

#include <stdatomic.h>
#include <stdio.h>

struct work {
    const struct visit *visit;
    const struct config_certificates *settings;
    struct holdings holdings;
    struct key_ring ring;
    struct report *report;
    size_t n_on_token;
    size_t n_stored;
    _Atomic(size_t) n_done;
};

static void
clear_work(struct work *work)
{
    holdings_clear(&work->holdings);
    key_ring_clear(&work->ring);
    report_free(work->report);
}

static void
describe(const void *context, char *out, size_t room)
{
    const struct work *work = context;

    (void)snprintf(out, room, "certificate %zu of %zu",
                   atomic_load(&work->n_done) + 1, work->n_stored);
}

/* -- One certificate ------------------------------------------------------ */

static bool
is_refused_for_room(const struct work *work, CK_RV rv)
{
    const struct backend *backend =
        atomic_load(&work->visit->token->members[0].backend);

    /* What router/spill.c says itself where the token has room for no more. */
    return rv == CKR_DEVICE_MEMORY ||
           (backend != NULL &&
            room_class_of(backend_profile(backend)->settings.room_errors, rv) !=
                ROOM_IS_NO_MATTER);
}

/* The one in the store goes; the same one is on the token. */
static bool
drop_stored(const struct work *work, struct holding *holding,
            struct error *error)
{
    CK_RV rv = C_DestroyObject(work->visit->session, holding->in_store);

    if (rv != CKR_OK)
        return visit_fail(work->visit, "C_DestroyObject", rv, error);
    holding->in_store = 0;
    return true;
}

/* Once on the token it has been read back from there (router/spill.c). Whoever
 * is killed now leaves both, which the next time is mended. */
static bool
move_one(struct work *work, struct holding *holding, const char **outcome,
         struct error *error)
{
    struct holding made = { .on_token = 0 };

    if (!holding_copy(work->visit, holding->in_store, work->visit, &made,
                      error)) {
        if (!is_refused_for_room(work, error->rv))
            return false;
        *outcome = "no room";
        return true;
    }
    holding->on_token = made.on_token;
    work->n_on_token++;
    *outcome = "moved";
    return drop_stored(work, holding, error);
}

/* This one, or another one that is the same. */
static bool
is_on_token(const struct work *work, const struct holding *holding)
{
    for (size_t i = 0; i < work->holdings.n_items; i++) {
        const struct holding *other = &work->holdings.items[i];

        if (other->on_token != 0 &&
            holding_is(other, holding->value, holding->id))
            return true;
    }
    return false;
}

static bool
is_too_large(const struct work *work, const struct holding *holding)
{
    return work->settings->max_size != 0 &&
           holding->value.length > work->settings->max_size;
}

/* The token is not asked. */
static bool
plan_one(struct work *work, const char **outcome)
{
    work->n_on_token++;
    *outcome = "to be tried";
    return true;
}

static bool
settle_one(struct work *work, struct holding *holding, const char **outcome,
           struct error *error)
{
    size_t max = work->settings->max;
    bool is_trial = work->visit->request->is_given[OPTION_DRY_RUN];

    if (is_on_token(work, holding)) {
        *outcome = "was in both";
        return is_trial || drop_stored(work, holding, error);
    }
    if (is_too_large(work, holding))
        *outcome = "too large";
    else if (max != 0 && work->n_on_token >= max)
        *outcome = "no room";
    else
        return is_trial ? plan_one(work, outcome)
                        : move_one(work, holding, outcome, error);
    return true;
}

/* -- All of them ---------------------------------------------------------- */

static bool
settle_all(struct work *work, struct error *error)
{
    struct progress *progress = progress_begin(describe, work);
    bool is_done = true;

    for (size_t i = 0; is_done && i < work->holdings.n_items; i++) {
        struct holding *holding = &work->holdings.items[i];
        const char *outcome = NULL;

        if (holding->in_store == 0)
            continue;
        is_done = settle_one(work, holding, &outcome, error);
        atomic_fetch_add(&work->n_done, 1);
        holding_row_add(work->report, work->visit, holding, &work->ring);
        holding_row_set_outcome(work->report, is_done ? outcome : "failed");
    }
    progress_end(progress);
    return is_done;
}

static bool
has_place(const struct visit *visit, struct error *error)
{
    const struct token *token = visit->token;

    if (token->overflow == NULL)
        return error_set(error, CKR_ARGUMENTS_BAD,
                         "token \"%s\" has nothing in a store: its "
                         "certificates.mode is \"token\"",
                         token->label);
    return token->rule->certificates.mode != CERTIFICATES_STORE ||
           error_set(error, CKR_ARGUMENTS_BAD,
                     "token \"%s\" is to have its certificates in the store; "
                     "set its certificates.mode to \"hybrid\" to have them on "
                     "the token",
                     token->label);
}

/* A token may be written where the store may not be: both would have it then.
 */
static bool
may_write_store(const struct visit *visit, struct error *error)
{
    CK_SESSION_INFO info;
    CK_RV rv = C_GetSessionInfo(visit->session, &info);

    if (rv != CKR_OK)
        return visit_fail(visit, "C_GetSessionInfo", rv, error);
    return visit->request->is_given[OPTION_DRY_RUN] ||
           !visit->token->rule->certificates.needs_login ||
           (visit->info.flags & CKF_LOGIN_REQUIRED) == 0 ||
           info.state == CKS_RW_USER_FUNCTIONS ||
           visit_fail(visit, "the store", CKR_USER_NOT_LOGGED_IN, error);
}

static void
count(struct work *work)
{
    for (size_t i = 0; i < work->holdings.n_items; i++) {
        work->n_on_token += work->holdings.items[i].on_token != 0;
        work->n_stored += work->holdings.items[i].in_store != 0;
    }
}

static bool
rebalance(struct visit *visit, struct error *error)
{
    CLEANUP(clear_work)
    struct work work = { .visit = visit, .report = holding_report_new(true) };
    bool is_done;

    if (!visit_token(visit, visit->request->operands[0], true, error) ||
        !has_place(visit, error) || !may_write_store(visit, error) ||
        !holdings_read(visit, &work.holdings, error) ||
        !key_ring_read(visit, &work.ring, error))
        return false;
    work.settings = &visit->token->rule->certificates;
    count(&work);
    spill_set_use(visit->token->slot, SPILL_CLOSED);
    is_done = settle_all(&work, error);
    if (visit->request->is_given[OPTION_JSON] || work.n_stored > 0)
        holding_report_print(visit->request, work.report);
    else
        (void)puts("there is no certificate in the store");
    return is_done;
}

enum status
cmd_certs_rebalance(const struct request *request)
{
    return visit_run(request, rebalance, NULL);
}
