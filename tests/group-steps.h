/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls on a group, and which may be made again on another member (7.3). */
#ifndef TESTS_GROUP_STEPS_H
#define TESTS_GROUP_STEPS_H

#include "tests/group-fixture.h"

/* In group_session, with group_key. */
struct group_step {
    enum function function;
    CK_RV (*before)(void); /* NULL: nothing */
    CK_RV (*run)(void);
    bool may_move;
    bool has_operation; /* and ends it when it fails */
};

extern const struct group_step group_steps[];
extern const size_t group_n_steps;

/* Whether it is about a session object that was made before. */
bool group_step_makes(const struct group_step *step);

#endif
