/* SPDX-License-Identifier: BSD-3-Clause */
/* What comes out of mechanism parameters: SEMANTICS 1.4, R1.13, R1.15. */
#include "router/mechanism.h"
#include "tests/mechanism-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

/* The key material of a row: the application's struct, with an IV buffer. */
struct fixture_material {
    unsigned char parameter[PARAMETER];
    CK_ULONG out[6];
    CK_ULONG out_original[6];
    unsigned char iv[16];
    CK_MECHANISM mechanism;
};

static void
fixture_material(const struct mechanism_out_row *row,
                 struct fixture_material *material)
{
    memset(material, 0, sizeof(*material));
    for (size_t i = 0; i < row->n_handles; i++)
        material->out[i] = 0xbad0 + i;
    for (size_t i = row->n_handles; i < row->n_words; i++)
        material->out[i] = (CK_ULONG)material->iv;
    memcpy(material->out_original, material->out, sizeof(material->out));
    word_put(material->parameter, row->pointer_at, (CK_ULONG)material->out);
    material->mechanism =
        (CK_MECHANISM){ row->type, material->parameter, row->size };
}

Test(mechanism_finish,
     gives_key_material_its_own_struct_and_the_applications_ivs)
{
    for (size_t i = 0; i < n_mechanism_out_rows; i++) {
        const struct mechanism_out_row *row = &mechanism_out_rows[i];
        struct fixture_material material;
        struct fixture_made made = { 0 };
        struct mechanism_copy copy;
        CK_ULONG *given;

        fixture_material(row, &material);
        cr_assert_eq(fixture_rewrite(&material.mechanism, &copy), CKR_OK);
        given =
            (CK_ULONG *)word_get(copy.mechanism.pParameter, row->pointer_at);
        cr_assert_neq(given, material.out);
        for (size_t j = 0; j < row->n_handles; j++) {
            cr_assert_eq(given[j], 0);
            given[j] = j == 0 ? 0 : 40 + j; /* no client MAC secret */
        }
        memset((void *)given[row->n_handles], 0x77, 16);
        cr_assert_arr_eq(material.out, material.out_original,
                         sizeof(material.out));
        cr_assert_eq(mechanism_finish(&copy, fixture_made, &made), CKR_OK);
        cr_assert_eq(made.count, row->n_handles - 1);
        cr_assert_eq(material.out[0], 0);
        for (size_t j = 1; j < row->n_handles; j++)
            cr_assert_eq(material.out[j], 40 + j + SEEN);
        for (size_t j = row->n_handles; j < row->n_words; j++)
            cr_assert_eq(material.out[j], material.out_original[j]);
        cr_assert_eq(word_get(material.parameter, row->pointer_at),
                     (CK_ULONG)material.out);
        cr_assert_eq(material.iv[15], 0x77);
        cr_assert_eq(mechanism_finish(&copy, fixture_made, &made), CKR_OK);
        cr_assert_eq(made.count, row->n_handles - 1, "finished twice");
        mechanism_copy_release(&copy);
    }
}

Test(mechanism_finish, leaves_missing_key_material_to_the_module)
{
    CK_SSL3_KEY_MAT_PARAMS parameter = { 0 };
    CK_MECHANISM mechanism = { CKM_TLS_KEY_AND_MAC_DERIVE, &parameter,
                               sizeof(parameter) };
    struct mechanism_copy copy;

    cr_assert_eq(fixture_rewrite(&mechanism, &copy), CKR_OK);
    cr_assert_null(((CK_SSL3_KEY_MAT_PARAMS *)copy.mechanism.pParameter)
                       ->pReturnedKeyMaterial);
    mechanism_copy_release(&copy);
}

Test(mechanism_finish, tells_of_all_handles_when_one_cannot_be_kept) /* R1.15 */
{
    struct fixture_material material;
    struct fixture_made made = { .fail_at = 2 };
    struct mechanism_copy copy;
    CK_SSL3_KEY_MAT_PARAMS *given;

    fixture_material(&mechanism_out_rows[0], &material);
    cr_assert_eq(fixture_rewrite(&material.mechanism, &copy), CKR_OK);
    given = copy.mechanism.pParameter;
    given->ulMacSizeInBits = 5;
    for (size_t i = 0; i < 4; i++)
        word_put(given->pReturnedKeyMaterial, i * sizeof(CK_ULONG), 40 + i);
    cr_assert_eq(mechanism_finish(&copy, fixture_made, &made), CKR_HOST_MEMORY);
    cr_assert_eq(made.count, 4);
    for (size_t i = 0; i < 4; i++)
        cr_assert_neq(made.seen[i], 0);
    cr_assert_arr_eq(material.out, material.out_original, sizeof(material.out));
    cr_assert_eq(((CK_SSL3_KEY_MAT_PARAMS *)material.mechanism.pParameter)
                     ->ulMacSizeInBits,
                 0);
    mechanism_copy_release(&copy);
}

