/* SPDX-License-Identifier: BSD-3-Clause */
/* A log goes on in a new file, and its tree goes on over both. */
#ifndef AUDIT_ROTATION_H
#define AUDIT_ROTATION_H

#include "audit/signer.h"

#include <sys/stat.h>

struct rotation_request {
    struct signer_request signer;
    const char *moved; /* where somebody has moved it already, or NULL */
    uint64_t least;    /* a log with fewer bytes stays as it is; UINT64_MAX:
                        * any does */
};

struct rotation_result {
    char *path; /* of what was the log; NULL: it stays. The caller frees it. */
    struct stat entry;
    struct signer_result signed_as; /* over all of the old file */
};

/*
 * Moves the log to FILE.N, where N counts up and is never used again, with an
 * empty one in its place at the same instant; or takes in what has been moved.
 * Then makes a checkpoint. Refuses what signer_run refuses, before anything is
 * moved. Where it was interrupted, the next one goes on.
 */
bool rotation_run(const struct rotation_request *request,
                  struct rotation_result *out, struct error *error);

#endif
