/* SPDX-License-Identifier: BSD-3-Clause */
/* Groups of records, in a tree by what each has in common. */
#include "cli/audit-tally.h"

#include "cli/latency.h"
#include "cli/memory.h"
#include "cli/message.h"

#include <search.h>
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

struct group {
    char *values[N_DIMENSIONS]; /* of the chosen ones; NULL: nothing */
    unsigned n_values;
    uint64_t n_records;
    uint64_t n_failures;
    uint64_t n_denied;
    struct latency latency;
};

struct tally {
    const struct dimension *chosen[N_DIMENSIONS];
    unsigned n_chosen;
    bool is_by_hour;
    struct report_column columns[N_DIMENSIONS + N_COUNTS];
    void *tree; /* of tsearch(3) */
    uint64_t n_records;
};

static int
compare_groups(const void *left, const void *right)
{
    const struct group *a = left;
    const struct group *b = right;

    for (unsigned i = 0; i < a->n_values; i++) {
        const char *one = a->values[i] == NULL ? "" : a->values[i];
        const char *other = b->values[i] == NULL ? "" : b->values[i];
        int order = strcmp(one, other);

        if (order != 0)
            return order;
    }
    return 0;
}

static void
free_group(void *pointer)
{
    struct group *group = pointer;

    for (unsigned i = 0; i < group->n_values; i++)
        free(group->values[i]);
    latency_clear(&group->latency);
    free(group);
}

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
    return tally;
}

void
tally_free(struct tally *tally)
{
    if (tally == NULL)
        return;
    tdestroy(tally->tree, free_group);
    free(tally);
}

void
tally_freep(struct tally **tally)
{
    tally_free(*tally);
}

/* -- Counting ------------------------------------------------------------- */

/* The group of a record, with its values lent. */
static void
find_values(const struct tally *tally, const struct log_entry *entry,
            char buffers[N_DIMENSIONS][SHORT_LENGTH], struct group *out)
{
    out->n_values = tally->n_chosen;
    for (unsigned i = 0; i < tally->n_chosen; i++) {
        const struct dimension *dimension = tally->chosen[i];

        memcpy(&out->values[i], (const char *)entry + dimension->field,
               sizeof(out->values[i]));
        if (out->values[i] == NULL || dimension->shorten == NULL)
            continue;
        dimension->shorten(out->values[i], buffers[i]);
        out->values[i] = buffers[i];
    }
}

static struct group *
get_group(struct tally *tally, struct group *found)
{
    struct group **place = tfind(found, &tally->tree, compare_groups);
    struct group *group;

    if (place != NULL)
        return *place;
    group = memory_new(1, sizeof(*group));
    group->n_values = found->n_values;
    for (unsigned i = 0; i < found->n_values; i++)
        group->values[i] = memory_copy(found->values[i]);
    memory_need(tsearch(group, &tally->tree, compare_groups));
    return group;
}

void
tally_add(struct tally *tally, const struct log_entry *entry)
{
    char buffers[N_DIMENSIONS][SHORT_LENGTH];
    struct group found, *group;
    const char *outcome = entry->outcome == NULL ? "" : entry->outcome;

    find_values(tally, entry, buffers, &found);
    group = get_group(tally, &found);
    tally->n_records++;
    group->n_records++;
    group->n_failures += strcmp(outcome, "failure") == 0;
    group->n_denied += strcmp(outcome, "denied") == 0;
    if (entry->has_us)
        latency_add(&group->latency, entry->us);
}

uint64_t
tally_count(const struct tally *tally)
{
    return tally->n_records;
}

/* -- Reporting ------------------------------------------------------------ */

struct collected {
    const struct group **groups;
    size_t count;
};

/* As the tree goes: each once, in its order. */
static void
collect(const void *node, VISIT visit, void *closure)
{
    struct collected *collected = closure;

    if (visit != postorder && visit != leaf)
        return;
    collected->groups = memory_grow(collected->groups, collected->count,
                                    sizeof(*collected->groups));
    collected->groups[collected->count++] = *(struct group *const *)node;
}

static int
compare_sizes(const void *left, const void *right)
{
    const struct group *a = *(const struct group *const *)left;
    const struct group *b = *(const struct group *const *)right;

    if (a->n_records != b->n_records)
        return a->n_records < b->n_records ? 1 : -1;
    return compare_groups(a, b);
}

static void
add_row(struct report *report, const struct group *group)
{
    size_t column = 0;

    report_add_row(report);
    while (column < group->n_values) {
        report_set_text(report, column, group->values[column]);
        column++;
    }
    report_set_number(report, column++, group->n_records);
    report_set_number(report, column++, group->n_failures);
    report_set_number(report, column++, group->n_denied);
    for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++)
        if (group->latency.count > 0)
            report_set_number(report, column++,
                              latency_percentile(&group->latency, percents[i]));
}

struct report *
tally_report(const struct tally *tally)
{
    struct report *report =
        report_new(tally->columns, tally->n_chosen + N_COUNTS);
    struct collected collected = { .groups = NULL };

    twalk_r(tally->tree, collect, &collected);
    if (!tally->is_by_hour && collected.count > 0)
        qsort(collected.groups, collected.count, sizeof(*collected.groups),
              compare_sizes);
    for (size_t i = 0; i < collected.count; i++)
        add_row(report, collected.groups[i]);
    free(collected.groups);
    return report;
}
