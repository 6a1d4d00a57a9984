/* SPDX-License-Identifier: BSD-3-Clause */
/* Checks and orders the members of a token. */
#include "config/member.h"

#include <stdlib.h>

static void
check_weights(struct config_reader *reader, unsigned line,
              const struct config_token *token)
{
    for (size_t i = 0; i < token->n_members; i++) {
        size_t weight = token->members[i].weight;

        if (weight > MOST_WEIGHT)
            config_reader_mistake(reader, line,
                                  "the weight of member %zu is %zu; give at "
                                  "most %d",
                                  i + 1, weight, MOST_WEIGHT);
        else if (weight > 1 && token->mode != GROUP_BALANCE)
            config_reader_mistake(reader, line,
                                  "member %zu has a weight, which is for mode "
                                  "\"balance\" only; remove it, or add mode = "
                                  "\"balance\"",
                                  i + 1);
    }
}

static void
check_standby(struct config_reader *reader, unsigned line,
              const struct config_token *token)
{
    size_t n_standby = 0;

    for (size_t i = 0; i < token->n_members; i++)
        n_standby += token->members[i].is_standby ? 1 : 0;
    if (n_standby > 0 && token->mode == GROUP_MIGRATE)
        config_reader_mistake(reader, line,
                              "standby is true for a member, which mode "
                              "\"migrate\" does not know; remove it, the roles "
                              "say who comes first");
    else if (n_standby > 0 && n_standby == token->n_members)
        config_reader_mistake(reader, line,
                              "standby is true for every member; remove it "
                              "from those that are to serve");
}

/* -- Roles ------------------------------------------------------------------
 */

static size_t
count_role(const struct config_token *token, enum member_role role)
{
    size_t count = 0;

    for (size_t i = 0; i < token->n_members; i++)
        count += token->members[i].role == role ? 1 : 0;
    return count;
}

/* Objects move from one member to one other. */
static void
check_migration(struct config_reader *reader, unsigned line,
                const struct config_token *token, bool has_write)
{
    if (token->n_members == 0)
        return; /* it is a mistake already */
    if (token->n_members != MIGRATE_MEMBERS)
        config_reader_mistake(reader, line,
                              "mode \"migrate\" takes two members and %s %zu; "
                              "give the one that objects come from and the one "
                              "that they go to",
                              token->n_members == 1 ? "there is" : "there are",
                              token->n_members);
    else if (count_role(token, ROLE_NEW) != 1 ||
             count_role(token, ROLE_OLD) != 1)
        config_reader_mistake(reader, line,
                              "mode \"migrate\" wants to know which member is "
                              "which; add role = \"new\" to the one that "
                              "objects go to, and role = \"old\" to the other");
    if (has_write)
        config_reader_mistake(reader, line,
                              "write is for mode \"failover\" and "
                              "\"balance\"; remove it, in mode \"migrate\" "
                              "all is made on the new member");
}

static void
check_roles(struct config_reader *reader, unsigned line,
            const struct config_token *token)
{
    for (size_t i = 0; i < token->n_members; i++)
        if (token->members[i].role != ROLE_NONE)
            config_reader_mistake(reader, line,
                                  "member %zu has a role, which is for mode "
                                  "\"migrate\" only; remove it, or add mode = "
                                  "\"migrate\"",
                                  i + 1);
}

/* -- All of it ---------------------------------------------------------------
 */

static void
check_number(struct config_reader *reader, unsigned line,
             const struct config_token *token)
{
    bool is_single = token->mode == GROUP_SINGLE;

    if (is_single && token->n_members > 1)
        config_reader_mistake(reader, line,
                              "mode \"single\" takes one member and there are "
                              "%zu; keep one of them, or add mode = "
                              "\"failover\" or \"balance\"",
                              token->n_members);
    if (!is_single && token->n_members == 1)
        config_reader_mistake(reader, line,
                              "mode \"%s\" takes at least two members "
                              "and there is one; add another, or remove mode",
                              token->mode == GROUP_BALANCE ? "balance"
                                                           : "failover");
    if (token->n_members > MOST_MEMBERS)
        config_reader_mistake(reader, line,
                              "there are %zu members; keep at most %d",
                              token->n_members, MOST_MEMBERS);
}

void
members_check(struct config_reader *reader, unsigned line,
              const struct config_token *token, bool has_write)
{
    check_weights(reader, line, token);
    check_standby(reader, line, token);
    if (token->mode == GROUP_MIGRATE) {
        check_migration(reader, line, token, has_write);
        return;
    }
    if (token->buries)
        config_reader_mistake(reader, line,
                              "tombstones is true, which is for mode "
                              "\"migrate\" only; remove it, or add mode = "
                              "\"migrate\"");
    check_roles(reader, line, token);
    check_number(reader, line, token);
}

/* How late it comes. */
static int
rank(const struct config_member *member)
{
    return member->is_standby || member->role == ROLE_OLD ? 1 : 0;
}

bool
members_order(struct config_token *token)
{
    struct config_member *ordered =
        calloc(token->n_members + 1, sizeof(*ordered));
    size_t n_ordered = 0;

    if (ordered == NULL)
        return false;
    for (int its_rank = 0; its_rank < 2; its_rank++)
        for (size_t i = 0; i < token->n_members; i++)
            if (rank(&token->members[i]) == its_rank)
                ordered[n_ordered++] = token->members[i];
    free(token->members);
    token->members = ordered;
    return true;
}
