/* SPDX-License-Identifier: BSD-3-Clause */
/* A thread looks on the new member for what is used on the old one, so that no
 * call has to (R9.2). */
#include "router/control.h"
#include "router/pool.h"
#include "tests/migrate-fixture.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

enum { NEW = 0 }; /* the toy of that member */

static CK_OBJECT_HANDLE key, other;

/* Keys 1 and 2 are on the old one alone, where they are used. */
static void
begin(struct config *config)
{
    router_clock_stop();
    (void)migrate_add(MIGRATE_OLD, 1);
    (void)migrate_add(MIGRATE_OLD, 2);
    migrate_start(config);
    key = migrate_find(1);
    other = migrate_find(2);
    migrate_look_now();
    if (migrate_signer(key, 1) != MIGRATE_OLD ||
        migrate_signer(other, 2) != MIGRATE_OLD)
        fixture_fail("it is on the new one");
}

static void
start(void)
{
    begin(migrate_config());
}

/* What a thread has open for a moment is closed by itself. */
static void
finish(void)
{
    toy_set_hook(NULL);
    (void)C_CloseAllSessions(1);
    while (toy_count_sessions(NEW) != 0)
        (void)sched_yield();
    pool_finish();
}

TestSuite(migrate_looker, .init = start, .fini = finish, .timeout = 30);

static struct member *
new_member(void)
{
    return &router_token(1)->members[MIGRATE_NEW];
}

/* Which member signs, without a search on the new one. */
static unsigned
signer_at_once(void)
{
    unsigned signer;

    toy_forget_calls();
    signer = migrate_signer(key, 1);
    cr_expect_eq(toy_count(TOY_SLOT(NEW), FUNCTION_C_FindObjectsInit), 0);
    return signer;
}

static void
expect_not_bound(void)
{
    cr_expect_not(
        object_space_was_seen(router_token(1)->objects, key, MIGRATE_NEW));
}

Test(migrate_looker, finds_a_key_in_use)
{
    (void)migrate_add(MIGRATE_NEW, 1);
    migrate_tell();
    cr_expect_eq(signer_at_once(), MIGRATE_NEW);
    cr_expect_eq(migrate_find(1), key);
}

Test(migrate_looker, looks_in_vain_for_what_is_not_there)
{
    migrate_tell();
    cr_expect_eq(signer_at_once(), MIGRATE_OLD);
}

Test(migrate_looker, leaves_a_copy_that_is_not_proven)
{
    char *unproven = migrate_begin_copy(key);

    (void)migrate_add(MIGRATE_NEW, 1);
    migrate_tell();
    cr_expect_eq(signer_at_once(), MIGRATE_OLD);
    cr_assert_eq(unlink(unproven), 0);
    migrate_tell();
    cr_expect_eq(signer_at_once(), MIGRATE_NEW);
    free(unproven);
}

/* R7.8 */
Test(migrate_looker, takes_no_other_key_of_that_name)
{
    CK_OBJECT_HANDLE namesake = migrate_add(MIGRATE_NEW, 3);
    CK_BYTE id[] = { 0, 1 };

    toy_set(toy_object(NEW, namesake), CKA_ID, id, sizeof(id));
    toy_set(toy_object(NEW, namesake), CKA_LABEL, id, sizeof(id));
    migrate_tell();
    cr_expect_eq(signer_at_once(), MIGRATE_OLD);
}

Test(migrate_looker, looks_every_few_seconds_for_what_is_used)
{
    (void)migrate_add(MIGRATE_NEW, 1);
    router_clock_move(4000);
    migrate_look_now();
    cr_expect_eq(signer_at_once(), MIGRATE_NEW);
}

Test(migrate_looker, leaves_an_idle_token_alone)
{
    router_clock_move(4000);
    migrate_look_now();
    toy_forget_calls();
    router_clock_move(4000);
    migrate_look_now();
    cr_expect_eq(toy_count(TOY_SLOT(NEW), FUNCTION_C_FindObjectsInit), 0);
}

/* Nothing is used there. */
Test(migrate_looker, looks_for_nothing_after_a_rollback)
{
    (void)migrate_add(MIGRATE_NEW, 1);
    migrate_write_phase(MIGRATION_ROLLED_BACK);
    migrate_tell();
    migrate_tell();
    expect_not_bound();
}

/* -- How long ---------------------------------------------------------------
 */

static atomic_uint n_searches;
static atomic_bool has_given_up;

/* Each search takes two seconds. */
static bool
take_long(enum function function, CK_SLOT_ID slot, struct argument *arguments,
          CK_RV *rv)
{
    (void)arguments, (void)rv;
    if (function != FUNCTION_C_FindObjectsInit || slot != TOY_SLOT(NEW))
        return false;
    atomic_fetch_add(&n_searches, 1);
    router_clock_move(2000);
    control_look_now();
    if (!migration_is_behind(new_member()))
        atomic_store(&has_given_up, true);
    return false;
}

Test(migrate_looker, is_waited_for_as_long_as_its_member_answers)
{
    (void)migrate_add(MIGRATE_NEW, 1);
    toy_set_hook(take_long);
    migrate_tell();
    toy_set_hook(NULL);
    cr_expect_geq(atomic_load(&n_searches), 3, "two keys are looked for");
    cr_expect_not(atomic_load(&has_given_up));
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_NEW);
}

/* -- Its session ------------------------------------------------------------
 */

