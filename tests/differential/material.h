/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Key material that is the same in every run, so that what is computed with
 * it is the same too: RSA keys from fixed primes, points from fixed numbers.
 *
 *   rsa-2048.n .e .d .p .q .dp .dq .qinv    (rsa-3072, rsa-4096)
 *   p-256.params .value .point              (p-384, p-521, ed25519)
 *   aes-128 aes-192 aes-256 des3 secret-16 secret-32 secret-64
 *   certificate.value .subject .issuer .serial
 *   leaf.value .subject .issuer .serial, authority.value: in DER
 */
#ifndef TESTS_DIFFERENTIAL_MATERIAL_H
#define TESTS_DIFFERENTIAL_MATERIAL_H

#include "tests/differential/talk.h"

/* Lent until the process ends. */
struct bytes material_find(const char *name);

#endif
