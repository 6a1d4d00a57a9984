/* SPDX-License-Identifier: BSD-3-Clause */
/* Parameters that hold pointers to what holds handles, parameters that the
 * module writes to, and vendors' mechanisms: what only the module can see. */
#include "tests/face.h"

#include <criterion/criterion.h>
#include <string.h>

static struct face face;

/* Mechanisms of a vendor's: handles in, and one that comes out. */
#define VENDOR_IN  0x8000abcdUL
#define VENDOR_OUT 0x8000abceUL

static const char mechanisms[] =
    "mechanisms = ( { id = \"0x8000abcd\"; handles = [ 0, 16 ]; }, { id = "
    "\"0x8000abce\"; handles = [ 8 ]; out = [ 8, 24 ]; } );";

static void
setup(void)
{
    face_load(&face, mechanisms);
    face_open(&face);
}

static void
setup_pooled(void)
{
    face_load_pooled(&face, mechanisms);
    face_open(&face);
}

static void
teardown(void)
{
    face.set_hook(NULL, NULL);
    face_close(&face);
}

TestSuite(parameters_nested, .init = setup, .fini = teardown, .timeout = 60);
TestSuite(parameters_nested_pooled, .init = setup_pooled, .fini = teardown,
          .timeout = 60);

/* What a hook looks at and does in the one function that it waits for. */
struct watch {
    enum function function;
    void (*look)(CK_MECHANISM *mechanism);
    unsigned n_calls;
};

static bool
on_call(enum function function, struct argument *arguments, size_t n_arguments,
        CK_RV *rv, void *context)
{
    struct watch *watch = context;

    (void)n_arguments;
    (void)rv;
    if (function != watch->function)
        return false;
    watch->n_calls++;
    watch->look(arguments[1].pointer);
    return false;
}

static CK_RV
derive(CK_MECHANISM *mechanism, void (*look)(CK_MECHANISM *mechanism))
{
    struct watch watch = { FUNCTION_C_DeriveKey, look, 0 };
    CK_OBJECT_HANDLE key;
    CK_RV rv;

    face.set_hook(on_call, &watch);
    rv = face.list.C_DeriveKey(face.session, mechanism, face.objects[0], NULL,
                               0, &key);
    face.set_hook(NULL, NULL);
    cr_assert_eq(watch.n_calls, rv == CKR_OK);
    return rv;
}

/* -- Handles behind pointers -------------------------------------------------
 */

static CK_KIP_PARAMS inner_parameter;
static CK_MECHANISM inner, innermost;

static void
look_at_kip(CK_MECHANISM *mechanism)
{
    const CK_KIP_PARAMS *outer = mechanism->pParameter, *nested;

    cr_expect_eq(outer->hKey, face.member_objects[1]);
    cr_expect_eq(outer->pMechanism->mechanism, CKM_KIP_MAC);
    nested = outer->pMechanism->pParameter;
    cr_expect_eq(nested->hKey, face.member_objects[2]);
    cr_expect_eq(nested->pSeed, inner_parameter.pSeed);
    cr_expect_eq(nested->ulSeedLen, 5);
    cr_expect_eq(nested->pMechanism->mechanism, CKM_SHA256);
    cr_expect_null(nested->pMechanism->pParameter);
}

FACE_TEST(parameters_nested, hold_mechanisms_that_hold_handles)
{
    CK_BYTE seed[5] = "seed";
    CK_KIP_PARAMS parameter = { &inner, face.objects[1], NULL, 0 };
    CK_MECHANISM mechanism = { CKM_KIP_DERIVE, &parameter, sizeof(parameter) };
    CK_KIP_PARAMS inner_before;

    innermost = (CK_MECHANISM){ CKM_SHA256, NULL, 0 };
    inner_parameter = (CK_KIP_PARAMS){ &innermost, face.objects[2], seed, 5 };
    inner = (CK_MECHANISM){ CKM_KIP_MAC, &inner_parameter,
                            sizeof(inner_parameter) };
    inner_before = inner_parameter;
    cr_assert_eq(derive(&mechanism, look_at_kip), CKR_OK);
    cr_assert_eq(parameter.hKey, face.objects[1]);
    cr_assert_eq(parameter.pMechanism, &inner);
    cr_assert_eq(inner.pParameter, &inner_parameter);
    cr_assert_arr_eq(&inner_parameter, &inner_before, sizeof(inner_before));
    /* A bad one inside is as bad as one outside. */
    inner_parameter.hKey = 0x7654321;
    cr_assert_eq(derive(&mechanism, look_at_kip), CKR_MECHANISM_PARAM_INVALID);
}

