/* SPDX-License-Identifier: BSD-3-Clause */
/* The command certs verify: whether the store has what the audit log says. */
#include "cli/audit-damage.h"
#include "cli/audit-files.h"
#include "cli/ledger.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/report.h"
#include "cli/stored.h"
#include "common/cleanup.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum column {
    COLUMN_WHAT,
    COLUMN_TOKEN,
    COLUMN_NUMBER,
    COLUMN_LINE,
    COLUMN_MESSAGE,
    N_COLUMNS
};

static const struct report_column columns[N_COLUMNS] = {
    [COLUMN_WHAT] = { .name = "what" },
    [COLUMN_TOKEN] = { .name = "token" },
    [COLUMN_NUMBER] = { .name = "store" },
    [COLUMN_LINE] = { .name = "line" },
    [COLUMN_MESSAGE] = { .name = "message" },
};

struct work {
    const struct request *request;
    struct stored_list stored;
    struct ledger *ledger;
    struct report *findings;
    struct damage damage;
    uint64_t first_line; /* of the log, where its beginning is not there */
    size_t n_before;     /* certificates that may have been made before it */
};

static void
clear_work(struct work *work)
{
    stored_clear(&work->stored);
    ledger_free(work->ledger);
    report_free(work->findings);
}

/* -- Findings ------------------------------------------------------------- */

/* People get it at once. */
static __attribute__((format(printf, 6, 7))) void
find(struct work *work, const char *what, const char *token, uint64_t number,
     uint64_t line, const char *format, ...)
{
    char *message;
    va_list arguments;

    va_start(arguments, format);
    if (vasprintf(&message, format, arguments) < 0)
        message = NULL;
    va_end(arguments);
    memory_need(message);
    report_add_row(work->findings);
    report_set_text(work->findings, COLUMN_WHAT, what);
    report_set_text(work->findings, COLUMN_TOKEN, token);
    if (number != 0)
        report_set_number(work->findings, COLUMN_NUMBER, number);
    if (line != 0)
        report_set_number(work->findings, COLUMN_LINE, line);
    report_set_text(work->findings, COLUMN_MESSAGE, message);
    if (!work->request->is_given[OPTION_JSON])
        message_error("%s", message);
    free(message);
}

static void
check_stored(struct work *work, const struct stored *stored)
{
    const char *token = stored->token->label;
    const char *subject = stored->subject != NULL ? stored->subject : "?";
    uint64_t number = stored->number;
    struct account *account = ledger_find(work->ledger, token, number);

    if (account != NULL)
        account->is_found = true;
    if (account == NULL || account->made == 0) {
        if (work->first_line > 1)
            work->n_before++;
        else
            find(work, "unknown", token, number, 0,
                 "token \"%s\": certificate %" PRIu64 " (%s) is in the store, "
                 "and no record says that it was made",
                 token, number, subject);
        return;
    }
    if (account->removed != 0)
        find(work, "removed", token, number, account->removed,
             "token \"%s\": certificate %" PRIu64 " (%s) is in the store, and "
             "record %" PRIu64 " says that it was removed",
             token, number, subject, account->removed);
    if (strcmp(account->sha256, stored->sha256) != 0)
        find(work, "changed", token, number, account->made,
             "token \"%s\": certificate %" PRIu64 " (%s) is not the one that "
             "record %" PRIu64 " tells of",
             token, number, subject, account->made);
}

static bool
was_read(const struct work *work, const char *token)
{
    for (size_t i = 0; i < work->stored.n_tokens; i++)
        if (strcmp(work->stored.tokens[i]->label, token) == 0)
            return true;
    return false;
}

static void
check_account(const struct account *account, void *context)
{
    struct work *work = context;

    if (account->is_found || account->removed != 0 ||
        !was_read(work, account->token))
        return;
    find(work, "missing", account->token, account->number, account->made,
         "token \"%s\": certificate %" PRIu64 ", which record %" PRIu64
         " tells of, is not in the store, and no record says that it was "
         "removed",
         account->token, account->number, account->made);
}

