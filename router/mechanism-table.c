/* SPDX-License-Identifier: BSD-3-Clause */
/* Which mechanism has which parameter. */
#include "router/mechanism-table.h"

#include <string.h>

/* Numbers that NSS gave to mechanisms with parameters of standard ones. */
#define NSS(number) (0xce534350UL + (number))

#define ROW(mechanism, layout)                                                 \
    {                                                                          \
        .type = (mechanism), .shape = &mechanism_shape_##layout                \
    }

/*
 * Sorted by type. Left out, so that they are never repeated later: what takes
 * a password (PBE, SKIPJACK's wrapping), counts (OTP) or answers through its
 * parameter (PRFs, master keys, the seeds of DSA parameters). CKM_AES_GMAC's
 * parameter differs from module to module.
 */
static const struct mechanism_row rows[] = {
    ROW(CKM_RSA_PKCS_OAEP, oaep),
    ROW(CKM_RSA_PKCS_PSS, bytes),
    ROW(CKM_SHA1_RSA_PKCS_PSS, bytes),
    ROW(CKM_ML_DSA, sign_context),
    ROW(CKM_HASH_ML_DSA, hash_sign_context),
    ROW(CKM_DH_PKCS_DERIVE, bytes),
    ROW(CKM_HASH_ML_DSA_SHA224, sign_context),
    ROW(CKM_HASH_ML_DSA_SHA256, sign_context),
    ROW(CKM_HASH_ML_DSA_SHA384, sign_context),
    ROW(CKM_HASH_ML_DSA_SHA512, sign_context),
    ROW(CKM_HASH_ML_DSA_SHA3_224, sign_context),
    ROW(CKM_HASH_ML_DSA_SHA3_256, sign_context),
    ROW(CKM_HASH_ML_DSA_SHA3_384, sign_context),
    ROW(CKM_HASH_ML_DSA_SHA3_512, sign_context),
    ROW(CKM_HASH_ML_DSA_SHAKE128, sign_context),
    ROW(CKM_HASH_ML_DSA_SHAKE256, sign_context),
    ROW(CKM_SLH_DSA, sign_context),
    ROW(CKM_X9_42_DH_DERIVE, x9_42_dh1),
    ROW(CKM_X9_42_DH_HYBRID_DERIVE, x9_42_dh2),
    ROW(CKM_X9_42_MQV_DERIVE, x9_42_mqv),
    ROW(CKM_HASH_SLH_DSA, hash_sign_context),
    ROW(CKM_HASH_SLH_DSA_SHA224, sign_context),
    ROW(CKM_HASH_SLH_DSA_SHA256, sign_context),
    ROW(CKM_HASH_SLH_DSA_SHA384, sign_context),
    ROW(CKM_HASH_SLH_DSA_SHA512, sign_context),
    ROW(CKM_HASH_SLH_DSA_SHA3_224, sign_context),
    ROW(CKM_HASH_SLH_DSA_SHA3_256, sign_context),
    ROW(CKM_HASH_SLH_DSA_SHA3_384, sign_context),
    ROW(CKM_HASH_SLH_DSA_SHA3_512, sign_context),
    ROW(CKM_HASH_SLH_DSA_SHAKE128, sign_context),
    ROW(CKM_HASH_SLH_DSA_SHAKE256, sign_context),
    ROW(CKM_SHA256_RSA_PKCS_PSS, bytes),
    ROW(CKM_SHA384_RSA_PKCS_PSS, bytes),
    ROW(CKM_SHA512_RSA_PKCS_PSS, bytes),
    ROW(CKM_SHA224_RSA_PKCS_PSS, bytes),
    ROW(CKM_SHA512_224_HMAC_GENERAL, bytes),
    ROW(CKM_SHA512_256_HMAC_GENERAL, bytes),
    ROW(CKM_SHA512_T, bytes),
    ROW(CKM_SHA512_T_HMAC_GENERAL, bytes),
    ROW(CKM_SHA3_256_RSA_PKCS_PSS, bytes),
    ROW(CKM_SHA3_384_RSA_PKCS_PSS, bytes),
    ROW(CKM_SHA3_512_RSA_PKCS_PSS, bytes),
    ROW(CKM_SHA3_224_RSA_PKCS_PSS, bytes),
    ROW(CKM_RC2_ECB, bytes),
    ROW(CKM_RC2_CBC, bytes),
    ROW(CKM_RC2_MAC, bytes),
    ROW(CKM_RC2_MAC_GENERAL, bytes),
    ROW(CKM_RC2_CBC_PAD, bytes),
    ROW(CKM_DES_CBC, bytes),
    ROW(CKM_DES_MAC_GENERAL, bytes),
    ROW(CKM_DES_CBC_PAD, bytes),
    ROW(CKM_DES3_CBC, bytes),
    ROW(CKM_DES3_MAC_GENERAL, bytes),
    ROW(CKM_DES3_CBC_PAD, bytes),
    ROW(CKM_DES3_CMAC_GENERAL, bytes),
    ROW(CKM_CDMF_CBC, bytes),
    ROW(CKM_CDMF_MAC_GENERAL, bytes),
    ROW(CKM_CDMF_CBC_PAD, bytes),
    ROW(CKM_DES_OFB64, bytes),
    ROW(CKM_DES_OFB8, bytes),
    ROW(CKM_DES_CFB64, bytes),
    ROW(CKM_DES_CFB8, bytes),
    ROW(CKM_MD2_HMAC_GENERAL, bytes),
    ROW(CKM_MD5_HMAC_GENERAL, bytes),
    ROW(CKM_SHA_1_HMAC_GENERAL, bytes),
    ROW(CKM_RIPEMD128_HMAC_GENERAL, bytes),
    ROW(CKM_RIPEMD160_HMAC_GENERAL, bytes),
    ROW(CKM_SHA256_HMAC_GENERAL, bytes),
    ROW(CKM_SHA224_HMAC_GENERAL, bytes),
    ROW(CKM_SHA384_HMAC_GENERAL, bytes),
    ROW(CKM_SHA512_HMAC_GENERAL, bytes),
    ROW(CKM_SHA3_256_HMAC_GENERAL, bytes),
    ROW(CKM_SHA3_224_HMAC_GENERAL, bytes),
    ROW(CKM_SHA3_384_HMAC_GENERAL, bytes),
    ROW(CKM_SHA3_512_HMAC_GENERAL, bytes),
    ROW(CKM_CAST_CBC, bytes),
    ROW(CKM_CAST_MAC_GENERAL, bytes),
    ROW(CKM_CAST_CBC_PAD, bytes),
    ROW(CKM_CAST3_CBC, bytes),
    ROW(CKM_CAST3_MAC_GENERAL, bytes),
    ROW(CKM_CAST3_CBC_PAD, bytes),
    ROW(CKM_CAST128_CBC, bytes),
    ROW(CKM_CAST128_MAC_GENERAL, bytes),
    ROW(CKM_CAST128_CBC_PAD, bytes),
    ROW(CKM_RC5_ECB, bytes),
    ROW(CKM_RC5_CBC, rc5_cbc),
    ROW(CKM_RC5_MAC, bytes),
    ROW(CKM_RC5_MAC_GENERAL, bytes),
    ROW(CKM_RC5_CBC_PAD, rc5_cbc),
    ROW(CKM_IDEA_CBC, bytes),
    ROW(CKM_IDEA_MAC_GENERAL, bytes),
    ROW(CKM_IDEA_CBC_PAD, bytes),
    ROW(CKM_CONCATENATE_BASE_AND_KEY, handle),
    ROW(CKM_CONCATENATE_BASE_AND_DATA, string_data),
    ROW(CKM_CONCATENATE_DATA_AND_BASE, string_data),
    ROW(CKM_XOR_BASE_AND_DATA, string_data),
    ROW(CKM_EXTRACT_KEY_FROM_KEY, bytes),
    ROW(CKM_SSL3_KEY_AND_MAC_DERIVE, ssl3_key_mat),
    ROW(CKM_TLS_KEY_AND_MAC_DERIVE, ssl3_key_mat),
    ROW(CKM_SSL3_MD5_MAC, bytes),
    ROW(CKM_SSL3_SHA1_MAC, bytes),
    ROW(CKM_SP800_108_COUNTER_KDF, sp800_108),
    ROW(CKM_SP800_108_FEEDBACK_KDF, sp800_108_feedback),
    ROW(CKM_SP800_108_DOUBLE_PIPELINE_KDF, sp800_108),
    ROW(CKM_WTLS_SERVER_KEY_AND_MAC_DERIVE, wtls_key_mat),
    ROW(CKM_WTLS_CLIENT_KEY_AND_MAC_DERIVE, wtls_key_mat),
    ROW(CKM_TLS12_MAC, bytes),
    ROW(CKM_TLS12_KDF, tls_kdf),
    ROW(CKM_TLS12_KEY_AND_MAC_DERIVE, tls12_key_mat),
    ROW(CKM_TLS12_KEY_SAFE_DERIVE, tls12_key_mat),
    ROW(CKM_TLS_MAC, bytes),
    ROW(CKM_TLS_KDF, tls_kdf),
    ROW(CKM_KEY_WRAP_SET_OAEP, set_oaep),
    ROW(CKM_CMS_SIG, cms_sig),
    ROW(CKM_KIP_DERIVE, kip),
    ROW(CKM_KIP_WRAP, kip),
    ROW(CKM_KIP_MAC, kip),
    ROW(CKM_CAMELLIA_CBC, bytes),
    ROW(CKM_CAMELLIA_MAC_GENERAL, bytes),
    ROW(CKM_CAMELLIA_CBC_PAD, bytes),
    ROW(CKM_CAMELLIA_ECB_ENCRYPT_DATA, string_data),
    ROW(CKM_CAMELLIA_CBC_ENCRYPT_DATA, cbc16_data),
    ROW(CKM_CAMELLIA_CTR, bytes),
    ROW(CKM_ARIA_CBC, bytes),
    ROW(CKM_ARIA_MAC_GENERAL, bytes),
    ROW(CKM_ARIA_CBC_PAD, bytes),
    ROW(CKM_ARIA_ECB_ENCRYPT_DATA, string_data),
    ROW(CKM_ARIA_CBC_ENCRYPT_DATA, cbc16_data),
    ROW(CKM_SEED_CBC, bytes),
    ROW(CKM_SEED_MAC_GENERAL, bytes),
    ROW(CKM_SEED_CBC_PAD, bytes),
    ROW(CKM_SEED_ECB_ENCRYPT_DATA, string_data),
    ROW(CKM_SEED_CBC_ENCRYPT_DATA, cbc16_data),
    ROW(CKM_SKIPJACK_ECB64, bytes),
    ROW(CKM_SKIPJACK_CBC64, bytes),
    ROW(CKM_SKIPJACK_OFB64, bytes),
    ROW(CKM_SKIPJACK_CFB64, bytes),
    ROW(CKM_SKIPJACK_CFB32, bytes),
    ROW(CKM_SKIPJACK_CFB16, bytes),
    ROW(CKM_SKIPJACK_CFB8, bytes),
    ROW(CKM_KEA_DERIVE, kea),
    ROW(CKM_BATON_ECB128, bytes),
    ROW(CKM_BATON_ECB96, bytes),
    ROW(CKM_BATON_CBC128, bytes),
    ROW(CKM_BATON_COUNTER, bytes),
    ROW(CKM_BATON_SHUFFLE, bytes),
    ROW(CKM_ECDH1_DERIVE, ecdh1),
    ROW(CKM_ECDH1_COFACTOR_DERIVE, ecdh1),
    ROW(CKM_ECMQV_DERIVE, ecmqv),
    ROW(CKM_ECDH_AES_KEY_WRAP, ecdh_aes_wrap),
    ROW(CKM_RSA_AES_KEY_WRAP, rsa_aes_wrap),
    ROW(CKM_EDDSA, eddsa),
    ROW(CKM_JUNIPER_ECB128, bytes),
    ROW(CKM_JUNIPER_CBC128, bytes),
    ROW(CKM_JUNIPER_COUNTER, bytes),
    ROW(CKM_JUNIPER_SHUFFLE, bytes),
    ROW(CKM_AES_XTS, bytes),
    ROW(CKM_AES_CBC, bytes),
    ROW(CKM_AES_MAC_GENERAL, bytes),
    ROW(CKM_AES_CBC_PAD, bytes),
    ROW(CKM_AES_CTR, bytes),
    ROW(CKM_AES_GCM, gcm),
    ROW(CKM_AES_CCM, ccm),
    ROW(CKM_AES_CTS, bytes),
    ROW(CKM_AES_CMAC_GENERAL, bytes),
    ROW(CKM_BLOWFISH_CBC, bytes),
    ROW(CKM_TWOFISH_CBC, bytes),
    ROW(CKM_BLOWFISH_CBC_PAD, bytes),
    ROW(CKM_TWOFISH_CBC_PAD, bytes),
    ROW(CKM_DES_ECB_ENCRYPT_DATA, string_data),
    ROW(CKM_DES_CBC_ENCRYPT_DATA, cbc8_data),
    ROW(CKM_DES3_ECB_ENCRYPT_DATA, string_data),
    ROW(CKM_DES3_CBC_ENCRYPT_DATA, cbc8_data),
    ROW(CKM_AES_ECB_ENCRYPT_DATA, string_data),
    ROW(CKM_AES_CBC_ENCRYPT_DATA, cbc16_data),
    ROW(CKM_GOSTR3410_WITH_GOSTR3411, bytes),
    ROW(CKM_GOSTR3410_KEY_WRAP, gostr3410_wrap),
    ROW(CKM_GOSTR3410_DERIVE, gostr3410_derive),
    ROW(CKM_GOSTR3411, bytes),
    ROW(CKM_GOSTR3411_HMAC, bytes),
    ROW(CKM_GOST28147, bytes),
    ROW(CKM_GOST28147_MAC, bytes),
    ROW(CKM_GOST28147_KEY_WRAP, bytes),
    ROW(CKM_CHACHA20, chacha20),
    ROW(CKM_AES_OFB, bytes),
    ROW(CKM_AES_CFB64, bytes),
    ROW(CKM_AES_CFB8, bytes),
    ROW(CKM_AES_CFB128, bytes),
    ROW(CKM_AES_CFB1, bytes),
    ROW(CKM_AES_KEY_WRAP, bytes),
    ROW(CKM_AES_KEY_WRAP_PAD, bytes),
    ROW(CKM_AES_KEY_WRAP_KWP, bytes),
    ROW(CKM_AES_KEY_WRAP_PKCS7, bytes),
    ROW(CKM_RSA_PKCS_OAEP_TPM_1_1, oaep),
    ROW(CKM_BLAKE2B_160_HMAC_GENERAL, bytes),
    ROW(CKM_BLAKE2B_256_HMAC_GENERAL, bytes),
    ROW(CKM_BLAKE2B_384_HMAC_GENERAL, bytes),
    ROW(CKM_BLAKE2B_512_HMAC_GENERAL, bytes),
    ROW(CKM_SALSA20, salsa20),
    ROW(CKM_CHACHA20_POLY1305, poly1305_aead),
    ROW(CKM_SALSA20_POLY1305, poly1305_aead),
    ROW(CKM_X3DH_INITIALIZE, x3dh_initiate),
    ROW(CKM_X3DH_RESPOND, x3dh_respond),
    ROW(CKM_X2RATCHET_INITIALIZE, x2ratchet_initialize),
    ROW(CKM_X2RATCHET_RESPOND, x2ratchet_respond),
    ROW(CKM_XEDDSA, bytes),
    ROW(CKM_HKDF_DERIVE, hkdf),
    ROW(CKM_HKDF_DATA, hkdf),
    ROW(CKM_IKE2_PRF_PLUS_DERIVE, ike2_prf_plus),
    ROW(CKM_IKE_PRF_DERIVE, ike_prf),
    ROW(CKM_IKE1_PRF_DERIVE, ike1_prf),
    ROW(CKM_IKE1_EXTENDED_DERIVE, ike1_extended),
    ROW(CKM_ECDH_X_AES_KEY_WRAP, ecdh_aes_wrap),
    ROW(CKM_ECDH_COF_AES_KEY_WRAP, ecdh_aes_wrap),
    ROW(NSS(23), ssl3_key_mat),  /* CKM_NSS_TLS_KEY_AND_MAC_DERIVE_SHA256 */
    ROW(NSS(28), nss_aead),      /* CKM_NSS_CHACHA20_POLY1305 */
    ROW(NSS(34), ike2_prf_plus), /* CKM_NSS_IKE_PRF_PLUS_DERIVE */
    ROW(NSS(35), ike_prf),       /* CKM_NSS_IKE_PRF_DERIVE */
    ROW(NSS(36), ike1_prf),      /* CKM_NSS_IKE1_PRF_DERIVE */
    ROW(NSS(37), ike1_extended), /* CKM_NSS_IKE1_APP_B_PRF_DERIVE */
    ROW(NSS(42), sp800_108),     /* CKM_NSS_SP800_108_COUNTER_KDF_DERIVE_DATA */
    ROW(NSS(43),
        sp800_108_feedback), /* CKM_NSS_SP800_108_FEEDBACK_KDF_DERIVE_DATA */
    ROW(NSS(44),
        sp800_108), /* CKM_NSS_SP800_108_DOUBLE_PIPELINE_KDF_DERIVE_DATA */
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

const struct mechanism_row *
mechanism_table_rows(size_t *count)
{
    *count = N_ROWS;
    return rows;
}

const struct mechanism_shape *
mechanism_table_find(CK_MECHANISM_TYPE type)
{
    size_t low = 0;
    size_t high = N_ROWS;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (rows[middle].type < type)
            low = middle + 1;
        else
            high = middle;
    }
    return low < N_ROWS && rows[low].type == type ? rows[low].shape : NULL;
}

const struct mechanism_shape *
mechanism_shape_fit(const struct mechanism_shape *shape, size_t length)
{
    while (shape != NULL &&
           (length < shape->size || (shape->is_exact && length > shape->size)))
        shape = shape->shorter;
    return shape;
}

bool
mechanism_part_applies(const struct mechanism_part *part, const void *base)
{
    const unsigned char *field =
        (const unsigned char *)base + part->condition.offset;
    CK_ULONG value;

    if (part->condition.size == 0)
        return true;
    if (part->condition.size == sizeof(CK_BBOOL))
        return *field != CK_FALSE;
    memcpy(&value, field, sizeof(value));
    return value == part->condition.value;
}
