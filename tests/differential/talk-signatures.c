/* SPDX-License-Identifier: BSD-3-Clause */
/* Signatures and their verification: at once and in parts. */
#include "tests/differential/conversation.h"
#include "tests/differential/keys.h"

static CK_RSA_PKCS_PSS_PARAMS pss_1 = { CKM_SHA_1, CKG_MGF1_SHA1, 20 };
static CK_RSA_PKCS_PSS_PARAMS pss_256 = { CKM_SHA256, CKG_MGF1_SHA256, 32 };
static CK_RSA_PKCS_PSS_PARAMS pss_512 = { CKM_SHA512, CKG_MGF1_SHA512, 64 };
static CK_RSA_PKCS_PSS_PARAMS pss_none = { CKM_SHA256, CKG_MGF1_SHA256, 0 };
static CK_MAC_GENERAL_PARAMS eight = 8;

static const struct way {
    const char *name;
    CK_MECHANISM mechanism;
    enum key_name signs;
    enum key_name verifies;
    CK_ULONG length;
    bool is_random;
} ways[] = {
    { "md5-hmac", { CKM_MD5_HMAC, NULL, 0 }, SECRET_32, SECRET_32, 90, false },
    { "sha1-hmac",
      { CKM_SHA_1_HMAC, NULL, 0 },
      SECRET_32,
      SECRET_32,
      90,
      false },
    { "sha256-hmac",
      { CKM_SHA256_HMAC, NULL, 0 },
      SECRET_32,
      SECRET_32,
      90,
      false },
    { "sha512-hmac",
      { CKM_SHA512_HMAC, NULL, 0 },
      SECRET_64,
      SECRET_64,
      90,
      false },
    { "sha256-hmac, key too short",
      { CKM_SHA256_HMAC, NULL, 0 },
      SECRET_16,
      SECRET_16,
      90,
      false },
    { "sha256-hmac of nothing",
      { CKM_SHA256_HMAC, NULL, 0 },
      SECRET_32,
      SECRET_32,
      0,
      false },
    { "sha256-hmac-general",
      { CKM_SHA256_HMAC_GENERAL, &eight, sizeof(eight) },
      SECRET_32,
      SECRET_32,
      90,
      false },
    { "aes-cmac", { CKM_AES_CMAC, NULL, 0 }, AES_128, AES_128, 90, false },
    { "des3-cmac", { CKM_DES3_CMAC, NULL, 0 }, DES3, DES3, 90, false },
    { "rsa-2048 pkcs",
      { CKM_RSA_PKCS, NULL, 0 },
      RSA_2048,
      RSA_2048_PUBLIC,
      51,
      false },
    { "rsa-3072 pkcs",
      { CKM_RSA_PKCS, NULL, 0 },
      RSA_3072,
      RSA_3072_PUBLIC,
      51,
      false },
    { "rsa-4096 pkcs",
      { CKM_RSA_PKCS, NULL, 0 },
      RSA_4096,
      RSA_4096_PUBLIC,
      51,
      false },
    { "rsa-2048 pkcs, too long",
      { CKM_RSA_PKCS, NULL, 0 },
      RSA_2048,
      RSA_2048_PUBLIC,
      246,
      false },
    { "rsa-2048 x.509",
      { CKM_RSA_X_509, NULL, 0 },
      RSA_2048,
      RSA_2048_PUBLIC,
      256,
      false },
    { "rsa-2048 x.509, short",
      { CKM_RSA_X_509, NULL, 0 },
      RSA_2048,
      RSA_2048_PUBLIC,
      100,
      false },
    { "rsa-2048 sha1",
      { CKM_SHA1_RSA_PKCS, NULL, 0 },
      RSA_2048,
      RSA_2048_PUBLIC,
      300,
      false },
    { "rsa-2048 sha256",
      { CKM_SHA256_RSA_PKCS, NULL, 0 },
      RSA_2048,
      RSA_2048_PUBLIC,
      300,
      false },
    { "rsa-3072 sha384",
      { CKM_SHA384_RSA_PKCS, NULL, 0 },
      RSA_3072,
      RSA_3072_PUBLIC,
      300,
      false },
    { "rsa-4096 sha512",
      { CKM_SHA512_RSA_PKCS, NULL, 0 },
      RSA_4096,
      RSA_4096_PUBLIC,
      300,
      false },
    { "rsa-2048 pss",
      { CKM_RSA_PKCS_PSS, &pss_256, sizeof(pss_256) },
      RSA_2048,
      RSA_2048_PUBLIC,
      32,
      true },
    { "rsa-2048 pss, no salt",
      { CKM_RSA_PKCS_PSS, &pss_none, sizeof(pss_none) },
      RSA_2048,
      RSA_2048_PUBLIC,
      32,
      true },
    { "rsa-2048 sha1 pss",
      { CKM_SHA1_RSA_PKCS_PSS, &pss_1, sizeof(pss_1) },
      RSA_2048,
      RSA_2048_PUBLIC,
      300,
      true },
    { "rsa-3072 sha256 pss",
      { CKM_SHA256_RSA_PKCS_PSS, &pss_256, sizeof(pss_256) },
      RSA_3072,
      RSA_3072_PUBLIC,
      300,
      true },
    { "rsa-4096 sha512 pss",
      { CKM_SHA512_RSA_PKCS_PSS, &pss_512, sizeof(pss_512) },
      RSA_4096,
      RSA_4096_PUBLIC,
      300,
      true },
    { "rsa-2048 sha256 pss, other hash",
      { CKM_SHA256_RSA_PKCS_PSS, &pss_512, sizeof(pss_512) },
      RSA_2048,
      RSA_2048_PUBLIC,
      300,
      true },
    { "p-256 ecdsa", { CKM_ECDSA, NULL, 0 }, P_256, P_256_PUBLIC, 32, true },
    { "p-256 ecdsa, longer",
      { CKM_ECDSA, NULL, 0 },
      P_256,
      P_256_PUBLIC,
      64,
      true },
    { "p-384 ecdsa", { CKM_ECDSA, NULL, 0 }, P_384, P_384_PUBLIC, 48, true },
    { "p-521 ecdsa", { CKM_ECDSA, NULL, 0 }, P_521, P_521_PUBLIC, 64, true },
    { "p-256 ecdsa sha256",
      { CKM_ECDSA_SHA256, NULL, 0 },
      P_256,
      P_256_PUBLIC,
      300,
      true },
};

