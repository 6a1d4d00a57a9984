/* SPDX-License-Identifier: BSD-3-Clause */
/* A group of mode "balance" of toys, and what is done on it. */
#include "tests/balance-fixture.h"

#include <criterion/criterion.h>

CK_SESSION_HANDLE balance_session;
CK_OBJECT_HANDLE balance_key;
struct toy_result balance_result;
_Atomic(uint64_t) balance_takes[BALANCE_MEMBERS];

static bool
take_time(enum function function, CK_SLOT_ID slot, struct argument *arguments,
          CK_RV *rv)
{
    (void)arguments;
    (void)rv;
    for (unsigned i = 0; i < BALANCE_MEMBERS; i++)
        if (function == FUNCTION_C_Sign && slot == TOY_SLOT(i))
            router_clock_move(atomic_load(&balance_takes[i]));
    return false;
}

void
balance_start(size_t weight_of_a, size_t weight_of_b)
{
    struct config *config = router_config();
    struct config_token *token;

    toy_show(1, "B");
    toy_show(2, "C");
    for (unsigned i = 0; i < BALANCE_MEMBERS; i++) {
        toy_add_key(i, CKO_PRIVATE_KEY, 7 + (i == 1 ? 1 : 0));
        toy_add_key(i, CKO_PRIVATE_KEY, 7 + (i == 1 ? 0 : 2));
        atomic_store(&balance_takes[i], 1);
    }
    router_config_token(config, "two", "A", "B", "C", NULL);
    token = &config->tokens[0];
    token->mode = GROUP_BALANCE;
    token->members[0].weight = weight_of_a;
    token->members[1].weight = weight_of_b;
    token->members[2].is_standby = true;
    router_clock_stop();
    toy_set_hook(take_time);
    router_start(config);
    balance_session = router_session(1);
    balance_key = router_find_key(balance_session, CKO_PRIVATE_KEY, 7);
    toy_forget_calls();
}

void
balance_start_even(void)
{
    balance_start(1, 1);
}

void
balance_finish(void)
{
    C_Finalize(NULL);
}

void
balance_sign_with(CK_OBJECT_HANDLE its)
{
    cr_assert_eq(router_sign_init(balance_session, its), CKR_OK);
    cr_assert_eq(router_sign(balance_session, "data", &balance_result), CKR_OK);
}

void
balance_sign_often(unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        balance_sign_with(balance_key);
}

unsigned long
balance_count(unsigned member)
{
    return toy_count(TOY_SLOT(member), FUNCTION_C_Sign);
}

struct member *
balance_member(unsigned index)
{
    return &router_token(1)->members[index];
}

void
balance_lose(unsigned member)
{
    member_fail(balance_member(member), NULL, CKR_DEVICE_REMOVED);
}

CK_RV
balance_init_digest(void)
{
    CK_MECHANISM mechanism = { CKM_SHA256, NULL, 0 };

    return C_DigestInit(balance_session, &mechanism);
}

void
balance_begin_on(unsigned member)
{
    for (int i = 0; i < 100; i++) {
        cr_assert_eq(router_sign_init(balance_session, balance_key), CKR_OK);
        if (toy_last(FUNCTION_C_SignInit).slot == TOY_SLOT(member))
            return;
        cr_assert_eq(router_sign(balance_session, "data", &balance_result),
                     CKR_OK);
    }
    cr_assert_fail("it is never the member's turn");
}
