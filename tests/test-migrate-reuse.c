/* SPDX-License-Identifier: BSD-3-Clause */
/* A new member that uses handles again: what has one by now is perhaps not what
 * it was, nor proven. */
#include "common/cleanup.h"
#include "tests/migrate-fixture.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static CK_OBJECT_HANDLE key;
static char *unproven;

static CK_OBJECT_HANDLE copy, other;
static unsigned n_reads, taken_back_at;

/* The tool takes the copy of key 1 back, and makes one of key 2, which gets its
 * handle. */
static void
take_back(void)
{
    CK_ULONG number = 2;
    CK_BYTE modulus[32] = { 0xc0 }, id[] = { 0, 2 };
    struct toy_object *object = toy_object(0, copy);

    cr_assert_eq(unlink(unproven), 0);
    free(unproven);
    unproven = migrate_begin_copy(other);
    memcpy(modulus + 16, &number, sizeof(number));
    object->number = number;
    toy_set(object, CKA_MODULUS, modulus, sizeof(modulus));
    toy_set(object, CKA_ID, id, sizeof(id));
    toy_set(object, CKA_LABEL, id, sizeof(id));
}

/* After that many readings on the new member, or before the first one. */
static bool
take_back_then(enum function function, CK_SLOT_ID slot,
               struct argument *arguments, CK_RV *rv)
{
    if (function != FUNCTION_C_GetAttributeValue || slot != TOY_SLOT(0))
        return false;
    n_reads++;
    if (taken_back_at == 0 && n_reads == 1)
        take_back();
    if (taken_back_at != n_reads)
        return false;
    toy_set_hook(NULL);
    *rv = toy_functions.C_GetAttributeValue(arguments[0].number,
                                            arguments[1].number,
                                            arguments[2].pointer,
                                            arguments[2].number);
    take_back();
    return true;
}

/* Keys 1 and 2 are on the old one, and key 1 is about to move. */
static void
start(void)
{
    struct config *config = migrate_config();

    router_clock_stop();
    (void)migrate_add(MIGRATE_OLD, 1);
    (void)migrate_add(MIGRATE_OLD, 2);
    migrate_start(config);
    key = migrate_find(1);
    other = migrate_find(2);
    migrate_look_now();
    router_token(1)->members[MIGRATE_NEW].reuses_handles = true;
    unproven = migrate_begin_copy(key);
    copy = migrate_add(MIGRATE_NEW, 1);
}

TestSuite(migrate_reuse, .init = start, .fini = pool_finish, .timeout = 30);

static unsigned
count_objects(void)
{
    CK_OBJECT_HANDLE all[8];

    return (unsigned)router_find_all(migrate_session, all, 8);
}

static void
expect_not_used(void)
{
    toy_set_hook(NULL);
    cr_expect_eq(toy_object(0, copy)->number, 2, "it was taken back");
    cr_expect_eq(migrate_signer(other, 2), MIGRATE_OLD);
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD);
    free(unproven);
}

Test(migrate_reuse, a_handle_that_is_anothers_by_then_is_not_used)
{
    taken_back_at = UINT_MAX;
    toy_set_hook(take_back_then);
    migrate_tell();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD);
    cr_assert_gt(n_reads, 0);
    taken_back_at = 2 * n_reads;
    migrate_tell();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD);
    expect_not_used();
}

Test(migrate_reuse, a_handle_that_is_anothers_in_a_search_is_not_bound)
{
    toy_set_hook(take_back_then);
    cr_expect_eq(count_objects(), 2);
    expect_not_used();
}

/* That many readings tell what the copy is. */
static unsigned
count_readings(void)
{
    CLEANUP(identity_freep) struct identity *identity = NULL;
    CK_SESSION_HANDLE session;

    taken_back_at = UINT_MAX;
    cr_assert_eq(toy_functions.C_OpenSession(TOY_SLOT(0), CKF_SERIAL_SESSION,
                                             NULL, NULL, &session),
                 CKR_OK);
    cr_assert_eq(identity_read(&toy_functions, session, copy, true, &identity),
                 CKR_OK);
    cr_assert_eq(toy_functions.C_CloseSession(session), CKR_OK);
    return n_reads;
}

Test(migrate_reuse, a_handle_that_is_anothers_once_it_was_read_is_not_bound)
{
    unsigned n_readings;

    toy_set_hook(take_back_then);
    n_readings = count_readings();
    n_reads = 0;
    taken_back_at = n_readings;
    cr_expect_eq(count_objects(), 2);
    expect_not_used();
}
