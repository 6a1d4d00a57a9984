/* SPDX-License-Identifier: BSD-3-Clause */
/* A record of an audit log, as it is read back (p11mux-audit(5)). */
#ifndef CLI_AUDIT_ENTRY_H
#define CLI_AUDIT_ENTRY_H

#include "audit/lines.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each text is NULL where the record says null, or nothing. */
struct entry_key {
    const char *object_class;
    const char *type;
    const char *label;
    const char *id;
    const char *fingerprint;
};

struct log_entry {
    void *json; /* of the library, or the copy: the texts are lent from it */
    char *copy;
    uint64_t line;
    const char *text; /* as it stands in the log; lent as the line is */
    size_t length;
    const char *run;
    const char *time; /* such texts are in the order of the times */
    const char *event;
    const char *function;
    const char *outcome;
    const char *rv;
    const char *token;
    struct entry_key key;
    const char *mechanism;
    bool has_us;
    uint64_t us;
    bool has_uid;
    uint64_t uid;
    bool has_pid;
    uint64_t pid;
    const char *user;
    const char *exe;
    const char *host;
    const char *certificate_sha256; /* of what a store has, and its number */
    bool has_certificate_number;
    uint64_t certificate_number;
    bool has_count; /* of records that were lost, or calls that were denied */
    uint64_t count;
};

/* What a line is (doc/formats.md, "Lines that are not whole"). */
enum entry_kind {
    ENTRY_RECORD,
    ENTRY_BEHIND_PIECE, /* a record, and a piece of another one before it */
    ENTRY_DAMAGED,      /* no record, or a piece of one */
    ENTRY_UNFINISHED,   /* the same, without a line end: being written */
    ENTRY_NOTHING       /* an empty line */
};

/* Reads a line; *out is to be cleared, whatever it is. */
enum entry_kind entry_read(const struct line *line, struct log_entry *out);
void entry_clear(struct log_entry *entry);

#endif
