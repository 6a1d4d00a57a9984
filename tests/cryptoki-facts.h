/* SPDX-License-Identifier: BSD-3-Clause */
/* The facts by which two headers of PKCS#11 are compared. */
#ifndef TESTS_CRYPTOKI_FACTS_H
#define TESTS_CRYPTOKI_FACTS_H

#include <stddef.h>

struct constant_fact {
    const char *name;
    unsigned long value;
};

struct member_fact {
    const char *structure;
    const char *member;
    size_t structure_size;
    size_t member_offset;
    size_t member_size;
};

/* Both headers fill the rows in the same order, that of cryptoki-facts.def. */
struct facts {
    const struct constant_fact *constants;
    const struct member_fact *members;
    size_t n_constants;
    size_t n_members;
};

extern const struct facts facts_of_ours;
extern const struct facts facts_of_p11_kit;

#endif
