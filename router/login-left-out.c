/* SPDX-License-Identifier: BSD-3-Clause */
/* Members of a group on which the user cannot be logged in. */
#include "common/log.h"
#include "router/login-private.h"

bool
login_is_about_pin(CK_RV rv)
{
    return rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LOCKED ||
           rv == CKR_PIN_EXPIRED || rv == CKR_PIN_LEN_RANGE ||
           rv == CKR_PIN_INVALID;
}

static bool
is_any_left(const struct token *token)
{
    for (unsigned i = 0; i < token->n_members; i++)
        if (member_is_usable(&token->members[i]))
            return true;
    return false;
}

void
login_let_all_in(struct token *token)
{
    for (unsigned i = 0; i < token->n_members; i++)
        atomic_store(&token->members[i].is_left_out, false);
}

bool
login_leave_out(struct member *member)
{
    struct token *token = member->token;

    atomic_store(&member->is_left_out, true);
    if (!is_any_left(token)) {
        login_let_all_in(token);
        return false;
    }
    log_write(LOG_LEVEL_ERROR,
              "member %u of token \"%s\" is left out until somebody logs in "
              "anew: its user cannot be logged in; give it the PIN that the "
              "others have, or a pin of its own in the configuration",
              member->index + 1, token->label);
    return true;
}

void
login_let_in(struct member *member)
{
    login_memory_forgive(&member->refusals);
    atomic_store(&member->is_left_out, false);
}
