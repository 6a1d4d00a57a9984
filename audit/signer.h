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
};

struct signer_result {
    struct checkpoint checkpoint;
    bool is_new; /* false: the log has not grown since the last one */
};

/*
 * Makes a checkpoint over all whole lines. Refuses where the log does not
 * continue what its last checkpoint says, where that is not of the key, and
 * where another signer is at work.
 */
bool signer_run(const struct signer_request *request, struct signer_result *out,
                struct error *error);

#endif
