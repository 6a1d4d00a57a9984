/* SPDX-License-Identifier: BSD-3-Clause */
/* The command audit stats: the records of a log, counted. */
#include "cli/audit-damage.h"
#include "cli/audit-files.h"
#include "cli/audit-filter.h"
#include "cli/audit-tally.h"
#include "cli/message.h"
#include "common/cleanup.h"

#include <inttypes.h>

static bool
count_files(const struct audit_files *files, const struct filter *filter,
            struct tally *tally, struct damage *damage, struct error *error)
{
    CLEANUP(lines_freep) struct lines *lines = NULL;
    enum lines_found found;
    struct line line;

    if (!lines_open(files->paths, files->n_paths, 0, 0, &lines, error))
        return false;
    while ((found = lines_next(lines, &line, error)) == LINES_LINE) {
        struct log_entry entry;
        enum entry_kind kind = entry_read(&line, &entry);

        damage_note(damage, kind, line.number);
        if ((kind == ENTRY_RECORD || kind == ENTRY_BEHIND_PIECE) &&
            filter_fits(filter, &entry))
            tally_add(tally, &entry);
        entry_clear(&entry);
    }
    damage_report(damage, lines);
    return found == LINES_END;
}

static void
print(const struct request *request, const struct tally *tally,
      const struct damage *damage)
{
    CLEANUP(report_freep) struct report *report = tally_report(tally);
    struct json json = { .stream = stdout };

    if (!request->is_given[OPTION_JSON]) {
        report_print_table(report, stdout);
        (void)printf("%" PRIu64 " records\n", tally_count(tally));
        return;
    }
    json_begin_object(&json, NULL);
    json_number(&json, "records", tally_count(tally));
    json_number(&json, "damaged", damage->count);
    report_write_json(report, &json, "groups");
    json_end_object(&json);
}

enum status
cmd_audit_stats(const struct request *request)
{
    CLEANUP(tally_freep) struct tally *tally = NULL;
    struct damage damage = { 0 };
    struct audit_files files;
    struct filter filter;
    struct error error = { 0 };
    bool is_read;

    if (!filter_read(request, &filter) || (tally = tally_new(request)) == NULL)
        return STATUS_USAGE;
    if (!audit_files_find(request, 0, &files))
        return STATUS_WRONG;
    is_read = count_files(&files, &filter, tally, &damage, &error);
    audit_files_clear(&files);
    if (is_read)
        print(request, tally, &damage);
    else
        message_error("%s", error.text);
    return is_read && damage.count == 0 ? STATUS_FINE : STATUS_WRONG;
}
