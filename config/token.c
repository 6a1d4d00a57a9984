/* SPDX-License-Identifier: BSD-3-Clause */
/* Checks the list `tokens` and numbers the slots. */
#include "config/token.h"

#include "config/match.h"
#include "config/member.h"
#include "config/pin.h"
#include "config/repeat.h"

#include <stdlib.h>
#include <string.h>

const struct config_pool config_pool_default = {
    .mode = POOL_OPERATION,
    .wait_ms = 30 * 1000,
    .idle_ms = 5 * 60 * 1000,
    .lifetime_ms = 60 * 60 * 1000,
    .check_after_ms = 30 * 1000,
};

/* Nobody would log in for it, and the token would look as if it had no PIN. */
static void
token_check_login(struct config_reader *reader, unsigned line,
                  const struct config_token *token)
{
    for (size_t i = 0; token->auto_login && i < token->n_members; i++) {
        const struct config_member *member = &token->members[i];

        if (token->pin.kind != PIN_UNSET || member->pin.kind != PIN_UNSET ||
            member->match.has_pin_source)
            continue;
        config_reader_mistake(reader, line,
                              "auto_login is true and member %zu has no pin; "
                              "add %s, or remove auto_login",
                              i + 1, "pin = \"file:/...\"");
        return;
    }
}

void
config_token_check(struct config_reader *reader, const config_setting_t *group,
                   const void *element)
{
    const struct config_token *token = element;

    if (token->n_members == 0)
        config_reader_mistake(
            reader, config_reader_line(group),
            "members is empty; add { module = \"...\"; match = "
            "\"pkcs11:...\"; }");
    members_check(reader, config_reader_line(group), token,
                  config_setting_get_member(group, "write") != NULL);
    token_check_login(reader, config_reader_line(group), token);
}

/* A token whose label is missing or wrong is still reported on. */
static const char *
token_title(const struct config_token *token)
{
    return token->label == NULL ? "" : token->label;
}

static int
label_compare(const void *a, const void *b)
{
    const struct config_token *left = a;
    const struct config_token *right = b;

    return strcmp(left->label, right->label);
}

static void
label_report(struct config_reader *reader, const struct repeat_item *first,
             const struct repeat_item *again)
{
    const struct config_token *earlier = first->thing;
    const struct config_token *token = again->thing;

    config_reader_mistake(
        reader, token->line,
        "token \"%s\": line %u defines a token with that label; "
        "choose another label",
        token->label, earlier->line);
}

static int
slot_compare(const void *a, const void *b)
{
    const struct config_token *left = a;
    const struct config_token *right = b;

    return (left->slot > right->slot) - (left->slot < right->slot);
}

static void
slot_report(struct config_reader *reader, const struct repeat_item *first,
            const struct repeat_item *again)
{
    const struct config_token *earlier = first->thing;
    const struct config_token *token = again->thing;

    config_reader_mistake(
        reader, token->line,
        "token \"%s\": slot %lu is also that of the token in line "
        "%u; choose another number",
        token_title(token), token->slot, earlier->line);
}

static int
rule_compare(const void *a, const void *b)
{
    const struct config_member *left = a;
    const struct config_member *right = b;
    int order = strcmp(left->module->name, right->module->name);

    return order != 0 ? order
                      : config_match_compare(&left->match, &right->match);
}

/* R6.2: one token of a module serves one configured token, or logins mix. */
static void
rule_report(struct config_reader *reader, const struct repeat_item *first,
            const struct repeat_item *again)
{
    const struct config_member *earlier = first->thing;
    const struct config_member *member = again->thing;
    const struct config_token *token = again->owner;
    const struct config_token *other = first->owner;

    config_reader_mistake(
        reader, member->line,
        "token \"%s\": the member selects the same token of \"%s\" "
        "as that of token \"%s\" in line %u; correct the match of "
        "one of them",
        token_title(token), member->module->name, token_title(other),
        earlier->line);
}

static bool
slot_is_given(const struct config_token *token)
{
    return token->slot != CK_UNAVAILABLE_INFORMATION;
}

/*
 * A token without a number gets that of its position, counted from 1; where
 * that is taken, by a number in the file or a token before it, the next that
 * is free. So none is above twice the number of tokens.
 */
