/* SPDX-License-Identifier: BSD-3-Clause */
/* Parameters without object handles that a deep copy must understand. */
#include "router/mechanism-table.h"

/* IVs, counters, MAC lengths, PSS: nothing points anywhere. */
const struct mechanism_shape mechanism_shape_bytes = { .is_closed = true };

/* CK_GCM_PARAMS as it was before ulIvBits, still in use (R1.14). */
struct gcm_without_iv_bits {
    CK_BYTE_PTR pIv;
    CK_ULONG ulIvLen;
    CK_BYTE_PTR pAAD;
    CK_ULONG ulAADLen;
    CK_ULONG ulTagBits;
};

static const struct mechanism_part gcm_short_parts[] = {
    { BYTES(struct gcm_without_iv_bits, pIv, ulIvLen) },
    { BYTES(struct gcm_without_iv_bits, pAAD, ulAADLen) },
};

static const struct mechanism_shape mechanism_shape_gcm_short = {
    .size = sizeof(struct gcm_without_iv_bits),
    .is_closed = true,
    PARTS(gcm_short_parts),
};

static const struct mechanism_part gcm_parts[] = {
    { BYTES(CK_GCM_PARAMS, pIv, ulIvLen) },
    { BYTES(CK_GCM_PARAMS, pAAD, ulAADLen) },
};

const struct mechanism_shape mechanism_shape_gcm = {
    .size = sizeof(CK_GCM_PARAMS),
    .is_closed = true,
    PARTS(gcm_parts),
    .shorter = &mechanism_shape_gcm_short,
};

static const struct mechanism_part ccm_parts[] = {
    { BYTES(CK_CCM_PARAMS, pNonce, ulNonceLen) },
    { BYTES(CK_CCM_PARAMS, pAAD, ulAADLen) },
};

const struct mechanism_shape mechanism_shape_ccm = {
    .size = sizeof(CK_CCM_PARAMS),
    .is_closed = true,
    PARTS(ccm_parts),
};

static const struct mechanism_part poly1305_aead_parts[] = {
    { BYTES(CK_SALSA20_CHACHA20_POLY1305_PARAMS, pNonce, ulNonceLen) },
    { BYTES(CK_SALSA20_CHACHA20_POLY1305_PARAMS, pAAD, ulAADLen) },
};

const struct mechanism_shape mechanism_shape_poly1305_aead = {
    .size = sizeof(CK_SALSA20_CHACHA20_POLY1305_PARAMS),
    .is_closed = true,
    PARTS(poly1305_aead_parts),
};

/* CKM_NSS_CHACHA20_POLY1305's, for NSS before it had the standard one. */
struct nss_aead {
    CK_BYTE_PTR pNonce;
    CK_ULONG ulNonceLen;
    CK_BYTE_PTR pAAD;
    CK_ULONG ulAADLen;
    CK_ULONG ulTagLen;
};

static const struct mechanism_part nss_aead_parts[] = {
    { BYTES(struct nss_aead, pNonce, ulNonceLen) },
    { BYTES(struct nss_aead, pAAD, ulAADLen) },
};

const struct mechanism_shape mechanism_shape_nss_aead = {
    .size = sizeof(struct nss_aead),
    .is_closed = true,
    PARTS(nss_aead_parts),
};

static const struct mechanism_part chacha20_parts[] = {
    { LIST(PART_BITS, CK_CHACHA20_PARAMS, pBlockCounter, blockCounterBits) },
    { LIST(PART_BITS, CK_CHACHA20_PARAMS, pNonce, ulNonceBits) },
};

const struct mechanism_shape mechanism_shape_chacha20 = {
    .size = sizeof(CK_CHACHA20_PARAMS),
    .is_closed = true,
    PARTS(chacha20_parts),
};

static const struct mechanism_part salsa20_parts[] = {
    { POINTER(PART_FIXED, CK_SALSA20_PARAMS, pBlockCounter), .length = 8 },
    { LIST(PART_BITS, CK_SALSA20_PARAMS, pNonce, ulNonceBits) },
};

