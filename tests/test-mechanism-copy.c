/* SPDX-License-Identifier: BSD-3-Clause */
/* Mechanism copies that own what they point to, and their memory. */
#include "router/mechanism-table.h"
#include "router/mechanism.h"
#include "tests/mechanism-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

/* The test is linked with --wrap=malloc: the n-th call from now fails. */
static size_t malloc_fails_at;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *
__wrap_malloc(size_t size)
{
    if (malloc_fails_at != 0 && --malloc_fails_at == 0)
        return NULL;
    return __real_malloc(size);
}

/* Bytes that a pointer of a parameter leads to. */
struct fixture_source {
    unsigned char bytes[8][64];
    size_t n_used;
};

static unsigned char *
fixture_bytes(struct fixture_source *source, unsigned char seed)
{
    unsigned char *bytes = source->bytes[source->n_used++];

    for (unsigned char i = 0; i < 64; i++)
        bytes[i] = (unsigned char)(seed + i);
    return bytes;
}

/* A parameter whose pointers all lead to bytes that begin with the part's
 * number, each 32 bytes (or bits) long. */
static void
fixture_fill(const struct mechanism_shape *shape, unsigned char *bytes,
             struct fixture_source *source)
{
    memset(bytes, 0, PARAMETER);
    memset(source, 0, sizeof(*source));
    for (size_t i = 0; i < shape->n_parts; i++) {
        const struct mechanism_part *part = &shape->parts[i];

        if (part->condition.size == 1)
            bytes[part->condition.offset] = CK_TRUE;
        else if (part->condition.size != 0)
            word_put(bytes, part->condition.offset, part->condition.value);
        switch (part->kind) {
        case PART_BYTES:
        case PART_BITS:
            word_put(bytes, part->length, 32);
            /* fall through */
        case PART_FIXED:
            word_put(bytes, part->offset,
                     (CK_ULONG)fixture_bytes(source, (unsigned char)(i + 1)));
            break;
        default:
            break;
        }
    }
}

/* Whether what the pointers of a copied parameter lead to is still right. */
static void
check_filled(CK_MECHANISM_TYPE type, const struct mechanism_shape *shape,
             const unsigned char *bytes)
{
    for (size_t i = 0; i < shape->n_parts; i++) {
        const struct mechanism_part *part = &shape->parts[i];
        size_t length = part->kind == PART_BYTES  ? 32
                        : part->kind == PART_BITS ? 4
                                                  : part->length;
        const unsigned char *copied;

        if (part->kind != PART_BYTES && part->kind != PART_BITS &&
            part->kind != PART_FIXED)
            continue;
        copied = (const void *)word_get(bytes, part->offset);
        for (size_t j = 0; j < length && mechanism_part_applies(part, bytes);
             j++)
            cr_assert_eq(copied[j], i + 1 + j, "%#lx", type);
    }
}

Test(mechanism_copy, owns_everything_that_a_known_parameter_points_to)
{
    size_t count;
    size_t closed = 0;
    const struct mechanism_row *rows = mechanism_table_rows(&count);

    for (size_t i = 0; i < count; i++) {
        for (const struct mechanism_shape *shape = rows[i].shape; shape != NULL;
             shape = shape->shorter) {
            unsigned char bytes[PARAMETER];
            struct fixture_source source;
            CK_MECHANISM mechanism = { rows[i].type, bytes,
                                       shape->size == 0 ? 16 : shape->size };
            struct mechanism_copy copy;

            fixture_fill(shape, bytes, &source);
            cr_assert_eq(mechanism_copy_deep(&mechanism, &copy),
                         shape->is_closed, "%#lx", rows[i].type);
            memset(bytes, 0xdd, sizeof(bytes));
            memset(&source, 0xdd, sizeof(source));
            if (!shape->is_closed)
                continue;
            closed++;
            cr_assert_eq(mechanism_of(&copy)->mechanism, rows[i].type);
            cr_assert_eq(mechanism_of(&copy)->ulParameterLen,
                         mechanism.ulParameterLen);
            check_filled(rows[i].type, shape, copy.mechanism.pParameter);
            mechanism_copy_release(&copy);
        }
    }
    cr_assert_gt(closed, 150);
}

