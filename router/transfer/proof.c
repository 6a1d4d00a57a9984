/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations that show that two keys are the same. */
#include "router/transfer/proof.h"

#include "common/cleanup.h"
#include "common/crypto.h"
#include "router/transfer/traits.h"

#include <string.h>

/* The longest signature is ML-DSA-87's, of 4627 bytes. */
enum { INPUT = 32, OUTPUT_ROOM = 8192 };

/* What they are done with: as many random bytes as it takes. */
static const struct signing {
    CK_KEY_TYPE type;
    CK_MECHANISM_TYPE mechanism;
} signings[] = {
    { CKK_RSA, CKM_SHA256_RSA_PKCS },
    { CKK_RSA, CKM_RSA_PKCS },
    { CKK_EC, CKM_ECDSA },
    { CKK_EC_EDWARDS, CKM_EDDSA },
    { CKK_DSA, CKM_DSA },
    { CKK_ML_DSA, CKM_ML_DSA },
};

/* -- Operations --------------------------------------------------------------
 */

typedef CK_RV operation(struct proof_key by, CK_MECHANISM *mechanism,
                        CK_BYTE *input, CK_ULONG length, CK_BYTE *output,
                        CK_ULONG *output_length);

static CK_RV
encrypt(struct proof_key by, CK_MECHANISM *mechanism, CK_BYTE *input,
        CK_ULONG length, CK_BYTE *output, CK_ULONG *output_length)
{
    CK_RV rv =
        by.place.functions->C_EncryptInit(by.place.session, mechanism, by.key);

    return rv != CKR_OK
               ? rv
               : by.place.functions->C_Encrypt(by.place.session, input, length,
                                               output, output_length);
}

static CK_RV
decrypt(struct proof_key by, CK_MECHANISM *mechanism, CK_BYTE *input,
        CK_ULONG length, CK_BYTE *output, CK_ULONG *output_length)
{
    CK_RV rv =
        by.place.functions->C_DecryptInit(by.place.session, mechanism, by.key);

    return rv != CKR_OK
               ? rv
               : by.place.functions->C_Decrypt(by.place.session, input, length,
                                               output, output_length);
}

/* -- Private keys ------------------------------------------------------------
 */

static CK_RV
sign(struct proof_key by, CK_MECHANISM *mechanism, CK_BYTE *input,
     CK_BYTE *signature, CK_ULONG *length)
{
    CK_RV rv =
        by.place.functions->C_SignInit(by.place.session, mechanism, by.key);

    return rv != CKR_OK ? rv
                        : by.place.functions->C_Sign(by.place.session, input,
                                                     INPUT, signature, length);
}

static CK_RV
verify(struct proof_key by, CK_MECHANISM *mechanism, CK_BYTE *input,
       CK_BYTE *signature, CK_ULONG length)
{
    CK_RV rv =
        by.place.functions->C_VerifyInit(by.place.session, mechanism, by.key);

    return rv != CKR_OK
               ? rv
               : by.place.functions->C_Verify(by.place.session, input, INPUT,
                                              signature, length);
}

static enum proof
try_signing(struct proof_key private_key, struct proof_key public_key,
            CK_MECHANISM_TYPE type)
{
    CK_MECHANISM mechanism = { type, NULL, 0 };
    CK_BYTE input[INPUT], signature[OUTPUT_ROOM];
    CK_ULONG length = sizeof(signature);
    CK_RV rv;

    if (!crypto_random(input, sizeof(input)) ||
        sign(private_key, &mechanism, input, signature, &length) != CKR_OK)
        return PROOF_NONE;
    rv = verify(public_key, &mechanism, input, signature, length);
    if (rv == CKR_OK)
        return PROOF_GIVEN;
    return rv == CKR_SIGNATURE_INVALID || rv == CKR_SIGNATURE_LEN_RANGE
               ? PROOF_DIFFERENT
               : PROOF_NONE;
}

/* Of a key that may not sign. */
static const struct decrypting {
    CK_KEY_TYPE type;
    CK_MECHANISM_TYPE mechanism;
} decryptings[] = {
    { CKK_RSA, CKM_RSA_PKCS },
};

static enum proof
try_decrypting(struct proof_key private_key, struct proof_key public_key,
               CK_MECHANISM_TYPE type)
{
    CK_MECHANISM mechanism = { type, NULL, 0 };
    CK_BYTE input[INPUT], hidden[OUTPUT_ROOM], output[OUTPUT_ROOM];
    CK_ULONG hidden_length = sizeof(hidden), length = sizeof(output);
    CK_RV rv;

    if (!crypto_random(input, sizeof(input)) ||
        encrypt(public_key, &mechanism, input, sizeof(input), hidden,
                &hidden_length) != CKR_OK)
        return PROOF_NONE;
    rv = decrypt(private_key, &mechanism, hidden, hidden_length, output,
                 &length);
    if (rv == CKR_OK)
        return length == sizeof(input) && memcmp(input, output, length) == 0
                   ? PROOF_GIVEN
                   : PROOF_DIFFERENT;
    return rv == CKR_ENCRYPTED_DATA_INVALID ||
                   rv == CKR_ENCRYPTED_DATA_LEN_RANGE
               ? PROOF_DIFFERENT
               : PROOF_NONE;
}

