/* SPDX-License-Identifier: BSD-3-Clause */
/* The parameters that hold object handles: SEMANTICS 1.4, a row a field. */
#include "router/mechanism-table.h"

/* CKM_CONCATENATE_BASE_AND_KEY: nothing but a handle. */
static const struct mechanism_part handle_parts[] = {
    { .kind = PART_HANDLE },
};

const struct mechanism_shape mechanism_shape_handle = {
    .size = sizeof(CK_OBJECT_HANDLE),
    .is_exact = true,
    .has_handles = true,
    .is_closed = true,
    PARTS(handle_parts),
};

/* The two layouts of CKM_ECMQV_DERIVE are told apart by their length. */
static const struct mechanism_part ecdh2_parts[] = {
    { BYTES(CK_ECDH2_DERIVE_PARAMS, pSharedData, ulSharedDataLen) },
    { BYTES(CK_ECDH2_DERIVE_PARAMS, pPublicData, ulPublicDataLen) },
    { HANDLE(CK_ECDH2_DERIVE_PARAMS, hPrivateData) },
    { BYTES(CK_ECDH2_DERIVE_PARAMS, pPublicData2, ulPublicDataLen2) },
};

static const struct mechanism_shape mechanism_shape_ecdh2 = {
    .size = sizeof(CK_ECDH2_DERIVE_PARAMS),
    .has_handles = true,
    .is_closed = true,
    PARTS(ecdh2_parts),
};

static const struct mechanism_part ecmqv_parts[] = {
    { BYTES(CK_ECMQV_DERIVE_PARAMS, pSharedData, ulSharedDataLen) },
    { BYTES(CK_ECMQV_DERIVE_PARAMS, pPublicData, ulPublicDataLen) },
    { HANDLE(CK_ECMQV_DERIVE_PARAMS, hPrivateData) },
    { BYTES(CK_ECMQV_DERIVE_PARAMS, pPublicData2, ulPublicDataLen2) },
    { HANDLE(CK_ECMQV_DERIVE_PARAMS, publicKey) },
};

const struct mechanism_shape mechanism_shape_ecmqv = {
    .size = sizeof(CK_ECMQV_DERIVE_PARAMS),
    .has_handles = true,
    .is_closed = true,
    PARTS(ecmqv_parts),
    .shorter = &mechanism_shape_ecdh2,
};

static const struct mechanism_part x9_42_dh2_parts[] = {
    { BYTES(CK_X9_42_DH2_DERIVE_PARAMS, pOtherInfo, ulOtherInfoLen) },
    { BYTES(CK_X9_42_DH2_DERIVE_PARAMS, pPublicData, ulPublicDataLen) },
    { HANDLE(CK_X9_42_DH2_DERIVE_PARAMS, hPrivateData) },
    { BYTES(CK_X9_42_DH2_DERIVE_PARAMS, pPublicData2, ulPublicDataLen2) },
};

const struct mechanism_shape mechanism_shape_x9_42_dh2 = {
    .size = sizeof(CK_X9_42_DH2_DERIVE_PARAMS),
    .has_handles = true,
    .is_closed = true,
    PARTS(x9_42_dh2_parts),
};

static const struct mechanism_part x9_42_mqv_parts[] = {
    { BYTES(CK_X9_42_MQV_DERIVE_PARAMS, pOtherInfo, ulOtherInfoLen) },
    { BYTES(CK_X9_42_MQV_DERIVE_PARAMS, pPublicData, ulPublicDataLen) },
    { HANDLE(CK_X9_42_MQV_DERIVE_PARAMS, hPrivateData) },
    { BYTES(CK_X9_42_MQV_DERIVE_PARAMS, pPublicData2, ulPublicDataLen2) },
    { HANDLE(CK_X9_42_MQV_DERIVE_PARAMS, publicKey) },
};

