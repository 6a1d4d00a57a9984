/* SPDX-License-Identifier: BSD-3-Clause */
/* The command certs list: the certificates of tokens, and where they are. */
#include "cli/holding-row.h"
#include "cli/target.h"
#include "common/cleanup.h"

static bool
list_token(struct visit *visit, const struct token *token, void *report,
           struct error *error)
{
    CLEANUP(holdings_clear) struct holdings holdings = { .items = NULL };
    CLEANUP(key_ring_clear) struct key_ring ring = { .keys = NULL };

    if (!visit_open(visit, token, false, error) ||
        !holdings_read(visit, &holdings, error) ||
        !key_ring_read(visit, &ring, error))
        return false;
    for (size_t i = 0; i < holdings.n_items; i++)
        holding_row_add(report, visit, &holdings.items[i], &ring);
    return true;
}

static bool
list(struct visit *visit, struct error *error)
{
    CLEANUP(report_freep) struct report *report = holding_report_new(false);
    const struct request *request = visit->request;
    const struct token *token;
    bool is_whole = true;

    if (request->n_operands == 0)
        is_whole = visit_all(visit, list_token, report);
    else if (!target_find(request->operands[0], &token, error) ||
             !list_token(visit, token, report, error))
        return false;
    if (is_whole || report_count(report) > 0 || request->is_given[OPTION_JSON])
        holding_report_print(request, report);
    return is_whole;
}

enum status
cmd_certs_list(const struct request *request)
{
    return visit_run(request, list, NULL);
}
