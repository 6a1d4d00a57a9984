/* SPDX-License-Identifier: BSD-3-Clause */
/* The command certs remove: takes certificates from a token and the store. */
#include "cli/choice.h"
#include "cli/holding-row.h"
#include "cli/message.h"
#include "common/cleanup.h"

static void
add_row(struct report *report, const struct visit *visit,
        const struct holding *holding, const char *outcome)
{
    static const struct key_ring no_keys = { .keys = NULL };

    holding_row_add(report, visit, holding, &no_keys);
    holding_row_set_outcome(report, outcome);
}

/* The copy in the store first: where the token refuses, it has one still. */
static bool
remove_one(const struct visit *visit, const struct holding *holding,
           struct error *error)
{
    CK_RV rv = CKR_OK;

    if (holding->in_store != 0)
        rv = C_DestroyObject(visit->session, holding->in_store);
    if (rv == CKR_OK && holding->on_token != 0)
        rv = C_DestroyObject(visit->session, holding->on_token);
    return rv == CKR_OK || visit_fail(visit, "C_DestroyObject", rv, error);
}

/* The report has what was removed, also when it ends early. */
static bool
remove_chosen(const struct visit *visit, const struct holdings *holdings,
              struct report *report, struct error *error)
{
    for (size_t i = 0; i < holdings->n_items; i++) {
        const struct holding *holding = &holdings->items[i];

        if (!choice_fits(visit->asked, holding))
            continue;
        if (!remove_one(visit, holding, error))
            return false;
        add_row(report, visit, holding, "removed");
    }
    return true;
}

static size_t
count_chosen(const struct visit *visit, const struct holdings *holdings)
{
    size_t n = 0;

    for (size_t i = 0; i < holdings->n_items; i++)
        n += choice_fits(visit->asked, &holdings->items[i]);
    return n;
}

static bool
refuse_several(const struct visit *visit, const struct holdings *holdings,
               size_t n_chosen, struct report *report, struct error *error)
{
    for (size_t i = 0; i < holdings->n_items; i++)
        if (choice_fits(visit->asked, &holdings->items[i]))
            add_row(report, visit, &holdings->items[i], NULL);
    return error_set(error, CKR_ARGUMENTS_BAD,
                     "%zu certificates of token \"%s\" fit; --all removes them "
                     "all, --sha256 chooses one",
                     n_chosen, visit->token->label);
}

static bool
run(struct visit *visit, struct error *error)
{
    CLEANUP(report_freep) struct report *report = holding_report_new(true);
    CLEANUP(holdings_clear) struct holdings holdings = { .items = NULL };
    const struct request *request = visit->request;
    size_t n_chosen;
    bool is_done;

    if (!visit_token(visit, request->operands[0], true, error) ||
        !holdings_read(visit, &holdings, error))
        return false;
    n_chosen = count_chosen(visit, &holdings);
    if (n_chosen == 0)
        return choice_refuse_none(visit->asked, visit, error);
    is_done = n_chosen > 1 && !request->is_given[OPTION_ALL]
                  ? refuse_several(visit, &holdings, n_chosen, report, error)
                  : remove_chosen(visit, &holdings, report, error);
    holding_report_print(request, report);
    return is_done;
}

enum status
cmd_certs_remove(const struct request *request)
{
    CLEANUP(choice_clear) struct choice choice;

    if (!choice_read(request, &choice))
        return STATUS_USAGE;
    if (choice_is_made(&choice) || request->is_given[OPTION_ALL])
        return visit_run(request, run, &choice);
    message_error("certs remove: say which with --id, --label, --subject or "
                  "--sha256, or --all");
    return STATUS_USAGE;
}