Test(mechanism_copy, keeps_plain_bytes_and_the_structs_own_fields)
{
    CK_RSA_PKCS_PSS_PARAMS pss = { CKM_SHA256, CKG_MGF1_SHA256, 32 };
    CK_RSA_PKCS_PSS_PARAMS original = pss;
    CK_MECHANISM mechanism = { CKM_SHA256_RSA_PKCS_PSS, &pss, sizeof(pss) };
    struct mechanism_copy copy;

    cr_assert(mechanism_copy_deep(&mechanism, &copy));
    memset(&pss, 0xdd, sizeof(pss));
    cr_assert_arr_eq(copy.mechanism.pParameter, &original, sizeof(original));
    mechanism_copy_release(&copy);
}

Test(mechanism_copy, knows_both_lengths_of_gcm_parameters) /* R1.14 */
{
    unsigned char iv[12] = { 1, 2, 3 };
    unsigned char aad[5] = { 4, 5, 6 };
    CK_GCM_PARAMS now = { iv, 12, 96, aad, 5, 128 };
    CK_ULONG before[5] = { (CK_ULONG)iv, 12, (CK_ULONG)aad, 5, 128 };
    CK_MECHANISM mechanism = { CKM_AES_GCM, &now, sizeof(now) };
    struct mechanism_copy copy;
    const CK_GCM_PARAMS *given;

    cr_assert(mechanism_copy_deep(&mechanism, &copy));
    given = copy.mechanism.pParameter;
    cr_assert_neq(given->pIv, iv);
    cr_assert_arr_eq(given->pIv, iv, 12);
    cr_assert_arr_eq(given->pAAD, aad, 5);
    cr_assert_eq(given->ulIvBits, 96);
    cr_assert_eq(given->ulTagBits, 128);
    cr_assert_null(copy.blocks, "the usual sizes need no heap");
    mechanism_copy_release(&copy);
    mechanism = (CK_MECHANISM){ CKM_AES_GCM, before, sizeof(before) };
    cr_assert(mechanism_copy_deep(&mechanism, &copy));
    cr_assert_arr_eq((void *)word_get(copy.mechanism.pParameter, 0), iv, 12);
    cr_assert_arr_eq((void *)word_get(copy.mechanism.pParameter, 16), aad, 5);
    cr_assert_eq(word_get(copy.mechanism.pParameter, 32), 128);
    mechanism_copy_release(&copy);
    mechanism.ulParameterLen = 44;
    cr_assert_not(mechanism_copy_deep(&mechanism, &copy));
}

Test(mechanism_copy, takes_mechanisms_without_parameter_whoever_made_them)
{
    CK_MECHANISM mechanisms[] = { { CKM_ECDSA, NULL, 0 },
                                  { CKM_VENDOR_DEFINED + 1, NULL, 0 },
                                  { CKM_SHA256, &mechanisms, 0 } };
    struct mechanism_copy copy;

    for (size_t i = 0; i < 3; i++) {
        cr_assert(mechanism_copy_deep(&mechanisms[i], &copy));
        cr_assert_null(mechanism_of(&copy)->pParameter);
        mechanism_copy_release(&copy);
    }
}

Test(mechanism_copy, refuses_what_it_does_not_know)
{
    unsigned char bytes[PARAMETER] = { 0 };
    CK_MECHANISM mechanisms[] = {
        { CKM_VENDOR_DEFINED + 1, bytes, 16 },
        { CKM_RSA_PKCS, bytes, 16 },
        { CKM_PKCS5_PBKD2, bytes, sizeof(CK_PKCS5_PBKD2_PARAMS2) },
        { CKM_TLS_PRF, bytes, sizeof(CK_TLS_PRF_PARAMS) },
        { CKM_AES_CCM, bytes, sizeof(CK_CCM_MESSAGE_PARAMS) },
        { CKM_AES_CBC, NULL, 16 },
        { CKM_AES_CBC, bytes, ~0UL },
    };
    struct mechanism_copy copy;

    for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++) {
        cr_assert_not(mechanism_copy_deep(&mechanisms[i], &copy), "%zu", i);
        cr_assert_null(mechanism_of(&copy));
    }
    cr_assert_not(mechanism_copy_deep(NULL, &copy));
}

Test(mechanism_copy, refuses_lengths_without_bytes)
{
    CK_GCM_PARAMS parameter = { NULL, 12, 96, NULL, 0, 128 };
    CK_MECHANISM mechanism = { CKM_AES_GCM, &parameter, sizeof(parameter) };
    struct mechanism_copy copy;

    cr_assert_not(mechanism_copy_deep(&mechanism, &copy));
    parameter.ulIvLen = 0;
    cr_assert(mechanism_copy_deep(&mechanism, &copy));
    mechanism_copy_release(&copy);
}

