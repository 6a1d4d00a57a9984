/* SPDX-License-Identifier: BSD-3-Clause */
/* What a log was at some size: its name, the number of its lines and the root
 * of their tree (c2sp.org/tlog-checkpoint); and files with many of them. */
#ifndef AUDIT_CHECKPOINT_H
#define AUDIT_CHECKPOINT_H

#include "audit/note.h"
#include "audit/tree.h"

#include <stdio.h>
#include <sys/types.h>

enum {
    CHECKPOINT_TEXT_LENGTH = NOTE_NAME_LENGTH + 80,
    CHECKPOINT_LARGEST_NOTE = 256 * 1024
};

struct checkpoint {
    char origin[NOTE_NAME_LENGTH + 1];
    uint64_t size;
    struct tree_hash root;
};

/* From the text of a note; lines behind the three are passed over. */
bool checkpoint_read(const char *text, size_t length, struct checkpoint *out);

/* A decimal number without zeros before it. */
bool checkpoint_read_number(const char *text, size_t length, uint64_t *out);

/* What a log of this host is called where nobody says otherwise. */
void checkpoint_name_log(char out[NOTE_NAME_LENGTH + 1]);

/* The text of the note, which ends with a line end. */
void checkpoint_write(const struct checkpoint *checkpoint,
                      char out[CHECKPOINT_TEXT_LENGTH]);

/* Reads the notes of a file one after the other; an empty line stands between
 * two. Zero-initialised is "no file". */
struct checkpoint_reader {
    FILE *stream;
    char *line;
    size_t line_size;
    char *bytes; /* of the note that was read last */
    size_t length;
    size_t size;
    bool has_end; /* an empty line stands behind it */
    bool has_limit;
    off_t limit; /* what begins behind it is not read */
};

/* False with errno when there is no such file, or it cannot be read. */
bool checkpoint_reader_open(struct checkpoint_reader *reader, const char *path);
void checkpoint_reader_close(struct checkpoint_reader *reader);

/* The same, without what is appended from now on: a checkpoint that is made
 * meanwhile is of lines that who verifies a log does not read any more. */
bool checkpoint_reader_open_now(struct checkpoint_reader *reader,
                                const char *path);

enum checkpoint_found {
    CHECKPOINT_FOUND,
    CHECKPOINT_END,
    CHECKPOINT_WRONG /* what stands there is none */
};

/* `note` is lent until the next call. */
enum checkpoint_found checkpoint_reader_next(struct checkpoint_reader *reader,
                                             struct checkpoint *out,
                                             struct note *note);

#endif
