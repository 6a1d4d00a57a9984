/* SPDX-License-Identifier: BSD-3-Clause */
/* What the page of an audit report is written from, and its sections. */
#ifndef CLI_DOSSIER_H
#define CLI_DOSSIER_H

#include "audit/verify.h"
#include "cli/account.h"
#include "cli/request.h"

#include <stdio.h>

struct dossier {
    const struct request *request;
    const struct account *account;
    const struct verify_result *result;
    const char *failure; /* why the log was not read to its end, or NULL */
    const char *key;     /* that verified, as a text; NULL: none */
    char made[CLOCK_TEXT_LENGTH + 1];
};

/* The whole page. */
void dossier_write(FILE *stream, const struct dossier *dossier);

void dossier_write_verdict(FILE *stream, const struct dossier *dossier);
void dossier_write_coverage(FILE *stream, const struct dossier *dossier);
void dossier_write_time(FILE *stream, const struct account *account);
void dossier_write_keys(FILE *stream, const struct account *account);
void dossier_write_users(FILE *stream, const struct account *account);
void dossier_write_failures(FILE *stream, const struct account *account);
void dossier_write_latency(FILE *stream, const struct account *account);
void dossier_write_administration(FILE *stream, const struct account *account);
void dossier_write_gaps(FILE *stream, const struct account *account);

#endif