const struct mechanism_shape mechanism_shape_x9_42_mqv = {
    .size = sizeof(CK_X9_42_MQV_DERIVE_PARAMS),
    .has_handles = true,
    .is_closed = true,
    PARTS(x9_42_mqv_parts),
};

/* The handles that come out lie in a struct of the application's. */
static const struct mechanism_part ssl3_key_mat_parts[] = {
    { MADE(CK_SSL3_KEY_MAT_PARAMS, pReturnedKeyMaterial, CK_SSL3_KEY_MAT_OUT,
           4) },
};

const struct mechanism_shape mechanism_shape_ssl3_key_mat = {
    .size = sizeof(CK_SSL3_KEY_MAT_PARAMS),
    .has_handles = true,
    PARTS(ssl3_key_mat_parts),
};

static const struct mechanism_part tls12_key_mat_parts[] = {
    { MADE(CK_TLS12_KEY_MAT_PARAMS, pReturnedKeyMaterial, CK_SSL3_KEY_MAT_OUT,
           4) },
};

const struct mechanism_shape mechanism_shape_tls12_key_mat = {
    .size = sizeof(CK_TLS12_KEY_MAT_PARAMS),
    .has_handles = true,
    PARTS(tls12_key_mat_parts),
};

static const struct mechanism_part wtls_key_mat_parts[] = {
    { MADE(CK_WTLS_KEY_MAT_PARAMS, pReturnedKeyMaterial, CK_WTLS_KEY_MAT_OUT,
           2) },
};

const struct mechanism_shape mechanism_shape_wtls_key_mat = {
    .size = sizeof(CK_WTLS_KEY_MAT_PARAMS),
    .has_handles = true,
    PARTS(wtls_key_mat_parts),
};

static const struct mechanism_part cms_sig_parts[] = {
    { OPTIONAL(CK_CMS_SIG_PARAMS, certificateHandle) },
    { POINTER(PART_MECHANISM, CK_CMS_SIG_PARAMS, pSigningMechanism) },
    { POINTER(PART_MECHANISM, CK_CMS_SIG_PARAMS, pDigestMechanism) },
    { POINTER(PART_STRING, CK_CMS_SIG_PARAMS, pContentType) },
    { BYTES(CK_CMS_SIG_PARAMS, pRequestedAttributes,
            ulRequestedAttributesLen) },
    { BYTES(CK_CMS_SIG_PARAMS, pRequiredAttributes, ulRequiredAttributesLen) },
};

const struct mechanism_shape mechanism_shape_cms_sig = {
    .size = sizeof(CK_CMS_SIG_PARAMS),
    .has_handles = true,
    .is_closed = true,
    PARTS(cms_sig_parts),
};

static const struct mechanism_part kip_parts[] = {
    { POINTER(PART_MECHANISM, CK_KIP_PARAMS, pMechanism) },
    { OPTIONAL(CK_KIP_PARAMS, hKey) },
    { BYTES(CK_KIP_PARAMS, pSeed, ulSeedLen) },
};

const struct mechanism_shape mechanism_shape_kip = {
    .size = sizeof(CK_KIP_PARAMS),
    .has_handles = true,
    .is_closed = true,
    PARTS(kip_parts),
};

static const struct mechanism_part gostr3410_wrap_parts[] = {
    { BYTES(CK_GOSTR3410_KEY_WRAP_PARAMS, pWrapOID, ulWrapOIDLen) },
    { BYTES(CK_GOSTR3410_KEY_WRAP_PARAMS, pUKM, ulUKMLen) },
    { OPTIONAL(CK_GOSTR3410_KEY_WRAP_PARAMS, hKey) },
};

const struct mechanism_shape mechanism_shape_gostr3410_wrap = {
    .size = sizeof(CK_GOSTR3410_KEY_WRAP_PARAMS),
    .has_handles = true,
    .is_closed = true,
    PARTS(gostr3410_wrap_parts),
};

