/* SPDX-License-Identifier: BSD-3-Clause */
/* Encryption and decryption: at once, in parts, and each output's room. */
#include "tests/differential/conversation.h"
#include "tests/differential/keys.h"

#include <string.h>

static CK_BYTE iv_16[16] = { 1, 2, 3, 4, 5, 6, 7, 8 };
static CK_BYTE iv_8[8] = { 8, 7, 6, 5, 4, 3, 2, 1 };
static CK_BYTE iv_12[12] = { 9, 8, 7, 6 };
static CK_BYTE associated[20] = { 0x61, 0x62, 0x63 };

static CK_AES_CTR_PARAMS counter = { 128, { 0, 0, 0, 0, 0, 0, 0, 7 } };
static CK_GCM_PARAMS gcm = { iv_12, 12, 96, associated, 20, 128 };
static CK_GCM_PARAMS gcm_short = { iv_12, 12, 96, NULL, 0, 96 };
static CK_RSA_PKCS_OAEP_PARAMS oaep = { CKM_SHA_1, CKG_MGF1_SHA1,
                                        CKZ_DATA_SPECIFIED, NULL, 0 };
static CK_RSA_PKCS_OAEP_PARAMS oaep_256 = { CKM_SHA256, CKG_MGF1_SHA256,
                                            CKZ_DATA_SPECIFIED, NULL, 0 };

static const struct way {
    const char *name;
    CK_MECHANISM mechanism;
    enum key_name encrypts;
    enum key_name decrypts;
    CK_ULONG length;
    bool is_random;
} ways[] = {
    { "aes-128 ecb", { CKM_AES_ECB, NULL, 0 }, AES_128, AES_128, 64, false },
    { "aes-192 ecb, odd",
      { CKM_AES_ECB, NULL, 0 },
      AES_192,
      AES_192,
      50,
      false },
    { "aes-256 cbc", { CKM_AES_CBC, iv_16, 16 }, AES_256, AES_256, 96, false },
    { "aes-256 cbc, odd",
      { CKM_AES_CBC, iv_16, 16 },
      AES_256,
      AES_256,
      95,
      false },
    { "aes-128 cbc-pad",
      { CKM_AES_CBC_PAD, iv_16, 16 },
      AES_128,
      AES_128,
      50,
      false },
    { "aes-128 cbc-pad, full",
      { CKM_AES_CBC_PAD, iv_16, 16 },
      AES_128,
      AES_128,
      64,
      false },
    { "aes-128 cbc-pad, nothing",
      { CKM_AES_CBC_PAD, iv_16, 16 },
      AES_128,
      AES_128,
      0,
      false },
    { "aes-192 ctr",
      { CKM_AES_CTR, &counter, sizeof(counter) },
      AES_192,
      AES_192,
      77,
      false },
    { "aes-256 gcm",
      { CKM_AES_GCM, &gcm, sizeof(gcm) },
      AES_256,
      AES_256,
      61,
      false },
    { "aes-128 gcm, short tag",
      { CKM_AES_GCM, &gcm_short, sizeof(gcm_short) },
      AES_128,
      AES_128,
      48,
      false },
    { "aes-128 gcm, nothing",
      { CKM_AES_GCM, &gcm, sizeof(gcm) },
      AES_128,
      AES_128,
      0,
      false },
    { "des3 ecb", { CKM_DES3_ECB, NULL, 0 }, DES3, DES3, 56, false },
    { "des3 cbc", { CKM_DES3_CBC, iv_8, 8 }, DES3, DES3, 56, false },
    { "des3 cbc-pad", { CKM_DES3_CBC_PAD, iv_8, 8 }, DES3, DES3, 53, false },
    { "rsa-2048 pkcs",
      { CKM_RSA_PKCS, NULL, 0 },
      RSA_2048_PUBLIC,
      RSA_2048,
      100,
      true },
    { "rsa-4096 pkcs",
      { CKM_RSA_PKCS, NULL, 0 },
      RSA_4096_PUBLIC,
      RSA_4096,
      300,
      true },
    { "rsa-2048 pkcs, too long",
      { CKM_RSA_PKCS, NULL, 0 },
      RSA_2048_PUBLIC,
      RSA_2048,
      250,
      true },
    { "rsa-3072 x.509",
      { CKM_RSA_X_509, NULL, 0 },
      RSA_3072_PUBLIC,
      RSA_3072,
      384,
      false },
    { "rsa-2048 oaep",
      { CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep) },
      RSA_2048_PUBLIC,
      RSA_2048,
      64,
      true },
    { "rsa-2048 oaep sha-256",
      { CKM_RSA_PKCS_OAEP, &oaep_256, sizeof(oaep_256) },
      RSA_2048_PUBLIC,
      RSA_2048,
      64,
      true },
};

