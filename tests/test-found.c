/* SPDX-License-Identifier: BSD-3-Clause */
/* What an object is, while that is read again: it is known all the while. */
#include "router/identity.h"
#include "tests/audited.h"

#include <criterion/criterion.h>
#include <string.h>

static bool is_looking;
static unsigned n_looks, n_unknown;

static void
look(void)
{
    if (!is_looking)
        return;
    n_looks++;
    if (object_space_is_unknown(router_token(1)->objects, audited_key))
        n_unknown++;
}

static bool
look_inside(enum function function, CK_SLOT_ID slot, struct argument *arguments,
            CK_RV *rv)
{
    (void)function;
    (void)slot;
    (void)arguments;
    (void)rv;
    look();
    return false;
}

void __real_identity_free(struct identity *identity);
void __wrap_identity_free(struct identity *identity);

/* What was known may be freed as soon as it is not known any more. */
void
__wrap_identity_free(struct identity *identity)
{
    look();
    __real_identity_free(identity);
}

static void
setup(void)
{
    router_clock_stop();
    audited_setup();
    cr_assert_eq(audited_sign(), CKR_OK);
    toy_set_hook(look_inside);
    is_looking = true;
}

static void
finish(void)
{
    is_looking = false;
    audited_finish();
}

TestSuite(found, .init = setup, .fini = finish, .timeout = 60);

Test(found, a_key_that_is_read_again_is_known_meanwhile)
{
    unsigned long n = toy_count(TOY_ANY, FUNCTION_C_GetAttributeValue);

    router_clock_move(10 * 60 * 1000 + 1);
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_gt(toy_count(TOY_ANY, FUNCTION_C_GetAttributeValue), n);
    cr_assert_gt(n_looks, 0);
    cr_expect_eq(n_unknown, 0);
}

Test(found, a_key_that_is_changed_is_known_meanwhile)
{
    CK_BYTE label[] = "other";
    CK_ATTRIBUTE template = { CKA_LABEL, label, 5 };
    struct identity *identity;

    cr_assert_eq(C_SetAttributeValue(audited_session, audited_key, &template,
                                     1),
                 CKR_OK);
    cr_assert_gt(n_looks, 0);
    cr_expect_eq(n_unknown, 0);
    identity = object_space_identity(router_token(1)->objects, audited_key);
    cr_assert_not_null(identity);
    cr_expect_eq(identity->label_length, 5);
    cr_expect_eq(memcmp(identity->label, "other", 5), 0);
    identity_free(identity);
}