/* It is in the middle of its first search. */
static void
hold_looker(void)
{
    toy_hold(TOY_SLOT(NEW), FUNCTION_C_FindObjectsInit);
    (void)paused_write(CONTROL_MOVED, "two");
    toy_wait_for_held();
}

/* It asks nothing more, and opens nothing. */
static void
expect_end(void)
{
    toy_forget_calls();
    toy_release();
    while (migration_is_behind(new_member()))
        (void)sched_yield();
    cr_expect_eq(toy_count(TOY_SLOT(NEW), FUNCTION_C_FindObjectsInit), 0);
    cr_expect_eq(toy_count(TOY_SLOT(NEW), FUNCTION_C_Login), 0);
    cr_expect_null(pool_take_apart(new_member()->pool));
}

/* Whoever pauses the token, or drains the member, waits for its end. */
static void
expect_that_it_counts(void)
{
    struct pool *pool = new_member()->pool;
    size_t n_used = pool_rest(pool);

    hold_looker();
    cr_expect_eq(pool_rest(pool), n_used + 1);
    toy_release();
    migrate_look_now();
    cr_expect_eq(pool_rest(pool), n_used);
}

Test(migrate_looker, has_a_session_that_counts)
{
    expect_that_it_counts();
}

Test(migrate_looker, ends_when_its_member_is_drained)
{
    hold_looker();
    (void)paused_command_member(CONTROL_DRAIN, MIGRATE_NEW);
    expect_end();
}

Test(migrate_looker, ends_when_its_token_is_paused)
{
    hold_looker();
    (void)paused_command(CONTROL_PAUSE, "two");
    expect_end();
}

/* Nobody is logged in there then. */
Test(migrate_looker, ends_with_the_last_session)
{
    hold_looker();
    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    cr_expect_eq(toys[NEW].user, (CK_USER_TYPE)-1);
    expect_end();
}

/* Its device is asked by one, who finds that out, and not for each key. */
Test(migrate_looker, ends_when_its_member_is_lost)
{
    hold_looker();
    router_lose(NEW);
    expect_end();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD);
}

TestSuite(migrate_looker_with, .fini = finish, .timeout = 30);

/* Where calls keep theirs. */
Test(migrate_looker_with, sessions_of_its_own_for_each_counts)
{
    struct config *config = migrate_config();

    config->tokens[0].pool.mode = POOL_SESSION;
    begin(config);
    expect_that_it_counts();
}

/* One for the keeper, and one for calls. */
Test(migrate_looker_with, a_token_of_few_sessions_opens_none)
{
    struct config *config = migrate_config();

    toys[NEW].most_sessions = 2;
    begin(config);
    (void)migrate_add(MIGRATE_NEW, 1);
    cr_expect_null(pool_take_apart(new_member()->pool));
    migrate_tell();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_NEW);
}

/* Of keys that are not counted by themselves it knows the last ones. */
Test(migrate_looker_with, many_keys_finds_each)
{
    enum { MANY = COUNTERS_USES + 8 };
    struct config *config = migrate_config();
    CK_OBJECT_HANDLE keys[MANY + 1];

    for (CK_ULONG i = 3; i <= MANY; i++)
        (void)migrate_add(MIGRATE_OLD, i);
    begin(config);
    for (CK_ULONG i = 3; i <= MANY; i++) {
        keys[i] = migrate_find(i);
        (void)migrate_signer(keys[i], i);
    }
    for (CK_ULONG i = 3; i <= MANY; i++)
        (void)migrate_add(MIGRATE_NEW, i);
    migrate_tell();
    for (CK_ULONG i = 3; i <= MANY; i++)
        cr_expect(object_space_was_seen(router_token(1)->objects, keys[i],
                                        MIGRATE_NEW));
}

/* R2.12: its handles are no good for calls. */
Test(migrate_looker_with, handles_of_one_session_leaves_it_to_calls)
{
    struct config *config = migrate_config();

    router_profile.settings.handle_scope = SCOPED_SESSION;
    begin(config);
    (void)migrate_add(MIGRATE_NEW, 1);
    migrate_tell();
    expect_not_bound();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_NEW);
}

/* R3.21 */
Test(migrate_looker_with, logins_of_one_session_is_logged_in)
{
    struct config *config = migrate_config();

    router_profile.settings.login_scope = SCOPED_SESSION;
    toys[NEW].scopes_logins = true;
    begin(config);
    (void)migrate_add(MIGRATE_NEW, 1);
    migrate_tell();
    cr_expect_eq(signer_at_once(), MIGRATE_NEW);
}

/* It would not see what is private. */
Test(migrate_looker, is_logged_out_and_leaves_it_to_calls)
{
    (void)migrate_add(MIGRATE_NEW, 1);
    hold_looker();
    toys[NEW].user = (CK_USER_TYPE)-1;
    toy_release();
    migrate_look_now();
    expect_not_bound();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_NEW);
}

/* What it has found there is looked for again. */
Test(migrate_looker, its_member_begins_another_life_meanwhile)
{
    (void)migrate_add(MIGRATE_NEW, 1);
    toy_hold(TOY_SLOT(NEW), FUNCTION_C_GetAttributeValue);
    (void)paused_write(CONTROL_MOVED, "two");
    toy_wait_for_held();
    member_begin_life(new_member());
    toy_release();
    migrate_look_now();
    expect_not_bound();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_NEW);
    /* What was open in the life before is known to the toy alone. */
    (void)C_CloseAllSessions(1);
    toy_sessions_end(NEW);
}