/* How long it would be, too small, too small by one, right, and once more. */
static struct bytes
in_one(struct talk *talk, struct keys *keys, enum kind kind,
       const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key, struct bytes data)
{
    struct bytes result;
    long length;

    ask_init(talk, kind, keys->session, mechanism, key);
    ask_single(talk, kind, keys->session, data, ROOM_QUERY);
    length = (long)talk->length;
    ask_single(talk, kind, keys->session, data, 0);
    ask_single(talk, kind, keys->session, data, length > 0 ? length - 1 : 0);
    ask_single(talk, kind, keys->session, data, length);
    result = talk_keep_output(talk);
    ask_single(talk, kind, keys->session, data, length);
    return result;
}

static struct bytes
join(struct talk *talk, struct bytes whole)
{
    size_t added = talk->length <= OUTPUT_ROOM ? talk->length : 0;
    CK_BYTE joined[1024];

    if (whole.length + added > sizeof(joined))
        fixture_fail("the parts are too long");
    if (whole.length > 0)
        memcpy(joined, whole.at, whole.length);
    memcpy(joined + whole.length, talk->output, added);
    whole.length += added;
    whole.at = talk_keep(talk, joined, whole.length);
    return whole;
}

/* A few at the beginning, then the rest. */
static struct bytes
in_parts(struct talk *talk, struct keys *keys, enum kind kind,
         const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key, struct bytes data)
{
    static const size_t parts[] = { 1, 16, 15, 0, 1000 };
    struct bytes result = { NULL, 0 };
    size_t at = 0;

    ask_init(talk, kind, keys->session, mechanism, key);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        size_t left = data.length - at;
        size_t length = parts[i] < left ? parts[i] : left;
        struct bytes part = { data.at + at, length };

        ask_update(talk, kind, keys->session, part, ROOM_QUERY);
        if (length > 15)
            ask_update(talk, kind, keys->session, part, 1);
        if (ask_update(talk, kind, keys->session, part, 512) == CKR_OK)
            result = join(talk, result);
        at += length;
    }
    ask_final(talk, kind, keys->session, ROOM_QUERY);
    ask_final(talk, kind, keys->session, 1);
    if (ask_final(talk, kind, keys->session, 512) == CKR_OK)
        result = join(talk, result);
    ask_final(talk, kind, keys->session, 512);
    return result;
}

static void
both(struct talk *talk, struct keys *keys, const struct way *way)
{
    const CK_MECHANISM *mechanism = &way->mechanism;
    struct bytes data = bytes_pattern(way->length), encrypted;

    talk->hides_output = way->is_random;
    talk_step(talk, "%s: encrypt", way->name);
    keys_renew(talk, keys);
    encrypted = in_one(talk, keys, ENCRYPT, mechanism,
                       keys->handles[way->encrypts], data);
    talk_step(talk, "%s: encrypt in parts", way->name);
    keys_renew(talk, keys);
    in_parts(talk, keys, ENCRYPT, mechanism, keys->handles[way->encrypts],
             data);
    talk->hides_output = false;
    talk_step(talk, "%s: decrypt", way->name);
    keys_renew(talk, keys);
    in_one(talk, keys, DECRYPT, mechanism, keys->handles[way->decrypts],
           encrypted);
    talk_step(talk, "%s: decrypt in parts", way->name);
    keys_renew(talk, keys);
    in_parts(talk, keys, DECRYPT, mechanism, keys->handles[way->decrypts],
             encrypted);
    talk_step(talk, "%s: decrypt what is damaged", way->name);
    keys_renew(talk, keys);
    if (encrypted.length > 0)
        encrypted.at[encrypted.length / 2] ^= 1;
    talk->hides_output = way->is_random;
    ask_init(talk, DECRYPT, keys->session, mechanism,
             keys->handles[way->decrypts]);
    ask_single(talk, DECRYPT, keys->session, encrypted, 1024);
    ask_whether_active(talk, DECRYPT, keys->session);
    ask_init(talk, DECRYPT, keys->session, mechanism,
             keys->handles[way->decrypts]);
    encrypted.length -= encrypted.length > 0;
    ask_single(talk, DECRYPT, keys->session, encrypted, 1024);
    ask_whether_active(talk, DECRYPT, keys->session);
    talk->hides_output = false;
}

void
talk_of_encryption(struct talk *talk)
{
    struct keys keys = keys_make(talk);

    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        both(talk, &keys, &ways[i]);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
