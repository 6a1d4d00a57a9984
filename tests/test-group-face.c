/* SPDX-License-Identifier: BSD-3-Clause */
/* What applications see of a group: texts, flags, limits, mechanisms. */
#include "common/text.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>

#include <string.h>

enum { FIRST, SECOND, MEMBERS };

/* What the members answer. */
static struct {
    CK_TOKEN_INFO info;
    CK_MECHANISM_TYPE types[4];
    CK_MECHANISM_INFO mechanisms[4];
    CK_ULONG n_types;
} its[MEMBERS];

static bool
answer_list(unsigned member, const struct argument *arguments, CK_RV *rv)
{
    CK_MECHANISM_TYPE *out = arguments[1].pointer;
    CK_ULONG room = *arguments[1].length_at;

    *arguments[1].length_at = its[member].n_types;
    *rv = out != NULL && room < its[member].n_types ? CKR_BUFFER_TOO_SMALL
                                                    : CKR_OK;
    if (out != NULL && *rv == CKR_OK)
        memcpy(out, its[member].types, its[member].n_types * sizeof(*out));
    return true;
}

static bool
answer_mechanism(unsigned member, const struct argument *arguments, CK_RV *rv)
{
    *rv = CKR_MECHANISM_INVALID;
    for (CK_ULONG i = 0; i < its[member].n_types; i++)
        if (its[member].types[i] == arguments[1].number) {
            memcpy(arguments[2].pointer, &its[member].mechanisms[i],
                   sizeof(its[member].mechanisms[i]));
            *rv = CKR_OK;
        }
    return true;
}

static bool
answer(enum function function, CK_SLOT_ID slot, struct argument *arguments,
       CK_RV *rv)
{
    unsigned member = (unsigned)(slot - TOY_SLOT(FIRST));

    if (member >= MEMBERS || !toys[member].has_token)
        return false;
    if (function == FUNCTION_C_GetMechanismList)
        return answer_list(member, arguments, rv);
    if (function == FUNCTION_C_GetMechanismInfo)
        return answer_mechanism(member, arguments, rv);
    if (function != FUNCTION_C_GetTokenInfo)
        return false;
    memcpy(arguments[1].pointer, &its[member].info, sizeof(its[member].info));
    *rv = CKR_OK;
    return true;
}

static void
set_mechanism(unsigned member, CK_MECHANISM_TYPE type, CK_ULONG least,
              CK_ULONG most, CK_FLAGS flags)
{
    CK_ULONG i = its[member].n_types++;

    its[member].types[i] = type;
    its[member].mechanisms[i] = (CK_MECHANISM_INFO){ least, most, flags };
}

static void
set_texts(unsigned member, const char *label, const char *manufacturer)
{
    CK_TOKEN_INFO *info = &its[member].info;

    text_pad(info->label, sizeof(info->label), label);
    text_pad(info->manufacturerID, sizeof(info->manufacturerID), manufacturer);
    text_pad(info->model, sizeof(info->model), manufacturer);
    text_pad(info->serialNumber, sizeof(info->serialNumber), label);
    info->flags = CKF_TOKEN_INITIALIZED | CKF_RNG;
    info->ulMinPinLen = 4;
    info->ulMaxPinLen = 255;
}

static struct config *
prepare(void)
{
    struct config *config = router_config();

    router_config_token(config, "two", "A", "B", NULL);
    config->tokens[0].write = WRITE_PRIMARY;
    (void)toy_show(1, "B");
    memset(its, 0, sizeof(its));
    set_texts(FIRST, "A", "one");
    set_texts(SECOND, "B", "other");
    toy_set_hook(answer);
    return config;
}

static void
start(void)
{
    router_start(prepare());
}

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(group_face, .init = start, .fini = finish);
TestSuite(group_face_at_start, .fini = finish);

static CK_TOKEN_INFO
get_info(void)
{
    CK_TOKEN_INFO info;

    cr_assert_eq(C_GetTokenInfo(1, &info), CKR_OK);
    return info;
}

static void
expect_texts(const char *manufacturer, const char *model, const char *serial)
{
    CK_TOKEN_INFO info = get_info();

    cr_expect(text_equals(info.label, sizeof(info.label), "two"));
    cr_expect(text_equals(info.manufacturerID, sizeof(info.manufacturerID),
                          manufacturer));
    cr_expect(text_equals(info.model, sizeof(info.model), model));
    cr_expect(text_equals(info.serialNumber, sizeof(info.serialNumber), serial),
              "%.16s", info.serialNumber);
}

/* R6.9. */
Test(group_face, has_the_texts_of_its_first_member_whoever_answers)
{
    expect_texts("one", "one", "A");
    router_lose(FIRST);
    expect_texts("one", "one", "A");
    router_return(FIRST);
    router_lose(SECOND);
    expect_texts("one", "one", "A");
}

