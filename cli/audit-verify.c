/* SPDX-License-Identifier: BSD-3-Clause */
/* The command audit verify: whether a log is what was written. */
#include "audit/base64.h"
#include "audit/verify.h"
#include "cli/audit-files.h"
#include "cli/audit-key.h"
#include "cli/json.h"
#include "cli/message.h"
#include "common/cleanup.h"

#include <inttypes.h>

/* Records that no checkpoint stands for, of those that are there. */
static uint64_t
count_open(const struct verify_result *result)
{
    return result->n_lines - (result->n_covered > result->n_absent
                                  ? result->n_covered
                                  : result->n_absent);
}

/* Of the log's beginning, where it was removed. */
static void
print_absent(const struct verify_result *result)
{
    if (result->n_absent == 0)
        return;
    (void)printf("records 1 to %" PRIu64
                 " are not there and were not verified; ",
                 result->n_absent);
    if (result->n_covered >= result->n_absent)
        (void)printf("the checkpoint of \"%s\" stands for them\n",
                     result->origin);
    else
        (void)puts("no checkpoint stands for them");
    if (result->n_begun > 0)
        (void)printf("%" PRIu64 " runs had begun in them\n", result->n_begun);
}

static void
print_json(const struct verify_result *result, const struct note_key *key)
{
    struct json json = { .stream = stdout };
    char root[BASE64_LENGTH(SHA256_LENGTH) + 1];

    base64_write(result->root.bytes, SHA256_LENGTH, root);
    json_begin_object(&json, NULL);
    json_truth(&json, "ok", result->n_findings == 0);
    json_number(&json, "records", result->n_lines);
    json_number(&json, "absent", result->n_absent);
    json_number(&json, "runs", result->n_runs);
    json_number(&json, "runs_begun_before", result->n_begun);
    json_number(&json, "unfinished", result->n_unfinished);
    json_number(&json, "checkpoints", result->n_checkpoints);
    json_number(&json, "covered", result->n_covered);
    json_number(&json, "not_covered", count_open(result));
    json_truth(&json, "signatures_checked", key != NULL);
    json_text(&json, "origin", result->n_covered > 0 ? result->origin : NULL);
    json_text(&json, "root", root);
    json_begin_list(&json, "findings");
    for (size_t i = 0; i < result->n_findings; i++) {
        const struct verify_finding *finding = &result->findings[i];

        json_begin_object(&json, NULL);
        json_text(&json, "what", verify_word(finding->fault.kind));
        if (finding->fault.line > 0)
            json_number(&json, "line", finding->fault.line);
        else
            json_null(&json, "line");
        if (finding->fault.other > 0)
            json_number(&json, "other_line", finding->fault.other);
        else
            json_null(&json, "other_line");
        json_text(&json, "message", finding->text);
        json_end_object(&json);
    }
    json_end_list(&json);
    json_end_object(&json);
}

static void
print(const struct verify_result *result, const struct note_key *key)
{
    uint64_t n_open = count_open(result);

    print_absent(result);
    if (result->n_findings == 0)
        (void)printf("%" PRIu64 " records of %" PRIu64
                     " runs, as they were written\n",
                     result->n_lines - result->n_absent, result->n_runs);
    if (result->n_unfinished > 0)
        (void)printf("%" PRIu64 " lines are not whole: their processes were "
                     "killed while they wrote\n",
                     result->n_unfinished);
    if (result->n_covered > 0)
        (void)printf("the last checkpoint of \"%s\" covers %" PRIu64
                     " records, %s\n",
                     result->origin, result->n_covered,
                     key != NULL ? "signed by the key"
                                 : "whose signature was not checked: no --key");
    if (n_open > 0)
        (void)printf("%" PRIu64 " records are not covered by a checkpoint\n",
                     n_open);
    for (size_t i = 0; i < result->n_findings; i++)
        message_error("%s", result->findings[i].text);
}

/* Whether all is well; what is not is said. */
static bool
verify(const struct request *request, const struct audit_files *files)
{
    CLEANUP(note_key_freep) struct note_key *key = NULL;
    struct verify_request asked = {
        .paths = files->paths,
        .n_paths = files->n_paths,
        .since = request->values[OPTION_SINCE],
        .is_rest = request->is_given[OPTION_REST],
    };
    struct verify_result result;
    struct error error = { 0 };

    if (!crypto_open(&error) ||
        !audit_key_read_verifier(request, OPTION_KEY, &key, &error)) {
        message_error("%s", error.text);
        return false;
    }
    asked.key = key;
    if (!verify_run(&asked, &result, &error)) {
        message_error("%s", error.text);
        return false;
    }
    if (request->is_given[OPTION_JSON])
        print_json(&result, key);
    else
        print(&result, key);
    return result.n_findings == 0;
}

enum status
cmd_audit_verify(const struct request *request)
{
    struct audit_files files;
    bool is_well;

    if (!audit_files_find(request, 0, &files))
        return STATUS_WRONG;
    is_well = verify(request, &files);
    audit_files_clear(&files);
    return is_well ? STATUS_FINE : STATUS_WRONG;
}
