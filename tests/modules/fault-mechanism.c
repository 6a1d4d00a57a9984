/* SPDX-License-Identifier: BSD-3-Clause */
/* Object handles inside the parameters of mechanisms, between the caller of
 * the fault module and the module behind it (SEMANTICS 1.4). */
#include "tests/modules/fault-call.h"

#include <stddef.h>
#include <string.h>

/* A handle that goes in, at an offset of a parameter of that size. */
static const struct field {
    CK_MECHANISM_TYPE type;
    CK_ULONG size;
    CK_ULONG offset;
} fields[] = {
#define FIELD(type, structure, member)                                         \
    {                                                                          \
        type, sizeof(structure), offsetof(structure, member)                   \
    }
    { CKM_CONCATENATE_BASE_AND_KEY, sizeof(CK_OBJECT_HANDLE), 0 },
    FIELD(CKM_ECMQV_DERIVE, CK_ECDH2_DERIVE_PARAMS, hPrivateData),
    FIELD(CKM_ECMQV_DERIVE, CK_ECMQV_DERIVE_PARAMS, hPrivateData),
    FIELD(CKM_ECMQV_DERIVE, CK_ECMQV_DERIVE_PARAMS, publicKey),
    FIELD(CKM_X9_42_DH_HYBRID_DERIVE, CK_X9_42_DH2_DERIVE_PARAMS, hPrivateData),
    FIELD(CKM_X9_42_MQV_DERIVE, CK_X9_42_MQV_DERIVE_PARAMS, hPrivateData),
    FIELD(CKM_X9_42_MQV_DERIVE, CK_X9_42_MQV_DERIVE_PARAMS, publicKey),
    FIELD(CKM_CMS_SIG, CK_CMS_SIG_PARAMS, certificateHandle),
    FIELD(CKM_KIP_DERIVE, CK_KIP_PARAMS, hKey),
    FIELD(CKM_KIP_WRAP, CK_KIP_PARAMS, hKey),
    FIELD(CKM_KIP_MAC, CK_KIP_PARAMS, hKey),
    FIELD(CKM_GOSTR3410_KEY_WRAP, CK_GOSTR3410_KEY_WRAP_PARAMS, hKey),
    FIELD(CKM_X3DH_INITIALIZE, CK_X3DH_INITIATE_PARAMS, pPeer_identity),
    FIELD(CKM_X3DH_INITIALIZE, CK_X3DH_INITIATE_PARAMS, pPeer_prekey),
    FIELD(CKM_X3DH_INITIALIZE, CK_X3DH_INITIATE_PARAMS, pOwn_identity),
    FIELD(CKM_X3DH_INITIALIZE, CK_X3DH_INITIATE_PARAMS, pOwn_ephemeral),
    FIELD(CKM_X3DH_RESPOND, CK_X3DH_RESPOND_PARAMS, pInitiator_identity),
    FIELD(CKM_X2RATCHET_INITIALIZE, CK_X2RATCHET_INITIALIZE_PARAMS,
          peer_public_prekey),
    FIELD(CKM_X2RATCHET_INITIALIZE, CK_X2RATCHET_INITIALIZE_PARAMS,
          peer_public_identity),
    FIELD(CKM_X2RATCHET_INITIALIZE, CK_X2RATCHET_INITIALIZE_PARAMS,
          own_public_identity),
    FIELD(CKM_X2RATCHET_RESPOND, CK_X2RATCHET_RESPOND_PARAMS, own_prekey),
    FIELD(CKM_X2RATCHET_RESPOND, CK_X2RATCHET_RESPOND_PARAMS,
          initiator_identity),
    FIELD(CKM_X2RATCHET_RESPOND, CK_X2RATCHET_RESPOND_PARAMS,
          own_public_identity),
    FIELD(CKM_HKDF_DERIVE, CK_HKDF_PARAMS, hSaltKey),
    FIELD(CKM_HKDF_DATA, CK_HKDF_PARAMS, hSaltKey),
    FIELD(CKM_IKE2_PRF_PLUS_DERIVE, CK_IKE2_PRF_PLUS_DERIVE_PARAMS, hSeedKey),
    FIELD(CKM_IKE_PRF_DERIVE, CK_IKE_PRF_DERIVE_PARAMS, hNewKey),
    FIELD(CKM_IKE1_PRF_DERIVE, CK_IKE1_PRF_DERIVE_PARAMS, hKeygxy),
    FIELD(CKM_IKE1_PRF_DERIVE, CK_IKE1_PRF_DERIVE_PARAMS, hPrevKey),
    FIELD(CKM_IKE1_EXTENDED_DERIVE, CK_IKE1_EXTENDED_DERIVE_PARAMS, hKeygxy),
#undef FIELD
};

/* The two SP 800-108 structures begin alike but for the feedback's IV. */
static bool
is_kdf(CK_MECHANISM_TYPE type)
{
    return type == CKM_SP800_108_COUNTER_KDF ||
           type == CKM_SP800_108_FEEDBACK_KDF ||
           type == CKM_SP800_108_DOUBLE_PIPELINE_KDF;
}

