/* SPDX-License-Identifier: BSD-3-Clause */
/* What records are counted by, and how the counts are shown. */
#include "cli/audit-tally.h"

#include "cli/group.h"
#include "cli/memory.h"
#include "cli/message.h"

#include <stdlib.h>
#include <string.h>

enum { SHORT_LENGTH = 32, HOUR_LENGTH = 13, FINGERPRINT_LENGTH = 16 };

/* -- What there is to count by -------------------------------------------- */

/* A column of what the records of a group have in common. */
struct dimension {
    const char *by; /* as the option says it */
    size_t field;   /* of the entry */
    void (*shorten)(const char *text, char out[SHORT_LENGTH]); /* or NULL */
    struct report_column column;
};

static void
shorten_hour(const char *text, char out[SHORT_LENGTH])
{
    (void)snprintf(out, SHORT_LENGTH, "%.*s:00Z", HOUR_LENGTH, text);
}

/* As p11mux objects does. */
static void
shorten_fingerprint(const char *text, char out[SHORT_LENGTH])
{
    (void)snprintf(out, SHORT_LENGTH, "%.*s", FINGERPRINT_LENGTH, text);
}

#define FIELD(name) offsetof(struct log_entry, name)

static const struct dimension dimensions[] = {
    { .by = "event",
      .field = FIELD(event),
      .column.name = "event",
      .column.heading = "EVENT" },
    { .by = "token",
      .field = FIELD(token),
      .column.name = "token",
      .column.heading = "TOKEN" },
    { .by = "key",
      .field = FIELD(key.label),
      .column.name = "key_label",
      .column.heading = "KEY" },
    { .by = "key",
      .field = FIELD(key.id),
      .column.name = "key_id",
      .column.heading = "ID" },
    { .by = "key",
      .field = FIELD(key.fingerprint),
      .column.name = "key_fingerprint" },
    { .by = "key",
      .field = FIELD(key.fingerprint),
      .shorten = shorten_fingerprint,
      .column.heading = "FINGERPRINT" },
    { .by = "program",
      .field = FIELD(exe),
      .column.name = "program",
      .column.heading = "PROGRAM" },
    { .by = "user",
      .field = FIELD(user),
      .column.name = "user",
      .column.heading = "USER" },
    { .by = "hour",
      .field = FIELD(time),
      .shorten = shorten_hour,
      .column.name = "hour",
      .column.heading = "HOUR" },
};

enum { N_DIMENSIONS = sizeof(dimensions) / sizeof(dimensions[0]) };

static const struct report_column counts[] = {
    { .name = "records", .heading = "RECORDS", .is_number = true },
    { .name = "failures", .heading = "FAILED", .is_number = true },
    { .name = "denied", .heading = "DENIED", .is_number = true },
    { .name = "p50_us", .heading = "P50 \xc2\xb5s", .is_number = true },
    { .name = "p95_us", .heading = "P95 \xc2\xb5s", .is_number = true },
    { .name = "p99_us", .heading = "P99 \xc2\xb5s", .is_number = true },
    { .name = "max_us", .heading = "MAX \xc2\xb5s", .is_number = true },
};

enum { N_COUNTS = sizeof(counts) / sizeof(counts[0]) };

static const unsigned percents[] = { 50, 95, 99, 100 };

/* -- Groups --------------------------------------------------------------- */

struct tally {
    const struct dimension *chosen[N_DIMENSIONS];
    unsigned n_chosen;
    bool is_by_hour;
    struct report_column columns[N_DIMENSIONS + N_COUNTS];
    struct group_table *groups;
    uint64_t n_records;
};

static bool
is_known(const char *by)
{
    for (size_t i = 0; i < N_DIMENSIONS; i++)
        if (strcmp(dimensions[i].by, by) == 0)
            return true;
    message_error("audit stats: \"%s\" is nothing to count by; there are "
                  "event, token, key, program, user and hour",
                  by);
    return false;
}

static bool
is_asked_for(const struct request *request, const char *by)
{
    for (size_t i = 0; i < request->n_given; i++)
        if (request->given[i].option == OPTION_BY &&
            strcmp(request->given[i].value, by) == 0)
            return true;
    return !request->is_given[OPTION_BY] && strcmp(by, "event") == 0;
}

struct tally *
tally_new(const struct request *request)
{
    struct tally *tally;

    for (size_t i = 0; i < request->n_given; i++)
        if (request->given[i].option == OPTION_BY &&
            !is_known(request->given[i].value))
            return NULL;
    tally = memory_new(1, sizeof(*tally));
    for (size_t i = 0; i < N_DIMENSIONS; i++) {
        const struct dimension *dimension = &dimensions[i];

        if (!is_asked_for(request, dimension->by))
            continue;
        tally->is_by_hour |= dimension->shorten == shorten_hour;
        tally->columns[tally->n_chosen] = dimension->column;
        tally->chosen[tally->n_chosen++] = dimension;
    }
    memcpy(&tally->columns[tally->n_chosen], counts, sizeof(counts));
    tally->groups = group_table_new(tally->n_chosen, SIZE_MAX);
    return tally;
}

void
tally_free(struct tally *tally)
{
    if (tally == NULL)
        return;
    group_table_free(tally->groups);
    free(tally);
}

void
tally_freep(struct tally **tally)
{
    tally_free(*tally);
}

/* -- Counting ------------------------------------------------------------- */

/* What the record has in common with others; lent. */
static void
find_values(const struct tally *tally, const struct log_entry *entry,
            char buffers[N_DIMENSIONS][SHORT_LENGTH],
            const char *out[N_DIMENSIONS])
{
    for (unsigned i = 0; i < tally->n_chosen; i++) {
        const struct dimension *dimension = tally->chosen[i];

        memcpy(&out[i], (const char *)entry + dimension->field, sizeof(out[i]));
        if (out[i] == NULL || dimension->shorten == NULL)
            continue;
        dimension->shorten(out[i], buffers[i]);
        out[i] = buffers[i];
    }
}

void
tally_add(struct tally *tally, const struct log_entry *entry)
{
    char buffers[N_DIMENSIONS][SHORT_LENGTH];
    const char *values[N_DIMENSIONS];
    struct group *group;

    find_values(tally, entry, buffers, values);
    group = group_table_get(tally->groups, values);
    tally->n_records++;
    group_add(group, entry);
    group_add_latency(group, entry);
}

uint64_t
tally_count(const struct tally *tally)
{
    return tally->n_records;
}

/* -- Reporting ------------------------------------------------------------ */

static void
add_row(struct report *report, unsigned n_values, const struct group *group)
{
    size_t column = 0;

    report_add_row(report);
    while (column < n_values) {
        report_set_text(report, column, group->values[column]);
        column++;
    }
    report_set_number(report, column++, group->n_records);
    report_set_number(report, column++, group->n_failures);
    report_set_number(report, column++, group->n_denied);
    for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++)
        if (group->latency != NULL)
            report_set_number(report, column++,
                              latency_percentile(group->latency, percents[i]));
}

struct report *
tally_report(const struct tally *tally)
{
    struct report *report =
        report_new(tally->columns, tally->n_chosen + N_COUNTS);
    size_t n_groups = group_table_count(tally->groups);
    const struct group **groups =
        group_table_sort(tally->groups, tally->is_by_hour ? GROUP_BY_VALUES
                                                          : GROUP_BY_RECORDS);

    for (size_t i = 0; i < n_groups; i++)
        add_row(report, tally->n_chosen, groups[i]);
    free(groups);
    return report;
}