Test(group_face_at_start, has_the_same_texts_for_ever_without_its_first_member)
{
    struct config *config = prepare();

    toys[FIRST].has_token = false;
    router_start(config);
    /* The first sixteen digits of the label's SHA-256. */
    expect_texts("p11mux", "group", "3fc4ccfe745870e2");
    router_return(FIRST);
    expect_texts("p11mux", "group", "3fc4ccfe745870e2");
}

Test(group_face_at_start, has_the_texts_of_its_rules_without_its_first_member)
{
    struct config *config = prepare();
    struct config_token *token = &config->tokens[0];

    token->model = strdup("M");
    token->members[0].match.serial = strdup("S");
    toys[FIRST].has_token = false;
    router_start(config);
    expect_texts("p11mux", "M", "S");
}

Test(group_face, has_a_slot_that_is_no_vendors)
{
    CK_SLOT_INFO info;

    for (int i = 0; i < 2; i++) {
        cr_assert_eq(C_GetSlotInfo(1, &info), CKR_OK);
        cr_expect(text_equals(info.slotDescription,
                              sizeof(info.slotDescription), "two"));
        cr_expect(text_equals(info.manufacturerID, sizeof(info.manufacturerID),
                              "p11mux"));
        cr_expect_eq(info.flags, CKF_TOKEN_PRESENT | CKF_REMOVABLE_DEVICE);
        router_lose(FIRST);
    }
    router_lose(SECOND);
    cr_assert_eq(C_GetSlotInfo(1, &info), CKR_OK);
    cr_expect_eq(info.flags, CKF_REMOVABLE_DEVICE);
    cr_expect_eq(C_GetTokenInfo(1, &(CK_TOKEN_INFO){ .flags = 0 }),
                 CKR_TOKEN_NOT_PRESENT);
}

/* R6.10. */
Test(group_face, can_what_all_can_and_needs_what_one_needs)
{
    CK_TOKEN_INFO info;

    its[FIRST].info.flags |=
        CKF_USER_PIN_LOCKED | CKF_CLOCK_ON_TOKEN | CKF_DUAL_CRYPTO_OPERATIONS;
    its[SECOND].info.flags = CKF_TOKEN_INITIALIZED | CKF_LOGIN_REQUIRED |
                             CKF_USER_PIN_FINAL_TRY |
                             CKF_DUAL_CRYPTO_OPERATIONS;
    info = get_info();
    cr_expect_eq(info.flags, CKF_TOKEN_INITIALIZED | CKF_LOGIN_REQUIRED |
                                 CKF_USER_PIN_FINAL_TRY |
                                 CKF_DUAL_CRYPTO_OPERATIONS);
    its[SECOND].info.flags |= CKF_USER_PIN_LOCKED;
    cr_expect_neq(get_info().flags & CKF_USER_PIN_LOCKED, 0);
}

Test(group_face, needs_what_a_member_needs_that_is_away_but_not_its_warnings)
{
    its[SECOND].info.flags =
        CKF_TOKEN_INITIALIZED | CKF_LOGIN_REQUIRED | CKF_USER_PIN_FINAL_TRY;
    router_look();
    router_lose(SECOND);
    cr_expect_eq(get_info().flags, CKF_TOKEN_INITIALIZED | CKF_LOGIN_REQUIRED);
}

Test(group_face, takes_pins_that_fit_all_and_counts_its_own_sessions)
{
    CK_SESSION_HANDLE session = router_session(1);
    CK_TOKEN_INFO info;

    its[FIRST].info.ulMaxPinLen = 64;
    its[FIRST].info.ulMaxSessionCount = 7;
    its[FIRST].info.ulTotalPublicMemory = 1000;
    its[SECOND].info.ulMinPinLen = 6;
    its[SECOND].info.ulTotalPublicMemory = 2000;
    info = get_info();
    cr_expect_eq(info.ulMinPinLen, 6);
    cr_expect_eq(info.ulMaxPinLen, 64);
    cr_expect_eq(info.ulMaxSessionCount, CK_EFFECTIVELY_INFINITE);
    cr_expect_eq(info.ulSessionCount, 1);
    cr_expect_eq(info.ulRwSessionCount, 1);
    cr_expect_eq(info.ulTotalPublicMemory, 1000);
    router_lose(FIRST);
    cr_expect_eq(get_info().ulTotalPublicMemory, 2000);
    C_CloseSession(session);
}

Test(group_face, is_told_of_by_the_member_that_still_answers)
{
    toy_set_hook(NULL);
    toy_fail(TOY_SLOT(FIRST), FUNCTION_C_GetTokenInfo, CKR_DEVICE_ERROR, 1);
    (void)get_info();
}

