/* SPDX-License-Identifier: BSD-3-Clause */
/* Shows what is still used on old members. */
#include "cli/status-uses.h"

#include "cli/hex.h"
#include "cli/memory.h"
#include "cli/object-row.h"
#include "cli/report.h"
#include "common/cleanup.h"
#include "common/clock.h"

#include <string.h>

static const struct report_column columns[] = {
    { .heading = "TOKEN" },   { .heading = "USED ON OLD" },
    { .heading = "LABEL" },   { .heading = "FINGERPRINT" },
    { .heading = "PROGRAM" }, { .heading = "USES", .is_number = true },
    { .heading = "LAST" },
};

char *
use_class_text(const struct total_use *use)
{
    return use->is_others
               ? NULL
               : object_class_text((CK_OBJECT_CLASS)use->sums.object_class);
}

char *
use_fingerprint_text(const struct total_use *use)
{
    static const unsigned char none[COUNTERS_FINGERPRINT];

    return memcmp(use->sums.fingerprint, none, sizeof(none)) == 0
               ? NULL
               : hex_text(use->sums.fingerprint, COUNTERS_FINGERPRINT);
}

static void
add_row(struct report *report, const struct total_token *token,
        const struct total_use *use)
{
    CLEANUP(freep) char *object_class = use_class_text(use);
    CLEANUP(freep) char *fingerprint = use_fingerprint_text(use);
    CLEANUP(freep) char *last = NULL;
    char time[CLOCK_TEXT_LENGTH + 1];

    clock_format_us(use->sums.grown_us, time);
    last = memory_text("%.19sZ", time);
    report_add_row(report);
    report_set_text(report, 0, token->label);
    report_set_text(report, 1, use->is_others ? "others" : object_class);
    report_set_text(report, 2, use->sums.label);
    report_set_text(report, 3, fingerprint);
    report_set_text(report, 4, use->program);
    report_set_number(report, 5, use->sums.count);
    report_set_text(report, 6, last);
}

void
status_print_uses(const struct total *total, FILE *stream)
{
    CLEANUP(report_freep)
    struct report *report =
        report_new(columns, sizeof(columns) / sizeof(columns[0]));
    size_t n_uses = 0;

    for (size_t i = 0; i < total->n_tokens; i++)
        for (size_t k = 0; k < total->tokens[i].n_uses; k++, n_uses++)
            add_row(report, &total->tokens[i], &total->tokens[i].uses[k]);
    if (n_uses == 0)
        return;
    (void)fputc('\n', stream);
    report_print_table(report, stream);
}

static void
write_use(struct json *json, const struct total_use *use)
{
    CLEANUP(freep) char *object_class = use_class_text(use);
    CLEANUP(freep) char *fingerprint = use_fingerprint_text(use);
    char time[CLOCK_TEXT_LENGTH + 1];

    clock_format_us(use->sums.grown_us, time);
    json_begin_object(json, NULL);
    json_text(json, "program", use->program);
    json_truth(json, "others", use->is_others);
    json_text(json, "class", object_class);
    json_text(json, "label", use->is_others ? NULL : use->sums.label);
    json_text(json, "fingerprint", fingerprint);
    json_number(json, "count", use->sums.count);
    json_text(json, "last", time);
    json_end_object(json);
}

void
status_json_uses(struct json *json, const struct total_token *token)
{
    json_begin_list(json, "old_uses");
    for (size_t i = 0; i < token->n_uses; i++)
        write_use(json, &token->uses[i]);
    json_end_list(json);
}
