/* SPDX-License-Identifier: BSD-3-Clause */
/* What an audit log says of the certificates in the store. */
#include "cli/ledger.h"

#include "cli/memory.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ledger {
    void *root; /* of the C library's tree of struct account */
};

static int
compare(const void *a, const void *b)
{
    const struct account *one = a, *other = b;
    int order = strcmp(one->token, other->token);

    if (order != 0 || one->number == other->number)
        return order;
    return one->number < other->number ? -1 : 1;
}

static void
free_account(void *item)
{
    struct account *account = item;

    free(account->token);
    free(account);
}

struct ledger *
ledger_new(void)
{
    return memory_new(1, sizeof(struct ledger));
}

void
ledger_free(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    tdestroy(ledger->root, free_account);
    free(ledger);
}

void
ledger_freep(struct ledger **ledger)
{
    ledger_free(*ledger);
}

struct account *
ledger_find(struct ledger *ledger, const char *token, uint64_t number)
{
    struct account wanted = { .token = (char *)(uintptr_t)token,
                              .number = number };
    struct account **found = tfind(&wanted, &ledger->root, compare);

    return found == NULL ? NULL : *found;
}

static struct account *
get(struct ledger *ledger, const char *token, uint64_t number)
{
    struct account *account = ledger_find(ledger, token, number);

    if (account != NULL)
        return account;
    account = memory_new(1, sizeof(*account));
    account->token = memory_copy(token);
    account->number = number;
    memory_need(tsearch(account, &ledger->root, compare));
    return account;
}

/* -- Records -------------------------------------------------------------- */

/* C_InitToken: the token begins anew. */
struct renewal {
    const char *token;
    uint64_t line;
};

static void
renew(const void *node, VISIT which, void *context)
{
    struct account *account = *(struct account *const *)node;
    const struct renewal *renewal = context;

    if ((which == postorder || which == leaf) && account->removed == 0 &&
        strcmp(account->token, renewal->token) == 0)
        account->removed = renewal->line;
}

static bool
is_event(const struct log_entry *entry, const char *event)
{
    return strcmp(entry->event, event) == 0;
}

static void
note_certificate(struct ledger *ledger, const struct log_entry *entry,
                 bool is_late)
{
    struct account *account =
        get(ledger, entry->token, entry->certificate_number);

    if (is_event(entry, "destroy")) {
        if (!is_late)
            account->removed = entry->line;
        account->is_found = account->is_found || is_late;
        return;
    }
    account->is_found = account->is_found || is_late;
    account->made = entry->line;
    if (entry->certificate_sha256 != NULL)
        (void)snprintf(account->sha256, sizeof(account->sha256), "%s",
                       entry->certificate_sha256);
}

void
ledger_note(struct ledger *ledger, const struct log_entry *entry, bool is_late)
{
    struct renewal renewal = { entry->token, entry->line };

    if (entry->token == NULL || entry->outcome == NULL ||
        strcmp(entry->outcome, "success") != 0)
        return;
    if (entry->has_certificate_number)
        note_certificate(ledger, entry, is_late);
    else if (is_event(entry, "init-token") && !is_late)
        twalk_r(ledger->root, renew, &renewal);
}

/* -- All of them ---------------------------------------------------------- */

struct walk {
    ledger_visit *visit;
    void *context;
};

static void
walk(const void *node, VISIT which, void *context)
{
    const struct walk *walk = context;

    if (which == postorder || which == leaf)
        walk->visit(*(struct account *const *)node, walk->context);
}

void
ledger_each(struct ledger *ledger, ledger_visit *visit, void *context)
{
    struct walk each = { visit, context };

    twalk_r(ledger->root, walk, &each);
}
