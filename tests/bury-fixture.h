/* SPDX-License-Identifier: BSD-3-Clause */
/* A token whose objects move, and whose old member keeps what is destroyed: key
 * 1 is on both members, keys 3 and 4 on the old one alone. */
#ifndef TESTS_BURY_FIXTURE_H
#define TESTS_BURY_FIXTURE_H

#include "tests/migrate-fixture.h"

/* Keys 1 and 3, as the application knows them. */
extern CK_OBJECT_HANDLE bury_of_both, bury_of_old;

/* With or without `tombstones`; the clock stands still. */
void bury_begin(bool buries);

CK_RV bury_destroy(CK_OBJECT_HANDLE object);

/* The next C_DestroyObject on the old member answers that. */
void bury_keep_on_old(CK_RV rv);

/* What another process has done: it has buried the object. The caller frees the
 * path of its tombstone. And: after it has renamed it. */
char *bury_elsewhere(CK_OBJECT_HANDLE object);
char *bury_as(CK_OBJECT_HANDLE object, const char *label);

/* How many objects there are, and how many a search shows. */
void bury_expect_counts(size_t on_new, size_t on_old, size_t shown);
size_t bury_count_tombstones(void);

#endif
