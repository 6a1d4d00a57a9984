/* SPDX-License-Identifier: BSD-3-Clause */
/* A token that dies in each call of a loop in turn: what may be repeated
 * succeeds, the rest fails once, and nothing is made twice (7.3, R7.7). */
#include "tests/reconnect-fixture.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

enum { ROUNDS = 1000 };

static const enum function victims[] = {
    FUNCTION_C_SignInit,          FUNCTION_C_Sign,
    FUNCTION_C_FindObjectsInit,   FUNCTION_C_FindObjects,
    FUNCTION_C_GetAttributeValue, FUNCTION_C_GenerateKeyPair,
    FUNCTION_C_GenerateRandom,    FUNCTION_C_DestroyObject,
};

enum { N_VICTIMS = sizeof(victims) / sizeof(victims[0]) };

static enum config_pool_mode modes[] = { POOL_OPERATION, POOL_SESSION,
                                         POOL_NONE };

static enum function victim;
static bool is_armed;

/* The device restarts in the middle of the call. */
static bool
kill_in(enum function function, CK_SLOT_ID slot, struct argument *arguments,
        CK_RV *rv)
{
    (void)slot;
    (void)arguments;
    if (!is_armed || function != victim)
        return false;
    is_armed = false;
    reconnect_reboot();
    *rv = CKR_DEVICE_REMOVED;
    return true;
}

static void
finish(void)
{
    toy_set_hook(NULL);
    C_Finalize(NULL);
    clock_set_source(NULL);
}

TestSuite(reconnect_kill, .fini = finish, .timeout = 120);

/* Whether the device has just died in this call. */
static bool
has_died_in(enum function function)
{
    return victim == function && !is_armed;
}

static void
check_reading(void)
{
    CK_BYTE id[2] = { 0 }, random = 0;
    CK_ATTRIBUTE attribute = { CKA_ID, id, sizeof(id) };

    cr_assert_eq(pool_find_key(reconnect_session, 7), reconnect_key);
    cr_assert_eq(C_GetAttributeValue(reconnect_session, reconnect_key,
                                     &attribute, 1),
                 CKR_OK);
    cr_assert_eq(id[1], 7);
    cr_assert_eq(C_GenerateRandom(reconnect_session, &random, 1), CKR_OK);
    cr_assert_eq(reconnect_sign(), CKR_OK);
}

static CK_RV
make_pair(CK_OBJECT_HANDLE pair[2])
{
    static CK_BBOOL yes = CK_TRUE;
    CK_MECHANISM mechanism = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
    CK_ATTRIBUTE template = { CKA_TOKEN, &yes, sizeof(yes) };

    return C_GenerateKeyPair(reconnect_session, &mechanism, &template, 1,
                             &template, 1, &pair[0], &pair[1]);
}

/* Asked for once for each call of the application. */
static void
check_pair(void)
{
    unsigned long before = toy_count(TOY_ANY, FUNCTION_C_GenerateKeyPair);
    CK_OBJECT_HANDLE pair[2];
    CK_RV rv = make_pair(pair);
    CK_RV expected = has_died_in(FUNCTION_C_GenerateKeyPair) && rv != CKR_OK
                         ? CKR_DEVICE_REMOVED
                         : CKR_OK;

    cr_assert_eq(rv, expected);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_GenerateKeyPair), before + 1);
    if (rv != CKR_OK)
        cr_assert_eq(make_pair(pair), CKR_OK);
    rv = C_DestroyObject(reconnect_session, pair[0]);
    cr_assert_eq(rv, victim == FUNCTION_C_DestroyObject ? CKR_DEVICE_REMOVED
                                                        : CKR_OK);
    /* Nobody had looked what the other one was (DESIGN 4). */
    rv = C_DestroyObject(reconnect_session, pair[1]);
    cr_assert_eq(rv, victim == FUNCTION_C_DestroyObject
                         ? CKR_OBJECT_HANDLE_INVALID
                         : CKR_OK);
}

/* A pair whose end was lost with the device, and no other one. */
static void
check_objects(size_t n_objects)
{
    cr_assert_leq(toy_count_objects(0), n_objects + 2);
    for (size_t i = n_objects; i < TOY_OBJECTS; i++)
        toys[0].objects[i].number = 0;
}

ParameterizedTestParameters(reconnect_kill, in_each_call_in_turn)
{
    return cr_make_param_array(enum config_pool_mode, modes, 3);
}

ParameterizedTest(enum config_pool_mode *mode, reconnect_kill,
                  in_each_call_in_turn)
{
    size_t n_objects;

    reconnect_start(*mode);
    n_objects = toy_count_objects(0);
    toy_set_hook(kill_in);
    for (unsigned round = 0; round < ROUNDS; round++) {
        victim = victims[round % N_VICTIMS];
        is_armed = true;
        check_reading();
        check_pair();
        cr_assert_not(is_armed, "round %u", round);
        cr_assert_leq(toy_count_sessions(0), 3, "round %u", round);
        check_objects(n_objects);
    }
    cr_assert_eq(C_CloseSession(reconnect_session), CKR_OK);
    cr_assert_eq(toy_count_sessions(0), 0);
}
