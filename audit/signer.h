/* SPDX-License-Identifier: BSD-3-Clause */
/* Whoever makes the checkpoints of a log: FILE.checkpoints has all of them,
 * FILE.checkpoint the latest, and FILE.tree what need not be read again. */
#ifndef AUDIT_SIGNER_H
#define AUDIT_SIGNER_H

#include "audit/checkpoint.h"

struct signer_request {
    const char *path;           /* the log */
    const struct note_key *key; /* NULL: without a signature */
    const char *origin;         /* of a log that has no checkpoint yet, where
                                 * there is no key */
    uint64_t sinks;      /* that get a copy, besides syslog: a bit for each of
                          * enum daemon */
    bool is_needed;      /* also where there is nothing new but checkpoints */
    uint64_t most_bytes; /* of the log that are read; 0: all */
    /* A checkpoint is about to be made, and covers what this appends to the
     * log; `previous` is the size of the one before. NULL: nothing. */
    void (*announce)(void *context, uint64_t previous);
    void *context;
};

/* Why there is no checkpoint, for those who have to go on without. */
enum signer_trouble {
    SIGNER_FINE,
    SIGNER_BUSY,   /* another signer is at work */
    SIGNER_DENIED, /* this process may not write beside the log */
    SIGNER_LONG,   /* more than most_bytes would have to be read */
    SIGNER_REFUSED
};

struct signer_result {
    struct checkpoint checkpoint;
    bool is_new; /* false: the log has not grown since the last one */
    enum signer_trouble trouble;
};

/*
 * Makes a checkpoint over all whole lines. Refuses where the log does not
 * continue what its last checkpoint says, where that is not of the key, and
 * where another signer is at work.
 */
bool signer_run(const struct signer_request *request, struct signer_result *out,
                struct error *error);

#endif
