/* SPDX-License-Identifier: BSD-3-Clause */
/* Members, parameters and keys for the tests of mechanisms; the rows of
 * SEMANTICS 1.4 again, written apart from the table that they test. */
#ifndef TESTS_MECHANISM_FIXTURE_H
#define TESTS_MECHANISM_FIXTURE_H

#include "router/mechanism.h"

#include <stdbool.h>
#include <stddef.h>

/* Handles that go in. */
struct mechanism_in_row {
    const char *name;
    CK_MECHANISM_TYPE type;
    size_t size;
    size_t shortest;       /* length that is still some parameter of it */
    unsigned char filling; /* of all other bytes; 0 where pointers are read */
    bool may_be_absent;
    size_t handles[4];
    size_t n_handles;
    size_t condition_at; /* for the last handle */
    size_t condition_size;
    CK_ULONG condition;
};

/* Handles that come out of a struct behind a pointer. */
struct mechanism_out_row {
    CK_MECHANISM_TYPE type;
    size_t size;
    size_t pointer_at;
    size_t n_handles;
    size_t n_words; /* of the struct: handles, then pointers to IVs */
};

extern const struct mechanism_in_row mechanism_in_rows[];
extern const size_t n_mechanism_in_rows;
extern const struct mechanism_out_row mechanism_out_rows[];
extern const size_t n_mechanism_out_rows;
extern const CK_MECHANISM_TYPE mechanisms_without_handles[];
extern const size_t n_mechanisms_without_handles;

enum { GOOD_MAX = 100, MEMBER = 1000, SEEN = 5000, PARAMETER = 256 };

/* The member's handle is the application's and MEMBER; 0 and those from
 * GOOD_MAX are bad. */
extern const struct mechanism_resolver fixture_resolver;

/* mechanism_rewrite into a copy full of garbage, for no vendor. */
CK_RV fixture_rewrite(const CK_MECHANISM *mechanism,
                      struct mechanism_copy *copy);

/* What the application sees is the member's handle and SEEN. */
struct fixture_made {
    size_t count;
    size_t fail_at; /* 1: the first; 0: never */
    CK_OBJECT_HANDLE seen[16];
};
CK_OBJECT_HANDLE fixture_made(void *context, CK_OBJECT_HANDLE member_handle);

/* A word at any offset. */
void word_put(void *base, size_t offset, CK_ULONG word);
CK_ULONG word_get(const void *base, size_t offset);

/* A parameter of the row in bytes[PARAMETER], with good handles 1, 2, ...
 * and its condition met. */
CK_MECHANISM fixture_parameter(const struct mechanism_in_row *row,
                               unsigned char *bytes);

/* A KDF with one handle among its data and two keys besides the first. */
struct fixture_kdf {
    CK_SP800_108_COUNTER_FORMAT counter;
    CK_OBJECT_HANDLE in;
    CK_PRF_DATA_PARAM data[3];
    CK_OBJECT_HANDLE out[2];
    CK_DERIVED_KEY keys[3];
    CK_BYTE iv[8];
    CK_SP800_108_KDF_PARAMS plain;
    CK_SP800_108_FEEDBACK_KDF_PARAMS feedback;
};

void fixture_kdf(struct fixture_kdf *kdf);

#endif
