/* SPDX-License-Identifier: BSD-3-Clause */
/* Handles that go into mechanism parameters: SEMANTICS 1.4, R1.11 to R1.18. */
#include "router/mechanism-table.h"
#include "router/mechanism.h"
#include "tests/mechanism-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

Test(mechanism, table_is_sorted_and_tells_which_parameters_have_handles)
{
    size_t count;
    const struct mechanism_row *rows = mechanism_table_rows(&count);

    for (size_t i = 0; i < count; i++) {
        const struct mechanism_shape *shape = rows[i].shape;
        bool has_handles = false;

        if (i != 0)
            cr_assert_lt(rows[i - 1].type, rows[i].type);
        cr_assert_eq(mechanism_table_find(rows[i].type), shape);
        for (size_t j = 0; j < shape->n_parts; j++) {
            has_handles = has_handles || shape->parts[j].kind < PART_BYTES;
            cr_assert_leq(shape->parts[j].offset + sizeof(CK_ULONG),
                          shape->size);
        }
        cr_assert_eq(shape->has_handles, has_handles, "%#lx", rows[i].type);
    }
    cr_assert_null(mechanism_table_find(CKM_RSA_PKCS));
    cr_assert_null(mechanism_table_find(~0UL));
}

Test(mechanism, knows_every_mechanism_with_handles_and_no_other)
{
    unsigned char bytes[PARAMETER] = { 0 };
    size_t count;
    size_t found = 0;
    const struct mechanism_row *rows = mechanism_table_rows(&count);

    for (size_t i = 0; i < n_mechanism_in_rows; i++) {
        CK_MECHANISM mechanism = { mechanism_in_rows[i].type, bytes, 8 };

        cr_assert(mechanism_has_handles(&mechanism, NULL, 0), "%s",
                  mechanism_in_rows[i].name);
        mechanism.pParameter = NULL;
        cr_assert_not(mechanism_has_handles(&mechanism, NULL, 0));
    }
    for (size_t i = 0; i < n_mechanism_out_rows; i++) {
        CK_MECHANISM mechanism = { mechanism_out_rows[i].type, bytes, 8 };

        cr_assert(mechanism_has_handles(&mechanism, NULL, 0));
    }
    for (size_t i = 0; i < n_mechanisms_without_handles; i++) {
        CK_MECHANISM mechanism = { mechanisms_without_handles[i], bytes, 8 };

        cr_assert_not(mechanism_has_handles(&mechanism, NULL, 0), "%#lx",
                      mechanism.mechanism);
    }
    for (size_t i = 0; i < count; i++)
        if (rows[i].shape->has_handles && rows[i].type < CKM_VENDOR_DEFINED)
            found++;
    /* ECMQV has two rows in the tests, KDFs none there but three here. */
    cr_assert_eq(found, n_mechanism_in_rows - 1 + n_mechanism_out_rows + 3);
    cr_assert_not(mechanism_has_handles(NULL, NULL, 0));
}

Test(mechanism, resolves_every_handle_that_goes_in_and_nothing_else)
{
    for (size_t i = 0; i < n_mechanism_in_rows; i++) {
        const struct mechanism_in_row *row = &mechanism_in_rows[i];
        unsigned char bytes[PARAMETER];
        unsigned char original[PARAMETER];
        CK_MECHANISM mechanism = fixture_parameter(row, bytes);
        struct mechanism_copy copy;
        const CK_MECHANISM *given;

        memcpy(original, bytes, sizeof(original));
        cr_assert_eq(fixture_rewrite(&mechanism, &copy), CKR_OK, "%s",
                     row->name);
        given = mechanism_of(&copy);
        cr_assert_eq(given->mechanism, row->type);
        cr_assert_eq(given->ulParameterLen, row->size);
        cr_assert_neq(given->pParameter, mechanism.pParameter);
        for (size_t j = 0; j < row->n_handles; j++) {
            cr_assert_eq(word_get(given->pParameter, row->handles[j]),
                         j + 1 + MEMBER, "%s", row->name);
            word_put(given->pParameter, row->handles[j], j + 1);
        }
        cr_assert_arr_eq(given->pParameter, original, row->size);
        cr_assert_arr_eq(bytes, original, PARAMETER);
        mechanism_copy_release(&copy);
        cr_assert_null(mechanism_of(&copy));
    }
}

