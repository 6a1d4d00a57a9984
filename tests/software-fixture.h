/* SPDX-License-Identifier: BSD-3-Clause */
/* A key that OpenSSL has made, on the token that OpenSSL answers for. */
#ifndef TESTS_SOFTWARE_FIXTURE_H
#define TESTS_SOFTWARE_FIXTURE_H

#include "cli/software.h"

/* "RSA", "EC" or "ED25519", with this CKA_ID and label; it goes with the
 * process. All that keys of its type can do, it may. */
EVP_PKEY *software_fixture(const char *type, const char *name);

#endif
