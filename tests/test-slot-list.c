/* SPDX-License-Identifier: BSD-3-Clause */
/* The slot list: what is in it, in which order, and for how long (R6). */
#include "router/slot-list.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

enum { MOST = 16 };

static CK_SLOT_ID slots[MOST];
static CK_ULONG count;

/* Slot 1 is "A", slot 2 is "B", which is not there yet. */
static void
setup(void)
{
    struct config *config = router_config();

    router_config_token(config, "first", "A", NULL);
    router_config_token(config, "second", "B", NULL);
    router_clock_stop();
    router_start(config);
}

static void
finish(void)
{
    toy_release();
    C_Finalize(NULL);
}

TestSuite(slot_list, .init = setup, .fini = finish, .timeout = 60);

/* Asks for the size, as applications do before they ask for the list. */
static CK_ULONG
ask_count(CK_BBOOL present)
{
    cr_assert_eq(C_GetSlotList(present, NULL, &count), CKR_OK);
    return count;
}

static CK_ULONG
ask_slots(CK_BBOOL present)
{
    count = MOST;
    cr_assert_eq(C_GetSlotList(present, slots, &count), CKR_OK);
    return count;
}

/* After this the next question for the size looks at the modules again. */
static void
let_time_pass(void)
{
    router_clock_move(2000);
}

/* -- What is in it -------------------------------------------------------- */

Test(slot_list, holds_every_configured_slot_in_its_order_there_or_not)
{
    ask_count(CK_FALSE);
    cr_assert_eq(ask_slots(CK_FALSE), 2);
    cr_assert_eq(slots[0], 1);
    cr_assert_eq(slots[1], 2);
    ask_count(CK_TRUE);
    cr_assert_eq(ask_slots(CK_TRUE), 1);
    cr_assert_eq(slots[0], 1);
    toys[0].has_token = false;
    toy_show(1, "B");
    let_time_pass();
    cr_assert_eq(ask_count(CK_FALSE), 2);
    cr_assert_eq(ask_count(CK_TRUE), 1);
    ask_slots(CK_TRUE);
    cr_assert_eq(slots[0], 2);
}

Test(slot_list, an_absent_token_has_a_slot_that_says_so)
{
    CK_SLOT_INFO info;
    CK_TOKEN_INFO token;

    cr_assert_eq(C_GetSlotInfo(2, &info), CKR_OK);
    cr_assert_eq(info.flags & CKF_TOKEN_PRESENT, 0);
    cr_assert_neq(info.flags & CKF_REMOVABLE_DEVICE, 0);
    cr_assert_arr_eq(info.slotDescription, "second ", 7);
    cr_assert_eq(C_GetTokenInfo(2, &token), CKR_TOKEN_NOT_PRESENT);
    cr_assert_eq(C_GetSlotInfo(1, &info), CKR_OK);
    cr_assert_neq(info.flags & CKF_TOKEN_PRESENT, 0);
    cr_assert_neq(info.flags & CKF_REMOVABLE_DEVICE, 0);
    cr_assert_eq(C_GetTokenInfo(1, &token), CKR_OK);
    cr_assert_arr_eq(token.label, "first ", 6);
    cr_assert_eq(C_GetSlotInfo(3, &info), CKR_SLOT_ID_INVALID);
}

/* -- Frozen lists (R6.3) -------------------------------------------------- */

Test(slot_list, slots_that_appear_between_the_two_calls_are_not_in_it)
{
    cr_assert_eq(ask_count(CK_FALSE), 2);
    cr_assert_eq(ask_count(CK_TRUE), 1);
    toy_show(1, "B");
    toy_show(2, "new");
    let_time_pass();
    slot_list_refresh(instance_get()->slots);
    cr_assert_eq(slot_list_count(instance_get()->slots), 3);
    cr_assert_eq(ask_slots(CK_FALSE), 2);
    cr_assert_eq(ask_slots(CK_TRUE), 1);
    cr_assert_eq(ask_count(CK_FALSE), 3);
    cr_assert_eq(ask_slots(CK_TRUE), 1, "the other list is still frozen");
    cr_assert_eq(ask_count(CK_TRUE), 3);
    cr_assert_eq(ask_slots(CK_TRUE), 3);
}

