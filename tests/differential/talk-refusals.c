/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations that are refused when they begin: mechanism, parameter or key. */
#include "tests/differential/conversation.h"
#include "tests/differential/keys.h"

static CK_BYTE iv[16] = { 1 };
static CK_BYTE short_iv[5] = { 1 };
static CK_RSA_PKCS_PSS_PARAMS odd_pss = { CKM_AES_CBC, CKG_MGF1_SHA256, 32 };
static CK_RSA_PKCS_PSS_PARAMS long_salt = { CKM_SHA256, CKG_MGF1_SHA256, 5000 };
static CK_GCM_PARAMS no_iv = { NULL, 0, 0, NULL, 0, 128 };
static CK_GCM_PARAMS odd_tag = { iv, 12, 96, NULL, 0, 17 };

static const CK_MECHANISM cbc = { CKM_AES_CBC, iv, 16 };
static const CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
static const CK_MECHANISM pkcs = { CKM_RSA_PKCS, NULL, 0 };
static const CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };

/* An Init that is refused; the kind is none when it is refused for all. */
static const struct refusal {
    const char *name;
    enum kind kind;
    CK_MECHANISM mechanism;
    enum key_name key;
} refusals[] = {
    { "a mechanism that is none", ENCRYPT, { 0x7fff0001, NULL, 0 }, AES_128 },
    { "a vendor's mechanism", SIGN, { 0x80007777, NULL, 0 }, RSA_2048 },
    { "a digest to sign", SIGN, { CKM_SHA256, NULL, 0 }, RSA_2048 },
    { "a signature to digest", DIGEST, { CKM_RSA_PKCS, NULL, 0 }, NO_KEY },
    { "a cipher to sign", SIGN, { CKM_AES_CBC, iv, 16 }, AES_128 },
    { "no key", ENCRYPT, { CKM_AES_ECB, NULL, 0 }, NO_KEY },
    { "an RSA key for AES",
      ENCRYPT,
      { CKM_AES_ECB, NULL, 0 },
      RSA_2048_PUBLIC },
    { "an AES key for RSA", SIGN, { CKM_RSA_PKCS, NULL, 0 }, AES_128 },
    { "an EC key for RSA", SIGN, { CKM_RSA_PKCS, NULL, 0 }, P_256 },
    { "an RSA key for EC", SIGN, { CKM_ECDSA, NULL, 0 }, RSA_2048 },
    { "a public key to sign",
      SIGN,
      { CKM_RSA_PKCS, NULL, 0 },
      RSA_2048_PUBLIC },
    { "a private key to verify", VERIFY, { CKM_RSA_PKCS, NULL, 0 }, RSA_2048 },
    { "a public key to decrypt",
      DECRYPT,
      { CKM_RSA_PKCS, NULL, 0 },
      RSA_2048_PUBLIC },
    { "a secret for AES", ENCRYPT, { CKM_AES_ECB, NULL, 0 }, SECRET_16 },
    { "an IV that is short", ENCRYPT, { CKM_AES_CBC, short_iv, 5 }, AES_128 },
    { "no IV", ENCRYPT, { CKM_AES_CBC, NULL, 0 }, AES_128 },
    { "no IV, with a length", ENCRYPT, { CKM_AES_CBC, NULL, 16 }, AES_128 },
    { "an IV for ECB", ENCRYPT, { CKM_AES_ECB, iv, 16 }, AES_128 },
    { "a parameter for a digest", DIGEST, { CKM_SHA256, iv, 16 }, NO_KEY },
    { "GCM without IV",
      ENCRYPT,
      { CKM_AES_GCM, &no_iv, sizeof(no_iv) },
      AES_128 },
    { "GCM with an odd tag",
      ENCRYPT,
      { CKM_AES_GCM, &odd_tag, sizeof(odd_tag) },
      AES_128 },
    { "GCM with half a parameter",
      ENCRYPT,
      { CKM_AES_GCM, &odd_tag, 8 },
      AES_128 },
    { "PSS without parameter", SIGN, { CKM_RSA_PKCS_PSS, NULL, 0 }, RSA_2048 },
    { "PSS with an odd hash",
      SIGN,
      { CKM_RSA_PKCS_PSS, &odd_pss, sizeof(odd_pss) },
      RSA_2048 },
    { "PSS with a long salt",
      SIGN,
      { CKM_SHA256_RSA_PKCS_PSS, &long_salt, sizeof(long_salt) },
      RSA_2048 },
    { "OAEP without parameter",
      ENCRYPT,
      { CKM_RSA_PKCS_OAEP, NULL, 0 },
      RSA_2048_PUBLIC },
};

/* Whether the session can begin something else afterwards. */
static void
go_on(struct talk *talk, CK_SESSION_HANDLE session)
{
    ask_init(talk, DIGEST, session, &sha256, 0);
    ask_single(talk, DIGEST, session, bytes_pattern(3), 32);
}

static void
refused(struct talk *talk, const struct keys *keys)
{
    /* Each in a session of its own: what one of them leaves behind is not in
     * the way of the next. */
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        const struct refusal *refusal = &refusals[i];
        CK_SESSION_HANDLE session;

        talk_step(talk, "%s", refusal->name);
        session = ask_open(talk, talk->slot, FLAGS_RO);
        ask_init(talk, refusal->kind, session, &refusal->mechanism,
                 keys->handles[refusal->key]);
        ask_whether_active(talk, refusal->kind, session);
        go_on(talk, session);
        ask_close(talk, session);
    }
}