static void
look_at_cms(CK_MECHANISM *mechanism)
{
    const CK_CMS_SIG_PARAMS *seen = mechanism->pParameter;
    const CK_KIP_PARAMS *nested = seen->pSigningMechanism->pParameter;

    cr_expect_eq(seen->certificateHandle, face.member_objects[1]);
    cr_expect_eq(nested->hKey, face.member_objects[2]);
    cr_expect_eq(seen->pDigestMechanism->mechanism, CKM_SHA256);
    cr_expect_str_eq((const char *)seen->pContentType, "text/plain");
}

FACE_TEST(parameters_nested, hold_the_mechanisms_of_a_signed_message)
{
    CK_UTF8CHAR type[] = "text/plain";
    CK_KIP_PARAMS signing = { NULL, face.objects[2], NULL, 0 };
    CK_CMS_SIG_PARAMS parameter = { .certificateHandle = face.objects[1],
                                    .pSigningMechanism = &inner,
                                    .pDigestMechanism = &innermost,
                                    .pContentType = type };
    CK_MECHANISM mechanism = { CKM_CMS_SIG, &parameter, sizeof(parameter) };
    struct watch watch = { FUNCTION_C_SignInit, look_at_cms, 0 };

    inner = (CK_MECHANISM){ CKM_KIP_MAC, &signing, sizeof(signing) };
    innermost = (CK_MECHANISM){ CKM_SHA256, NULL, 0 };
    face.set_hook(on_call, &watch);
    cr_assert_eq(face.list.C_SignInit(face.session, &mechanism,
                                      face.objects[0]),
                 CKR_OK);
    cr_assert_eq(watch.n_calls, 1);
    cr_assert_eq(signing.hKey, face.objects[2]);
}

static CK_PRF_DATA_PARAM data[4];

static void
look_at_data(CK_MECHANISM *mechanism)
{
    const CK_SP800_108_KDF_PARAMS *seen = mechanism->pParameter;
    CK_OBJECT_HANDLE handle;

    cr_expect_eq(seen->ulNumberOfDataParams, 4);
    cr_expect_eq(seen->pDataParams[0].pValue, data[0].pValue);
    memcpy(&handle, seen->pDataParams[1].pValue, sizeof(handle));
    cr_expect_eq(handle, face.member_objects[1]);
    cr_expect_eq(seen->pDataParams[2].pValue, data[2].pValue);
    memcpy(&handle, seen->pDataParams[3].pValue, sizeof(handle));
    cr_expect_eq(handle, face.member_objects[2]);
}

FACE_TEST(parameters_nested, hold_keys_among_the_data_of_a_kdf)
{
    static const CK_MECHANISM_TYPE types[] = {
        CKM_SP800_108_COUNTER_KDF,
        CKM_SP800_108_DOUBLE_PIPELINE_KDF,
    };
    CK_OBJECT_HANDLE first = face.objects[1], second = face.objects[2];
    CK_SP800_108_COUNTER_FORMAT counter = { CK_FALSE, 32 };
    CK_BYTE bytes[8] = "no hand";
    CK_SP800_108_KDF_PARAMS parameter = { CKM_SHA256_HMAC, 4, data, 0, NULL };

    data[0] = (CK_PRF_DATA_PARAM){ CK_SP800_108_ITERATION_VARIABLE, &counter,
                                   sizeof(counter) };
    data[1] =
        (CK_PRF_DATA_PARAM){ CK_SP800_108_KEY_HANDLE, &first, sizeof(first) };
    data[2] = (CK_PRF_DATA_PARAM){ CK_SP800_108_BYTE_ARRAY, bytes, 8 };
    data[3] =
        (CK_PRF_DATA_PARAM){ CK_SP800_108_KEY_HANDLE, &second, sizeof(second) };
    for (size_t i = 0; i < 2; i++) {
        CK_MECHANISM mechanism = { types[i], &parameter, sizeof(parameter) };

        cr_assert_eq(derive(&mechanism, look_at_data), CKR_OK);
        cr_assert_eq(first, face.objects[1]);
        cr_assert_eq(data[1].pValue, &first);
        cr_assert_eq(parameter.pDataParams, data);
        second = 0;
        cr_assert_eq(derive(&mechanism, look_at_data),
                     CKR_MECHANISM_PARAM_INVALID);
        second = face.objects[2];
    }
}