const struct mechanism_shape mechanism_shape_salsa20 = {
    .size = sizeof(CK_SALSA20_PARAMS),
    .is_closed = true,
    PARTS(salsa20_parts),
};

static const struct mechanism_part rc5_cbc_parts[] = {
    { BYTES(CK_RC5_CBC_PARAMS, pIv, ulIvLen) },
};

const struct mechanism_shape mechanism_shape_rc5_cbc = {
    .size = sizeof(CK_RC5_CBC_PARAMS),
    .is_closed = true,
    PARTS(rc5_cbc_parts),
};

static const struct mechanism_part oaep_parts[] = {
    { BYTES(CK_RSA_PKCS_OAEP_PARAMS, pSourceData, ulSourceDataLen) },
};

const struct mechanism_shape mechanism_shape_oaep = {
    .size = sizeof(CK_RSA_PKCS_OAEP_PARAMS),
    .is_closed = true,
    PARTS(oaep_parts),
};

static const struct mechanism_part rsa_aes_wrap_parts[] = {
    { POINTER(PART_SHAPE, CK_RSA_AES_KEY_WRAP_PARAMS, pOAEPParams),
      .shape = &mechanism_shape_oaep },
};

const struct mechanism_shape mechanism_shape_rsa_aes_wrap = {
    .size = sizeof(CK_RSA_AES_KEY_WRAP_PARAMS),
    .is_closed = true,
    PARTS(rsa_aes_wrap_parts),
};

static const struct mechanism_part set_oaep_parts[] = {
    { BYTES(CK_KEY_WRAP_SET_OAEP_PARAMS, pX, ulXLen) },
};

const struct mechanism_shape mechanism_shape_set_oaep = {
    .size = sizeof(CK_KEY_WRAP_SET_OAEP_PARAMS),
    .is_closed = true,
    PARTS(set_oaep_parts),
};

static const struct mechanism_part eddsa_parts[] = {
    { BYTES(CK_EDDSA_PARAMS, pContextData, ulContextDataLen) },
};

const struct mechanism_shape mechanism_shape_eddsa = {
    .size = sizeof(CK_EDDSA_PARAMS),
    .is_closed = true,
    PARTS(eddsa_parts),
};

static const struct mechanism_part sign_context_parts[] = {
    { BYTES(CK_SIGN_ADDITIONAL_CONTEXT, pContext, ulContextLen) },
};

const struct mechanism_shape mechanism_shape_sign_context = {
    .size = sizeof(CK_SIGN_ADDITIONAL_CONTEXT),
    .is_closed = true,
    PARTS(sign_context_parts),
};

static const struct mechanism_part hash_sign_context_parts[] = {
    { BYTES(CK_HASH_SIGN_ADDITIONAL_CONTEXT, pContext, ulContextLen) },
};

const struct mechanism_shape mechanism_shape_hash_sign_context = {
    .size = sizeof(CK_HASH_SIGN_ADDITIONAL_CONTEXT),
    .is_closed = true,
    PARTS(hash_sign_context_parts),
};

static const struct mechanism_part ecdh1_parts[] = {
    { BYTES(CK_ECDH1_DERIVE_PARAMS, pSharedData, ulSharedDataLen) },
    { BYTES(CK_ECDH1_DERIVE_PARAMS, pPublicData, ulPublicDataLen) },
};

const struct mechanism_shape mechanism_shape_ecdh1 = {
    .size = sizeof(CK_ECDH1_DERIVE_PARAMS),
    .is_closed = true,
    PARTS(ecdh1_parts),
};

static const struct mechanism_part x9_42_dh1_parts[] = {
    { BYTES(CK_X9_42_DH1_DERIVE_PARAMS, pOtherInfo, ulOtherInfoLen) },
    { BYTES(CK_X9_42_DH1_DERIVE_PARAMS, pPublicData, ulPublicDataLen) },
};

