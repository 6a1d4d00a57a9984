/* SPDX-License-Identifier: BSD-3-Clause */
/* Thirty-two threads on one real token: opening, logging in and out, making
 * and using objects, and C_Finalize in the middle (conformance 20). */
#include "tests/crowd.h"

#include <criterion/criterion.h>

static struct crowd crowd;

static void
start(const char *pool)
{
    struct module *mux = module_open(fixture_p11mux());

    fixture_softhsm("soft");
    fixture_softhsm_token("crowded");
    fixture_config("modules = ( { name = \"soft\"; path = \"%s\"; } );\n"
                   "tokens = ( { label = \"crowded\"; members = ( { module = "
                   "\"soft\"; match = \"pkcs11:token=crowded\"; } );\n"
                   "  pool = { %s }; } );\n"
                   "finalize_wait = \"30s\";\n",
                   FIXTURE_SOFTHSM, pool);
    crowd = (struct crowd){ .list = mux->list, .n_slots = 1, .slots = { 1 } };
    fixture_initialize(mux, NULL);
    fixture_make_ec(mux->list, fixture_session(mux->list, 1, FIXTURE_PIN),
                    "shared");
    cr_assert_eq(mux->list->C_Finalize(NULL), CKR_OK);
    fixture_initialize(mux, NULL);
}

static void
setup_alone(void)
{
    start("mode = \"none\";");
}

static void
setup_pooled(void)
{
    start("mode = \"operation\"; size = 2; wait = \"2m\";");
}

TestSuite(threads, .init = setup_alone, .timeout = 120);
TestSuite(threads_pooled, .init = setup_pooled, .timeout = 120);

static void
share(void)
{
    crowd_begin(&crowd, 32);
    crowd_wait(&crowd, 1500);
    cr_assert_null(crowd_end(&crowd), "%s", crowd.trouble);
    cr_assert_eq(crowd.list->C_Finalize(NULL), CKR_OK);
}

Test(threads, share_a_token)
{
    share();
}

/* Logging in and out among them, which all have two backend sessions. */
Test(threads_pooled, share_a_token)
{
    share();
}

/* Whoever is inside finishes; the others are told that it is over. */
static void
see_the_end(void)
{
    CK_SESSION_INFO info;

    for (unsigned round = 0; round < 3; round++) {
        crowd.may_end = true;
        crowd_begin(&crowd, 32);
        crowd_wait(&crowd, 300);
        cr_assert_eq(crowd.list->C_Finalize(NULL), CKR_OK);
        cr_assert_null(crowd_end(&crowd), "%s", crowd.trouble);
        cr_assert_eq(crowd.list->C_GetSessionInfo(1, &info),
                     CKR_CRYPTOKI_NOT_INITIALIZED);
        cr_assert_eq(crowd.list->C_Initialize(NULL), CKR_OK);
    }
    /* Nothing of the old life is left behind in the module. */
    crowd.may_end = false;
    crowd_begin(&crowd, 1);
    crowd_wait(&crowd, 20);
    cr_assert_null(crowd_end(&crowd), "%s", crowd.trouble);
    cr_assert_eq(crowd.list->C_Finalize(NULL), CKR_OK);
}

Test(threads, see_the_end_in_the_middle)
{
    see_the_end();
}

Test(threads_pooled, see_the_end_in_the_middle)
{
    see_the_end();
}
