/* SPDX-License-Identifier: BSD-3-Clause */
/* Vendors' handles that use every bit, and those that are used again for
 * something else: the application sees neither (SEMANTICS 2). */
#include "tests/rig.h"

#include <criterion/criterion.h>
#include <string.h>

static struct rig rig;
static CK_SESSION_HANDLE session;

TestSuite(vendor_handles, .timeout = 60);

/* SoftHSM behind the fault module, which has other handles than SoftHSM. */
static void
setup_with(const char *script, const char *weak)
{
    fixture_softhsm("soft");
    fixture_softhsm_token("handles");
    rig_config("handles", weak, "");
    rig_load(&rig, FIXTURE_SOFTHSM);
    cr_assert(rig.load(script));
    rig_start(&rig);
    session = fixture_session((CK_FUNCTION_LIST *)rig.mux->list, RIG_WEAK,
                              FIXTURE_PIN);
}

/* What p11mux gives, always (R2.5). */
static void
check_small(CK_ULONG handle)
{
    cr_expect_neq(handle, 0);
    cr_expect_eq(handle >> 62, 0);
}

static CK_ULONG
search(CK_SESSION_HANDLE in, const char *label, CK_OBJECT_CLASS class_,
       CK_OBJECT_HANDLE *out, CK_ULONG room)
{
    CK_BYTE text[32];
    CK_ATTRIBUTE template[] = { { CKA_CLASS, &class_, sizeof(class_) },
                                { CKA_LABEL, text, strlen(label) } };
    CK_ULONG count;

    memcpy(text, label, strlen(label));
    cr_assert_eq(rig.list->C_FindObjectsInit(in, template, 2), CKR_OK);
    cr_assert_eq(rig.list->C_FindObjects(in, out, room, &count), CKR_OK);
    cr_assert_eq(rig.list->C_FindObjectsFinal(in), CKR_OK);
    return count;
}

/* -- Wide -------------------------------------------------------------------
 */