static const struct mechanism_part sp800_108_parts[] = {
    { LIST(PART_PRF_DATA, CK_SP800_108_KDF_PARAMS, pDataParams,
           ulNumberOfDataParams) },
    { LIST(PART_DERIVED, CK_SP800_108_KDF_PARAMS, pAdditionalDerivedKeys,
           ulAdditionalDerivedKeys) },
};

const struct mechanism_shape mechanism_shape_sp800_108 = {
    .size = sizeof(CK_SP800_108_KDF_PARAMS),
    .has_handles = true,
    .is_closed = true,
    PARTS(sp800_108_parts),
};

static const struct mechanism_part sp800_108_feedback_parts[] = {
    { LIST(PART_PRF_DATA, CK_SP800_108_FEEDBACK_KDF_PARAMS, pDataParams,
           ulNumberOfDataParams) },
    { BYTES(CK_SP800_108_FEEDBACK_KDF_PARAMS, pIV, ulIVLen) },
    { LIST(PART_DERIVED, CK_SP800_108_FEEDBACK_KDF_PARAMS,
           pAdditionalDerivedKeys, ulAdditionalDerivedKeys) },
};

const struct mechanism_shape mechanism_shape_sp800_108_feedback = {
    .size = sizeof(CK_SP800_108_FEEDBACK_KDF_PARAMS),
    .has_handles = true,
    .is_closed = true,
    PARTS(sp800_108_feedback_parts),
};

/* Their other pointers lead to bytes of unknown number. */
static const struct mechanism_part x3dh_initiate_parts[] = {
    { HANDLE(CK_X3DH_INITIATE_PARAMS, pPeer_identity) },
    { HANDLE(CK_X3DH_INITIATE_PARAMS, pPeer_prekey) },
    { HANDLE(CK_X3DH_INITIATE_PARAMS, pOwn_identity) },
    { HANDLE(CK_X3DH_INITIATE_PARAMS, pOwn_ephemeral) },
};

const struct mechanism_shape mechanism_shape_x3dh_initiate = {
    .size = sizeof(CK_X3DH_INITIATE_PARAMS),
    .has_handles = true,
    PARTS(x3dh_initiate_parts),
};

static const struct mechanism_part x3dh_respond_parts[] = {
    { HANDLE(CK_X3DH_RESPOND_PARAMS, pInitiator_identity) },
};

const struct mechanism_shape mechanism_shape_x3dh_respond = {
    .size = sizeof(CK_X3DH_RESPOND_PARAMS),
    .has_handles = true,
    PARTS(x3dh_respond_parts),
};

static const struct mechanism_part x2ratchet_initialize_parts[] = {
    { HANDLE(CK_X2RATCHET_INITIALIZE_PARAMS, peer_public_prekey) },
    { HANDLE(CK_X2RATCHET_INITIALIZE_PARAMS, peer_public_identity) },
    { HANDLE(CK_X2RATCHET_INITIALIZE_PARAMS, own_public_identity) },
};

const struct mechanism_shape mechanism_shape_x2ratchet_initialize = {
    .size = sizeof(CK_X2RATCHET_INITIALIZE_PARAMS),
    .has_handles = true,
    PARTS(x2ratchet_initialize_parts),
};

static const struct mechanism_part x2ratchet_respond_parts[] = {
    { HANDLE(CK_X2RATCHET_RESPOND_PARAMS, own_prekey) },
    { HANDLE(CK_X2RATCHET_RESPOND_PARAMS, initiator_identity) },
    { HANDLE(CK_X2RATCHET_RESPOND_PARAMS, own_public_identity) },
};

const struct mechanism_shape mechanism_shape_x2ratchet_respond = {
    .size = sizeof(CK_X2RATCHET_RESPOND_PARAMS),
    .has_handles = true,
    PARTS(x2ratchet_respond_parts),
};

