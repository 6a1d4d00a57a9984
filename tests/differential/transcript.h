/* SPDX-License-Identifier: BSD-3-Clause */
/* Two transcripts of one conversation, compared line by line. */
#ifndef TESTS_DIFFERENTIAL_TRANSCRIPT_H
#define TESTS_DIFFERENTIAL_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A difference that DESIGN or SEMANTICS wants. `step` begins with the
 * conversation's name; a "*" in any of the three stands for anything, and an
 * entry may hold for many lines. NULL: the same with every vendor.
 */
struct difference {
    const char *vendor;
    const char *step;
    const char *direct;
    const char *through;
    const char *rule;
};

/* Ends with an entry that has no step. */
extern const struct difference differences[];

/*
 * Whether they are the same but for the differences that are wanted, each of
 * which must be there. Prints those that are not, at most `shown` of them,
 * and how many calls were compared.
 */
bool transcript_compare(const char *vendor, const char *conversation,
                        const char *direct, const char *through, size_t shown);

#endif
