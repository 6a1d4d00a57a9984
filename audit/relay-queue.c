/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies lines into a ring and out of it. */
#include "audit/relay-queue.h"

#include <stdlib.h>
#include <string.h>

bool
relay_queue_begin(struct relay_queue *queue, size_t room)
{
    *queue = (struct relay_queue){ .ring = malloc(room), .room = room };
    return queue->ring != NULL;
}

void
relay_queue_end(struct relay_queue *queue)
{
    free(queue->ring);
    queue->ring = NULL;
}

/* Those that are a record: the line end behind a torn line ends none. Begins
 * with the byte before, and leaves the last one there. */
static size_t
count_records(const char *lines, size_t length, char *before)
{
    size_t n = 0;

    for (size_t i = 0; i < length; i++) {
        n += lines[i] == '\n' && *before != '\n';
        *before = lines[i];
    }
    return n;
}

static void
append(struct relay_queue *queue, const char *bytes, size_t length)
{
    size_t end = (queue->first + queue->length) % queue->room;
    size_t before = queue->room - end < length ? queue->room - end : length;

    memcpy(queue->ring + end, bytes, before);
    memcpy(queue->ring, bytes + before, length - before);
    queue->length += length;
}

size_t
relay_queue_put(struct relay_queue *queue, const char *lines, size_t length)
{
    size_t room = queue->room - queue->length;
    size_t taken = length;
    char before = '\n';

    if (length > room) {
        const char *last = memrchr(lines, '\n', room);

        taken = last == NULL ? 0 : (size_t)(last + 1 - lines);
    }
    append(queue, lines, taken);
    return count_records(lines + taken, length - taken, &before);
}

/* The bytes that wait stand in one piece or in two. */
static size_t
first_piece(const struct relay_queue *queue)
{
    size_t piece = queue->room - queue->first;

    return piece < queue->length ? piece : queue->length;
}

static size_t
line_length(const struct relay_queue *queue)
{
    size_t piece = first_piece(queue);
    const char *end = memchr(queue->ring + queue->first, '\n', piece);

    if (end != NULL)
        return (size_t)(end - queue->ring) - queue->first;
    end = memchr(queue->ring, '\n', queue->length - piece);
    return piece + (size_t)(end - queue->ring);
}

bool
relay_queue_take(struct relay_queue *queue, char *out, size_t room,
                 size_t *out_length)
{
    size_t length, kept, piece;

    if (queue->length == 0)
        return false;
    length = line_length(queue);
    kept = length < room ? length : room;
    piece =
        queue->room - queue->first < kept ? queue->room - queue->first : kept;
    memcpy(out, queue->ring + queue->first, piece);
    memcpy(out + piece, queue->ring, kept - piece);
    queue->first = (queue->first + length + 1) % queue->room;
    queue->length -= length + 1;
    *out_length = kept;
    return true;
}

size_t
relay_queue_count(const struct relay_queue *queue)
{
    size_t piece = first_piece(queue);
    char before = '\n';
    size_t n = count_records(queue->ring + queue->first, piece, &before);

    return n + count_records(queue->ring, queue->length - piece, &before);
}
