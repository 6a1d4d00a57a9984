/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines of an audit log that are no whole records. */
#include "cli/audit-damage.h"

#include "cli/message.h"

#include <inttypes.h>

void
damage_note(struct damage *damage, enum entry_kind kind, uint64_t line)
{
    if (kind != ENTRY_DAMAGED && kind != ENTRY_BEHIND_PIECE)
        return;
    if (damage->count++ == 0)
        damage->first = line;
}

void
damage_report(const struct damage *damage, const struct lines *lines)
{
    const char *path;
    uint64_t number;

    if (damage->count == 0)
        return;
    lines_place(lines, damage->first, true, &path, &number);
    message_error("%s: line %" PRIu64 " is no whole record, as %" PRIu64
                  " of those that were read are not; \"p11mux audit verify\" "
                  "says what happened to them",
                  path, number, damage->count);
}
