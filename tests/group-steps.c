/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls on a group, and which may be made again on another member (7.3). */
#include "tests/group-steps.h"

static CK_BYTE data[] = "some data", out[128];
static CK_ULONG length;
static CK_OBJECT_HANDLE object;
static CK_MECHANISM rsa = { CKM_RSA_PKCS, NULL, 0 };
static CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };

/* -- Calls ------------------------------------------------------------------
 */

static CK_BYTE *
room(void)
{
    length = sizeof(out);
    return out;
}

static CK_RV
sign_init(void)
{
    return C_SignInit(group_session, &rsa, group_key);
}

static CK_RV
sign(void)
{
    return C_Sign(group_session, data, 4, room(), &length);
}

static CK_RV
sign_update(void)
{
    return C_SignUpdate(group_session, data, 4);
}

static CK_RV
sign_final(void)
{
    return C_SignFinal(group_session, room(), &length);
}

static CK_RV
sign_begun(void)
{
    CK_RV rv = sign_init();

    return rv == CKR_OK ? sign_update() : rv;
}

static CK_RV
verify_init(void)
{
    return C_VerifyInit(group_session, &rsa, group_key);
}

/* A verdict about the signature is an answer too. */
static CK_RV
verdict_of(CK_RV rv)
{
    return rv == CKR_SIGNATURE_INVALID ? CKR_OK : rv;
}

static CK_RV
verify(void)
{
    return verdict_of(
        C_Verify(group_session, data, 4, out, sizeof(struct toy_result)));
}

static CK_RV
verify_begun(void)
{
    CK_RV rv = verify_init();

    return rv == CKR_OK ? C_VerifyUpdate(group_session, data, 4) : rv;
}

static CK_RV
verify_final(void)
{
    return verdict_of(
        C_VerifyFinal(group_session, out, sizeof(struct toy_result)));
}

static CK_RV
digest_init(void)
{
    return C_DigestInit(group_session, &sha256);
}

static CK_RV
digest(void)
{
    return C_Digest(group_session, data, 4, room(), &length);
}

static CK_RV
digest_begun(void)
{
    CK_RV rv = digest_init();

    return rv == CKR_OK ? C_DigestUpdate(group_session, data, 4) : rv;
}

static CK_RV
digest_final(void)
{
    return C_DigestFinal(group_session, room(), &length);
}

static CK_RV
digest_key_begun(void)
{
    CK_RV rv = digest_init();

    return rv == CKR_OK ? C_DigestKey(group_session, group_key) : rv;
}

static CK_RV
encrypt_init(void)
{
    return C_EncryptInit(group_session, &rsa, group_key);
}

static CK_RV
encrypt(void)
{
    return C_Encrypt(group_session, data, 4, room(), &length);
}

static CK_RV
encrypt_update(void)
{
    return C_EncryptUpdate(group_session, data, 4, room(), &length);
}

static CK_RV
encrypt_begun(void)
{
    CK_RV rv = encrypt_init();

    return rv == CKR_OK ? encrypt_update() : rv;
}

static CK_RV
encrypt_final(void)
{
    return C_EncryptFinal(group_session, room(), &length);
}

static CK_RV
decrypt_init(void)
{
    return C_DecryptInit(group_session, &rsa, group_key);
}

static CK_RV
decrypt(void)
{
    return C_Decrypt(group_session, data, 4, room(), &length);
}

static CK_RV
wrap(void)
{
    return C_WrapKey(group_session, &rsa, group_key, group_key, room(),
                     &length);
}

static CK_RV
get_attribute(void)
{
    CK_ATTRIBUTE id = { CKA_ID, out, 2 };

    return C_GetAttributeValue(group_session, group_key, &id, 1);
}

/* What the toy does not have: that is its answer. */
static CK_RV
answer_of(CK_RV rv)
{
    return rv == CKR_FUNCTION_NOT_SUPPORTED ? CKR_OK : rv;
}

static CK_RV
get_size(void)
{
    return answer_of(C_GetObjectSize(group_session, group_key, &length));
}

static CK_RV
get_random(void)
{
    return C_GenerateRandom(group_session, out, 1);
}

static CK_RV
seed_random(void)
{
    return answer_of(C_SeedRandom(group_session, out, 1));
}

static CK_RV
generate(void)
{
    CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
    CK_ATTRIBUTE label = { CKA_LABEL, data, 4 };

    return C_GenerateKey(group_session, &mechanism, &label, 1, &object);
}