/* What ulSaltType and bExpand do not ask for may be garbage. */
static const struct mechanism_part hkdf_parts[] = {
    { HANDLE(CK_HKDF_PARAMS, hSaltKey),
      IF(CK_HKDF_PARAMS, ulSaltType, CKF_HKDF_SALT_KEY) },
    { BYTES(CK_HKDF_PARAMS, pSalt, ulSaltLen),
      IF(CK_HKDF_PARAMS, ulSaltType, CKF_HKDF_SALT_DATA) },
    { BYTES(CK_HKDF_PARAMS, pInfo, ulInfoLen),
      IF(CK_HKDF_PARAMS, bExpand, CK_TRUE) },
};

const struct mechanism_shape mechanism_shape_hkdf = {
    .size = sizeof(CK_HKDF_PARAMS),
    .has_handles = true,
    .is_closed = true,
    PARTS(hkdf_parts),
};

static const struct mechanism_part ike2_prf_plus_parts[] = {
    { HANDLE(CK_IKE2_PRF_PLUS_DERIVE_PARAMS, hSeedKey),
      IF(CK_IKE2_PRF_PLUS_DERIVE_PARAMS, bHasSeedKey, CK_TRUE) },
    { BYTES(CK_IKE2_PRF_PLUS_DERIVE_PARAMS, pSeedData, ulSeedDataLen) },
};

const struct mechanism_shape mechanism_shape_ike2_prf_plus = {
    .size = sizeof(CK_IKE2_PRF_PLUS_DERIVE_PARAMS),
    .has_handles = true,
    .is_closed = true,
    PARTS(ike2_prf_plus_parts),
};

static const struct mechanism_part ike_prf_parts[] = {
    { BYTES(CK_IKE_PRF_DERIVE_PARAMS, pNi, ulNiLen) },
    { BYTES(CK_IKE_PRF_DERIVE_PARAMS, pNr, ulNrLen) },
    { HANDLE(CK_IKE_PRF_DERIVE_PARAMS, hNewKey),
      IF(CK_IKE_PRF_DERIVE_PARAMS, bRekey, CK_TRUE) },
};

const struct mechanism_shape mechanism_shape_ike_prf = {
    .size = sizeof(CK_IKE_PRF_DERIVE_PARAMS),
    .has_handles = true,
    .is_closed = true,
    PARTS(ike_prf_parts),
};

static const struct mechanism_part ike1_prf_parts[] = {
    { HANDLE(CK_IKE1_PRF_DERIVE_PARAMS, hKeygxy) },
    { HANDLE(CK_IKE1_PRF_DERIVE_PARAMS, hPrevKey),
      IF(CK_IKE1_PRF_DERIVE_PARAMS, bHasPrevKey, CK_TRUE) },
    { BYTES(CK_IKE1_PRF_DERIVE_PARAMS, pCKYi, ulCKYiLen) },
    { BYTES(CK_IKE1_PRF_DERIVE_PARAMS, pCKYr, ulCKYrLen) },
};

const struct mechanism_shape mechanism_shape_ike1_prf = {
    .size = sizeof(CK_IKE1_PRF_DERIVE_PARAMS),
    .has_handles = true,
    .is_closed = true,
    PARTS(ike1_prf_parts),
};

static const struct mechanism_part ike1_extended_parts[] = {
    { HANDLE(CK_IKE1_EXTENDED_DERIVE_PARAMS, hKeygxy),
      IF(CK_IKE1_EXTENDED_DERIVE_PARAMS, bHasKeygxy, CK_TRUE) },
    { BYTES(CK_IKE1_EXTENDED_DERIVE_PARAMS, pExtraData, ulExtraDataLen) },
};

const struct mechanism_shape mechanism_shape_ike1_extended = {
    .size = sizeof(CK_IKE1_EXTENDED_DERIVE_PARAMS),
    .has_handles = true,
    .is_closed = true,
    PARTS(ike1_extended_parts),
};