Test(vendor_handles, of_64_bits_work_like_any_other)
{
    struct fixture_pair ec, rsa;
    CK_SESSION_HANDLE other;
    CK_OBJECT_HANDLE found;

    setup_with("handles wide", "");
    other = rig_session(&rig, RIG_WEAK);
    ec = fixture_make_ec(rig.mux->list, session, "elliptic");
    rsa = fixture_make_rsa(rig.mux->list, other, "rsa");
    check_small(session);
    check_small(other);
    check_small(ec.private_key);
    check_small(rsa.public_key);
    cr_assert(fixture_sign_check(rig.mux->list, other, ec));
    cr_assert(fixture_sign_check(rig.mux->list, session, rsa));
    cr_assert_eq(search(other, "elliptic", CKO_PRIVATE_KEY, &found, 1), 1);
    cr_assert_eq(found, ec.private_key);
    cr_assert_eq(rig.list->C_DestroyObject(session, ec.private_key), CKR_OK);
    cr_assert_eq(search(other, "elliptic", CKO_PRIVATE_KEY, &found, 1), 0);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

/* -- Used again ---------------------------------------------------------------
 */

Test(vendor_handles, of_sessions_are_no_sign_of_life)
{
    CK_SESSION_HANDLE first, second;
    CK_SESSION_INFO info;

    setup_with("handles reuse", "");
    first = rig_session(&rig, RIG_WEAK);
    cr_assert_eq(rig.list->C_CloseSession(first), CKR_OK);
    second = rig_session(&rig, RIG_WEAK); /* behind it the same number */
    cr_assert_neq(first, second);
    cr_assert_eq(rig.list->C_GetSessionInfo(first, &info),
                 CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(rig.list->C_CloseSession(first), CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(rig.list->C_GetSessionInfo(second, &info), CKR_OK);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

Test(vendor_handles, of_objects_destroyed_here_are_no_sign_of_life)
{
    struct fixture_pair first, second;
    CK_ULONG size;

    setup_with("handles reuse", "handle_reuse = true;");
    first = fixture_make_ec(rig.mux->list, session, "first");
    cr_assert(fixture_sign_check(rig.mux->list, session, first));
    cr_assert_eq(rig.list->C_DestroyObject(session, first.public_key), CKR_OK);
    cr_assert_eq(rig.list->C_DestroyObject(session, first.private_key), CKR_OK);
    second = fixture_make_ec(rig.mux->list, session, "second");
    cr_assert_neq(first.private_key, second.private_key);
    cr_assert_eq(rig.list->C_GetObjectSize(session, first.private_key, &size),
                 CKR_OBJECT_HANDLE_INVALID);
    cr_assert(fixture_sign_check(rig.mux->list, session, second));
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

/* The module's own list, as another process would have it. */
static CK_SESSION_HANDLE
stranger_session(void)
{
    CK_FUNCTION_LIST *list = rig.fault->list;

    return fixture_session(list, fixture_slot(list, "handles"), NULL);
}

static CK_RV
sign_init(CK_OBJECT_HANDLE key)
{
    CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };

    return rig.list->C_SignInit(session, &mechanism, key);
}

/*
 * Conformance 15. Another process destroys the key and makes another with the
 * same label and id, which gets the same number; after the next search (when
 * p11mux sees the number again) the old handle is dead and never signs with
 * the new key.
 */
Test(vendor_handles, of_objects_destroyed_elsewhere_are_looked_at)
{
    CK_FUNCTION_LIST *stranger;
    CK_SESSION_HANDLE theirs;
    CK_OBJECT_HANDLE found[2], key;
    struct fixture_pair old, replaced;
    CK_ULONG size;

    setup_with("handles reuse", "handle_reuse = true;");
    old = fixture_make_ec(rig.mux->list, session, "the key");
    cr_assert(fixture_sign_check(rig.mux->list, session, old));
    stranger = rig.fault->list;
    theirs = stranger_session();
    cr_assert_eq(stranger->C_DestroyObject(theirs, 1), CKR_OK);
    cr_assert_eq(stranger->C_DestroyObject(theirs, 2), CKR_OK);
    replaced = fixture_make_ec(stranger, theirs, "the key");
    cr_assert_eq(replaced.public_key + replaced.private_key, 3);
    cr_assert_eq(search(session, "the key", CKO_PRIVATE_KEY, found, 2), 1);
    cr_assert_eq(search(session, "the key", CKO_PUBLIC_KEY, found, 2), 1);
    cr_assert_eq(sign_init(old.private_key), CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(rig.list->C_GetObjectSize(session, old.public_key, &size),
                 CKR_OBJECT_HANDLE_INVALID);
    cr_assert_eq(rig.count("C_SignInit"), 1);
    /* They stay dead, and the new ones are found under handles of their own. */
    cr_assert_eq(search(session, "the key", CKO_PRIVATE_KEY, found, 2), 1);
    key = found[0];
    cr_assert_eq(search(session, "the key", CKO_PUBLIC_KEY, found, 2), 1);
    cr_assert_neq(key, old.private_key);
    cr_assert_neq(found[0], old.public_key);
    cr_assert_eq(sign_init(old.private_key), CKR_KEY_HANDLE_INVALID);
    replaced = (struct fixture_pair){ found[0], key };
    cr_assert(fixture_sign_check(rig.mux->list, session, replaced));
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

/* One that is still what it was keeps its handle. */
Test(vendor_handles, of_objects_that_are_the_same_stay)
{
    struct fixture_pair pair;
    CK_OBJECT_HANDLE found;

    setup_with("handles reuse", "handle_reuse = true;");
    pair = fixture_make_ec(rig.mux->list, session, "the key");
    for (unsigned i = 0; i < 5; i++) {
        cr_assert_eq(search(session, "the key", CKO_PRIVATE_KEY, &found, 1), 1);
        cr_assert_eq(found, pair.private_key);
        cr_assert(fixture_sign_check(rig.mux->list, session, pair));
    }
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}