const struct mechanism_shape mechanism_shape_x9_42_dh1 = {
    .size = sizeof(CK_X9_42_DH1_DERIVE_PARAMS),
    .is_closed = true,
    PARTS(x9_42_dh1_parts),
};

static const struct mechanism_part ecdh_aes_wrap_parts[] = {
    { BYTES(CK_ECDH_AES_KEY_WRAP_PARAMS, pSharedData, ulSharedDataLen) },
};

const struct mechanism_shape mechanism_shape_ecdh_aes_wrap = {
    .size = sizeof(CK_ECDH_AES_KEY_WRAP_PARAMS),
    .is_closed = true,
    PARTS(ecdh_aes_wrap_parts),
};

static const struct mechanism_part kea_parts[] = {
    { BYTES(CK_KEA_DERIVE_PARAMS, pRandomA, ulRandomLen) },
    { BYTES(CK_KEA_DERIVE_PARAMS, pRandomB, ulRandomLen) },
    { BYTES(CK_KEA_DERIVE_PARAMS, pPublicData, ulPublicDataLen) },
};

const struct mechanism_shape mechanism_shape_kea = {
    .size = sizeof(CK_KEA_DERIVE_PARAMS),
    .is_closed = true,
    PARTS(kea_parts),
};

static const struct mechanism_part gostr3410_derive_parts[] = {
    { BYTES(CK_GOSTR3410_DERIVE_PARAMS, pPublicData, ulPublicDataLen) },
    { BYTES(CK_GOSTR3410_DERIVE_PARAMS, pUKM, ulUKMLen) },
};

const struct mechanism_shape mechanism_shape_gostr3410_derive = {
    .size = sizeof(CK_GOSTR3410_DERIVE_PARAMS),
    .is_closed = true,
    PARTS(gostr3410_derive_parts),
};

/* Also those of ARIA, Camellia and SEED, which are laid out alike. */
static const struct mechanism_part cbc16_data_parts[] = {
    { BYTES(CK_AES_CBC_ENCRYPT_DATA_PARAMS, pData, length) },
};

const struct mechanism_shape mechanism_shape_cbc16_data = {
    .size = sizeof(CK_AES_CBC_ENCRYPT_DATA_PARAMS),
    .is_closed = true,
    PARTS(cbc16_data_parts),
};

static const struct mechanism_part cbc8_data_parts[] = {
    { BYTES(CK_DES_CBC_ENCRYPT_DATA_PARAMS, pData, length) },
};

const struct mechanism_shape mechanism_shape_cbc8_data = {
    .size = sizeof(CK_DES_CBC_ENCRYPT_DATA_PARAMS),
    .is_closed = true,
    PARTS(cbc8_data_parts),
};

static const struct mechanism_part string_data_parts[] = {
    { BYTES(CK_KEY_DERIVATION_STRING_DATA, pData, ulLen) },
};

const struct mechanism_shape mechanism_shape_string_data = {
    .size = sizeof(CK_KEY_DERIVATION_STRING_DATA),
    .is_closed = true,
    PARTS(string_data_parts),
};

static const struct mechanism_part tls_kdf_parts[] = {
    { BYTES(CK_TLS_KDF_PARAMS, pLabel, ulLabelLength) },
    { BYTES(CK_TLS_KDF_PARAMS, RandomInfo.pClientRandom,
            RandomInfo.ulClientRandomLen) },
    { BYTES(CK_TLS_KDF_PARAMS, RandomInfo.pServerRandom,
            RandomInfo.ulServerRandomLen) },
    { BYTES(CK_TLS_KDF_PARAMS, pContextData, ulContextDataLength) },
};

const struct mechanism_shape mechanism_shape_tls_kdf = {
    .size = sizeof(CK_TLS_KDF_PARAMS),
    .is_closed = true,
    PARTS(tls_kdf_parts),
};
