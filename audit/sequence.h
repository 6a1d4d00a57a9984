/* SPDX-License-Identifier: BSD-3-Clause */
/* The files of a log where they are found, and how many lines of which of them
 * come one after the other. */
#ifndef AUDIT_SEQUENCE_H
#define AUDIT_SEQUENCE_H

#include "audit/manifest.h"

#include <sys/stat.h>

/* As many lines as there are. */
#define SEQUENCE_ALL UINT64_MAX

struct sequence_file {
    char *path;     /* NULL: it is not there */
    int descriptor; /* of the log itself, which may be moved meanwhile; or -1 */
    bool is_compressed; /* by its name */
    uint64_t offset;    /* of the byte to begin with */
    uint64_t limit;     /* what stands behind it came later */
    struct stat entry;  /* where it is not compressed */
};

struct sequence_part {
    size_t file;
    uint64_t n_lines;
    bool is_passed_over; /* they stand before what is read */
};

/* Zero-initialised is empty. */
struct sequence {
    struct sequence_file *files; /* the oldest first, the log itself last */
    size_t n_files;
    struct sequence_part *parts;
    size_t n_parts;
    struct tree before; /* of the lines that stand in files that are absent */
    char *absent;       /* where such a file should be */
    char *log;          /* where the log should be, if it is not */
};

/*
 * What somebody names: files of one log, the oldest first; or a log with a
 * manifest, and those of its older files that are elsewhere. To be cleared
 * also when it fails.
 */
bool sequence_find(const char *const *paths, size_t n_paths,
                   struct sequence *out, struct error *error);

/* One after the other, as they are named. */
bool sequence_list(const char *const *paths, size_t n_paths,
                   struct sequence *out, struct error *error);

/*
 * The files of a manifest, as long as they are now: in `places`, with or
 * without ".gz", else as it says. A log that is about to be moved is not there.
 */
bool sequence_locate(const struct manifest *manifest, const char *log,
                     const char *const *places, size_t n_places,
                     struct sequence *out, struct error *error);

/*
 * Their parts, as the manifest has them; the order of the first `n_known` lines
 * is known, and of what is newer the lines of older files come first. Files
 * that are absent, and what stands before them, are left out.
 */
bool sequence_order(struct sequence *sequence, const struct manifest *manifest,
                    uint64_t n_known, struct error *error);

/* False: no memory. */
bool sequence_add_part(struct sequence *sequence,
                       const struct sequence_part *part);

/* Whether a path leads to a file of this name, however it is compressed. */
bool sequence_is_named(const char *path, const char *name);

/* Where the file of this number in the manifest is in `files`. */
size_t sequence_index(const struct sequence *sequence, size_t number);

void sequence_clear(struct sequence *sequence);

#endif