Test(mechanism, refuses_a_bad_handle_in_every_place) /* R1.16 */
{
    for (size_t i = 0; i < n_mechanism_in_rows; i++) {
        const struct mechanism_in_row *row = &mechanism_in_rows[i];

        for (size_t j = 0; j < row->n_handles; j++) {
            unsigned char bytes[PARAMETER];
            CK_MECHANISM mechanism = fixture_parameter(row, bytes);
            struct mechanism_copy copy;

            word_put(bytes, row->handles[j], GOOD_MAX);
            cr_assert_eq(fixture_rewrite(&mechanism, &copy),
                         CKR_MECHANISM_PARAM_INVALID, "%s", row->name);
            cr_assert_null(mechanism_of(&copy));
            word_put(bytes, row->handles[j], 0);
            cr_assert_eq(fixture_rewrite(&mechanism, &copy),
                         row->may_be_absent ? CKR_OK
                                            : CKR_MECHANISM_PARAM_INVALID,
                         "%s", row->name);
            mechanism_copy_release(&copy);
        }
    }
}

Test(mechanism, ignores_garbage_where_a_condition_is_not_met)
{
    size_t conditions = 0;

    for (size_t i = 0; i < n_mechanism_in_rows; i++) {
        const struct mechanism_in_row *row = &mechanism_in_rows[i];
        size_t last = row->handles[row->n_handles - 1];
        unsigned char bytes[PARAMETER];
        CK_MECHANISM mechanism = fixture_parameter(row, bytes);
        struct mechanism_copy copy;

        if (row->condition_size == 0)
            continue;
        conditions++;
        memset(bytes + row->condition_at, 0, row->condition_size);
        word_put(bytes, last, 0xdeadbeef);
        cr_assert_eq(fixture_rewrite(&mechanism, &copy), CKR_OK, "%s",
                     row->name);
        cr_assert_eq(word_get(copy.mechanism.pParameter, last), 0xdeadbeef);
        mechanism_copy_release(&copy);
    }
    cr_assert_eq(conditions, 6);
}

Test(mechanism, refuses_parameters_that_are_too_short_or_not_there) /* R1.14 */
{
    for (size_t i = 0; i < n_mechanism_in_rows; i++) {
        const struct mechanism_in_row *row = &mechanism_in_rows[i];
        unsigned char bytes[PARAMETER];
        CK_MECHANISM mechanism = fixture_parameter(row, bytes);
        struct mechanism_copy copy;

        mechanism.ulParameterLen = row->shortest - 1;
        cr_assert_eq(fixture_rewrite(&mechanism, &copy),
                     CKR_MECHANISM_PARAM_INVALID, "%s", row->name);
        mechanism.ulParameterLen = 0;
        cr_assert_eq(fixture_rewrite(&mechanism, &copy),
                     CKR_MECHANISM_PARAM_INVALID);
        mechanism = (CK_MECHANISM){ row->type, NULL, row->size };
        cr_assert_eq(fixture_rewrite(&mechanism, &copy),
                     CKR_MECHANISM_PARAM_INVALID);
    }
    for (size_t i = 0; i < n_mechanism_out_rows; i++) {
        unsigned char bytes[PARAMETER] = { 0 };
        CK_MECHANISM mechanism = { mechanism_out_rows[i].type, bytes,
                                   mechanism_out_rows[i].size - 1 };
        struct mechanism_copy copy;

        cr_assert_eq(fixture_rewrite(&mechanism, &copy),
                     CKR_MECHANISM_PARAM_INVALID);
    }
}

Test(mechanism, refuses_a_handle_parameter_that_is_longer_than_a_handle)
{
    CK_OBJECT_HANDLE handles[2] = { 1, 2 };
    CK_MECHANISM mechanism = { CKM_CONCATENATE_BASE_AND_KEY, handles,
                               sizeof(handles) };
    struct mechanism_copy copy;

    cr_assert_eq(fixture_rewrite(&mechanism, &copy),
                 CKR_MECHANISM_PARAM_INVALID);
}

Test(mechanism, copies_what_follows_a_longer_struct)
{
    struct {
        CK_HKDF_PARAMS known;
        CK_ULONG more[2];
    } parameter = { .known = { .ulSaltType = CKF_HKDF_SALT_KEY, .hSaltKey = 7 },
                    .more = { 8, 9 } };
    CK_MECHANISM mechanism = { CKM_HKDF_DERIVE, &parameter, sizeof(parameter) };
    struct mechanism_copy copy;

    cr_assert_eq(fixture_rewrite(&mechanism, &copy), CKR_OK);
    cr_assert_eq(copy.mechanism.ulParameterLen, sizeof(parameter));
    cr_assert_eq(word_get(copy.mechanism.pParameter,
                          sizeof(CK_HKDF_PARAMS) + 8),
                 9);
    mechanism_copy_release(&copy);
}

