/* SPDX-License-Identifier: BSD-3-Clause */
/* The command certs copy: certificates of one token for another one. */
#include "cli/choice.h"
#include "cli/holding-create.h"
#include "cli/holding-row.h"
#include "cli/message.h"
#include "common/cleanup.h"

struct work {
    struct visit from;
    const struct visit *to;
    struct holdings theirs; /* of the token that is copied from */
    struct holdings holdings;
    struct key_ring ring;
    struct report *report;
};

static void
clear_work(struct work *work)
{
    holdings_clear(&work->theirs);
    holdings_clear(&work->holdings);
    key_ring_clear(&work->ring);
    report_free(work->report);
}

static bool
copy_one(struct work *work, const struct holding *holding, struct error *error)
{
    const struct holding *known =
        holdings_find(&work->holdings, holding->value, holding->id);
    CK_OBJECT_HANDLE object =
        holding->on_token != 0 ? holding->on_token : holding->in_store;
    struct holding copy = *holding;

    if (known == NULL &&
        !holding_copy(&work->from, object, work->to, &copy, error))
        return false;
    holding_row_add(work->report, work->to, known != NULL ? known : &copy,
                    &work->ring);
    holding_row_set_outcome(work->report,
                            known != NULL ? "already there" : "added");
    return true;
}

/* The report has what was copied, also when it ends early. */
static bool
copy_chosen(struct work *work, const struct choice *choice, struct error *error)
{
    bool is_done = true;

    for (size_t i = 0; is_done && i < work->theirs.n_items; i++)
        if (choice_fits(choice, &work->theirs.items[i]))
            is_done = copy_one(work, &work->theirs.items[i], error);
    if (is_done && report_count(work->report) == 0)
        return choice_refuse_none(choice, &work->from, error);
    holding_report_print(work->to->request, work->report);
    return is_done;
}

static bool
copy(struct visit *visit, struct error *error)
{
    CLEANUP(clear_work)
    struct work work = { .from = *visit,
                         .to = visit,
                         .report = holding_report_new(true) };
    const struct request *request = visit->request;

    work.from.is_guest = true;
    return visit_token(&work.from, request->values[OPTION_COPY_FROM], false,
                       error) &&
           visit_token(visit, request->values[OPTION_COPY_TO], true, error) &&
           holdings_read(&work.from, &work.theirs, error) &&
           holdings_read(visit, &work.holdings, error) &&
           key_ring_read(visit, &work.ring, error) &&
           copy_chosen(&work, visit->asked, error);
}

enum status
cmd_certs_copy(const struct request *request)
{
    CLEANUP(choice_clear) struct choice choice;

    if (!choice_read(request, &choice))
        return STATUS_USAGE;
    if (request->is_given[OPTION_COPY_FROM] &&
        request->is_given[OPTION_COPY_TO])
        return visit_run(request, copy, &choice);
    message_error("certs copy: say from which token to which one, with --from "
                  "and --to");
    return STATUS_USAGE;
}
