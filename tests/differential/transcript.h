/* SPDX-License-Identifier: BSD-3-Clause */
/* Two transcripts of one conversation, compared line by line. */
#ifndef TESTS_DIFFERENTIAL_TRANSCRIPT_H
#define TESTS_DIFFERENTIAL_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A difference that DESIGN or SEMANTICS wants. `step` begins with the
 * conversation's name; a "*" in any of the three stands for anything. It holds
 * for exactly so many lines, each of them for the first entry of the first
 * table that fits: one line that is as the vendor's again does not hide behind
 * the others. NULL: the same with every vendor.
 */
struct difference {
    const char *vendor;
    const char *step;
    const char *direct;
    const char *through;
    const char *rule;
    unsigned times;
};

/* Two transcripts, and what may differ. */
struct comparison {
    const char *vendor;
    const char *conversation;
    const char *way;    /* what is compared with the vendor's module */
    const char *direct; /* the files */
    const char *through;
    const struct difference *const *differences; /* tables, then NULL; the last
                                                    row of each has no step */
    size_t shown;
};

/*
 * Whether they are the same but for the differences that are wanted, each of
 * which must be there. Prints those that are not, at most `shown` of them,
 * and how many calls were compared.
 */
bool transcript_compare(const struct comparison *comparison);

#endif
