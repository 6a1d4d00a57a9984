/* SPDX-License-Identifier: BSD-3-Clause */
/* Daemons of a test's own on datagram sockets, and readers of what they get
 * that share nothing with what wrote it. */
#ifndef TESTS_DAEMONS_H
#define TESTS_DAEMONS_H

#include <stdbool.h>
#include <stddef.h>

/* Listens there, instead of whoever did; a descriptor that does not block. */
int daemons_listen(const char *path);

/* The next message, which ends with a NUL that is not counted; waits for it.
 * NULL: none came for ten seconds. Lent until the next call. */
const char *daemons_receive(int listener, size_t *out_length);

/* The same, but does not wait. */
const char *daemons_receive_now(int listener, size_t *out_length);

/* Listens there, and writes each message to a file as a line, with a point for
 * each NUL, until the process ends. */
void daemons_record(const char *path, const char *file);

/* Returns when what was sent there before is in the file. */
void daemons_settle(const char *path);

/* The value of a field of a journal's entry, a NUL behind it; NULL: there is
 * none. The test fails where the entry is not one. Lent until the next call. */
const char *journal_field(const char *entry, size_t length, const char *name,
                          size_t *out_length);

/* A message of RFC 5424 taken apart; the texts are lent until the next one. */
struct syslog_message {
    unsigned priority;
    const char *time, *host, *name, *process, *id, *data_name, *text;
    size_t n_parameters;
    struct {
        const char *name, *value;
    } parameters[32];
};

/* The test fails where it is none. */
void syslog_parse(const char *message, struct syslog_message *out);

/* The value of a parameter; NULL: there is none. */
const char *syslog_parameter(const struct syslog_message *message,
                             const char *name);

#endif
