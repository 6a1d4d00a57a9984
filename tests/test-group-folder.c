/* SPDX-License-Identifier: BSD-3-Clause */
/* A group of two tokens that SoftHSM keeps in one folder: what is the first
 * one's there is moved away and back. */
#include "tests/fixture.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct module *module;
static const CK_FUNCTION_LIST *list;
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE one, two;
static char *first; /* its folder */

/* A token with a key of its own. */
static void
make_token(const char *label)
{
    struct module *softhsm;
    CK_SESSION_HANDLE its;

    fixture_softhsm_token(label);
    softhsm = module_open(FIXTURE_SOFTHSM);
    fixture_initialize(softhsm, NULL);
    its = fixture_session(softhsm->list, fixture_slot(softhsm->list, label),
                          FIXTURE_PIN);
    (void)fixture_make_ec(softhsm->list, its, label);
    softhsm->list->C_Finalize(NULL);
    module_close(softhsm);
}

static void
find_folder(void)
{
    glob_t found;

    if (glob(fixture_path("soft/tokens/*"), 0, NULL, &found) != 0 ||
        found.gl_pathc != 1)
        fixture_fail("there is not one token's folder");
    first = strdup(found.gl_pathv[0]);
    globfree(&found);
}

/* `more` is what the second member's entry has besides its path. */
static void
start(const char *more)
{
    (void)fixture_softhsm("soft");
    make_token("one");
    find_folder();
    make_token("two");
    fixture_config(
        "modules = ( { name = \"soft\"; path = \"%s\"; },\n"
        "  { name = \"hard\"; path = \"%s\"; %s } );\n"
        "tokens = ( { label = \"both\"; mode = \"failover\"; members = (\n"
        "  { module = \"soft\"; match = \"pkcs11:token=one\"; },\n"
        "  { module = \"hard\"; match = \"pkcs11:token=two\"; } ); } );\n"
        "others = \"hide\"; slot_refresh = \"0s\"; state_dir = \"%s\";\n",
        FIXTURE_SOFTHSM, FIXTURE_SOFTHSM, more, fixture_make_folder("state"));
    module = module_open(fixture_p11mux());
    list = module->list;
    fixture_initialize(module, NULL);
    session = fixture_session(list, fixture_slot(list, "both"), FIXTURE_PIN);
    one = fixture_find_pair(list, session, "one").private_key;
    two = fixture_find_pair(list, session, "two").private_key;
}

static void
finish(void)
{
    list->C_Finalize(NULL);
    module_close(module);
    free(first);
}

TestSuite(group_folder, .fini = finish, .timeout = 120);

static CK_RV
sign(CK_OBJECT_HANDLE key)
{
    CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };
    CK_BYTE hash[32] = { 1 }, signature[64];
    CK_ULONG room = sizeof(signature);
    CK_RV rv = list->C_SignInit(session, &mechanism, key);

    return rv != CKR_OK
               ? rv
               : list->C_Sign(session, hash, sizeof(hash), signature, &room);
}

/* Until that is noticed too. */
static void
move_away(void)
{
    CK_RV rv = CKR_OK;

    cr_assert_eq(rename(first, fixture_path("away")), 0);
    while (rv == CKR_OK)
        rv = sign(one);
    cr_assert_eq(rv, CKR_DEVICE_REMOVED, "0x%lx", rv);
}

/* Each search and each list of slots looks at both. */
static void
expect_second_only(void)
{
    CK_ULONG n_slots = 0;

    for (int i = 0; i < 20; i++) {
        cr_assert_eq(sign(two), CKR_OK);
        cr_assert_eq(sign(one), CKR_DEVICE_REMOVED);
        cr_assert_eq(list->C_GetSlotList(CK_TRUE, NULL, &n_slots), CKR_OK);
        cr_assert_eq(n_slots, 1);
    }
}

Test(group_folder, of_one_token_moved_away_leaves_the_other_one)
{
    start("");
    move_away();
    expect_second_only();
}

/* SoftHSM sees it when it is started anew, which is done while nobody uses its
 * other token. */
Test(group_folder, that_comes_back_is_seen_by_a_library_of_its_own)
{
    start("instance = \"own\";");
    move_away();
    expect_second_only();
    cr_assert_eq(rename(fixture_path("away"), first), 0);
    while (sign(one) != CKR_OK)
        cr_assert_eq(sign(two), CKR_OK);
    cr_assert_eq(sign(two), CKR_OK);
}
