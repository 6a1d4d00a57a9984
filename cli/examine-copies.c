/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies between members of groups that were left half way. */
#include "cli/examine.h"

#include "cli/memory.h"
#include "cli/token-name.h"
#include "common/cleanup.h"
#include "router/transfer/journal.h"

static void
add_copy(const struct config *config, const struct journal *journal,
         struct journal_entry *entry, struct findings *findings)
{
    struct error error = { .rv = CKR_OK };
    const struct config_token *rule;

    if (!journal_read_entry(journal, entry, &error)) {
        finding_add(findings, SEVERITY_WARNING, memory_copy(error.text), NULL,
                    NULL);
        return;
    }
    rule = token_name_rule(config, entry->token);
    finding_add(
        findings, SEVERITY_WARNING,
        memory_text("a copy was left half way on a member of token \"%s\" "
                    "(module %s, %s)",
                    entry->token, entry->to.module, entry->to.match),
        memory_text("%s: who made it was ended, or could not tell what has "
                    "come of it",
                    entry->path),
        memory_text("p11mux %s --login \"%s\"",
                    rule != NULL && rule->mode == GROUP_MIGRATE ? "migrate run"
                                                                : "group sync",
                    entry->token));
}

void
examine_copies(const struct config *config, struct findings *findings)
{
    CLEANUP(journal_clear) struct journal journal;
    struct error error = { .rv = CKR_OK };

    /* Who may not read them has not made any. */
    if (!journal_read(config->state_dir, &journal, &error))
        finding_add(findings, SEVERITY_NOTE, memory_copy(error.text), NULL,
                    NULL);
    for (size_t i = 0; i < journal.n_entries; i++)
        add_copy(config, &journal, &journal.entries[i], findings);
}