Test(mechanism_copy, ends_at_its_limit)
{
    static unsigned char aad[MECHANISM_DEEP_MAX];
    unsigned char iv[12] = { 0 };
    CK_GCM_PARAMS parameter = { iv, 12, 96, aad, 0, 128 };
    CK_MECHANISM mechanism = { CKM_AES_GCM, &parameter, sizeof(parameter) };
    struct mechanism_copy copy;

    parameter.ulAADLen = MECHANISM_DEEP_MAX - sizeof(parameter) - 12;
    aad[parameter.ulAADLen - 1] = 9;
    cr_assert(mechanism_copy_deep(&mechanism, &copy));
    cr_assert_arr_eq(((CK_GCM_PARAMS *)copy.mechanism.pParameter)->pAAD, aad,
                     parameter.ulAADLen);
    mechanism_copy_release(&copy);
    parameter.ulAADLen++;
    cr_assert_not(mechanism_copy_deep(&mechanism, &copy));
    cr_assert_null(copy.blocks);
}

Test(mechanism_copy, clears_pointers_that_do_not_apply)
{
    unsigned char garbage;
    CK_HKDF_PARAMS parameter = { .ulSaltType = CKF_HKDF_SALT_NULL,
                                 .pSalt = &garbage,
                                 .ulSaltLen = 77777,
                                 .hSaltKey = 0xdead,
                                 .pInfo = &garbage,
                                 .ulInfoLen = 1 };
    CK_MECHANISM mechanism = { CKM_HKDF_DERIVE, &parameter, sizeof(parameter) };
    struct mechanism_copy copy;
    const CK_HKDF_PARAMS *given;

    cr_assert(mechanism_copy_deep(&mechanism, &copy));
    given = copy.mechanism.pParameter;
    cr_assert_null(given->pSalt);
    cr_assert_eq(given->ulSaltLen, 0);
    cr_assert_null(given->pInfo);
    mechanism_copy_release(&copy);
}

Test(mechanism_copy, follows_nested_structs_texts_and_mechanisms)
{
    char text[] = "text/plain";
    CK_RSA_PKCS_PSS_PARAMS pss = { CKM_SHA256, CKG_MGF1_SHA256, 32 };
    CK_MECHANISM signing = { CKM_RSA_PKCS_PSS, &pss, sizeof(pss) };
    CK_CMS_SIG_PARAMS cms = { .certificateHandle = 6,
                              .pSigningMechanism = &signing,
                              .pContentType = (CK_UTF8CHAR *)text };
    CK_MECHANISM mechanism = { CKM_CMS_SIG, &cms, sizeof(cms) };
    unsigned char label[3] = { 1, 2, 3 };
    CK_RSA_PKCS_OAEP_PARAMS oaep = { CKM_SHA_1, CKG_MGF1_SHA1,
                                     CKZ_DATA_SPECIFIED, label, 3 };
    CK_RSA_AES_KEY_WRAP_PARAMS wrap = { 256, &oaep };
    struct mechanism_copy copy;
    const CK_CMS_SIG_PARAMS *given;
    const CK_RSA_PKCS_OAEP_PARAMS *given_oaep;

    cr_assert(mechanism_copy_deep(&mechanism, &copy));
    memset(text, 'x', sizeof(text) - 1);
    memset(&pss, 0xdd, sizeof(pss));
    memset(&signing, 0xdd, sizeof(signing));
    given = copy.mechanism.pParameter;
    cr_assert_eq(given->certificateHandle, 6, "still the application's");
    cr_assert_str_eq((const char *)given->pContentType, "text/plain");
    cr_assert_eq(given->pSigningMechanism->mechanism, CKM_RSA_PKCS_PSS);
    cr_assert_eq(word_get(given->pSigningMechanism->pParameter, 16), 32);
    mechanism_copy_release(&copy);
    mechanism = (CK_MECHANISM){ CKM_RSA_AES_KEY_WRAP, &wrap, sizeof(wrap) };
    cr_assert(mechanism_copy_deep(&mechanism, &copy));
    given_oaep =
        ((CK_RSA_AES_KEY_WRAP_PARAMS *)copy.mechanism.pParameter)->pOAEPParams;
    cr_assert_neq(given_oaep, &oaep);
    cr_assert_neq(given_oaep->pSourceData, (void *)label);
    cr_assert_arr_eq(given_oaep->pSourceData, label, 3);
    mechanism_copy_release(&copy);
}