static bool
slots_number(struct config *config)
{
    size_t n_numbers = 2 * config->n_tokens + 1;
    bool *taken = calloc(n_numbers, sizeof(*taken));

    if (taken == NULL)
        return false;
    for (size_t i = 0; i < config->n_tokens; i++)
        if (config->tokens[i].slot < n_numbers)
            taken[config->tokens[i].slot] = true;
    for (size_t i = 0; i < config->n_tokens; i++) {
        CK_SLOT_ID number = i + 1;

        if (slot_is_given(&config->tokens[i]))
            continue;
        while (taken[number])
            number++;
        config->tokens[i].slot = number;
        taken[number] = true;
    }
    free(taken);
    return true;
}

static void
rules_check(struct config_reader *reader)
{
    const struct config *config = reader->config;
    struct repeat_item *items;
    size_t n_items = 0;

    for (size_t i = 0; i < config->n_tokens; i++)
        n_items += config->tokens[i].n_members;
    items = calloc(n_items + 1, sizeof(*items));
    if (items == NULL) {
        config_reader_no_memory(reader);
        return;
    }
    n_items = 0;
    for (size_t i = 0; i < config->n_tokens; i++) {
        const struct config_token *token = &config->tokens[i];

        for (size_t j = 0; j < token->n_members; j++)
            if (token->members[j].module != NULL &&
                token->members[j].match.uri != NULL)
                items[n_items++] =
                    (struct repeat_item){ .thing = &token->members[j],
                                          .owner = token };
    }
    repeat_find(reader, items, n_items, rule_compare, rule_report);
    free(items);
}

/* A pin of the member's own comes before that of its rule. */
static bool
members_take_pins(struct config_token *token)
{
    for (size_t i = 0; i < token->n_members; i++) {
        struct config_member *member = &token->members[i];

        if (member->pin.kind != PIN_UNSET || !member->match.has_pin_source)
            continue;
        member->pin.text = strdup(member->match.uri);
        if (member->pin.text == NULL)
            return false;
        member->pin.kind = PIN_URI;
    }
    return true;
}

static void
migration_settle(struct config_reader *reader, struct config_token *token)
{
    /* There is nothing to choose (R9.3). */
    token->write = WRITE_PRIMARY;
    /* By default it is another one for each user. */
    if (reader->config->state_dir == NULL)
        config_reader_mistake(reader, token->line,
                              "token \"%s\": mode \"migrate\" wants state_dir, "
                              "where all processes see what has moved; add "
                              "state_dir = \"/var/lib/p11mux\", which all of "
                              "them can read",
                              token_title(token));
}

void
config_tokens_check(struct config_reader *reader)
{
    struct config *config = reader->config;
    struct repeat_item *items = calloc(config->n_tokens + 1, sizeof(*items));
    size_t n_items = 0;

    if (items == NULL) {
        config_reader_no_memory(reader);
        return;
    }
    for (size_t i = 0; i < config->n_tokens; i++)
        if (config->tokens[i].label != NULL)
            items[n_items++].thing = &config->tokens[i];
    repeat_find(reader, items, n_items, label_compare, label_report);
    n_items = 0;
    for (size_t i = 0; i < config->n_tokens; i++)
        if (slot_is_given(&config->tokens[i]))
            items[n_items++].thing = &config->tokens[i];
    repeat_find(reader, items, n_items, slot_compare, slot_report);
    free(items);
    rules_check(reader);
    for (size_t i = 0; i < config->n_tokens; i++) {
        struct config_token *token = &config->tokens[i];

        if (!members_take_pins(token) || !members_order(token))
            config_reader_no_memory(reader);
        if (token->mode == GROUP_MIGRATE)
            migration_settle(reader, token);
    }
    if (!slots_number(config))
        config_reader_no_memory(reader);
}

void
config_token_clear(struct config_token *token)
{
    free(token->label);
    free(token->serial);
    free(token->manufacturer);
    free(token->model);
    config_pin_clear(&token->pin);
    config_pin_clear(&token->so_pin);
    for (size_t i = 0; i < token->n_members; i++) {
        config_match_clear(&token->members[i].match);
        config_pin_clear(&token->members[i].pin);
    }
    free(token->members);
}
