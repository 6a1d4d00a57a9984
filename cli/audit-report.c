/* SPDX-License-Identifier: BSD-3-Clause */
/* The command audit report: a log verified and counted, as a page for an
 * auditor. */
#include "audit/verify.h"
#include "cli/account.h"
#include "cli/audit-files.h"
#include "cli/audit-key.h"
#include "cli/dossier.h"
#include "cli/message.h"
#include "cli/page-file.h"
#include "cli/progress.h"
#include "common/cleanup.h"

#include <inttypes.h>
#include <stdatomic.h>

static void
write_dossier(FILE *stream, const void *context)
{
    dossier_write(stream, context);
}

/* -- The log --------------------------------------------------------------- */

static void
describe(const void *context, char *out, size_t room)
{
    const struct account *account = context;

    (void)snprintf(out, room, "reading line %" PRIu64,
                   atomic_load(&account->n_lines));
}

/* For people at a terminal: the same in a few words. */
static void
print(const char *path, const struct dossier *dossier)
{
    const struct verify_result *result = dossier->result;

    if (dossier->failure != NULL)
        message_error("%s", dossier->failure);
    for (size_t i = 0; i < result->n_findings; i++)
        message_error("%s", result->findings[i].text);
    (void)printf("%s: a report of %" PRIu64 " records\n", path,
                 dossier->account->n_records);
}

static bool
report(const struct request *request, const struct verify_request *asked,
       struct account *account, const char *key)
{
    const char *path = request->values[OPTION_HTML];
    const struct verify_witness witness = { account_look, account };
    struct verify_result result;
    struct error error = { 0 };
    struct dossier dossier = {
        .request = request, .account = account, .result = &result, .key = key
    };
    struct progress *progress = progress_begin(describe, account);
    bool is_read = verify_run_before(&witness, asked, &result, &error);
    struct timespec now;

    progress_end(progress);
    if (!is_read && account->n_files == 0) {
        message_error("%s", error.text);
        return false;
    }
    dossier.failure = is_read ? NULL : error.text;
    clock_gettime(CLOCK_REALTIME, &now);
    clock_format(now, dossier.made);
    if (!page_file_write(path, write_dossier, &dossier))
        return false;
    print(path, &dossier);
    return is_read && result.n_findings == 0;
}

/* With the key, if there is one. */
static bool
report_files(const struct request *request, const struct filter *filter,
             const struct audit_files *files)
{
    CLEANUP(note_key_freep) struct note_key *key = NULL;
    CLEANUP(account_freep) struct account *account = account_new(filter);
    struct verify_request asked = {
        .paths = files->paths,
        .n_paths = files->n_paths,
        .since = request->values[OPTION_KEPT],
        .is_rest = request->is_given[OPTION_REST],
    };
    char text[NOTE_KEY_TEXT_LENGTH];
    struct error error = { 0 };

    if (!crypto_open(&error) ||
        !audit_key_read_verifier(request, OPTION_VERIFIER, &key, &error)) {
        message_error("%s", error.text);
        return false;
    }
    asked.key = key;
    if (key != NULL)
        note_key_write_verifier(key, text);
    return report(request, &asked, account, key == NULL ? NULL : text);
}

enum status
cmd_audit_report(const struct request *request)
{
    struct audit_files files;
    struct filter filter;
    bool is_well;

    if (!request->is_given[OPTION_HTML]) {
        message_error("audit report: --html FILE is missing; it says where the "
                      "page goes");
        return STATUS_USAGE;
    }
    if (!filter_read(request, &filter))
        return STATUS_USAGE;
    if (!page_file_check(request, OPTION_HTML) ||
        !audit_files_find(request, 0, &files))
        return STATUS_WRONG;
    is_well = report_files(request, &filter, &files);
    audit_files_clear(&files);
    return is_well ? STATUS_FINE : STATUS_WRONG;
}