static void
bad_keys(struct talk *talk, const struct keys *keys)
{
    static const struct {
        const char *name;
        enum kind kind;
        const CK_MECHANISM *mechanism;
    } inits[] = {
        { "encrypt", ENCRYPT, &ecb },
        { "decrypt", DECRYPT, &ecb },
        { "sign", SIGN, &pkcs },
        { "verify", VERIFY, &pkcs },
        { "sign with recovery", SIGN_RECOVER, &pkcs },
        { "verify with recovery", VERIFY_RECOVER, &pkcs },
    };
    CK_OBJECT_HANDLE certificate, gone;

    talk_step(talk, "objects that are no keys");
    certificate =
        ask_find(talk, keys->session, "CKA_CLASS=CKO_CERTIFICATE", 10);
    gone = ask_create(talk, keys->session,
                      "CKA_CLASS=CKO_SECRET_KEY CKA_KEY_TYPE=CKK_AES "
                      "CKA_VALUE=@aes-128 CKA_ENCRYPT=yes CKA_LABEL='gone");
    ask_destroy(talk, keys->session, gone);
    for (size_t i = 0; i < sizeof(inits) / sizeof(inits[0]); i++) {
        const CK_MECHANISM *mechanism = inits[i].mechanism;
        CK_SESSION_HANDLE session;

        talk_step(talk, "%s with a bad key", inits[i].name);
        session = ask_open(talk, talk->slot, FLAGS_RO);
        ask_init(talk, inits[i].kind, session, mechanism, BAD_HANDLE);
        ask_init(talk, inits[i].kind, session, mechanism, 0);
        talk_step(talk, "%s with a key that is gone", inits[i].name);
        ask_init(talk, inits[i].kind, session, mechanism, gone);
        talk_step(talk, "%s with a certificate", inits[i].name);
        ask_init(talk, inits[i].kind, session, mechanism, certificate);
        go_on(talk, session);
        ask_close(talk, session);
    }
}

/* Keys that may not do it. */
static void
forbidden(struct talk *talk, const struct keys *keys)
{
    CK_OBJECT_HANDLE key;

    talk_step(talk, "a key that may nothing");
    key = ask_create(talk, keys->session,
                     "CKA_CLASS=CKO_SECRET_KEY CKA_KEY_TYPE=CKK_AES "
                     "CKA_VALUE=@aes-128 CKA_LABEL='idle CKA_ENCRYPT=no "
                     "CKA_DECRYPT=no CKA_SIGN=no CKA_VERIFY=no "
                     "CKA_WRAP=no CKA_UNWRAP=no CKA_DERIVE=no");
    ask_init(talk, ENCRYPT, keys->session, &ecb, key);
    ask_init(talk, DECRYPT, keys->session, &ecb, key);
    ask_init(talk, SIGN, keys->session,
             &(CK_MECHANISM){ CKM_AES_CMAC, NULL, 0 }, key);
    ask_init(talk, VERIFY, keys->session,
             &(CK_MECHANISM){ CKM_AES_CMAC, NULL, 0 }, key);
    go_on(talk, keys->session);
    talk_step(talk, "a key that may only this mechanism");
    key = ask_create(talk, keys->session,
                     "CKA_CLASS=CKO_SECRET_KEY CKA_KEY_TYPE=CKK_AES "
                     "CKA_VALUE=@aes-128 CKA_LABEL='only CKA_ENCRYPT=yes "
                     "CKA_ALLOWED_MECHANISMS=[CKM_AES_CBC]");
    ask_init(talk, ENCRYPT, keys->session, &ecb, key);
    ask_whether_active(talk, ENCRYPT, keys->session);
    ask_init(talk, ENCRYPT, keys->session, &cbc, key);
    ask_whether_active(talk, ENCRYPT, keys->session);
    talk_step(talk, "a key that must be confirmed each time");
    key = ask_create(
        talk, keys->session,
        "CKA_CLASS=CKO_PRIVATE_KEY CKA_KEY_TYPE=CKK_RSA CKA_LABEL='careful "
        "CKA_ALWAYS_AUTHENTICATE=yes CKA_PRIVATE=yes CKA_SIGN=yes "
        "CKA_MODULUS=@rsa-2048.n CKA_PUBLIC_EXPONENT=@rsa-2048.e "
        "CKA_PRIVATE_EXPONENT=@rsa-2048.d CKA_PRIME_1=@rsa-2048.p "
        "CKA_PRIME_2=@rsa-2048.q CKA_EXPONENT_1=@rsa-2048.dp "
        "CKA_EXPONENT_2=@rsa-2048.dq CKA_COEFFICIENT=@rsa-2048.qinv");
    ask_init(talk, SIGN, keys->session, &pkcs, key);
    ask_single(talk, SIGN, keys->session, bytes_pattern(32), 256);
    ask_login(talk, keys->session, CKU_CONTEXT_SPECIFIC, bytes_text("4321"));
    ask_login(talk, keys->session, CKU_CONTEXT_SPECIFIC,
              bytes_text(FIXTURE_PIN));
    ask_single(talk, SIGN, keys->session, bytes_pattern(32), 256);
    ask_whether_active(talk, SIGN, keys->session);
    ask_init(talk, SIGN, keys->session, &pkcs, key);
    ask_login(talk, keys->session, CKU_CONTEXT_SPECIFIC,
              bytes_text(FIXTURE_PIN));
    ask_single(talk, SIGN, keys->session, bytes_pattern(32), 256);
    ask_single(talk, SIGN, keys->session, bytes_pattern(32), 256);
}

void
talk_of_refusals(struct talk *talk)
{
    struct keys keys = keys_make(talk);

    refused(talk, &keys);
    bad_keys(talk, &keys);
    forbidden(talk, &keys);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
