/* SPDX-License-Identifier: BSD-3-Clause */
/* The command audit show: the records of a log, for people or programs. */
#include "audit/checkpoint.h"
#include "cli/audit-damage.h"
#include "cli/audit-files.h"
#include "cli/audit-filter.h"
#include "cli/audit-follow.h"
#include "cli/audit-row.h"
#include "cli/audit-tail.h"
#include "cli/message.h"
#include "cli/terminal.h"
#include "common/cleanup.h"

#include <string.h>

/* A table is printed in parts, so that a long log takes no memory. */
enum { ROWS_AT_ONCE = 256 };

struct show {
    struct filter filter;
    struct table *table; /* NULL: JSON */
    unsigned n_rows;     /* that are not printed yet */
    struct tail *tail;   /* NULL: all lines are shown */
    bool follows;
    uint64_t last; /* line that was read */
    struct damage damage;
};

static void
flush_rows(struct show *show)
{
    if (show->table != NULL)
        table_print(show->table, stdout);
    show->n_rows = 0;
}

static void
print_entry(struct show *show, enum entry_kind kind,
            const struct log_entry *entry, bool fits)
{
    damage_note(&show->damage, kind, entry->line);
    if (show->table == NULL) {
        if (fits) {
            (void)fwrite(entry->text, 1, entry->length, stdout);
            (void)fputc('\n', stdout);
        }
        return;
    }
    if (kind != ENTRY_RECORD)
        row_add_other(show->table, entry->line,
                      kind == ENTRY_UNFINISHED ? "unfinished" : "damaged");
    if (fits)
        row_add(show->table, entry);
    if (++show->n_rows >= ROWS_AT_ONCE)
        flush_rows(show);
}

/* Damaged lines are shown whatever is asked for: nobody knows what they
 * were. */
static void
take_line(struct show *show, const struct line *line)
{
    struct log_entry entry;
    enum entry_kind kind;
    bool fits;

    if (line->length == 0 || (show->follows && !line->is_whole))
        return; /* what is followed may still become whole */
    if (show->tail != NULL && filter_is_empty(&show->filter)) {
        tail_add(show->tail, line);
        return;
    }
    kind = entry_read(line, &entry);
    fits = (kind == ENTRY_RECORD || kind == ENTRY_BEHIND_PIECE) &&
           filter_fits(&show->filter, &entry);
    if (!fits && kind == ENTRY_RECORD)
        ; /* it is not asked for */
    else if (show->tail != NULL)
        tail_add(show->tail, line);
    else
        print_entry(show, kind, &entry, fits);
    entry_clear(&entry);
}

static void
show_tail(struct show *show)
{
    struct tail *tail = show->tail;
    struct line line;

    show->tail = NULL;
    while (tail != NULL && tail_take(tail, &line))
        take_line(show, &line);
    tail_free(tail);
}

static bool
follow(struct show *show, const struct lines *lines, struct error *error)
{
    CLEANUP(follow_freep) struct follow *follow = NULL;
    const struct sequence *sequence = lines_sequence(lines);
    const struct sequence_file *log = &sequence->files[sequence->n_files - 1];
    struct line line;

    if (log->path == NULL || log->is_compressed)
        return error_set(
            error, CKR_FUNCTION_FAILED, "%s: cannot be followed: %s",
            log->path == NULL ? sequence->log : log->path,
            log->path == NULL
                ? "it is not there; wait until a process has made "
                  "it anew"
                : "nothing is appended to it; give the log itself");
    if (!follow_new(log, show->last, &follow, error))
        return false;
    do {
        while (follow_next(follow, &line))
            take_line(show, &line);
        flush_rows(show);
    } while (fflush(stdout) == 0 && follow_wait(follow));
    return true;
}

/* The last of them, or all: until standard output takes no more. */
static bool
show_files(struct show *show, const struct audit_files *files,
           struct error *error)
{
    CLEANUP(lines_freep) struct lines *lines = NULL;
    enum lines_found found;
    struct line line;
    bool is_shown;

    if (!lines_open(files->paths, files->n_paths, 0, 0, &lines, error))
        return false;
    while ((found = lines_next(lines, &line, error)) == LINES_LINE &&
           ferror(stdout) == 0) {
        take_line(show, &line);
        if (line.is_whole)
            show->last = line.number;
    }
    show_tail(show);
    flush_rows(show);
    is_shown =
        found != LINES_FAILED && (!show->follows || follow(show, lines, error));
    damage_report(&show->damage, lines);
    return is_shown;
}

static bool
read_limit(const struct request *request, struct show *show)
{
    const char *word = request->values[OPTION_LIMIT];
    uint64_t limit;

    if (!request->is_given[OPTION_LIMIT])
        return true;
    if (checkpoint_read_number(word, strlen(word), &limit)) {
        show->tail = tail_new(limit);
        return true;
    }
    message_error("audit show: \"%s\" is not a number of records", word);
    return false;
}

enum status
cmd_audit_show(const struct request *request)
{
    struct show show = { .follows = request->is_given[OPTION_FOLLOW] };
    struct audit_files files;
    struct error error = { 0 };
    enum status status;

    if (!filter_read(request, &show.filter) || !read_limit(request, &show))
        return STATUS_USAGE;
    if (!request->is_given[OPTION_JSON]) {
        show.table = table_new(row_columns, ROW_COLUMNS);
        table_limit(show.table, terminal_width());
    }
    status = STATUS_WRONG;
    if (audit_files_find(request, 0, &files)) {
        if (!show_files(&show, &files, &error))
            message_error("%s", error.text);
        else if (show.damage.count == 0)
            status = STATUS_FINE;
        audit_files_clear(&files);
    }
    table_free(show.table);
    return status;
}