/* -- The log -------------------------------------------------------------- */

/* How many there are before the store is read: what comes after that may tell
 * of what was not there yet, or is no more. */
static bool
count_lines(const struct audit_files *files, uint64_t *out, struct error *error)
{
    CLEANUP(lines_freep) struct lines *lines = NULL;
    enum lines_found found;
    struct line line;

    *out = 0;
    if (!lines_open(files->paths, files->n_paths, 0, 0, &lines, error))
        return false;
    while ((found = lines_next(lines, &line, error)) == LINES_LINE)
        *out = line.number;
    return found == LINES_END;
}

static bool
read_log(struct work *work, const struct audit_files *files, uint64_t n_lines,
         struct error *error)
{
    CLEANUP(lines_freep) struct lines *lines = NULL;
    enum lines_found found;
    struct line line;

    if (!lines_open(files->paths, files->n_paths, 0, 0, &lines, error))
        return false;
    while ((found = lines_next(lines, &line, error)) == LINES_LINE) {
        struct log_entry entry;
        enum entry_kind kind = entry_read(&line, &entry);

        if (work->first_line == 0)
            work->first_line = line.number;
        damage_note(&work->damage, kind, line.number);
        if (kind == ENTRY_RECORD || kind == ENTRY_BEHIND_PIECE)
            ledger_note(work->ledger, &entry, line.number > n_lines);
        entry_clear(&entry);
    }
    damage_report(&work->damage, lines);
    return found == LINES_END;
}

/* -- The command ---------------------------------------------------------- */

static bool
is_well(const struct work *work)
{
    return report_count(work->findings) == 0 && work->damage.count == 0;
}

static void
say_number(size_t number, const char *what)
{
    (void)printf("%zu certificate%s %s\n", number, number == 1 ? "" : "s",
                 what);
}

static void
print(const struct work *work)
{
    struct json json = { .stream = stdout };

    if (!work->request->is_given[OPTION_JSON]) {
        if (is_well(work))
            say_number(work->stored.n_items - work->n_before,
                       "in the store, as the log says");
        if (work->n_before > 0)
            say_number(work->n_before,
                       "in the store that may be older than the log");
        return;
    }
    json_begin_object(&json, NULL);
    json_truth(&json, "ok", is_well(work));
    json_number(&json, "tokens", work->stored.n_tokens);
    json_number(&json, "certificates", work->stored.n_items);
    json_number(&json, "before_log", work->n_before);
    json_number(&json, "damaged", work->damage.count);
    report_write_json(work->findings, &json, "findings");
    json_end_object(&json);
}

static void
compare(struct work *work)
{
    for (size_t i = 0; i < work->stored.n_absent; i++)
        find(work, "absent", work->stored.absent[i]->label, 0, 0,
             "token \"%s\" is not there, and its certificates were not "
             "verified",
             work->stored.absent[i]->label);
    for (size_t i = 0; i < work->stored.n_items; i++)
        check_stored(work, &work->stored.items[i]);
    ledger_each(work->ledger, check_account, work);
}

static bool
verify(struct visit *visit, struct error *error)
{
    CLEANUP(clear_work)
    struct work work = { .request = visit->request,
                         .ledger = ledger_new(),
                         .findings = report_new(columns, N_COLUMNS) };
    uint64_t n_lines;

    visit->is_guest = true;
    if (!count_lines(visit->asked, &n_lines, error) ||
        !stored_read(visit, &work.stored, error) ||
        !read_log(&work, visit->asked, n_lines, error))
        return false;
    compare(&work);
    print(&work);
    return is_well(&work);
}

enum status
cmd_certs_verify(const struct request *request)
{
    struct audit_files files;
    enum status status;

    if (!audit_files_find(request, 0, &files))
        return STATUS_WRONG;
    status = visit_run(request, verify, &files);
    audit_files_clear(&files);
    return status;
}
