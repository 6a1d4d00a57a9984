/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A record as its line: one JSON object, in two parts. The body can be written
 * before it is known where in its run the record will be; the head says that.
 */
#ifndef AUDIT_LINE_H
#define AUDIT_LINE_H

#include "audit/event.h"
#include "audit/program.h"

#include <sys/types.h>

enum {
    AUDIT_RUN_LENGTH = 16,
    AUDIT_PREV_LENGTH = 16,
    AUDIT_HEAD_LENGTH = 128,
    AUDIT_BODY_LENGTH = 6 * 1024,   /* without a detail */
    AUDIT_DETAIL_LENGTH = 48 * 1024 /* the longest there may be */
};

/* Which record of which run it is, and what stands before it there. */
struct audit_place {
    unsigned char run[AUDIT_RUN_LENGTH];
    uint64_t n;
    unsigned char prev[AUDIT_PREV_LENGTH];
};

/* The length of what was written: always less than the room. */
size_t audit_line_head(const struct audit_place *place,
                       char out[AUDIT_HEAD_LENGTH]);

/* Before the first of its records: writes what is the same in all of them. */
void audit_line_prepare(struct audit_program *program);

/* The rest of the line, without its newline; `room` is AUDIT_BODY_LENGTH and
 * what the detail takes. */
size_t audit_line_body(const struct audit_event *event,
                       const struct audit_program *program,
                       const struct audit_user *user, char *out, size_t room);

/* What follows the line in its run has this for `prev`. */
void audit_line_hash(const char *line, size_t length,
                     unsigned char out[AUDIT_PREV_LENGTH]);

#endif