Test(slot_list, tokens_that_go_between_the_two_calls_are_still_in_it)
{
    cr_assert_eq(ask_count(CK_TRUE), 1);
    toys[0].has_token = false;
    let_time_pass();
    slot_list_refresh(instance_get()->slots);
    cr_assert_eq(ask_slots(CK_TRUE), 1);
    cr_assert_eq(ask_count(CK_TRUE), 0);
}

Test(slot_list, room_that_is_too_small_is_told_and_not_written_to)
{
    ask_count(CK_FALSE);
    slots[0] = 77;
    count = 1;
    cr_assert_eq(C_GetSlotList(CK_FALSE, slots, &count), CKR_BUFFER_TOO_SMALL);
    cr_assert_eq(count, 2);
    cr_assert_eq(slots[0], 77);
    slots[2] = 77;
    count = MOST;
    cr_assert_eq(C_GetSlotList(CK_FALSE, slots, &count), CKR_OK);
    cr_assert_eq(count, 2);
    cr_assert_eq(slots[2], 77);
    cr_assert_eq(C_GetSlotList(CK_FALSE, slots, NULL), CKR_ARGUMENTS_BAD);
}

Test(slot_list, may_be_asked_for_without_its_size)
{
    cr_assert_eq(ask_slots(CK_FALSE), 2);
    cr_assert_eq(ask_slots(CK_TRUE), 1);
}

Test(slot_list, is_looked_at_again_when_its_time_has_come_and_not_before)
{
    unsigned long before = toy_count(TOY_ANY, FUNCTION_C_GetTokenInfo);

    for (int i = 0; i < 100; i++)
        ask_count(CK_TRUE);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_GetTokenInfo), before);
    let_time_pass();
    for (int i = 0; i < 100; i++)
        ask_count(CK_TRUE);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_GetTokenInfo), before + 1);
}

/* -- Tokens that no rule names -------------------------------------------- */

/* The slots after the configured ones. */
static CK_ULONG
ask_unlisted(CK_BBOOL present)
{
    let_time_pass();
    ask_count(present);
    ask_slots(present);
    for (CK_ULONG i = 0; i < count; i++)
        if (slots[i] >= 0x10000) {
            memmove(slots, slots + i, (count - i) * sizeof(slots[0]));
            return count - i;
        }
    return 0;
}

Test(slot_list, an_unlisted_token_keeps_its_number_and_its_slot)
{
    CK_SLOT_INFO info;
    CK_SLOT_ID before;

    toy_show(2, "new");
    cr_assert_eq(ask_unlisted(CK_TRUE), 1);
    before = slots[0];
    cr_assert_geq(before, 0x10000);
    cr_assert_lt(before, 0x1010000);
    toys[2].has_slot = false;
    cr_assert_eq(ask_unlisted(CK_TRUE), 0);
    cr_assert_eq(ask_unlisted(CK_FALSE), 1, "its slot stays (R6.5)");
    cr_assert_eq(slots[0], before);
    cr_assert_eq(C_GetSlotInfo(before, &info), CKR_OK);
    cr_assert_eq(info.flags & CKF_TOKEN_PRESENT, 0);
    /* It comes back elsewhere. */
    toy_show(5, "new");
    cr_assert_eq(ask_unlisted(CK_TRUE), 1);
    cr_assert_eq(slots[0], before);
    cr_assert_eq(atomic_load(&router_token(before)->members[0].slot),
                 TOY_SLOT(5));
}

Test(slot_list, an_unlisted_token_has_the_same_number_in_every_process)
{
    struct config *config;
    CK_SLOT_ID before;

    toy_show(2, "new");
    cr_assert_eq(ask_unlisted(CK_TRUE), 1);
    before = slots[0];
    C_Finalize(NULL);
    config = router_config();
    router_config_token(config, "first", "A", NULL);
    toy_show(4, "other");
    toy_show(6, "new");
    router_start(config);
    cr_assert_eq(ask_unlisted(CK_TRUE), 2);
    cr_assert(slots[0] == before || slots[1] == before);
}

