/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys derived from others; some mechanisms hold a handle of a second one. */
#include "tests/differential/conversation.h"
#include "tests/differential/keys.h"
#include "tests/differential/material.h"

static CK_BYTE blocks[32] = { 5, 6, 7 };
static CK_KEY_DERIVATION_STRING_DATA string = { blocks, 32 };
static CK_AES_CBC_ENCRYPT_DATA_PARAMS cbc_data = { { 3 }, blocks, 32 };
static CK_EXTRACT_PARAMS bit = 8;
static CK_HKDF_PARAMS hkdf = { CK_TRUE, CK_TRUE, CKM_SHA256, CKF_HKDF_SALT_DATA,
                               blocks,  16,      0,          blocks,
                               8 };

static const struct derivation {
    const char *name;
    CK_MECHANISM mechanism;
    enum key_name base;
    enum works works; /* with the first template */
} derivations[] = {
    { "aes-ecb",
      { CKM_AES_ECB_ENCRYPT_DATA, &string, sizeof(string) },
      AES_128,
      WORKS_BOTH },
    { "aes-cbc",
      { CKM_AES_CBC_ENCRYPT_DATA, &cbc_data, sizeof(cbc_data) },
      AES_256,
      WORKS_BOTH },
    { "des3-ecb",
      { CKM_DES3_ECB_ENCRYPT_DATA, &string, sizeof(string) },
      DES3,
      WORKS_BOTH },
    { "base and data",
      { CKM_CONCATENATE_BASE_AND_DATA, &string, sizeof(string) },
      SECRET_32,
      WORKS_NSS },
    { "data and base",
      { CKM_CONCATENATE_DATA_AND_BASE, &string, sizeof(string) },
      SECRET_32,
      WORKS_NSS },
    { "xor",
      { CKM_XOR_BASE_AND_DATA, &string, sizeof(string) },
      SECRET_32,
      WORKS_NSS },
    { "extract",
      { CKM_EXTRACT_KEY_FROM_KEY, &bit, sizeof(bit) },
      SECRET_32,
      WORKS_NSS },
    { "sha256", { CKM_SHA256_KEY_DERIVATION, NULL, 0 }, SECRET_32, WORKS_NSS },
    { "hkdf", { CKM_HKDF_DERIVE, &hkdf, sizeof(hkdf) }, SECRET_32, WORKS_NSS },
    { "half a parameter",
      { CKM_AES_ECB_ENCRYPT_DATA, &string, 8 },
      AES_128,
      WORKS_NOWHERE },
    { "no parameter",
      { CKM_AES_ECB_ENCRYPT_DATA, NULL, 0 },
      AES_128,
      WORKS_NOWHERE },
    { "another key's mechanism",
      { CKM_AES_ECB_ENCRYPT_DATA, &string, sizeof(string) },
      SECRET_32,
      WORKS_NSS },
    { "a mechanism that is none",
      { 0x7fff0001, NULL, 0 },
      SECRET_32,
      WORKS_NOWHERE },
    { "no base",
      { CKM_XOR_BASE_AND_DATA, &string, sizeof(string) },
      NO_KEY,
      WORKS_NOWHERE },
};

static const struct {
    const char *name;
    const char *template;
} templates[] = {
    { "secret-16", "CKA_KEY_TYPE=CKK_GENERIC_SECRET CKA_VALUE_LEN=16" },
    { "aes-32", "CKA_KEY_TYPE=CKK_AES CKA_VALUE_LEN=32" },
    { "too long", "CKA_KEY_TYPE=CKK_GENERIC_SECRET CKA_VALUE_LEN=200" },
    { "no length", "CKA_KEY_TYPE=CKK_GENERIC_SECRET" },
    { "no type", "CKA_VALUE_LEN=16" },
};