/* -- What the module writes ---------------------------------------------------
 */

static CK_ULONG gcm_length;
static CK_GCM_PARAMS *gcm_seen;

static void
write_iv(CK_MECHANISM *mechanism)
{
    gcm_seen = mechanism->pParameter;
    cr_expect_eq(mechanism->ulParameterLen, gcm_length);
    memcpy(gcm_seen->pIv, "twelve bytes", 12);
}

static bool
write_iv_later(enum function function, struct argument *arguments,
               size_t n_arguments, CK_RV *rv, void *context)
{
    (void)arguments;
    (void)n_arguments;
    (void)rv;
    (void)context;
    if (function == FUNCTION_C_Encrypt)
        memcpy(gcm_seen->pIv, "other 12 byt", 12);
    return false;
}

/* Both layouts (R1.14), and an IV that the token makes at Init or later
 * (R1.13). */
FACE_TEST(parameters_nested, bring_back_the_iv_of_gcm)
{
    static const CK_ULONG lengths[] = {
        sizeof(CK_GCM_PARAMS),
        sizeof(CK_GCM_PARAMS) - sizeof(CK_ULONG),
    };

    for (size_t i = 0; i < 2; i++) {
        CK_BYTE iv[12] = "", text[4] = "text", out[64];
        CK_GCM_PARAMS parameter = { .pIv = iv, .ulIvLen = 12 };
        CK_MECHANISM mechanism = { CKM_AES_GCM, &parameter, lengths[i] };
        struct watch watch = { FUNCTION_C_EncryptInit, write_iv, 0 };
        CK_ULONG length = sizeof(out);

        gcm_length = lengths[i];
        face.set_hook(on_call, &watch);
        cr_assert_eq(face.list.C_EncryptInit(face.session, &mechanism,
                                             face.objects[0]),
                     CKR_OK);
        cr_assert_eq(watch.n_calls, 1);
        cr_assert_arr_eq(iv, "twelve bytes", 12);
        face.set_hook(write_iv_later, NULL);
        cr_assert_eq(face.list.C_Encrypt(face.session, text, 4, out, &length),
                     CKR_OK);
        cr_assert_arr_eq(iv, "other 12 byt", 12);
        cr_assert_eq(parameter.pIv, iv);
        cr_assert_eq(parameter.ulIvLen, 12);
    }
    cr_assert_eq(lengths[0], 48);
    cr_assert_eq(lengths[1], 40);
}

static void
write_version(CK_MECHANISM *mechanism)
{
    const CK_SSL3_MASTER_KEY_DERIVE_PARAMS *seen = mechanism->pParameter;

    *seen->pVersion = (CK_VERSION){ 3, 3 };
}

FACE_TEST(parameters_nested, bring_back_the_version_of_a_master_key)
{
    CK_VERSION version = { 0, 0 };
    CK_SSL3_MASTER_KEY_DERIVE_PARAMS parameter = { .pVersion = &version };
    CK_MECHANISM mechanism = { CKM_SSL3_MASTER_KEY_DERIVE, &parameter,
                               sizeof(parameter) };

    cr_assert_eq(derive(&mechanism, write_version), CKR_OK);
    cr_assert_eq(version.major, 3);
    cr_assert_eq(version.minor, 3);
}

