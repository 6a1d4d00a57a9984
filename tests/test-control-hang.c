/* SPDX-License-Identifier: BSD-3-Clause */
/* A command of the operator's tool while a call does not come back. */
#include "tests/hang-fixture.h"
#include "tests/paused.h"

#include <criterion/criterion.h>

TestSuite(control_hang, .init = hang_start_lending, .fini = hang_finish,
          .timeout = 60);

/* Else calls would wait for what nobody can bring to its end. */
Test(control_hang, a_reconnect_does_not_pause_the_token)
{
    struct hang_call call;
    uint64_t number;
    size_t running;

    hang_begin_call(&call, HANG_RANDOM, hang_session);
    hang_until_caught();
    number = paused_command(CONTROL_RECONNECT, "one");
    cr_expect_not(atomic_load(&router_token(1)->is_paused));
    cr_expect_eq(paused_note(number, &running).seen, number);
    toy_release();
    (void)hang_end_call(&call);
}
