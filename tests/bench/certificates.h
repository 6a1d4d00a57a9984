/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Many certificates from a few that OpenSSL made: RSA, EC, and one of 6 KiB.
 * Each has a serial number, subject and id of its own, which no signature in
 * it knows of.
 */
#ifndef TESTS_BENCH_CERTIFICATES_H
#define TESTS_BENCH_CERTIFICATES_H

#include "common/cryptoki.h"

enum {
    BENCH_CLASS,
    BENCH_TYPE,
    BENCH_TOKEN,
    BENCH_VALUE,
    BENCH_IDENT,
    BENCH_LABEL,
    BENCH_SUBJECT,
    BENCH_ISSUER,
    BENCH_SERIAL,
    BENCH_ATTRIBUTES
};

struct bench_certificate {
    CK_ATTRIBUTE attributes[BENCH_ATTRIBUTES];
    unsigned char *value;
    unsigned char ident[20];
    unsigned char subject[256], issuer[256];
    unsigned char serial[16];
};

void bench_certificates_begin(void);
void bench_certificates_end(void);

void bench_certificate_make(unsigned number, struct bench_certificate *out);
void bench_certificate_clear(struct bench_certificate *certificate);

#endif
