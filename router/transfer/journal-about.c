/* SPDX-License-Identifier: BSD-3-Clause */
/* Files of the state folder by the member that they are about. */
#include "router/token.h"
#include "router/transfer/journal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool
journal_is_about(const struct journal_entry *entry, const struct member *member)
{
    struct journal_member its = journal_member_of(member);

    return strcmp(entry->to.module, its.module) == 0 &&
           strcmp(entry->to.match, its.match) == 0;
}

/* It was removed since the folder was read. */
static bool
is_over(const struct journal_entry *entry)
{
    return access(entry->path, F_OK) != 0 && errno == ENOENT;
}

bool
journal_read_about(struct journal *journal, const struct member *member,
                   journal_doubt *is_astray, struct error *error)
{
    size_t kept = 0;
    bool is_clear = true;

    for (size_t i = 0; i < journal->n_entries; i++) {
        struct journal_entry *entry = &journal->entries[i];
        bool is_read = journal_read_entry(journal, entry, error);

        if (is_read ? is_astray != NULL && is_astray(entry, member, error)
                    : !is_over(entry))
            is_clear = false;
        if (!is_read || !journal_is_about(entry, member)) {
            journal_entry_clear(entry);
            continue;
        }
        if (kept != i)
            journal->entries[kept] = *entry;
        kept++;
    }
    journal->n_entries = kept;
    return is_clear;
}