static void
derive(struct talk *talk, const struct keys *keys, const char *name,
       const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE base, enum works works)
{
    for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++) {
        CK_OBJECT_HANDLE key;

        talk_step(talk, "%s, %s", name, templates[i].name);
        key = ask_derive(talk, keys->session, mechanism, base,
                         fixture_text("CKA_CLASS=CKO_SECRET_KEY "
                                      "CKA_LABEL='derived CKA_SENSITIVE=no "
                                      "CKA_EXTRACTABLE=yes %s",
                                      templates[i].template));
        talk_expect(talk,
                    i > 0 || (key != BAD_HANDLE) == talk_works(talk, works),
                    "a key is derived where it can be");
        ask_get(talk, keys->session, key,
                "CKA_KEY_TYPE CKA_VALUE CKA_TOKEN CKA_LOCAL CKA_PRIVATE");
        ask_destroy(talk, keys->session, key);
    }
}

static void
agree(struct talk *talk, const struct keys *keys)
{
    static const struct {
        const char *curve;
        enum key_name key;
    } agreements[] = { { "p-256", P_256 },
                       { "p-384", P_384 },
                       { "p-521", P_521 } };

    for (size_t i = 0; i < sizeof(agreements) / sizeof(agreements[0]); i++)
        for (int is_bare = 0; is_bare < 2; is_bare++) {
            struct bytes point =
                material_find(fixture_text("%s.%s", agreements[i].curve,
                                           is_bare ? "bare" : "point"));
            CK_ECDH1_DERIVE_PARAMS ecdh = { CKD_NULL, 0, NULL, point.length,
                                            point.at };
            CK_MECHANISM mechanism = { CKM_ECDH1_DERIVE, &ecdh, sizeof(ecdh) };
            const char *name = fixture_text("ecdh %s %s", agreements[i].curve,
                                            is_bare ? "bare" : "in der");

            derive(talk, keys, name, &mechanism,
                   keys->handles[agreements[i].key], WORKS_BOTH);
            ecdh.kdf = CKD_SHA256_KDF;
            derive(talk, keys, fixture_text("%s sha256", name), &mechanism,
                   keys->handles[agreements[i].key], WORKS_NSS);
            ecdh.ulPublicDataLen /= 2;
            derive(talk, keys, fixture_text("%s half", name), &mechanism,
                   keys->handles[agreements[i].key], WORKS_NOWHERE);
        }
}

/* The parameter is the handle of another key: R1.4 of the mechanisms. */
static void
two_keys(struct talk *talk, const struct keys *keys)
{
    CK_OBJECT_HANDLE second = keys->handles[SECRET_16];
    CK_MECHANISM mechanism = { CKM_CONCATENATE_BASE_AND_KEY, &second,
                               sizeof(second) };
    CK_HKDF_PARAMS salted = hkdf;
    CK_MECHANISM by_key = { CKM_HKDF_DERIVE, &salted, sizeof(salted) };

    derive(talk, keys, "base and key", &mechanism, keys->handles[SECRET_32],
           WORKS_NSS);
    salted.ulSaltType = CKF_HKDF_SALT_KEY;
    salted.hSaltKey = keys->handles[SECRET_16];
    derive(talk, keys, "hkdf with a key as salt", &by_key,
           keys->handles[SECRET_32], WORKS_NSS);
    talk_step(talk, "the caller's parameter is as it was");
    if (second != keys->handles[SECRET_16] ||
        salted.hSaltKey != keys->handles[SECRET_16])
        fixture_fail("a handle in a parameter was changed");
    second = BAD_HANDLE;
    talk_step(talk, "base and a bad key");
    ask_derive(talk, keys->session, &mechanism, keys->handles[SECRET_32],
               "CKA_CLASS=CKO_SECRET_KEY CKA_KEY_TYPE=CKK_GENERIC_SECRET");
    mechanism.ulParameterLen = 4;
    talk_step(talk, "base and half a handle");
    ask_derive(talk, keys->session, &mechanism, keys->handles[SECRET_32],
               "CKA_CLASS=CKO_SECRET_KEY CKA_KEY_TYPE=CKK_GENERIC_SECRET");
}

void
talk_of_derivation(struct talk *talk)
{
    struct keys keys = keys_make(talk);

    for (size_t i = 0; i < sizeof(derivations) / sizeof(derivations[0]); i++)
        derive(talk, &keys, derivations[i].name, &derivations[i].mechanism,
               keys.handles[derivations[i].base], derivations[i].works);
    agree(talk, &keys);
    two_keys(talk, &keys);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