static void
check_kdf(CK_MECHANISM *mechanism, struct fixture_kdf *kdf, size_t data_at,
          size_t keys_at)
{
    struct fixture_kdf original = *kdf;
    struct mechanism_copy copy;
    struct fixture_made made = { 0 };
    const CK_PRF_DATA_PARAM *data;
    const CK_DERIVED_KEY *keys;

    cr_assert_eq(fixture_rewrite(mechanism, &copy), CKR_OK);
    data = (const void *)word_get(copy.mechanism.pParameter, data_at);
    keys = (const void *)word_get(copy.mechanism.pParameter, keys_at);
    cr_assert_eq(data[0].pValue, (void *)&kdf->counter);
    cr_assert_eq(word_get(data[1].pValue, 0), 3 + MEMBER);
    cr_assert_eq(data[1].ulValueLen, sizeof(CK_OBJECT_HANDLE));
    cr_assert_eq(data[2].pValue, (void *)kdf->iv);
    cr_assert_null(keys[1].phKey);
    *keys[0].phKey = 50;
    *keys[2].phKey = 51;
    cr_assert_arr_eq(kdf, &original, sizeof(original));
    cr_assert_eq(mechanism_finish(&copy, fixture_made, &made), CKR_OK);
    cr_assert_eq(made.count, 2);
    cr_assert_eq(kdf->out[0], 50 + SEEN);
    cr_assert_eq(kdf->out[1], 51 + SEEN);
    memset(kdf->out, 0, sizeof(kdf->out));
    cr_assert_arr_eq(kdf, &original, sizeof(original));
    mechanism_copy_release(&copy);
}

Test(mechanism_finish, resolves_handles_in_prf_data_and_returns_additional_keys)
{
    struct fixture_kdf kdf;
    CK_MECHANISM mechanism;

    fixture_kdf(&kdf);
    mechanism = (CK_MECHANISM){ CKM_SP800_108_COUNTER_KDF, &kdf.plain,
                                sizeof(kdf.plain) };
    check_kdf(&mechanism, &kdf, offsetof(CK_SP800_108_KDF_PARAMS, pDataParams),
              offsetof(CK_SP800_108_KDF_PARAMS, pAdditionalDerivedKeys));
    mechanism.mechanism = CKM_SP800_108_DOUBLE_PIPELINE_KDF;
    check_kdf(&mechanism, &kdf, offsetof(CK_SP800_108_KDF_PARAMS, pDataParams),
              offsetof(CK_SP800_108_KDF_PARAMS, pAdditionalDerivedKeys));
    mechanism = (CK_MECHANISM){ CKM_SP800_108_FEEDBACK_KDF, &kdf.feedback,
                                sizeof(kdf.feedback) };
    check_kdf(&mechanism, &kdf,
              offsetof(CK_SP800_108_FEEDBACK_KDF_PARAMS, pDataParams),
              offsetof(CK_SP800_108_FEEDBACK_KDF_PARAMS,
                       pAdditionalDerivedKeys));
}

Test(mechanism_finish, takes_a_changed_vendor_handle_for_one_that_came_out)
{
    size_t offset[] = { 0 };
    struct config_mechanism vendor = { CKM_VENDOR_DEFINED, offset, 1, offset,
                                       1 };
    CK_OBJECT_HANDLE handle = 1;
    CK_MECHANISM mechanism = { CKM_VENDOR_DEFINED, &handle, sizeof(handle) };
    struct mechanism_copy copy;
    struct fixture_made made = { 0 };

    cr_assert_eq(mechanism_rewrite(&mechanism, &vendor, 1, fixture_resolver,
                                   &copy),
                 CKR_OK);
    word_put(copy.mechanism.pParameter, 0, 1);
    cr_assert_eq(mechanism_finish(&copy, fixture_made, &made), CKR_OK);
    cr_assert_eq(made.seen[0], 1);
    cr_assert_eq(handle, 1 + SEEN);
    mechanism_copy_release(&copy);
}

Test(mechanism_finish, writes_changed_scalars_back_but_no_handles) /* R1.13 */
{
    unsigned char salt[4] = { 0 };
    CK_HKDF_PARAMS parameter = { .ulSaltType = CKF_HKDF_SALT_KEY,
                                 .pSalt = salt,
                                 .ulSaltLen = 4,
                                 .hSaltKey = 9,
                                 .ulInfoLen = 1 };
    CK_HKDF_PARAMS expected = parameter;
    CK_MECHANISM mechanism = { CKM_HKDF_DERIVE, &parameter, sizeof(parameter) };
    struct mechanism_copy copy;
    struct fixture_made made = { 0 };
    CK_HKDF_PARAMS *given;

    cr_assert_eq(fixture_rewrite(&mechanism, &copy), CKR_OK);
    given = copy.mechanism.pParameter;
    given->ulSaltLen = 3;
    given->hSaltKey = 12345;
    given->pSalt[0] = 0x31; /* through the application's own pointer */
    cr_assert_arr_eq(&parameter, &expected, sizeof(parameter));
    cr_assert_eq(mechanism_finish(&copy, fixture_made, &made), CKR_OK);
    expected.ulSaltLen = 3;
    cr_assert_arr_eq(&parameter, &expected, sizeof(parameter));
    cr_assert_eq(salt[0], 0x31);
    cr_assert_eq(made.count, 0);
    mechanism_copy_release(&copy);
}

Test(mechanism_finish, writes_nothing_to_parameters_that_did_not_change)
{
    static const CK_IKE1_PRF_DERIVE_PARAMS parameter = { .hKeygxy = 9 };
    CK_MECHANISM mechanism = { CKM_IKE1_PRF_DERIVE,
                               (void *)(CK_ULONG)&parameter,
                               sizeof(parameter) };
    struct mechanism_copy copy;
    struct fixture_made made = { 0 };

    cr_assert_eq(fixture_rewrite(&mechanism, &copy), CKR_OK);
    cr_assert_eq(mechanism_finish(&copy, fixture_made, &made), CKR_OK);
    mechanism_copy_release(&copy);
}
