/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects that are copied, as rows of a report. */
#include "cli/copy-row.h"

#include "cli/member-row.h"
#include "cli/memory.h"
#include "cli/object-cells.h"
#include "common/names.h"

#include <stdlib.h>

enum column {
    COLUMN_FROM = OBJECT_CELLS,
    COLUMN_TO,
    COLUMN_STATE,
    COLUMN_STATE_SHOWN,
    COLUMN_WAY,
    COLUMN_REASON,
    COLUMN_FUNCTION,
    COLUMN_CODE,
    COLUMN_ATTRIBUTE,
    COLUMN_SILENT,
    COLUMN_WORDS,
    N_COLUMNS
};

static const struct report_column columns[N_COLUMNS] = {
    OBJECT_COLUMNS,
    [COLUMN_FROM] = { .name = "from", .heading = "FROM" },
    [COLUMN_TO] = { .name = "to", .heading = "TO" },
    [COLUMN_STATE] = { .name = "state" },
    [COLUMN_STATE_SHOWN] = { .heading = "STATE" },
    [COLUMN_WAY] = { .name = "way" },
    [COLUMN_REASON] = { .name = "reason" },
    [COLUMN_FUNCTION] = { .name = "function" },
    [COLUMN_CODE] = { .name = "code" },
    [COLUMN_ATTRIBUTE] = { .name = "attribute" },
    [COLUMN_SILENT] = { .name = "not_shown", .is_list = true },
    [COLUMN_WORDS] = { .name = "words", .heading = "HOW, OR WHY NOT" },
};

struct report *
copy_report_new(void)
{
    return report_new(columns, N_COLUMNS);
}

static void
set_text(struct report *report, enum column column, char *text)
{
    report_set_text(report, column, text);
    free(text);
}

/* Which member said so is told by its place: one is asked to wrap, the other to
 * unwrap. */
static void
set_reason(struct report *report, const struct transfer_outcome *outcome)
{
    const struct transfer_text *verdict = &transfer_verdicts[outcome->verdict];
    char code[NAME_LENGTH] = "", attribute[NAME_LENGTH] = "";
    bool has_both = outcome->function != NULL && outcome->has_attribute;

    report_set_text(report, COLUMN_REASON, verdict->name);
    if (outcome->function != NULL) {
        (void)name_of(NAME_CKR, outcome->rv, code);
        report_set_text(report, COLUMN_FUNCTION, outcome->function);
        report_set_text(report, COLUMN_CODE, code);
    }
    if (outcome->has_attribute) {
        (void)name_of(NAME_CKA, outcome->attribute, attribute);
        report_set_text(report, COLUMN_ATTRIBUTE, attribute);
    }
    set_text(report, COLUMN_WORDS,
             memory_text("%s%s%s%s%s%s%s", verdict->words,
                         outcome->has_attribute ? ": " : "", attribute,
                         has_both                    ? ", "
                         : outcome->function != NULL ? ": "
                                                     : "",
                         outcome->function == NULL ? "" : outcome->function,
                         outcome->function == NULL ? "" : " there: ", code));
}

/* What the original may not, and its copy may for all that is known. */
static void
set_silent(struct report *report, const struct transfer_outcome *outcome)
{
    char *words = memory_text("%s; false here, and not known there:",
                              transfer_ways[outcome->way].words);

    for (unsigned i = 0; i < outcome->n_silent; i++) {
        char name[NAME_LENGTH];
        char *more = memory_text("%s%s %s", words, i > 0 ? "," : "",
                                 name_of(NAME_CKA, outcome->silent[i], name));

        report_set_text(report, COLUMN_SILENT, name);
        free(words);
        words = more;
    }
    set_text(report, COLUMN_WORDS, words);
}

/* How it is copied, or why not; of what is only there there is nothing to be
 * said. */
static void
set_outcome(struct report *report, const struct transfer_outcome *outcome)
{
    const struct transfer_text *way = &transfer_ways[outcome->way];

    if (outcome->verdict != TRANSFER_FINE) {
        set_reason(report, outcome);
        return;
    }
    report_set_text(report, COLUMN_WAY, way->name);
    if (outcome->n_silent == 0)
        report_set_text(report, COLUMN_WORDS, way->words);
    else
        set_silent(report, outcome);
}

void
copy_row_add(struct report *report, const struct copy_row *row)
{
    report_add_row(report);
    object_cells_set(report, row->session, row->object, row->identity);
    set_text(report, COLUMN_FROM, member_name(row->from));
    if (row->to != NULL)
        set_text(report, COLUMN_TO, member_name(row->to));
    report_set_text(report, COLUMN_STATE, row->state->name);
    report_set_text(report, COLUMN_STATE_SHOWN, row->state->words);
    set_outcome(report, &row->outcome);
}