Test(slot_list, a_number_that_is_taken_is_not_given_again)
{
    struct config *config;
    CK_SLOT_ID before;

    toy_show(2, "new");
    cr_assert_eq(ask_unlisted(CK_TRUE), 1);
    before = slots[0];
    C_Finalize(NULL);
    config = router_config();
    fixture_write("slots", 0600, "0x%lx somebody;else;was;here;first\n",
                  before);
    toy_show(2, "new");
    router_start(config);
    cr_assert_eq(ask_unlisted(CK_TRUE), 2);
    cr_assert(slots[0] == before + 1 || slots[1] == before + 1);
}

Test(slot_list, two_that_look_the_same_are_told_apart_by_their_slots)
{
    CK_SLOT_ID lower, upper;

    toy_show(2, "same");
    toy_show(4, "same");
    cr_assert_eq(ask_unlisted(CK_TRUE), 2);
    lower = slots[0];
    upper = slots[1];
    cr_assert_neq(lower, upper);
    cr_assert_eq(atomic_load(&router_token(lower)->members[0].slot),
                 TOY_SLOT(2));
    cr_assert_eq(atomic_load(&router_token(upper)->members[0].slot),
                 TOY_SLOT(4));
    cr_assert_eq(ask_unlisted(CK_TRUE), 2);
    cr_assert_eq(slots[0], lower);
    cr_assert_eq(slots[1], upper);
}

Test(slot_list, the_same_token_of_two_modules_is_two)
{
    toy_show(2, "same");
    toy_show(TOY_SECOND, "same");
    cr_assert_eq(ask_unlisted(CK_TRUE), 2);
    cr_assert_neq(slots[0], slots[1]);
}

Test(slot_list, unlisted_tokens_can_be_hidden)
{
    struct config *config;

    C_Finalize(NULL);
    config = router_config();
    config->show_others = false;
    router_config_token(config, "first", "A", NULL);
    toy_show(2, "new");
    router_start(config);
    cr_assert_eq(ask_unlisted(CK_FALSE), 0);
}

/* Calls on the token read where it is without a lock. */
static _Atomic(bool) has_ended;

static void *
watch(void *argument)
{
    const struct token *token = argument;
    bool was_away = false;

    while (!atomic_load(&has_ended))
        was_away = was_away || !token_is_present(token);
    return was_away ? NULL : argument;
}

Test(slot_list, a_token_that_is_there_is_not_away_while_it_is_looked_at)
{
    struct slot_list *list = instance_get()->slots;
    struct token *token;
    pthread_t thread;
    void *result;

    toy_show(2, "new");
    cr_assert_eq(ask_unlisted(CK_TRUE), 1);
    token = router_token(slots[0]);
    pthread_create(&thread, NULL, watch, token);
    for (int i = 0; i < 500; i++)
        cr_assert(slot_list_scan(list, deadline_never(), NULL));
    atomic_store(&has_ended, true);
    pthread_join(thread, &result);
    cr_assert_eq(result, token);
}

/* -- After C_InitToken (R6.20) -------------------------------------------- */

static CK_UTF8CHAR new_label[33] = "renamed                         ";

Test(slot_list, an_initialised_token_stays_in_its_slot)
{
    CK_TOKEN_INFO info;

    cr_assert_eq(C_InitToken(1, NULL, 0, new_label), CKR_OK);
    cr_assert_str_eq(toys[0].label, "renamed");
    let_time_pass();
    cr_assert_eq(ask_count(CK_TRUE), 1);
    cr_assert_eq(ask_slots(CK_FALSE), 2, "no other slot has come");
    cr_assert_eq(C_GetTokenInfo(1, &info), CKR_OK);
    (void)router_session(1);
}

Test(slot_list, an_initialised_unlisted_token_stays_in_its_slot)
{
    CK_SLOT_ID slot;

    toy_show(2, "new");
    cr_assert_eq(ask_unlisted(CK_TRUE), 1);
    slot = slots[0];
    cr_assert_eq(C_InitToken(slot, NULL, 0, new_label), CKR_OK);
    cr_assert_eq(ask_unlisted(CK_FALSE), 1);
    cr_assert_eq(slots[0], slot);
    cr_assert_eq(ask_unlisted(CK_TRUE), 1);
    /* One that looks as it did has a slot of its own. */
    toy_show(3, "new");
    cr_assert_eq(ask_unlisted(CK_TRUE), 2);
    cr_assert_neq(slots[0], slots[1]);
}
