/* SPDX-License-Identifier: BSD-3-Clause */
/* A record's place among the records of its run: what its line begins with. */
#ifndef AUDIT_LINK_H
#define AUDIT_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINK_BYTES = 16 };

struct link {
    unsigned char run[LINK_BYTES];
    uint64_t n;
    unsigned char prev[LINK_BYTES];
    bool is_torn; /* the record that closes off a line that is not whole */
    bool is_checkpoint; /* the record of one that is about to be made */
};

/* Reads the link of a line that is a whole record. */
bool link_read(const char *line, size_t length, struct link *out);

/*
 * Where the record that is in the line begins: behind 0 only where it was
 * appended to what another process left of a line. `length`: nowhere.
 */
size_t link_find(const char *line, size_t length);

/* Whose record it was that a line holds the beginning of; false when it is too
 * short to say. */
bool link_read_run(const char *line, size_t length,
                   unsigned char out[LINK_BYTES]);

/* Whether writes that ended early may have left it. */
bool link_is_beginning(const char *line, size_t length);

#endif
