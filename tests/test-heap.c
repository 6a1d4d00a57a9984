/* SPDX-License-Identifier: BSD-3-Clause */
/* No allocation on the way of a cryptographic call (DESIGN 8). */
#include "tests/heap.h"

#include "tests/fixture.h"

#include <criterion/criterion.h>
#include <dlfcn.h>

static const CK_FUNCTION_LIST *list;
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;
static CK_OBJECT_HANDLE other;

static void
setup(void)
{
    struct module *mux = module_open(fixture_p11mux());
    CK_OBJECT_HANDLE found[2];
    CK_ULONG count;

    fixture_setenv("P11MUX_NULL_OBJECTS", "2");
    fixture_config("modules = ( { name = \"null\"; path = \"%s\"; } );\n"
                   "tokens = ( { label = \"null\"; members = ( { module = "
                   "\"null\"; match = \"pkcs11:token=null\"; } ); } );\n",
                   fixture_test_module("null"));
    list = mux->list;
    fixture_initialize(mux, NULL);
    session = fixture_session(list, 1, FIXTURE_PIN);
    cr_assert_eq(list->C_FindObjectsInit(session, NULL, 0), CKR_OK);
    cr_assert_eq(list->C_FindObjects(session, found, 2, &count), CKR_OK);
    cr_assert_eq(list->C_FindObjectsFinal(session), CKR_OK);
    cr_assert_eq(count, 2);
    key = found[0];
    other = found[1];
}

static void
teardown(void)
{
    cr_assert_eq(list->C_Finalize(NULL), CKR_OK);
}

TestSuite(heap, .init = setup, .fini = teardown, .timeout = 60);

/* The first two times make what stays; then a hundred times. */
static unsigned long
allocations_of(void (*run)(CK_MECHANISM *), CK_MECHANISM *mechanism)
{
    run(mechanism);
    run(mechanism);
    heap_begin();
    for (unsigned i = 0; i < 100; i++)
        run(mechanism);
    return heap_end();
}

/* -- What is counted ----------------------------------------------------------
 */

Test(heap, is_seen)
{
    void *volatile block;

    heap_begin();
    block = malloc(1);
    free(block);
    block = calloc(1, 1);
    free(block);
    cr_assert_eq(heap_end(), 2);
    /* In p11mux, too. */
    heap_begin();
    cr_assert_eq(list->C_Finalize(NULL), CKR_OK);
    cr_assert_eq(list->C_Initialize(NULL), CKR_OK);
    cr_assert_gt(heap_end(), 10);
}

/* -- Mechanisms
 * ---------------------------------------------------------------- */

static CK_BYTE iv[16], text[64], out[128];
static CK_GCM_PARAMS gcm = { .pIv = iv, .ulIvLen = 12, .ulTagBits = 128 };
static CK_RSA_PKCS_PSS_PARAMS pss = { CKM_SHA256, CKG_MGF1_SHA256, 32 };
static CK_RSA_PKCS_OAEP_PARAMS oaep = { CKM_SHA256, CKG_MGF1_SHA256,
                                        CKZ_DATA_SPECIFIED, NULL, 0 };

static CK_MECHANISM mechanisms[] = {
    { CKM_ECDSA, NULL, 0 },
    { CKM_AES_CBC, iv, sizeof(iv) },
    { CKM_AES_GCM, &gcm, sizeof(gcm) },
    { CKM_RSA_PKCS_PSS, &pss, sizeof(pss) },
    { CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep) },
    { CKM_VENDOR_DEFINED + 1, text, sizeof(text) },
};
enum { N_MECHANISMS = sizeof(mechanisms) / sizeof(mechanisms[0]) };

static void
check_mechanisms(void (*run)(CK_MECHANISM *))
{
    for (size_t i = 0; i < N_MECHANISMS; i++)
        cr_expect_eq(allocations_of(run, &mechanisms[i]), 0, "mechanism 0x%lx",
                     mechanisms[i].mechanism);
}

static void
sign(CK_MECHANISM *mechanism)
{
    CK_ULONG length = sizeof(out);

    cr_assert_eq(list->C_SignInit(session, mechanism, key), CKR_OK);
    cr_assert_eq(list->C_Sign(session, text, 32, out, &length), CKR_OK);
}

Test(heap, is_not_used_to_sign)
{
    check_mechanisms(sign);
}

static void
verify(CK_MECHANISM *mechanism)
{
    cr_assert_eq(list->C_VerifyInit(session, mechanism, key), CKR_OK);
    cr_assert_eq(list->C_VerifyUpdate(session, text, 32), CKR_OK);
    cr_assert_eq(list->C_VerifyFinal(session, out, 64), CKR_OK);
}

