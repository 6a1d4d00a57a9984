/* SPDX-License-Identifier: BSD-3-Clause */
/* Puts lines together, and says afterwards which of them are in the file. */
#include "audit/batch.h"

#include <string.h>

/* For the records of the log's own: of what was torn, lost and denied. */
enum { OWN_RECORDS = 3, OWN_BYTES = OWN_RECORDS * 8 * 1024 };

void
batch_clear(struct batch *batch)
{
    batch->length = 0;
    batch->n_records = 0;
    batch->is_begun_told = false;
    batch->is_half_told = false;
    batch->begins_torn = false;
}

bool
batch_has_room(const struct batch *batch, size_t length)
{
    return batch->n_records + OWN_RECORDS < BATCH_RECORDS &&
           batch->length + length + OWN_BYTES < BATCH_BYTES;
}

enum batch_fill
batch_news(struct batch *batch)
{
    if (!batch->is_half_told && (batch->n_records >= BATCH_RECORDS / 2 ||
                                 batch->length >= BATCH_BYTES / 2)) {
        batch->is_begun_told = batch->is_half_told = true;
        return BATCH_HALF_FULL;
    }
    if (!batch->is_begun_told) {
        batch->is_begun_told = true;
        return BATCH_BEGUN;
    }
    return BATCH_AS_BEFORE;
}

void
batch_add(struct batch *batch, struct audit_place *place, const char *body,
          size_t length, const struct batch_record *record)
{
    struct batch_record *its = &batch->records[batch->n_records];
    char *head = batch->bytes + batch->length;
    size_t head_length;

    if (batch->n_records == 0)
        batch->first = *place;
    head_length = audit_line_head(place, head);
    memcpy(head + head_length, body, length);
    head[head_length + length] = '\n';
    *its = *record;
    audit_line_hash(head, head_length + length, its->hash);
    batch->length += head_length + length + 1;
    its->end = batch->length;
    batch->n_records++;
    place->n++;
    memcpy(place->prev, its->hash, sizeof(place->prev));
}

size_t
batch_count_kept(const struct batch *batch, size_t written)
{
    size_t n = 0;

    while (n < batch->n_records && batch->records[n].end <= written)
        n++;
    return n;
}

bool
batch_is_torn(const struct batch *batch, size_t written)
{
    size_t n = batch_count_kept(batch, written);

    if (written == 0)
        return batch->begins_torn;
    return n == 0 || batch->records[n - 1].end != written;
}

struct audit_place
batch_place_after(const struct batch *batch, size_t n_kept)
{
    struct audit_place place = batch->first;

    if (n_kept > 0) {
        place.n += n_kept;
        memcpy(place.prev, batch->records[n_kept - 1].hash, sizeof(place.prev));
    }
    return place;
}

void
batch_answer(struct batch_record *record, bool is_kept,
             struct batch_sleepers *sleepers)
{
    struct batch_waiter *waiter = record->waiter;
    const void *word;

    if (waiter == NULL)
        return;
    record->waiter = NULL;
    waiter->is_done = true;
    waiter->is_kept = is_kept;
    if (waiter->leads) /* who leads is awake */
        return;
    word = wake_tell(&waiter->wake);
    if (word != NULL)
        sleepers->words[sleepers->n++] = word;
}

void
batch_wake(const struct batch_sleepers *sleepers)
{
    for (size_t i = 0; i < sleepers->n; i++)
        wake_call(sleepers->words[i]);
}

void
batch_forget_waiter(struct batch *batch, const struct batch_waiter *waiter)
{
    for (size_t i = 0; i < batch->n_records; i++)
        if (batch->records[i].waiter == waiter)
            batch->records[i].waiter = NULL;
}