Test(mechanism_copy, can_be_resolved_again_for_another_member)
{
    struct fixture_kdf kdf;
    CK_MECHANISM mechanism = { CKM_SP800_108_FEEDBACK_KDF, &kdf.feedback,
                               sizeof(kdf.feedback) };
    struct mechanism_copy deep;
    struct mechanism_copy again;
    const CK_SP800_108_FEEDBACK_KDF_PARAMS *given;

    fixture_kdf(&kdf);
    cr_assert_not(mechanism_copy_deep(&mechanism, &deep),
                  "keys that come out belong to the application");
    kdf.feedback.ulAdditionalDerivedKeys = 0;
    memset(kdf.iv, 5, sizeof(kdf.iv));
    cr_assert(mechanism_copy_deep(&mechanism, &deep));
    memset(&kdf, 0xdd, sizeof(kdf));
    cr_assert_eq(fixture_rewrite(mechanism_of(&deep), &again), CKR_OK);
    given = mechanism_of(&again)->pParameter;
    cr_assert_eq(word_get(given->pDataParams[1].pValue, 0), 3 + MEMBER);
    cr_assert_eq(((unsigned char *)given->pDataParams[2].pValue)[7], 5);
    cr_assert_eq(given->pIV[0], 5);
    mechanism_copy_release(&again);
    given = mechanism_of(&deep)->pParameter;
    cr_assert_eq(word_get(given->pDataParams[1].pValue, 0), 3);
    mechanism_copy_release(&deep);
}

Test(mechanism_copy, is_wiped_when_released)
{
    unsigned char iv[16];
    CK_MECHANISM mechanism = { CKM_AES_CBC, iv, sizeof(iv) };
    struct mechanism_copy copy = { 0 };
    unsigned char zeros[16] = { 0 };

    mechanism_copy_release(&copy);
    memset(iv, 0x41, sizeof(iv));
    cr_assert(mechanism_copy_deep(&mechanism, &copy));
    cr_assert_arr_eq(copy.room, iv, sizeof(iv));
    mechanism_copy_release(&copy);
    cr_assert_arr_eq(copy.room, zeros, sizeof(zeros));
    cr_assert_null(mechanism_of(&copy));
    mechanism_copy_release(&copy);
}

/* Repeats with the first, second, ... allocation failing until it works. */
static size_t
count_allocations(const CK_MECHANISM *mechanism)
{
    for (size_t i = 1;; i++) {
        struct mechanism_copy copy;
        CK_RV rv;

        malloc_fails_at = i;
        rv = fixture_rewrite(mechanism, &copy);
        if (malloc_fails_at != 0) {
            malloc_fails_at = 0;
            cr_assert_eq(rv, CKR_OK);
            mechanism_copy_release(&copy);
            return i - 1;
        }
        cr_assert_eq(rv, CKR_HOST_MEMORY);
        cr_assert_null(mechanism_of(&copy));
    }
}

Test(mechanism_copy, reports_every_lack_of_memory)
{
    static unsigned char aad[1024];
    struct fixture_kdf kdf;
    CK_OBJECT_HANDLE handle = 1;
    CK_SSL3_KEY_MAT_OUT out = { 0 };
    CK_SSL3_KEY_MAT_PARAMS material = { .pReturnedKeyMaterial = &out };
    CK_KIP_PARAMS inner = { .hKey = 1 };
    CK_MECHANISM nested = { CKM_KIP_MAC, &inner, sizeof(inner) };
    CK_KIP_PARAMS outer = { .pMechanism = &nested, .hKey = 2 };
    CK_GCM_PARAMS gcm = { aad, 12, 96, aad, sizeof(aad), 128 };
    CK_MECHANISM mechanisms[] = {
        { CKM_SP800_108_FEEDBACK_KDF, &kdf.feedback, sizeof(kdf.feedback) },
        { CKM_TLS_KEY_AND_MAC_DERIVE, &material, sizeof(material) },
        { CKM_KIP_WRAP, &outer, sizeof(outer) }
    };
    CK_MECHANISM concatenate = { CKM_CONCATENATE_BASE_AND_KEY, &handle,
                                 sizeof(handle) };
    CK_MECHANISM aead = { CKM_AES_GCM, &gcm, sizeof(gcm) };
    struct mechanism_copy copy;

    fixture_kdf(&kdf);
    for (size_t i = 0; i < 3; i++)
        cr_assert_geq(count_allocations(&mechanisms[i]), 1);
    cr_assert_eq(count_allocations(&concatenate), 0);
    malloc_fails_at = 1;
    cr_assert_not(mechanism_copy_deep(&aead, &copy));
    malloc_fails_at = 0;
    cr_assert_null(mechanism_of(&copy));
}
