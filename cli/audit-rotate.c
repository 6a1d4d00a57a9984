/* SPDX-License-Identifier: BSD-3-Clause */
/* The command audit rotate: an audit log goes on in a new file. */
#include "audit/rotation.h"
#include "cli/audit-files.h"
#include "cli/audit-key.h"
#include "cli/holder.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/report.h"
#include "common/cleanup.h"
#include "config/size.h"

#include <inttypes.h>

enum column { COLUMN_PID, COLUMN_PROGRAM, N_COLUMNS };

static const struct report_column columns[N_COLUMNS] = {
    [COLUMN_PID] = { "pid", "Process", .is_number = true },
    [COLUMN_PROGRAM] = { "program", "Program", .is_number = false },
};

static struct report *
report_holders(const struct holders *holders)
{
    struct report *report = report_new(columns, N_COLUMNS);

    for (size_t i = 0; i < holders->count; i++) {
        report_add_row(report);
        report_set_number(report, COLUMN_PID, holders->items[i].pid);
        report_set_text(report, COLUMN_PROGRAM, holders->items[i].program);
    }
    return report;
}

static void
print_json(const char *path, const struct rotation_result *result,
           const struct holders *holders, bool is_signed)
{
    CLEANUP(report_freep) struct report *report = report_holders(holders);
    struct json json = { .stream = stdout };

    json_begin_object(&json, NULL);
    json_text(&json, "file", path);
    json_text(&json, "moved_to", result->path);
    json_number(&json, "size", result->signed_as.checkpoint.size);
    json_truth(&json, "signed", is_signed);
    report_write_json(report, &json, "writers");
    json_truth(&json, "all_processes_seen", holders->is_whole);
    json_end_object(&json);
}

static void
print(const char *path, const struct rotation_result *result,
      const struct holders *holders, bool is_signed)
{
    CLEANUP(report_freep) struct report *report = report_holders(holders);

    if (result->path == NULL) {
        (void)printf("%s: stays as it is\n", path);
        return;
    }
    (void)printf("%s: goes on; what was there is %s, checkpoint of %" PRIu64
                 " records, %s\n",
                 path, result->path, result->signed_as.checkpoint.size,
                 is_signed ? "signed" : "not signed: no key");
    if (holders->count > 0)
        (void)printf("\nThese processes have %s open for writing still, until "
                     "their next record;\nit must not be compressed or removed "
                     "before:\n\n",
                     result->path);
    report_print_table(report, stdout);
    if (!holders->is_whole)
        (void)puts("\nNot all processes could be looked at: root may.");
}

static bool
read_size(const struct request *request, uint64_t *out, struct error *error)
{
    const char *text = request->values[OPTION_IF_LARGER];

    return !request->is_given[OPTION_IF_LARGER] || size_parse(text, out) ||
           error_set(
               error, CKR_ARGUMENTS_BAD,
               "--if-larger: \"%s\" is no size; give one such as " SIZE_EXAMPLE,
               text);
}

static bool
rotate(const struct request *request, const struct audit_files *files,
       struct error *error)
{
    const char *path = files->paths[0];
    CLEANUP(note_key_freep) struct note_key *key = NULL;
    char name[NOTE_NAME_LENGTH + 1];
    struct rotation_request asked = {
        .signer = { .path = path,
                    .origin = name,
                    .patience_ms = SIGNER_PATIENCE_MS },
        .moved = request->values[OPTION_MOVED],
    };
    struct rotation_result result;
    struct holders holders = { .is_whole = true };

    checkpoint_name_log(name);
    if (!read_size(request, &asked.least, error) || !crypto_open(error) ||
        !audit_key_read(request, files->key, &key, error))
        return false;
    asked.signer.key = key;
    asked.signer.sinks = files->sinks;
    if (!rotation_run(&asked, &result, error))
        return false;
    if (result.path != NULL)
        holders_find(&result.entry, &holders);
    if (request->is_given[OPTION_JSON])
        print_json(path, &result, &holders, key != NULL);
    else
        print(path, &result, &holders, key != NULL);
    holders_clear(&holders);
    free(result.path);
    return true;
}

enum status
cmd_audit_rotate(const struct request *request)
{
    struct audit_files files;
    struct error error = { 0 };
    bool is_done;

    if (!audit_files_find(request, 0, &files))
        return STATUS_WRONG;
    is_done = rotate(request, &files, &error);
    if (!is_done)
        message_error("%s", error.text);
    audit_files_clear(&files);
    return is_done ? STATUS_FINE : STATUS_WRONG;
}
