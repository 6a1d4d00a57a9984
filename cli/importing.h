/* SPDX-License-Identifier: BSD-3-Clause */
/* A key of a file on its way to a token: made there, proven, and with its
 * public key and its certificates. */
#ifndef CLI_IMPORTING_H
#define CLI_IMPORTING_H

#include "cli/copying.h"
#include "cli/import-wish.h"
#include "cli/report.h"

/* Where it goes. */
struct import_target {
    const struct visit *visit;   /* its token */
    const struct copying *group; /* sessions on its members; NULL: it is none */
    const struct member *member; /* that gets it */
    CK_SESSION_HANDLE session;   /* which that one answers */
    /* Of the private and the public key: */
    CK_OBJECT_HANDLE made[2]; /* 0: not made */
    size_t rows[2];           /* what is said of it */
    char *paths[2];           /* of its file in the journal; NULL: none */
};

/* The rows of what comes of it. */
struct report *import_report_new(bool of_group);

/*
 * Makes what is not there. OpenSSL's token (cli/software.h) has the key. False,
 * with a sentence: nothing stays of a key that is not known to be right; a
 * certificate may be what is missing.
 */
bool import_run(struct import_target *target, const struct import_wish *wish,
                const struct certificate_file *certificates,
                struct report *report, struct error *error);

/* The certificates alone, when the key is there. */
bool import_certificates(const struct import_target *target,
                         const struct import_wish *wish,
                         const struct certificate_file *certificates,
                         struct report *report, struct error *error);

/* Takes back what was made, and says of that in its row whether it could. */
void import_undo(struct import_target *target, struct report *report);

#endif