Test(heap, is_not_used_to_verify)
{
    check_mechanisms(verify);
}

static void
encrypt(CK_MECHANISM *mechanism)
{
    CK_ULONG length = sizeof(out);

    cr_assert_eq(list->C_EncryptInit(session, mechanism, key), CKR_OK);
    cr_assert_eq(list->C_EncryptUpdate(session, text, 32, out, &length),
                 CKR_OK);
    length = sizeof(out);
    cr_assert_eq(list->C_EncryptUpdate(session, text, 32, out, &length),
                 CKR_OK);
    length = sizeof(out);
    cr_assert_eq(list->C_EncryptFinal(session, out, &length), CKR_OK);
}

Test(heap, is_not_used_to_encrypt)
{
    check_mechanisms(encrypt);
}

static void
decrypt(CK_MECHANISM *mechanism)
{
    CK_ULONG length = sizeof(out);

    cr_assert_eq(list->C_DecryptInit(session, mechanism, key), CKR_OK);
    cr_assert_eq(list->C_Decrypt(session, text, 32, out, &length), CKR_OK);
}

Test(heap, is_not_used_to_decrypt)
{
    check_mechanisms(decrypt);
}

static void
digest(CK_MECHANISM *mechanism)
{
    CK_ULONG length = sizeof(out);

    cr_assert_eq(list->C_DigestInit(session, mechanism), CKR_OK);
    cr_assert_eq(list->C_DigestUpdate(session, text, 32), CKR_OK);
    cr_assert_eq(list->C_DigestFinal(session, out, &length), CKR_OK);
}

Test(heap, is_not_used_to_digest)
{
    check_mechanisms(digest);
}

static void
wrap(CK_MECHANISM *mechanism)
{
    CK_ULONG length = sizeof(out);

    cr_assert_eq(list->C_WrapKey(session, mechanism, key, other, out, &length),
                 CKR_OK);
}

Test(heap, is_not_used_to_wrap)
{
    check_mechanisms(wrap);
}

/* The copy of a parameter with other handles in it has room already. */
Test(heap, is_not_used_for_handles_in_parameters)
{
    CK_KIP_PARAMS kip = { NULL, other, iv, sizeof(iv) };
    CK_MECHANISM mechanism = { CKM_KIP_MAC, &kip, sizeof(kip) };

    cr_expect_eq(allocations_of(sign, &mechanism), 0);
    cr_expect_eq(allocations_of(wrap, &mechanism), 0);
}

/* -- Other calls
 * --------------------------------------------------------------- */

static void
read_attributes(CK_MECHANISM *unused)
{
    CK_OBJECT_CLASS class_;
    CK_ATTRIBUTE template[] = { { CKA_CLASS, &class_, sizeof(class_) },
                                { CKA_ID, out, sizeof(out) } };

    (void)unused;
    cr_assert_eq(list->C_GetAttributeValue(session, key, template, 2), CKR_OK);
}

Test(heap, is_not_used_to_read_attributes)
{
    cr_assert_eq(allocations_of(read_attributes, NULL), 0);
}

static void
ask_small_things(CK_MECHANISM *unused)
{
    CK_SESSION_INFO info;

    (void)unused;
    cr_assert_eq(list->C_GenerateRandom(session, out, 16), CKR_OK);
    cr_assert_eq(list->C_GetSessionInfo(session, &info), CKR_OK);
}

Test(heap, is_not_used_for_small_things)
{
    cr_assert_eq(allocations_of(ask_small_things, NULL), 0);
}

static void
search(CK_MECHANISM *unused)
{
    CK_OBJECT_HANDLE found[2];
    CK_ULONG count;

    (void)unused;
    cr_assert_eq(list->C_FindObjectsInit(session, NULL, 0), CKR_OK);
    cr_assert_eq(list->C_FindObjects(session, found, 2, &count), CKR_OK);
    cr_assert_eq(list->C_FindObjectsFinal(session), CKR_OK);
}

Test(heap, is_not_used_to_search_again)
{
    cr_assert_eq(allocations_of(search, NULL), 0);
}

static void
open_and_close(CK_MECHANISM *mechanism)
{
    CK_SESSION_HANDLE before = session;

    cr_assert_eq(list->C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL,
                                     &session),
                 CKR_OK);
    sign(mechanism);
    cr_assert_eq(list->C_CloseSession(session), CKR_OK);
    session = before;
}

Test(heap, is_not_used_to_open_sign_and_close)
{
    cr_assert_eq(allocations_of(open_and_close, &mechanisms[0]), 0);
}
