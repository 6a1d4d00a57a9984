/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines that wait in a ring of bytes; whoever uses it sees to the lock. */
#ifndef AUDIT_RELAY_QUEUE_H
#define AUDIT_RELAY_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct relay_queue {
    char *ring;
    size_t room;
    size_t first; /* of the bytes that wait */
    size_t length;
};

bool relay_queue_begin(struct relay_queue *queue, size_t room);
void relay_queue_end(struct relay_queue *queue);

/* Takes whole lines, as many as there is room for; how many records it did
 * not. Empty lines are none. */
size_t relay_queue_put(struct relay_queue *queue, const char *lines,
                       size_t length);

/* Takes the next line out, without its newline, and its length; one that is
 * longer than `room` is cut. False: none waits. */
bool relay_queue_take(struct relay_queue *queue, char *out, size_t room,
                      size_t *out_length);

/* How many records wait. */
size_t relay_queue_count(const struct relay_queue *queue);

#endif
