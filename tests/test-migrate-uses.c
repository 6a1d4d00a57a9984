/* SPDX-License-Identifier: BSD-3-Clause */
/* A token in mode "migrate" counts what still goes to its old member, by key
 * (R9.13). */
#include "router/uses.h"
#include "tests/counters-fixture.h"
#include "tests/migrate-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

/* Key 1 is on both, 2 and 3 are on the old one. */
static void
start(void)
{
    struct config *config = migrate_config();

    for (CK_ULONG number = 1; number <= 3; number++) {
        if (number == 1)
            (void)migrate_add(MIGRATE_NEW, number);
        (void)migrate_add(MIGRATE_OLD, number);
    }
    migrate_start(config);
}

static void
finish(void)
{
    (void)C_Finalize(NULL);
}

TestSuite(migrate_uses, .init = start, .fini = finish, .timeout = 60);

static void
sign(CK_ULONG number, unsigned times)
{
    CK_OBJECT_HANDLE key = migrate_find(number);

    for (unsigned i = 0; i < times; i++)
        (void)migrate_signer(key, number);
}

/* Of all keys together. */
static uint64_t
count_uses(const struct total_token *token)
{
    uint64_t count = 0;

    for (size_t i = 0; i < token->n_uses; i++)
        count += token->uses[i].sums.count;
    return count;
}

Test(migrate_uses, are_counted_by_key)
{
    const struct total_token *token;

    sign(2, 3);
    sign(3, 5);
    token = counters_look_at_token();
    cr_assert_eq(token->n_uses, 2);
    cr_expect_eq(token->uses[0].sums.count, 3);
    cr_expect_eq(token->uses[1].sums.count, 5);
    cr_expect_eq(token->uses[0].sums.object_class, CKO_PRIVATE_KEY);
    cr_expect(!token->uses[0].is_others);
    cr_expect_neq(token->uses[0].sums.grown_us, 0);
}

/* -- Of calls with more than one key ------------------------------------------
 */

static void
expect_one_each(void)
{
    const struct total_token *token = counters_look_at_token();

    cr_assert_eq(token->n_uses, 2);
    for (size_t i = 0; i < 2; i++)
        cr_expect_eq(token->uses[i].sums.count, 1);
}

/* Asking for the length is none. */
Test(migrate_uses, are_those_of_the_key_that_is_wrapped_too)
{
    CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
    CK_OBJECT_HANDLE by = migrate_find(2), key = migrate_find(3);
    CK_BYTE out[256];
    CK_ULONG length = 0;

    cr_assert_eq(C_WrapKey(migrate_session, &mechanism, by, key, NULL, &length),
                 CKR_OK);
    cr_expect_eq(counters_look_at_token()->n_uses, 0);
    length = sizeof(out);
    cr_assert_eq(C_WrapKey(migrate_session, &mechanism, by, key, out, &length),
                 CKR_OK);
    expect_one_each();
}

/* R1.11 */
Test(migrate_uses, are_those_of_a_key_in_a_parameter_too)
{
    CK_OBJECT_HANDLE base = migrate_find(2), inside = migrate_find(3), made;
    CK_MECHANISM mechanism = { CKM_CONCATENATE_BASE_AND_KEY, &inside,
                               sizeof(inside) };

    (void)C_DeriveKey(migrate_session, &mechanism, base, NULL, 0, &made);
    expect_one_each();
}

/* The digest is where the key is: on the old member after a rollback. */
Test(migrate_uses, are_those_of_a_key_that_is_digested)
{
    CK_MECHANISM mechanism = { CKM_SHA256, NULL, 0 };
    CK_OBJECT_HANDLE key = migrate_find(1);

    migrate_write_phase(MIGRATION_ROLLED_BACK);
    migrate_tell();
    cr_assert_eq(C_DigestInit(migrate_session, &mechanism), CKR_OK);
    cr_assert_eq(C_DigestKey(migrate_session, key), CKR_OK);
    cr_expect_eq(count_uses(counters_look_at_token()), 1);
}

Test(migrate_uses, are_no_reading_and_no_changing)
{
    CK_BYTE label[16];
    CK_ATTRIBUTE attribute = { CKA_LABEL, label, sizeof(label) };
    CK_OBJECT_HANDLE key = migrate_find(2);

    (void)C_GetAttributeValue(migrate_session, key, &attribute, 1);
    cr_assert_eq(C_DestroyObject(migrate_session, key), CKR_OK);
    cr_expect_eq(counters_look_at_token()->n_uses, 0);
}

/* -- Which are none -----------------------------------------------------------
 */

Test(migrate_uses, of_the_new_member_are_not_counted)
{
    sign(1, 4);
    cr_expect_eq(counters_look_at_token()->n_uses, 0);
}

/* R9.11 */
Test(migrate_uses, are_those_after_a_rollback_too)
{
    migrate_write_phase(MIGRATION_ROLLED_BACK);
    migrate_tell();
    sign(1, 4);
    cr_expect_eq(count_uses(counters_look_at_token()), 4);
}

/* R9.12 */
Test(migrate_uses, are_those_in_place_of_a_new_member_that_is_lost)
{
    CK_OBJECT_HANDLE key = migrate_find(1);

    (void)migrate_signer(key, 1);
    router_lose(0);
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD);
    cr_expect_eq(count_uses(counters_look_at_token()), 1);
}

/* Its handle is another one then. */
Test(migrate_uses, of_a_key_stay_in_its_row_after_another_login)
{
    const struct total_token *token;

    sign(2, 2);
    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    migrate_log_in();
    sign(2, 3);
    token = counters_look_at_token();
    cr_assert_eq(token->n_uses, 1);
    cr_expect_eq(token->uses[0].sums.count, 5);
}

Test(migrate_uses, have_the_time_at_which_they_were_seen_to_grow)
{
    uint64_t grown_us;

    sign(2, 1);
    grown_us = counters_look_at_token()->uses[0].sums.grown_us;
    cr_expect_eq(counters_look_at_token()->uses[0].sums.grown_us, grown_us);
    sign(2, 1);
    cr_expect_gt(counters_look_at_token()->uses[0].sums.grown_us, grown_us);
}

/* What has no row is counted all the same. */
Test(migrate_uses, of_more_keys_than_there_are_rows_are_those_of_others)
{
    enum { KEYS = COUNTERS_USES + 5 };

    const struct total_token *token;
    const struct total_use *others;

    for (CK_ULONG number = 10; number < 10 + KEYS; number++) {
        (void)migrate_add(MIGRATE_OLD, number);
        sign(number, 2);
    }
    token = counters_look_at_token();
    cr_assert_eq(token->n_uses, COUNTERS_USES);
    others = &token->uses[COUNTERS_USES_OTHERS];
    cr_expect(others->is_others);
    cr_expect_eq(others->sums.count, 2 * (KEYS - COUNTERS_USES_OTHERS));
    cr_expect_eq(count_uses(token), 2 * KEYS);
}