Test(mechanism, leaves_a_parameter_without_handles_where_it_is)
{
    unsigned char iv[16] = { 1 };
    CK_MECHANISM mechanism = { CKM_AES_CBC, iv, sizeof(iv) };
    struct mechanism_copy copy;
    struct fixture_made made = { 0 };

    cr_assert_eq(fixture_rewrite(&mechanism, &copy), CKR_OK);
    cr_assert_eq(mechanism_of(&copy)->pParameter, (void *)iv);
    cr_assert_eq(mechanism_finish(&copy, fixture_made, &made), CKR_OK);
    mechanism_copy_release(&copy);
    mechanism_copy_release(&copy);
    cr_assert_eq(mechanism_rewrite(NULL, NULL, 0, fixture_resolver, &copy),
                 CKR_ARGUMENTS_BAD);
    cr_assert_null(mechanism_of(&copy));
}

Test(mechanism, refuses_bad_prf_data)
{
    struct fixture_kdf kdf;
    struct mechanism_copy copy;
    CK_MECHANISM mechanism = { CKM_SP800_108_COUNTER_KDF, &kdf.plain,
                               sizeof(kdf.plain) };

    fixture_kdf(&kdf);
    kdf.in = GOOD_MAX;
    cr_assert_eq(fixture_rewrite(&mechanism, &copy),
                 CKR_MECHANISM_PARAM_INVALID);
    kdf.in = 3;
    kdf.data[1].ulValueLen = 4;
    cr_assert_eq(fixture_rewrite(&mechanism, &copy),
                 CKR_MECHANISM_PARAM_INVALID);
    kdf.data[1] = (CK_PRF_DATA_PARAM){ CK_SP800_108_KEY_HANDLE, NULL, 8 };
    cr_assert_eq(fixture_rewrite(&mechanism, &copy),
                 CKR_MECHANISM_PARAM_INVALID);
    fixture_kdf(&kdf);
    kdf.plain.ulNumberOfDataParams = ~0UL / 2;
    cr_assert_eq(fixture_rewrite(&mechanism, &copy),
                 CKR_MECHANISM_PARAM_INVALID);
    fixture_kdf(&kdf);
    kdf.plain.pDataParams = NULL;
    kdf.plain.pAdditionalDerivedKeys = NULL;
    cr_assert_eq(fixture_rewrite(&mechanism, &copy), CKR_OK);
    mechanism_copy_release(&copy);
}

Test(mechanism, resolves_nested_mechanisms)
{
    CK_OBJECT_HANDLE handle = 4;
    CK_MECHANISM inner = { CKM_CONCATENATE_BASE_AND_KEY, &handle,
                           sizeof(handle) };
    CK_KIP_PARAMS kip = { .pMechanism = &inner, .hKey = 5 };
    CK_MECHANISM signing = { CKM_KIP_MAC, &kip, sizeof(kip) };
    CK_MECHANISM digest = { CKM_SHA256, NULL, 0 };
    CK_CMS_SIG_PARAMS cms = { .certificateHandle = 6,
                              .pSigningMechanism = &signing,
                              .pDigestMechanism = &digest };
    CK_MECHANISM mechanism = { CKM_CMS_SIG, &cms, sizeof(cms) };
    struct mechanism_copy copy;
    const CK_CMS_SIG_PARAMS *given;
    const CK_KIP_PARAMS *given_kip;

    cr_assert_eq(fixture_rewrite(&mechanism, &copy), CKR_OK);
    given = mechanism_of(&copy)->pParameter;
    cr_assert_eq(given->certificateHandle, 6 + MEMBER);
    cr_assert_eq(given->pDigestMechanism->mechanism, CKM_SHA256);
    given_kip = given->pSigningMechanism->pParameter;
    cr_assert_eq(given_kip->hKey, 5 + MEMBER);
    cr_assert_eq(word_get(given_kip->pMechanism->pParameter, 0), 4 + MEMBER);
    cr_assert_eq(handle, 4);
    cr_assert_eq(kip.hKey, 5);
    cr_assert_eq(kip.pMechanism, &inner);
    cr_assert_eq(cms.pSigningMechanism, &signing);
    mechanism_copy_release(&copy);
    handle = GOOD_MAX;
    cr_assert_eq(fixture_rewrite(&mechanism, &copy),
                 CKR_MECHANISM_PARAM_INVALID);
}

