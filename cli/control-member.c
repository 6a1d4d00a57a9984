/* SPDX-License-Identifier: BSD-3-Clause */
/* Which member of a group a command is about, and whether it may be drained. */
#include "cli/control-order.h"
#include "cli/member-find.h"
#include "cli/memory.h"
#include "cli/target.h"
#include "common/cleanup.h"

#include <string.h>

/* -- Finding -----------------------------------------------------------------
 */

/* Whether the page has it drained by a name that no member has any more: its
 * module or match was renamed. */
static bool
is_left(const struct order *order, const char *word)
{
    struct control_page page;
    struct error ignored = { .rv = CKR_OK };
    const struct control_line *line = NULL;
    bool is_drained;

    if (order->verb != CONTROL_ADMIT)
        return false;
    if (control_page_read(order->path, &page, NULL, &ignored))
        line = control_page_member(&page, &(struct control_aim){
                                              order->token.name, word });
    is_drained = line != NULL && line->verb == CONTROL_DRAIN;
    control_page_clear(&page);
    return is_drained;
}

/* -- The last one ------------------------------------------------------------
 */

static bool
is_another_usable(const struct token *token, unsigned index)
{
    for (unsigned i = 0; i < token->n_members; i++)
        if (i != index && member_is_usable(&token->members[i]))
            return true;
    return false;
}

/* As this process finds the members itself; what else is drained it knows from
 * the page. */
static bool
may_be_drained(const struct order *order, struct error *error)
{
    const struct token *token;
    bool may = false;

    if (!target_start(order->request, TARGET_WITHOUT_LOGINS, error)) {
        error->text[0] = '\0';
        return false;
    }
    if (target_find(order->token.label, &token, error))
        may =
            is_another_usable(token, order->index) ||
            error_set(error, CKR_ARGUMENTS_BAD,
                      "member %u of token \"%s\" is the last one that can "
                      "serve; \"p11mux group %s\" shows what the others "
                      "are; to drain it all the same add --force",
                      order->index + 1, order->token.label, order->token.label);
    target_stop();
    return may;
}

bool
order_find_member(struct order *order, struct error *error)
{
    const char *word = order->request->operands[1];
    const struct config_token *rule =
        token_name_rule(order->config, order->token.label);
    unsigned index = 0;
    size_t n_called = rule == NULL || rule->mode == GROUP_SINGLE
                          ? 0
                          : member_find(rule, word, &index);

    if (rule != NULL && n_called == 0 && is_left(order, word)) {
        order->member_name = memory_copy(word);
        return true;
    }
    if (rule == NULL || rule->mode == GROUP_SINGLE)
        return error_set(error, CKR_ARGUMENTS_BAD,
                         "token \"%s\" is no group, but one member alone; to "
                         "let nothing begin on it use \"p11mux pause\"",
                         order->token.label);
    if (n_called != 1)
        return error_set(error, CKR_ARGUMENTS_BAD,
                         "%s of token \"%s\" is called \"%s\"; give its "
                         "number, which \"p11mux group %s\" shows",
                         n_called > 1 ? "more than one member" : "no member",
                         order->token.label, word, order->token.label);
    if (rule->mode == GROUP_MIGRATE && order->verb == CONTROL_PROMOTE)
        return error_set(
            error, CKR_ARGUMENTS_BAD,
            "token \"%s\" is in mode \"migrate\": the roles of its "
            "members say who comes first; drain the other one "
            "with \"p11mux group drain\" to keep calls from it",
            order->token.label);
    order->index = index;
    order->member = &rule->members[index];
    order->member_name = control_member_name(order->member);
    memory_need(order->member_name);
    return order->verb != CONTROL_DRAIN ||
           order->request->is_given[OPTION_FORCE_DRAIN] ||
           may_be_drained(order, error);
}