/* -- Mechanisms -------------------------------------------------------------
 */

static void
expect_mechanisms(const CK_MECHANISM_TYPE *expected, CK_ULONG n_expected)
{
    CK_MECHANISM_TYPE types[8];
    CK_ULONG count = 0;

    cr_assert_eq(C_GetMechanismList(1, NULL, &count), CKR_OK);
    cr_assert_eq(count, n_expected);
    count = n_expected - 1;
    cr_expect_eq(C_GetMechanismList(1, types, &count), CKR_BUFFER_TOO_SMALL);
    cr_expect_eq(count, n_expected);
    count = 8;
    cr_assert_eq(C_GetMechanismList(1, types, &count), CKR_OK);
    cr_assert_eq(count, n_expected);
    cr_expect_arr_eq(types, expected, n_expected * sizeof(*types));
}

static void
set_mechanisms(void)
{
    set_mechanism(FIRST, CKM_ECDSA, 256, 521, CKF_SIGN | CKF_VERIFY);
    set_mechanism(FIRST, CKM_RSA_PKCS, 1024, 4096, CKF_SIGN | CKF_DECRYPT);
    set_mechanism(FIRST, CKM_AES_CBC, 16, 32, CKF_ENCRYPT);
    set_mechanism(SECOND, CKM_AES_CBC, 128, 256, CKF_ENCRYPT);
    set_mechanism(SECOND, CKM_RSA_PKCS, 2048, 8192, CKF_SIGN);
    set_mechanism(SECOND, CKM_SHA256, 0, 0, CKF_DIGEST);
}

static const CK_MECHANISM_TYPE of_both[] = { CKM_RSA_PKCS, CKM_AES_CBC };

/* R6.12. */
Test(group_face, offers_what_all_offer_in_the_order_of_the_first)
{
    CK_MECHANISM_INFO info;

    set_mechanisms();
    expect_mechanisms(of_both, 2);
    cr_assert_eq(C_GetMechanismInfo(1, CKM_RSA_PKCS, &info), CKR_OK);
    cr_expect_eq(info.flags, CKF_SIGN);
    cr_expect_eq(info.ulMinKeySize, 2048);
    cr_expect_eq(info.ulMaxKeySize, 4096);
    /* Bytes and bits. */
    cr_assert_eq(C_GetMechanismInfo(1, CKM_AES_CBC, &info), CKR_OK);
    cr_expect_eq(info.ulMinKeySize, 16);
    cr_expect_eq(info.ulMaxKeySize, 32);
    cr_expect_eq(C_GetMechanismInfo(1, CKM_ECDSA, &info),
                 CKR_MECHANISM_INVALID);
    cr_expect_eq(C_GetMechanismInfo(1, CKM_SHA256, &info),
                 CKR_MECHANISM_INVALID);
}

Test(group_face, offers_the_same_while_a_member_is_away)
{
    CK_MECHANISM_INFO info;

    set_mechanisms();
    expect_mechanisms(of_both, 2);
    router_lose(SECOND);
    expect_mechanisms(of_both, 2);
    cr_assert_eq(C_GetMechanismInfo(1, CKM_RSA_PKCS, &info), CKR_OK);
    cr_expect_eq(info.flags, CKF_SIGN);
    router_return(SECOND);
    router_lose(FIRST);
    expect_mechanisms(of_both, 2);
    cr_expect_eq(C_GetMechanismInfo(1, CKM_SHA256, &info),
                 CKR_MECHANISM_INVALID);
}

Test(group_face_at_start, gives_the_mechanisms_that_it_counted)
{
    struct config *config = prepare();
    CK_MECHANISM_TYPE types[8];
    CK_ULONG count = 0;

    toys[SECOND].has_token = false;
    set_mechanisms();
    router_start(config);
    cr_assert_eq(C_GetMechanismList(1, NULL, &count), CKR_OK);
    cr_expect_eq(count, 3);
    router_return(SECOND);
    cr_assert_eq(C_GetMechanismList(1, types, &count), CKR_OK);
    cr_expect_eq(count, 3);
    expect_mechanisms(of_both, 2);
}

Test(group_face, offers_vendors_mechanisms_where_all_are_of_one_vendor)
{
    static const CK_MECHANISM_TYPE own = CKM_VENDOR_DEFINED | 7;

    set_mechanisms();
    set_mechanism(FIRST, own, 0, 0, CKF_SIGN);
    set_mechanism(SECOND, own, 0, 0, CKF_SIGN);
    expect_mechanisms((CK_MECHANISM_TYPE[]){ CKM_RSA_PKCS, CKM_AES_CBC, own },
                      3);
}