/* A number in the struct that was copied for its handles. */
static void
write_number(CK_MECHANISM *mechanism)
{
    CK_HKDF_PARAMS *seen = mechanism->pParameter;

    seen->ulInfoLen = 77;
}

FACE_TEST(parameters_nested, bring_back_a_number_beside_a_handle)
{
    CK_HKDF_PARAMS parameter = { .ulSaltType = CKF_HKDF_SALT_KEY,
                                 .hSaltKey = face.objects[1] };
    CK_MECHANISM mechanism = { CKM_HKDF_DERIVE, &parameter, sizeof(parameter) };

    cr_assert_eq(derive(&mechanism, write_number), CKR_OK);
    cr_assert_eq(parameter.ulInfoLen, 77);
    cr_assert_eq(parameter.hSaltKey, face.objects[1]);
}

/* -- Vendors' own (R1.17)
 * ------------------------------------------------------
 */

static void
look_at_vendor(CK_MECHANISM *mechanism)
{
    const CK_ULONG *seen = mechanism->pParameter;

    cr_expect_eq(seen[0], face.member_objects[1]);
    cr_expect_eq(seen[1], face.objects[1]); /* just a number */
    cr_expect_eq(seen[2], face.member_objects[2]);
    cr_expect_eq(seen[3], 44);
}

FACE_TEST(parameters_nested, of_vendors_hold_handles_where_the_file_says)
{
    CK_ULONG parameter[] = { face.objects[1], face.objects[1], face.objects[2],
                             44 };
    CK_ULONG before[] = { face.objects[1], face.objects[1], face.objects[2],
                          44 };
    CK_MECHANISM mechanism = { VENDOR_IN, parameter, sizeof(parameter) };

    cr_assert_eq(derive(&mechanism, look_at_vendor), CKR_OK);
    cr_assert_arr_eq(parameter, before, sizeof(before));
    parameter[2] = face.objects[1] + 0x7654321;
    cr_assert_eq(derive(&mechanism, look_at_vendor),
                 CKR_MECHANISM_PARAM_INVALID);
    mechanism.ulParameterLen = 23;
    cr_assert_eq(derive(&mechanism, look_at_vendor),
                 CKR_MECHANISM_PARAM_INVALID);
}

static void
make_vendor(CK_MECHANISM *mechanism)
{
    CK_ULONG *seen = mechanism->pParameter;

    cr_expect_eq(seen[1], face.member_objects[1]);
    seen[1] = 0xabc1; /* another one comes out where one went in */
    seen[3] = 0xabc3;
}

static CK_OBJECT_HANDLE
member_of(CK_OBJECT_HANDLE object)
{
    CK_ULONG size;

    cr_assert_eq(face.list.C_GetObjectSize(face.session, object, &size),
                 CKR_OK);
    return face.of("C_GetObjectSize")->arguments[1].number;
}

FACE_TEST(parameters_nested, of_vendors_give_handles_where_the_file_says)
{
    CK_ULONG parameter[] = { 1, face.objects[1], 2, 3 };
    CK_MECHANISM mechanism = { VENDOR_OUT, parameter, sizeof(parameter) };

    cr_assert_eq(derive(&mechanism, make_vendor), CKR_OK);
    cr_assert_eq(parameter[0], 1);
    cr_assert_eq(parameter[2], 2);
    cr_assert_eq(member_of(parameter[1]), 0xabc1);
    cr_assert_eq(member_of(parameter[3]), 0xabc3);
}

static void *given;

static void
look_at_address(CK_MECHANISM *mechanism)
{
    cr_expect_eq(mechanism->pParameter, given);
}

FACE_TEST(parameters_nested, of_vendors_pass_where_the_file_says_nothing)
{
    CK_ULONG parameter[] = { face.objects[1] };
    CK_MECHANISM mechanism = { VENDOR_IN + 17, parameter, sizeof(parameter) };

    given = parameter;
    cr_assert_eq(derive(&mechanism, look_at_address), CKR_OK);
    cr_assert_eq(parameter[0], face.objects[1]);
}