static void
handle_translate(void *at)
{
    CK_OBJECT_HANDLE handle;

    memcpy(&handle, at, sizeof(handle));
    if (handle != CK_INVALID_HANDLE)
        handle = object_vendor(handle);
    memcpy(at, &handle, sizeof(handle));
}

/* The caller's parameter is left alone: the module gets a copy. */
static void
parameter_copy(struct fault_call *call, CK_MECHANISM_PTR *mechanism)
{
    if (*mechanism == &call->mechanism)
        return;
    call->mechanism = **mechanism;
    memcpy(call->parameter, call->mechanism.pParameter,
           call->mechanism.ulParameterLen);
    call->mechanism.pParameter = call->parameter;
    *mechanism = &call->mechanism;
}

/* Keys among the data of a SP 800-108 derivation. */
static void
kdf_to_vendor(struct fault_call *call, CK_MECHANISM_PTR *mechanism)
{
    CK_SP800_108_KDF_PARAMS *parameter;
    CK_ULONG i, n;

    parameter_copy(call, mechanism);
    parameter = (*mechanism)->pParameter;
    n = parameter->ulNumberOfDataParams;
    if (parameter->pDataParams == NULL || n > FAULT_KEYS)
        return;
    memcpy(call->data, parameter->pDataParams, n * sizeof(*call->data));
    for (i = 0; i < n; i++)
        if (call->data[i].type == CK_SP800_108_KEY_HANDLE) {
            memcpy(&call->keys[i], call->data[i].pValue, sizeof(*call->keys));
            handle_translate(&call->keys[i]);
            call->data[i].pValue = &call->keys[i];
        }
    parameter->pDataParams = call->data;
}

void
mechanism_to_vendor(struct fault_call *call, CK_MECHANISM_PTR *mechanism)
{
    CK_MECHANISM_TYPE type = (*mechanism)->mechanism;
    CK_ULONG size = (*mechanism)->ulParameterLen;
    size_t i;

    if ((*mechanism)->pParameter == NULL || size > sizeof(call->parameter))
        return;
    for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (fields[i].type == type && fields[i].size == size) {
            parameter_copy(call, mechanism);
            handle_translate((CK_BYTE *)call->parameter + fields[i].offset);
        }
    if (is_kdf(type) && size >= sizeof(CK_SP800_108_KDF_PARAMS))
        kdf_to_vendor(call, mechanism);
}

/* A key that the mechanism made besides the one that the call gives back. */
static void
made_translate(struct fault_call *call, CK_OBJECT_HANDLE *key)
{
    if (*key != CK_INVALID_HANDLE)
        *key = object_add(call->slot, *key, true, call->session);
}

static void
kdf_from_vendor(struct fault_call *call, const CK_MECHANISM *mechanism)
{
    const CK_SP800_108_FEEDBACK_KDF_PARAMS *feedback = mechanism->pParameter;
    const CK_SP800_108_KDF_PARAMS *plain = mechanism->pParameter;
    bool is_feedback = mechanism->mechanism == CKM_SP800_108_FEEDBACK_KDF;
    CK_ULONG n = is_feedback ? feedback->ulAdditionalDerivedKeys
                             : plain->ulAdditionalDerivedKeys;
    CK_DERIVED_KEY *keys = is_feedback ? feedback->pAdditionalDerivedKeys
                                       : plain->pAdditionalDerivedKeys;
    CK_ULONG i;

    for (i = 0; i < n; i++)
        made_translate(call, keys[i].phKey);
}

void
mechanism_from_vendor(struct fault_call *call, const CK_MECHANISM *mechanism)
{
    CK_SSL3_KEY_MAT_OUT *ssl;
    CK_WTLS_KEY_MAT_OUT *wtls;

    if (mechanism->pParameter == NULL)
        return;
    switch (mechanism->mechanism) {
    case CKM_SSL3_KEY_AND_MAC_DERIVE:
    case CKM_TLS_KEY_AND_MAC_DERIVE:
    case CKM_TLS12_KEY_AND_MAC_DERIVE:
    case CKM_TLS12_KEY_SAFE_DERIVE:
        ssl = ((const CK_SSL3_KEY_MAT_PARAMS *)mechanism->pParameter)
                  ->pReturnedKeyMaterial;
        made_translate(call, &ssl->hClientMacSecret);
        made_translate(call, &ssl->hServerMacSecret);
        made_translate(call, &ssl->hClientKey);
        made_translate(call, &ssl->hServerKey);
        break;
    case CKM_WTLS_SERVER_KEY_AND_MAC_DERIVE:
    case CKM_WTLS_CLIENT_KEY_AND_MAC_DERIVE:
        wtls = ((const CK_WTLS_KEY_MAT_PARAMS *)mechanism->pParameter)
                   ->pReturnedKeyMaterial;
        made_translate(call, &wtls->hMacSecret);
        made_translate(call, &wtls->hKey);
        break;
    case CKM_SP800_108_COUNTER_KDF:
    case CKM_SP800_108_FEEDBACK_KDF:
    case CKM_SP800_108_DOUBLE_PIPELINE_KDF:
        kdf_from_vendor(call, mechanism);
        break;
    default:
        break;
    }
}
