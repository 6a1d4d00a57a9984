/* SPDX-License-Identifier: BSD-3-Clause */
/* What is said on stderr between two moments, as a text to look into. */
#ifndef TESTS_HEARD_H
#define TESTS_HEARD_H

/* From here on stderr goes to a file of the test's folder. */
void heard_begin(void);

/* Stderr is what it was; what was said meanwhile. Lent until the end of the
 * process. */
const char *heard_end(void);

#endif