/* A key that may verify, whatever the one with these numbers may do. */
static CK_RV
make_verifier(struct proof_key public_key, CK_OBJECT_CLASS object_class,
              CK_KEY_TYPE type, CK_OBJECT_HANDLE *out)
{
    CLEANUP(traits_clear) struct traits its = { .count = 0 };
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    struct traits_template template;
    CK_RV rv = traits_read_public(public_key.place, public_key.key,
                                  object_class, &its);

    if (rv != CKR_OK)
        return rv;
    if (!traits_add(&its, CKA_PRIVATE, &no, sizeof(no)) ||
        !traits_add(&its, CKA_VERIFY, &yes, sizeof(yes)) ||
        (type == CKK_RSA && !traits_add(&its, CKA_ENCRYPT, &yes, sizeof(yes))))
        return CKR_HOST_MEMORY;
    traits_choose(&its, TRAITS_ALL, &no, &template);
    return public_key.place.functions->C_CreateObject(public_key.place.session,
                                                      template.items,
                                                      template.count, out);
}

enum proof
proof_of_private(struct proof_key private_key, struct proof_key public_key,
                 CK_OBJECT_CLASS object_class, CK_KEY_TYPE type)
{
    struct proof_key verifier = { .place = public_key.place };
    enum proof proof = PROOF_NONE;

    if (make_verifier(public_key, object_class, type, &verifier.key) != CKR_OK)
        return PROOF_NONE;
    for (size_t i = 0; i < sizeof(signings) / sizeof(signings[0]); i++)
        if (signings[i].type == type && proof == PROOF_NONE)
            proof = try_signing(private_key, verifier, signings[i].mechanism);
    for (size_t i = 0; i < sizeof(decryptings) / sizeof(decryptings[0]); i++)
        if (decryptings[i].type == type && proof == PROOF_NONE)
            proof =
                try_decrypting(private_key, verifier, decryptings[i].mechanism);
    (void)verifier.place.functions->C_DestroyObject(verifier.place.session,
                                                    verifier.key);
    return proof;
}

/* -- Secret keys -------------------------------------------------------------
 */

static CK_RV
authenticate(struct proof_key by, CK_MECHANISM *mechanism, CK_BYTE *input,
             CK_ULONG length, CK_BYTE *output, CK_ULONG *output_length)
{
    (void)length;
    return sign(by, mechanism, input, output, output_length);
}

/* The same key gives the same, and another one hardly ever. */
static const struct doing {
    CK_KEY_TYPE type;
    CK_MECHANISM_TYPE mechanism;
    operation *run;
    CK_ULONG length;
} doings[] = {
    { CKK_AES, CKM_AES_ECB, encrypt, 16 },
    { CKK_AES, CKM_AES_ECB, decrypt, 16 },
    { CKK_AES, CKM_AES_CMAC, authenticate, INPUT },
    { CKK_DES3, CKM_DES3_ECB, encrypt, 16 },
    { CKK_DES3, CKM_DES3_ECB, decrypt, 16 },
    { CKK_GENERIC_SECRET, CKM_SHA256_HMAC, authenticate, INPUT },
    { CKK_GENERIC_SECRET, CKM_SHA_1_HMAC, authenticate, INPUT },
    { CKK_SHA256_HMAC, CKM_SHA256_HMAC, authenticate, INPUT },
    { CKK_SHA384_HMAC, CKM_SHA384_HMAC, authenticate, INPUT },
    { CKK_SHA512_HMAC, CKM_SHA512_HMAC, authenticate, INPUT },
};

static enum proof
try_doing(struct proof_key one, struct proof_key other,
          const struct doing *doing)
{
    CK_MECHANISM mechanism = { doing->mechanism, NULL, 0 };
    CK_BYTE input[INPUT], its[OUTPUT_ROOM], others[OUTPUT_ROOM];
    CK_ULONG length = sizeof(its), other_length = sizeof(others);

    if (!crypto_random(input, sizeof(input)) ||
        doing->run(one, &mechanism, input, doing->length, its, &length) !=
            CKR_OK ||
        doing->run(other, &mechanism, input, doing->length, others,
                   &other_length) != CKR_OK)
        return PROOF_NONE;
    return length == other_length && memcmp(its, others, length) == 0
               ? PROOF_GIVEN
               : PROOF_DIFFERENT;
}

/* What many tokens say of a key without an operation. */
static enum proof
compare_check_values(struct proof_key one, struct proof_key other)
{
    CLEANUP(identity_freep) struct identity *its = NULL;
    CLEANUP(identity_freep) struct identity *others = NULL;

    if (identity_read(one.place.functions, one.place.session, one.key, false,
                      &its) != CKR_OK ||
        identity_read(other.place.functions, other.place.session, other.key,
                      false, &others) != CKR_OK ||
        !its->has_check_value || !others->has_check_value)
        return PROOF_NONE;
    return memcmp(its->check_value, others->check_value,
                  sizeof(its->check_value)) == 0
               ? PROOF_GIVEN
               : PROOF_DIFFERENT;
}

enum proof
proof_by_operation(struct proof_key one, struct proof_key other,
                   CK_KEY_TYPE type)
{
    enum proof proof = PROOF_NONE;

    for (size_t i = 0; i < sizeof(doings) / sizeof(doings[0]); i++)
        if (doings[i].type == type && proof == PROOF_NONE)
            proof = try_doing(one, other, &doings[i]);
    return proof;
}

enum proof
proof_of_secret(struct proof_key one, struct proof_key other, CK_KEY_TYPE type)
{
    enum proof proof = proof_by_operation(one, other, type);

    return proof == PROOF_NONE ? compare_check_values(one, other) : proof;
}
