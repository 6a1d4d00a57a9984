/* SPDX-License-Identifier: BSD-3-Clause */
/* The list of a log's checkpoints, FILE.checkpoints, to which one signer at a
 * time appends. */
#ifndef AUDIT_SIGNER_LIST_H
#define AUDIT_SIGNER_LIST_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct signer_list {
    char *path;
    int descriptor; /* locked; -1: not open */
};

enum signer_list_opened {
    SIGNER_LIST_OPEN,
    SIGNER_LIST_BUSY,   /* another signer is at work */
    SIGNER_LIST_DENIED, /* this process may not write it */
    SIGNER_LIST_FAILED
};

/* Makes it where there is none, of the log's group. Refused where somebody
 * else than root and the owner of the log's folder could change it. Another
 * signer is waited for so long. */
enum signer_list_opened signer_list_open(struct signer_list *list,
                                         const char *log,
                                         const struct stat *log_entry,
                                         unsigned patience_ms,
                                         struct error *error);

/* Takes off what a signer that was killed, or had no room, left of a
 * checkpoint at the end; `latest` is the last one that is known. */
bool signer_list_mend(const struct signer_list *list, const char *latest,
                      size_t length, struct error *error);

/* In bytes. */
uint64_t signer_list_length(const struct signer_list *list);

/* Appends a note and the empty line behind it: all or nothing. */
bool signer_list_append(const struct signer_list *list, const char *note,
                        struct error *error);

void signer_list_close(struct signer_list *list);

#endif