static CK_RV
create(void)
{
    CK_ATTRIBUTE label = { CKA_LABEL, data, 4 };

    return C_CreateObject(group_session, &label, 1, &object);
}

static CK_RV
copy(void)
{
    CK_ATTRIBUTE label = { CKA_LABEL, data, 4 };
    CK_OBJECT_HANDLE copied;

    return C_CopyObject(group_session, object, &label, 1, &copied);
}

static CK_RV
set_attribute(void)
{
    CK_ATTRIBUTE label = { CKA_LABEL, data, 4 };

    return C_SetAttributeValue(group_session, object, &label, 1);
}

static CK_RV
destroy(void)
{
    return C_DestroyObject(group_session, object);
}

static CK_RV
derive(void)
{
    return answer_of(
        C_DeriveKey(group_session, &rsa, group_key, NULL, 0, &object));
}

static CK_RV
unwrap(void)
{
    return answer_of(
        C_UnwrapKey(group_session, &rsa, group_key, data, 4, NULL, 0, &object));
}

static CK_RV
message_init(void)
{
    return C_MessageSignInit(group_session, &rsa, group_key);
}

static CK_RV
sign_message(void)
{
    return C_SignMessage(group_session, NULL, 0, data, 4, room(), &length);
}

/* -- What may be made again elsewhere (7.3) ---------------------------------
 */

const struct group_step group_steps[] = {
    { FUNCTION_C_SignInit, NULL, sign_init, true, false },
    { FUNCTION_C_Sign, sign_init, sign, true, true },
    { FUNCTION_C_SignUpdate, sign_init, sign_update, true, true },
    { FUNCTION_C_SignUpdate, sign_begun, sign_update, true, true },
    { FUNCTION_C_SignFinal, sign_begun, sign_final, true, true },
    { FUNCTION_C_VerifyInit, NULL, verify_init, true, false },
    { FUNCTION_C_Verify, verify_init, verify, true, true },
    { FUNCTION_C_VerifyFinal, verify_begun, verify_final, true, true },
    { FUNCTION_C_DigestInit, NULL, digest_init, true, false },
    { FUNCTION_C_Digest, digest_init, digest, true, true },
    { FUNCTION_C_DigestFinal, digest_begun, digest_final, true, true },
    { FUNCTION_C_DigestFinal, digest_key_begun, digest_final, false, true },
    { FUNCTION_C_EncryptInit, NULL, encrypt_init, true, false },
    { FUNCTION_C_Encrypt, encrypt_init, encrypt, true, true },
    { FUNCTION_C_EncryptUpdate, encrypt_init, encrypt_update, true, true },
    { FUNCTION_C_EncryptUpdate, encrypt_begun, encrypt_update, false, true },
    { FUNCTION_C_EncryptFinal, encrypt_begun, encrypt_final, false, true },
    { FUNCTION_C_DecryptInit, NULL, decrypt_init, true, false },
    { FUNCTION_C_Decrypt, decrypt_init, decrypt, true, true },
    { FUNCTION_C_WrapKey, NULL, wrap, true, false },
    { FUNCTION_C_GetAttributeValue, NULL, get_attribute, true, false },
    { FUNCTION_C_GetObjectSize, NULL, get_size, true, false },
    { FUNCTION_C_GenerateRandom, NULL, get_random, true, false },
    { FUNCTION_C_SeedRandom, NULL, seed_random, false, false },
    { FUNCTION_C_GenerateKey, NULL, generate, false, false },
    { FUNCTION_C_CreateObject, NULL, create, false, false },
    { FUNCTION_C_CopyObject, create, copy, false, false },
    { FUNCTION_C_SetAttributeValue, create, set_attribute, false, false },
    { FUNCTION_C_DestroyObject, create, destroy, false, false },
    { FUNCTION_C_DeriveKey, NULL, derive, false, false },
    { FUNCTION_C_UnwrapKey, NULL, unwrap, false, false },
    { FUNCTION_C_MessageSignInit, NULL, message_init, true, false },
    { FUNCTION_C_SignMessage, message_init, sign_message, false, true },
};

const size_t group_n_steps = sizeof(group_steps) / sizeof(group_steps[0]);

bool
group_step_makes(const struct group_step *step)
{
    return step->before == create;
}
