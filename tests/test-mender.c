/* SPDX-License-Identifier: BSD-3-Clause */
/* Members that are down, of which one does not come back from its module when
 * it is tried. */
#include "router/mender.h"
#include "tests/group-fixture.h"

#include <criterion/criterion.h>
#include <sched.h>

enum { A, B };

TestSuite(mender, .init = group_start, .fini = group_finish, .timeout = 30);

static struct member *
member(unsigned index)
{
    return &router_token(1)->members[index];
}

static void
lose(unsigned index)
{
    member_fail(member(index), NULL, CKR_DEVICE_REMOVED);
    cr_assert(member_hasten(member(index)));
    mender_wake();
}

static void
wait_for(unsigned index)
{
    while (!member_is_usable(member(index))) {
        if (member_hasten(member(index)))
            mender_wake();
        (void)sched_yield();
    }
}

/* R7.3. */
Test(mender, brings_back_who_is_well_while_another_one_is_tried)
{
    struct toy_result result = { .slot = 0 };

    toy_hold(TOY_SLOT(0), FUNCTION_C_OpenSession);
    lose(A);
    toy_wait_for_held();
    for (unsigned i = 0; i < 2; i++) {
        lose(B);
        wait_for(B);
    }
    cr_expect_eq(router_sign_init(group_session, group_key), CKR_OK);
    cr_expect_eq(router_sign(group_session, "data", &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(1));
    cr_expect_not(member_is_usable(member(A)));
    toy_release();
    wait_for(A);
}
