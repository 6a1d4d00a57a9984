/* SPDX-License-Identifier: BSD-3-Clause */
/* Digests, signatures and their verification: at once and in parts. */
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
    { "ed25519", { CKM_EDDSA, NULL, 0 }, ED25519, ED25519_PUBLIC, 100, false },
};

/* Not MD2 and MD5, which NSS softoken answers with CKR_OK and a length from
 * its stack where there is no room. */
static const CK_MECHANISM_TYPE digests[] = {
    CKM_SHA_1, CKM_SHA224, CKM_SHA256, CKM_SHA384, CKM_SHA512, CKM_SHA3_256,
};

static void
digest(struct talk *talk, const struct keys *keys, CK_MECHANISM_TYPE type)
{
    CK_MECHANISM mechanism = { type, NULL, 0 };
    CK_SESSION_HANDLE session = keys->session;
    long length;

    talk_step(talk, "digest 0x%lx", type);
    ask_init(talk, DIGEST, session, &mechanism, 0);
    ask_single(talk, DIGEST, session, bytes_pattern(200), ROOM_QUERY);
    length = (long)talk->length;
    ask_single(talk, DIGEST, session, bytes_pattern(200), 0);
    ask_single(talk, DIGEST, session, bytes_pattern(200), 5);
    ask_single(talk, DIGEST, session, bytes_pattern(200), length);
    ask_single(talk, DIGEST, session, bytes_pattern(200), length);
    talk_step(talk, "digest 0x%lx in parts", type);
    ask_init(talk, DIGEST, session, &mechanism, 0);
    ask_update(talk, DIGEST, session, bytes_pattern(1), 0);
    ask_update(talk, DIGEST, session, bytes_pattern(0), 0);
    ask_update(talk, DIGEST, session, bytes_pattern(199), 0);
    ask_digest_key(talk, session, keys->handles[SECRET_16]);
    ask_digest_key(talk, session, keys->handles[RSA_2048]);
    ask_final(talk, DIGEST, session, ROOM_QUERY);
    ask_final(talk, DIGEST, session, 5);
    ask_final(talk, DIGEST, session, length);
    ask_final(talk, DIGEST, session, length);
    talk_step(talk, "digest 0x%lx, single part after another", type);
    ask_init(talk, DIGEST, session, &mechanism, 0);
    ask_update(talk, DIGEST, session, bytes_pattern(1), 0);
    ask_single(talk, DIGEST, session, bytes_pattern(20), 64);
    ask_whether_active(talk, DIGEST, session);
}

static struct bytes
sign(struct talk *talk, const struct keys *keys, const struct way *way)
{
    CK_SESSION_HANDLE session = keys->session;
    struct bytes data = bytes_pattern(way->length), signature;
    long length;

    talk_step(talk, "%s: sign", way->name);
    ask_init(talk, SIGN, session, &way->mechanism, keys->handles[way->signs]);
    ask_single(talk, SIGN, session, data, ROOM_QUERY);
    length = (long)talk->length;
    ask_single(talk, SIGN, session, data, 0);
    ask_single(talk, SIGN, session, data, length > 0 ? length - 1 : 0);
    ask_single(talk, SIGN, session, data, length);
    signature = talk_keep_output(talk);
    ask_single(talk, SIGN, session, data, length);
    talk_step(talk, "%s: sign in parts", way->name);
    ask_init(talk, SIGN, session, &way->mechanism, keys->handles[way->signs]);
    ask_update(talk, SIGN, session, bytes_pattern(0), 0);
    ask_update(talk, SIGN, session, bytes_pattern(7), 0);
    ask_final(talk, SIGN, session, ROOM_QUERY);
    ask_final(talk, SIGN, session, 3);
    ask_update(talk, SIGN, session, bytes_pattern(20), 0);
    ask_final(talk, SIGN, session, 1024);
    ask_final(talk, SIGN, session, 1024);
    return signature;
}

