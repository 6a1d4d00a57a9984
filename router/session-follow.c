/* SPDX-License-Identifier: BSD-3-Clause */
/* The sessions of a forked child that goes on where its parent was. */
#include "router/session-follow.h"

#include "router/search.h"
#include "router/token.h"

#include <string.h>

/* What a call of the parent's was changing at the fork is not looked at. */
static void
forget_everything(struct session *session)
{
    session->search = NULL;
    session->passed = NULL;
    memset(session->operations, 0, sizeof(session->operations));
}

/* Copies of parameters and input are wiped, their memory serves again. */
static void
forget_contents(struct session *session)
{
    search_forget(session->search);
    for (unsigned kind = 0; kind < OPERATION_KINDS; kind++)
        if (session->operations[kind] != NULL)
            operation_end(session->operations[kind]);
}

static bool
keep(struct session *session, bool was_busy, void *successor)
{
    struct token *(*const *find)(CK_SLOT_ID slot) = successor;
    struct token *token = (*find)(session->token->slot);

    /* That its token went away was true of the parent's, and stays so. */
    if (token == NULL || session->is_lost)
        return false;
    if (was_busy)
        forget_everything(session);
    else
        forget_contents(session);
    memset(session->lengths, 0, sizeof(session->lengths));
    session->token = token;
    session->held = NULL;
    session->parked = NULL;
    session->aside = NULL;
    session->first_object = 0;
    session->active = 0;
    session->tokens = atomic_load(&token->members[0].tokens);
    token_count_first(token, session->flags);
    return true;
}

void
session_follow(struct token *(*successor)(CK_SLOT_ID slot))
{
    session_rebuild(keep, &successor);
}

void
session_forget_all(void)
{
    session_rebuild(NULL, NULL);
}