Test(mechanism, gives_up_on_a_mechanism_nested_in_itself)
{
    CK_KIP_PARAMS kip = { .hKey = 5 };
    CK_MECHANISM mechanism = { CKM_KIP_DERIVE, &kip, sizeof(kip) };
    struct mechanism_copy copy;

    kip.pMechanism = &mechanism;
    cr_assert_eq(fixture_rewrite(&mechanism, &copy),
                 CKR_MECHANISM_PARAM_INVALID);
    cr_assert_not(mechanism_copy_deep(&mechanism, &copy));
}

Test(mechanism, resolves_handles_of_vendor_mechanisms) /* R1.17 */
{
    size_t in[] = { 0, 17 };
    size_t out[] = { 9, 0 };
    struct config_mechanism vendor = { CKM_VENDOR_DEFINED + 7, in, 2, out, 2 };
    unsigned char bytes[25] = { 0 };
    unsigned char original[25];
    CK_MECHANISM mechanism = { CKM_VENDOR_DEFINED + 7, bytes, sizeof(bytes) };
    struct mechanism_copy copy;
    struct fixture_made made = { 0 };

    cr_assert_not(mechanism_has_handles(&mechanism, NULL, 0));
    cr_assert(mechanism_has_handles(&mechanism, &vendor, 1));
    word_put(bytes, 0, 1);
    word_put(bytes, 9, 0xbad);
    word_put(bytes, 17, 2);
    memcpy(original, bytes, sizeof(bytes));
    cr_assert_eq(mechanism_rewrite(&mechanism, &vendor, 1, fixture_resolver,
                                   &copy),
                 CKR_OK);
    cr_assert_eq(word_get(copy.mechanism.pParameter, 0), 1 + MEMBER);
    cr_assert_eq(word_get(copy.mechanism.pParameter, 9), 0);
    cr_assert_eq(word_get(copy.mechanism.pParameter, 17), 2 + MEMBER);
    word_put(copy.mechanism.pParameter, 9, 60);
    ((unsigned char *)copy.mechanism.pParameter)[8] = 0x99;
    cr_assert_arr_eq(bytes, original, sizeof(bytes));
    cr_assert_eq(mechanism_finish(&copy, fixture_made, &made), CKR_OK);
    cr_assert_eq(made.count, 1, "the handle at 0 went in and did not change");
    cr_assert_eq(word_get(bytes, 0), 1);
    cr_assert_eq(word_get(bytes, 9), 60 + SEEN);
    cr_assert_eq(word_get(bytes, 17), 2);
    cr_assert_eq(bytes[8], 0x99);
    mechanism_copy_release(&copy);
}

Test(mechanism, refuses_vendor_parameters_shorter_than_their_offsets)
{
    size_t offset[] = { 8 };
    struct config_mechanism in = { CKM_VENDOR_DEFINED, offset, 1, NULL, 0 };
    struct config_mechanism out = { CKM_VENDOR_DEFINED, NULL, 0, offset, 1 };
    CK_OBJECT_HANDLE handles[2] = { 1, 2 };
    CK_MECHANISM mechanism = { CKM_VENDOR_DEFINED, handles, 15 };
    struct mechanism_copy copy;

    cr_assert_eq(mechanism_rewrite(&mechanism, &in, 1, fixture_resolver, &copy),
                 CKR_MECHANISM_PARAM_INVALID);
    cr_assert_eq(mechanism_rewrite(&mechanism, &out, 1, fixture_resolver,
                                   &copy),
                 CKR_MECHANISM_PARAM_INVALID);
    mechanism.ulParameterLen = 4;
    cr_assert_eq(mechanism_rewrite(&mechanism, &in, 1, fixture_resolver, &copy),
                 CKR_MECHANISM_PARAM_INVALID);
    mechanism.ulParameterLen = 16;
    handles[1] = GOOD_MAX;
    cr_assert_eq(mechanism_rewrite(&mechanism, &in, 1, fixture_resolver, &copy),
                 CKR_MECHANISM_PARAM_INVALID);
    mechanism.ulParameterLen = 1UL << 40;
    cr_assert_eq(mechanism_rewrite(&mechanism, &in, 1, fixture_resolver, &copy),
                 CKR_MECHANISM_PARAM_INVALID);
}
