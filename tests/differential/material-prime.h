/* SPDX-License-Identifier: BSD-3-Clause */
/* The primes of the RSA keys, in hexadecimal; the last row has no name. */
#ifndef TESTS_DIFFERENTIAL_MATERIAL_PRIME_H
#define TESTS_DIFFERENTIAL_MATERIAL_PRIME_H

struct rsa_primes {
    const char *name;
    const char *p;
    const char *q;
};

extern const struct rsa_primes rsa_primes[];

#endif