static const struct way edwards = { "ed25519", { CKM_EDDSA, NULL, 0 },
                                    ED25519,   ED25519_PUBLIC,
                                    100,       false };

static struct bytes
sign(struct talk *talk, struct keys *keys, const struct way *way)
{
    struct bytes data = bytes_pattern(way->length), signature;
    long length;

    talk_step(talk, "%s: sign", way->name);
    keys_renew(talk, keys);
    ask_init(talk, SIGN, keys->session, &way->mechanism,
             keys->handles[way->signs]);
    ask_single(talk, SIGN, keys->session, data, ROOM_QUERY);
    length = (long)talk->length;
    ask_single(talk, SIGN, keys->session, data, 0);
    ask_single(talk, SIGN, keys->session, data, length > 0 ? length - 1 : 0);
    ask_single(talk, SIGN, keys->session, data, length);
    signature = talk_keep_output(talk);
    ask_single(talk, SIGN, keys->session, data, length);
    talk_step(talk, "%s: sign in parts", way->name);
    keys_renew(talk, keys);
    ask_init(talk, SIGN, keys->session, &way->mechanism,
             keys->handles[way->signs]);
    ask_update(talk, SIGN, keys->session, bytes_pattern(0), 0);
    ask_update(talk, SIGN, keys->session, bytes_pattern(7), 0);
    ask_final(talk, SIGN, keys->session, ROOM_QUERY);
    ask_final(talk, SIGN, keys->session, 3);
    ask_update(talk, SIGN, keys->session, bytes_pattern(20), 0);
    ask_final(talk, SIGN, keys->session, 1024);
    ask_final(talk, SIGN, keys->session, 1024);
    return signature;
}

static void
verify_once(struct talk *talk, struct keys *keys, const struct way *way,
            struct bytes data, struct bytes signature)
{

    ask_init(talk, VERIFY, keys->session, &way->mechanism,
             keys->handles[way->verifies]);
    ask_verify(talk, keys->session, data, signature);
    ask_verify(talk, keys->session, data, signature);
}

static void
verify(struct talk *talk, struct keys *keys, const struct way *way,
       struct bytes signature)
{
    struct bytes data = bytes_pattern(way->length);
    struct bytes damaged = { talk_keep(talk, signature.at, signature.length),
                             signature.length };

    talk_step(talk, "%s: verify", way->name);
    keys_renew(talk, keys);
    verify_once(talk, keys, way, data, signature);
    talk_step(talk, "%s: verify other data", way->name);
    keys_renew(talk, keys);
    verify_once(talk, keys, way, (struct bytes){ data.at + 1, data.length },
                signature);
    talk_step(talk, "%s: verify what is damaged", way->name);
    keys_renew(talk, keys);
    if (damaged.length > 0)
        damaged.at[damaged.length - 1] ^= 1;
    verify_once(talk, keys, way, data, damaged);
    talk_step(talk, "%s: verify what is short", way->name);
    keys_renew(talk, keys);
    signature.length -= signature.length > 0;
    verify_once(talk, keys, way, data, signature);
    signature.length = 0;
    verify_once(talk, keys, way, data, signature);
    signature.length = damaged.length;
    talk_step(talk, "%s: verify in parts", way->name);
    keys_renew(talk, keys);
    ask_init(talk, VERIFY, keys->session, &way->mechanism,
             keys->handles[way->verifies]);
    for (CK_ULONG at = 0; at < data.length; at += 40)
        ask_update(talk, VERIFY, keys->session,
                   (struct bytes){ data.at + at, data.length - at < 40
                                                     ? data.length - at
                                                     : 40 },
                   0);
    ask_verify_final(talk, keys->session, signature);
    ask_verify_final(talk, keys->session, signature);
}

static void
both(struct talk *talk, struct keys *keys, const struct way *way)
{
    struct bytes signature;

    talk->hides_output = way->is_random;
    signature = sign(talk, keys, way);
    talk->hides_output = false;
    verify(talk, keys, way, signature);
}

void
talk_of_signatures(struct talk *talk)
{
    struct keys keys = keys_make(talk);

    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        both(talk, &keys, &ways[i]);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}

/* SoftHSM leaks the parameters of these: a conversation of their own. */
void
talk_of_edwards(struct talk *talk)
{
    static const CK_MECHANISM generate = { CKM_EC_EDWARDS_KEY_PAIR_GEN, NULL,
                                           0 };
    struct keys keys = keys_make(talk);
    CK_OBJECT_HANDLE pair[2];

    both(talk, &keys, &edwards);
    talk_step(talk, "generate");
    ask_generate_pair(talk, keys.owner, &generate,
                      "CKA_EC_PARAMS=@ed25519.params CKA_LABEL='made",
                      "CKA_LABEL='made", pair);
    ask_get(talk, keys.owner, pair[0], "CKA_CLASS CKA_KEY_TYPE CKA_EC_PARAMS");
    ask_get(talk, keys.owner, pair[1], "CKA_CLASS CKA_KEY_TYPE CKA_LOCAL");
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
