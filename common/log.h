/* SPDX-License-Identifier: BSD-3-Clause */
/* The operator's log: one line a message, to stderr, syslog, the journal or
 * a file. */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include "common/error.h"

#include <stdbool.h>

enum log_level {
    LOG_LEVEL_NONE = -1, /* log_open alone: nothing is written at all */
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG
};

/* A longer text is cut. */
enum { LOG_TEXT_LENGTH = 2048 };

/*
 * Says where messages go from now on: "stderr", "syslog", "journal" or
 * "file:/PATH", and which are left out. Before the first call: warnings and
 * errors, to stderr. False with `error` filled when the target cannot be
 * opened; the log stays as it was.
 */
bool log_open(enum log_level level, const char *target, struct error *error);

/* Closes what log_open opened and goes back to stderr. */
void log_close(void);

/*
 * Writes one line; control characters in it become question marks. Never a
 * PIN, a key, a caller's data or a pointer. Keeps errno, blocks no signal for
 * longer than its own write, needs no lock of its callers and takes none, so
 * that a forked child may. Never waits: what a full disk, pipe or socket
 * does not take is lost, and the next line that goes through says how many.
 * A file that was rotated, or whose descriptor the host closed or reused, is
 * opened again.
 */
void log_write(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes the line only the first time that *said is seen false. */
void log_once(_Atomic(bool) *said, enum log_level level, const char *format,
              ...) __attribute__((format(printf, 3, 4)));

#endif
