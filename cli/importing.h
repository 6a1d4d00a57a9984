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

/* Makes of both keys what is not there. OpenSSL's token (cli/software.h) has
 * them. False, with a sentence: nothing stays of what was made. */
bool import_keys(struct import_target *target, const struct import_wish *wish,
                 struct report *report, struct error *error);

/* The same of certificates, each once, when the keys are there. What is made
 * stays. */
bool import_certificates(const struct import_target *target,
                         const struct import_wish *wish,
                         const struct certificate_file *certificates,
                         struct report *report, struct error *error);

/* Takes back what was made, and says of that in its row whether it could. */
void import_undo(struct import_target *target, struct report *report);

#endif
