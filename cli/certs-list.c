/* SPDX-License-Identifier: BSD-3-Clause */
/* The command certs list: the certificates of tokens, and where they are. */
#include "cli/holding-row.h"
#include "cli/message.h"
#include "cli/target.h"
#include "common/cleanup.h"
#include "router/instance.h"

static bool
list_token(struct visit *visit, const struct token *token,
           struct report *report, struct error *error)
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
is_initialized(const struct token *token)
{
    CK_TOKEN_INFO info;

    return token_is_present(token) &&
           C_GetTokenInfo(token->slot, &info) == CKR_OK &&
           (info.flags & CKF_TOKEN_INITIALIZED) != 0;
}

/* All that are there. One that cannot be read is said, and the others are
 * listed all the same. */
static bool
list_all(struct visit *visit, struct report *report)
{
    const struct slot_list *slots = instance_get()->slots;
    bool is_whole = true;

    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct token *token = slot_list_at(slots, i);
        struct error error = { .rv = CKR_OK };

        if (!is_initialized(token) || list_token(visit, token, report, &error))
            continue;
        message_error("token \"%s\": %s", token->label, error.text);
        is_whole = false;
    }
    return is_whole;
}

static bool
list(struct visit *visit, struct error *error)
{
    CLEANUP(report_freep) struct report *report = holding_report_new(false);
    const struct request *request = visit->request;
    const struct token *token;
    bool is_whole = true;

    if (request->n_operands == 0)
        is_whole = list_all(visit, report);
    else if (!target_find(request->operands[0], &token, error) ||
             !list_token(visit, token, report, error))
        return false;
    holding_report_print(request, report);
    return is_whole;
}

enum status
cmd_certs_list(const struct request *request)
{
    return visit_run(request, list, NULL);
}
