/* SPDX-License-Identifier: BSD-3-Clause */
/* Groups of records in a hash table. */
#include "cli/group.h"

#include "cli/memory.h"

#include <stdlib.h>
#include <string.h>

enum { FEWEST_PLACES = 64 };

struct group_table {
    unsigned n_values;
    size_t limit;
    struct group **groups; /* as they were met */
    size_t count;
    size_t *places; /* open addressing; the number of a group and one */
    size_t n_places;
    uint64_t n_left_out;
};

struct group_table *
group_table_new(unsigned n_values, size_t limit)
{
    struct group_table *table = memory_new(1, sizeof(*table));

    table->n_values = n_values;
    table->limit = limit;
    table->n_places = FEWEST_PLACES;
    table->places = memory_new(FEWEST_PLACES, sizeof(*table->places));
    return table;
}

void
group_table_free(struct group_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->count; i++) {
        if (table->groups[i]->latency != NULL)
            latency_clear(table->groups[i]->latency);
        free(table->groups[i]->latency);
        free(table->groups[i]);
    }
    free(table->groups);
    free(table->places);
    free(table);
}

void
group_table_freep(struct group_table **table)
{
    group_table_free(*table);
}

static const char *
text_of(const char *value)
{
    return value == NULL ? "" : value;
}

/* FNV-1a, of the texts with their ends. */
static uint64_t
hash_of(const char *const *values, unsigned n_values)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (unsigned i = 0; i < n_values; i++) {
        const char *text = text_of(values[i]);

        do
            hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
        while (*text++ != '\0');
    }
    return hash;
}

static bool
is_group(const struct group *group, const char *const *values,
         unsigned n_values)
{
    for (unsigned i = 0; i < n_values; i++)
        if (strcmp(text_of(group->values[i]), text_of(values[i])) != 0)
            return false;
    return true;
}

/* The place that holds the group, or an empty one. */
static size_t *
find_place(const struct group_table *table, uint64_t hash,
           const char *const *values)
{
    size_t place = (size_t)(hash ^ hash >> 32);

    for (;; place++) {
        size_t *found = &table->places[place & (table->n_places - 1)];
        const struct group *group;

        if (*found == 0)
            return found;
        group = table->groups[*found - 1];
        if (group->hash == hash && is_group(group, values, table->n_values))
            return found;
    }
}

/* At most half of the places are taken. */
static void
make_room(struct group_table *table)
{
    if (2 * (table->count + 1) <= table->n_places)
        return;
    free(table->places);
    table->n_places *= 2;
    table->places = memory_new(table->n_places, sizeof(*table->places));
    for (size_t i = 0; i < table->count; i++) {
        const struct group *group = table->groups[i];

        *find_place(table, group->hash, (const char *const *)group->values) =
            i + 1;
    }
}

/* Its texts stand behind it. */
static struct group *
new_group(const char *const *values, unsigned n_values)
{
    size_t room = sizeof(struct group) + n_values * sizeof(char *);
    struct group *group;
    char *at;

    for (unsigned i = 0; i < n_values; i++)
        room += strlen(text_of(values[i])) + 1;
    group = memory_new(1, room);
    at = (char *)&group->values[n_values];
    for (unsigned i = 0; i < n_values; i++) {
        size_t length = strlen(text_of(values[i])) + 1;

        memcpy(at, text_of(values[i]), length);
        group->values[i] = values[i] == NULL ? NULL : at;
        at += length;
    }
    return group;
}

struct group *
group_table_get(struct group_table *table, const char *const *values)
{
    uint64_t hash = hash_of(values, table->n_values);
    size_t *place = find_place(table, hash, values);
    struct group *group;

    if (*place != 0)
        return table->groups[*place - 1];
    if (table->count == table->limit) {
        table->n_left_out++;
        return NULL;
    }
    make_room(table);
    group = new_group(values, table->n_values);
    group->hash = hash;
    group->number = table->count;
    table->groups =
        memory_grow(table->groups, table->count, sizeof(*table->groups));
    table->groups[table->count++] = group;
    *find_place(table, hash, values) = table->count;
    return group;
}

const struct group *
group_table_find(const struct group_table *table, const char *const *values)
{
    size_t place = *find_place(table, hash_of(values, table->n_values), values);

    return place == 0 ? NULL : table->groups[place - 1];
}

size_t
group_table_count(const struct group_table *table)
{
    return table->count;
}

uint64_t
group_table_left_out(const struct group_table *table)
{
    return table->n_left_out;
}

/* -- In order ------------------------------------------------------------- */

static int
compare_values(const void *left, const void *right, void *context)
{
    const struct group *a = *(const struct group *const *)left;
    const struct group *b = *(const struct group *const *)right;
    const unsigned *n_values = context;

    for (unsigned i = 0; i < *n_values; i++) {
        int order = strcmp(text_of(a->values[i]), text_of(b->values[i]));

        if (order != 0)
            return order;
    }
    return 0;
}

static int
compare_records(const void *left, const void *right, void *context)
{
    const struct group *a = *(const struct group *const *)left;
    const struct group *b = *(const struct group *const *)right;

    if (a->n_records != b->n_records)
        return a->n_records < b->n_records ? 1 : -1;
    return compare_values(left, right, context);
}

const struct group **
group_table_sort(const struct group_table *table, enum group_order order)
{
    const struct group **sorted;
    unsigned n_values = table->n_values;

    if (table->count == 0)
        return NULL;
    sorted = memory_new(table->count, sizeof(struct group *));
    memcpy(sorted, table->groups, table->count * sizeof(struct group *));
    qsort_r(sorted, table->count, sizeof(struct group *),
            order == GROUP_BY_VALUES ? compare_values : compare_records,
            &n_values);
    return sorted;
}

/* -- Counting ------------------------------------------------------------- */

static bool
is_outcome(const struct log_entry *entry, const char *outcome)
{
    return entry->outcome != NULL && strcmp(entry->outcome, outcome) == 0;
}

/* Times of the form that p11mux writes are in the order of their texts. */
static void
note_time(struct group *group, const char *time)
{
    if (strlen(time) != CLOCK_TEXT_LENGTH)
        return;
    if (group->first[0] == '\0' || strcmp(time, group->first) < 0)
        memcpy(group->first, time, CLOCK_TEXT_LENGTH + 1);
    if (strcmp(time, group->last) > 0)
        memcpy(group->last, time, CLOCK_TEXT_LENGTH + 1);
}

void
group_add(struct group *group, const struct log_entry *entry)
{
    group->n_records++;
    group->n_failures += is_outcome(entry, "failure");
    group->n_denied += is_outcome(entry, "denied");
    note_time(group, entry->time);
}

void
group_add_latency(struct group *group, const struct log_entry *entry)
{
    if (!entry->has_us)
        return;
    if (group->latency == NULL)
        group->latency = memory_new(1, sizeof(*group->latency));
    latency_add(group->latency, entry->us);
}