static void
verify_once(struct talk *talk, const struct keys *keys, const struct way *way,
            struct bytes data, struct bytes signature)
{
    CK_SESSION_HANDLE session = keys->session;

    ask_init(talk, VERIFY, session, &way->mechanism,
             keys->handles[way->verifies]);
    ask_verify(talk, session, data, signature);
    ask_verify(talk, session, data, signature);
}

static void
verify(struct talk *talk, const struct keys *keys, const struct way *way,
       struct bytes signature)
{
    struct bytes data = bytes_pattern(way->length);
    struct bytes damaged = { talk_keep(talk, signature.at, signature.length),
                             signature.length };
    CK_SESSION_HANDLE session = keys->session;

    talk_step(talk, "%s: verify", way->name);
    verify_once(talk, keys, way, data, signature);
    talk_step(talk, "%s: verify other data", way->name);
    verify_once(talk, keys, way, (struct bytes){ data.at + 1, data.length },
                signature);
    talk_step(talk, "%s: verify what is damaged", way->name);
    if (damaged.length > 0)
        damaged.at[damaged.length - 1] ^= 1;
    verify_once(talk, keys, way, data, damaged);
    talk_step(talk, "%s: verify what is short", way->name);
    signature.length -= signature.length > 0;
    verify_once(talk, keys, way, data, signature);
    signature.length = 0;
    verify_once(talk, keys, way, data, signature);
    signature.length = damaged.length;
    talk_step(talk, "%s: verify in parts", way->name);
    ask_init(talk, VERIFY, session, &way->mechanism,
             keys->handles[way->verifies]);
    for (CK_ULONG at = 0; at < data.length; at += 40)
        ask_update(talk, VERIFY, session,
                   (struct bytes){ data.at + at, data.length - at < 40
                                                     ? data.length - at
                                                     : 40 },
                   0);
    ask_verify_final(talk, session, signature);
    ask_verify_final(talk, session, signature);
}

static void
recover(struct talk *talk, const struct keys *keys)
{
    static const CK_MECHANISM pkcs = { CKM_RSA_PKCS, NULL, 0 };
    CK_SESSION_HANDLE session = keys->session;
    struct bytes signature;

    talk_step(talk, "sign with recovery");
    ask_init(talk, SIGN_RECOVER, session, &pkcs, keys->handles[RSA_2048]);
    ask_single(talk, SIGN_RECOVER, session, bytes_pattern(40), ROOM_QUERY);
    ask_single(talk, SIGN_RECOVER, session, bytes_pattern(40), 10);
    ask_single(talk, SIGN_RECOVER, session, bytes_pattern(40), 256);
    signature = talk_keep_output(talk);
    ask_single(talk, SIGN_RECOVER, session, bytes_pattern(40), 256);
    talk_step(talk, "verify with recovery");
    ask_init(talk, VERIFY_RECOVER, session, &pkcs,
             keys->handles[RSA_2048_PUBLIC]);
    ask_single(talk, VERIFY_RECOVER, session, signature, ROOM_QUERY);
    ask_single(talk, VERIFY_RECOVER, session, signature, 10);
    ask_single(talk, VERIFY_RECOVER, session, signature, 256);
    ask_single(talk, VERIFY_RECOVER, session, signature, 256);
    talk_step(talk, "verify with recovery what is damaged");
    ask_init(talk, VERIFY_RECOVER, session, &pkcs,
             keys->handles[RSA_2048_PUBLIC]);
    if (signature.length > 0)
        signature.at[20] ^= 1;
    ask_single(talk, VERIFY_RECOVER, session, signature, 256);
    ask_whether_active(talk, VERIFY_RECOVER, session);
}

void
talk_of_signatures(struct talk *talk)
{
    struct keys keys = keys_make(talk);

    for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
        digest(talk, &keys, digests[i]);
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct bytes signature;

        talk->hides_output = ways[i].is_random;
        signature = sign(talk, &keys, &ways[i]);
        talk->hides_output = false;
        verify(talk, &keys, &ways[i], signature);
    }
    recover(talk, &keys);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
