/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys wrapped by others and unwrapped again. */
#include "tests/differential/conversation.h"
#include "tests/differential/keys.h"

#define SECRET "CKA_CLASS=CKO_SECRET_KEY CKA_SENSITIVE=no CKA_EXTRACTABLE=yes "

static CK_RSA_PKCS_OAEP_PARAMS oaep = { CKM_SHA_1, CKG_MGF1_SHA1,
                                        CKZ_DATA_SPECIFIED, NULL, 0 };
static CK_BYTE iv[16];

static const struct wrapping {
    const char *name;
    CK_MECHANISM mechanism;
    enum key_name wraps;
    enum key_name wrapped;
    enum key_name unwraps;
    bool is_random;
    enum works works;
    const char *template;
} wrappings[] = {
    { "aes-key-wrap of aes",
      { CKM_AES_KEY_WRAP, NULL, 0 },
      AES_256,
      AES_128,
      AES_256,
      false,
      WORKS_BOTH,
      SECRET "CKA_KEY_TYPE=CKK_AES CKA_LABEL='w1" },
    { "aes-key-wrap-pad of a secret",
      { CKM_AES_KEY_WRAP_PAD, NULL, 0 },
      AES_128,
      SECRET_32,
      AES_128,
      false,
      WORKS_BOTH,
      SECRET "CKA_KEY_TYPE=CKK_GENERIC_SECRET CKA_LABEL='w2" },
    { "aes-key-wrap-kwp of rsa",
      { CKM_AES_KEY_WRAP_KWP, NULL, 0 },
      AES_256,
      RSA_2048,
      AES_256,
      false,
      WORKS_NSS,
      "CKA_CLASS=CKO_PRIVATE_KEY CKA_KEY_TYPE=CKK_RSA CKA_LABEL='w3 "
      "CKA_SENSITIVE=no CKA_EXTRACTABLE=yes" },
    { "aes-key-wrap-pad of rsa",
      { CKM_AES_KEY_WRAP_PAD, NULL, 0 },
      AES_256,
      RSA_2048,
      AES_256,
      false,
      WORKS_BOTH,
      "CKA_CLASS=CKO_PRIVATE_KEY CKA_KEY_TYPE=CKK_RSA CKA_LABEL='w4 "
      "CKA_SENSITIVE=no CKA_EXTRACTABLE=yes" },
    { "aes-key-wrap-pad of p-256",
      { CKM_AES_KEY_WRAP_PAD, NULL, 0 },
      AES_256,
      P_256,
      AES_256,
      false,
      WORKS_SOFTHSM,
      "CKA_CLASS=CKO_PRIVATE_KEY CKA_KEY_TYPE=CKK_EC CKA_LABEL='w5 "
      "CKA_SENSITIVE=no CKA_EXTRACTABLE=yes" },
    { "aes-cbc-pad of aes",
      { CKM_AES_CBC_PAD, iv, 16 },
      AES_128,
      AES_192,
      AES_128,
      false,
      WORKS_NSS,
      SECRET "CKA_KEY_TYPE=CKK_AES CKA_LABEL='w6" },
    { "aes-cbc of aes",
      { CKM_AES_CBC, iv, 16 },
      AES_128,
      AES_256,
      AES_128,
      false,
      WORKS_NSS,
      SECRET "CKA_KEY_TYPE=CKK_AES CKA_VALUE_LEN=32 CKA_LABEL='w7" },
    { "rsa pkcs of aes",
      { CKM_RSA_PKCS, NULL, 0 },
      RSA_2048_PUBLIC,
      AES_256,
      RSA_2048,
      true,
      WORKS_BOTH,
      SECRET "CKA_KEY_TYPE=CKK_AES CKA_LABEL='w8" },
    { "rsa oaep of aes",
      { CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep) },
      RSA_3072_PUBLIC,
      AES_128,
      RSA_3072,
      true,
      WORKS_BOTH,
      SECRET "CKA_KEY_TYPE=CKK_AES CKA_LABEL='w9" },
    { "rsa pkcs of rsa",
      { CKM_RSA_PKCS, NULL, 0 },
      RSA_2048_PUBLIC,
      RSA_2048,
      RSA_2048,
      true,
      WORKS_NOWHERE,
      SECRET "CKA_KEY_TYPE=CKK_AES CKA_LABEL='w10" },
    { "no wrapping key",
      { CKM_AES_KEY_WRAP, NULL, 0 },
      NO_KEY,
      AES_128,
      NO_KEY,
      false,
      WORKS_NOWHERE,
      SECRET "CKA_KEY_TYPE=CKK_AES" },
    { "nothing to wrap",
      { CKM_AES_KEY_WRAP, NULL, 0 },
      AES_128,
      NO_KEY,
      AES_128,
      false,
      WORKS_NOWHERE,
      SECRET "CKA_KEY_TYPE=CKK_AES" },
    { "a mechanism that is none",
      { 0x7fff0001, NULL, 0 },
      AES_128,
      AES_192,
      AES_128,
      false,
      WORKS_NOWHERE,
      SECRET "CKA_KEY_TYPE=CKK_AES" },
    { "a digest to wrap",
      { CKM_SHA256, NULL, 0 },
      AES_128,
      AES_192,
      AES_128,
      false,
      WORKS_NOWHERE,
      SECRET "CKA_KEY_TYPE=CKK_AES" },
};

static void
wrap(struct talk *talk, const struct keys *keys, const struct wrapping *way)
{
    CK_SESSION_HANDLE session = keys->session;
    CK_OBJECT_HANDLE by = keys->handles[way->wraps];
    CK_OBJECT_HANDLE back = keys->handles[way->unwraps];
    CK_OBJECT_HANDLE key = keys->handles[way->wrapped];
    struct bytes wrapped;

    talk_step(talk, "wrap: %s", way->name);
    talk->hides_output = way->is_random;
    ask_wrap(talk, session, &way->mechanism, by, key, ROOM_QUERY);
    ask_wrap(talk, session, &way->mechanism, by, key, 0);
    ask_wrap(talk, session, &way->mechanism, by, key, 10);
    ask_wrap(talk, session, &way->mechanism, by, key, 4096);
    wrapped = talk_keep_output(talk);
    talk->hides_output = false;
    talk_step(talk, "unwrap: %s", way->name);
    key = ask_unwrap(talk, session, &way->mechanism, back, wrapped,
                     way->template);
    ask_get(talk, session, key,
            "CKA_CLASS CKA_KEY_TYPE CKA_TOKEN CKA_LOCAL "
            "CKA_VALUE CKA_MODULUS CKA_PRIVATE");
    ask_destroy(talk, session, key);
    ask_unwrap(talk, session, &way->mechanism, back, wrapped, "");
    ask_unwrap(talk, session, &way->mechanism, BAD_HANDLE, wrapped,
               way->template);
    if (wrapped.length > 0)
        wrapped.at[wrapped.length / 2] ^= 1;
    if (!way->is_random) /* else it is chance what comes of it */
        ask_unwrap(talk, session, &way->mechanism, back, wrapped,
                   way->template);
    wrapped.length /= 2;
    ask_unwrap(talk, session, &way->mechanism, back, wrapped, way->template);
}

/* Keys that do not want to be wrapped. */
static void
unwilling(struct talk *talk, const struct keys *keys)
{
    static const CK_MECHANISM key_wrap = { CKM_AES_KEY_WRAP, NULL, 0 };
    CK_OBJECT_HANDLE key;

    talk_step(talk, "wrap what may not leave");
    key = ask_create(talk, keys->session,
                     "CKA_CLASS=CKO_SECRET_KEY CKA_KEY_TYPE=CKK_AES "
                     "CKA_VALUE=@aes-128 CKA_LABEL='stays CKA_EXTRACTABLE=no");
    ask_wrap(talk, keys->session, &key_wrap, keys->handles[AES_256], key, 64);
    talk_step(talk, "wrap what wants a trusted key");
    key = ask_create(talk, keys->session,
                     "CKA_CLASS=CKO_SECRET_KEY CKA_KEY_TYPE=CKK_AES "
                     "CKA_VALUE=@aes-128 CKA_LABEL='careful "
                     "CKA_EXTRACTABLE=yes CKA_WRAP_WITH_TRUSTED=yes");
    ask_wrap(talk, keys->session, &key_wrap, keys->handles[AES_256], key, 64);
    talk_step(talk, "wrap with what may not wrap");
    key = ask_create(talk, keys->session,
                     "CKA_CLASS=CKO_SECRET_KEY CKA_KEY_TYPE=CKK_AES "
                     "CKA_VALUE=@aes-128 CKA_LABEL='idle CKA_WRAP=no "
                     "CKA_UNWRAP=no");
    ask_wrap(talk, keys->session, &key_wrap, key, keys->handles[AES_256], 64);
    ask_unwrap(talk, keys->session, &key_wrap, key, bytes_pattern(24),
               SECRET "CKA_KEY_TYPE=CKK_AES");
}

void
talk_of_wrapping(struct talk *talk)
{
    struct keys keys = keys_make(talk);

    for (size_t i = 0; i < sizeof(wrappings) / sizeof(wrappings[0]); i++)
        wrap(talk, &keys, &wrappings[i]);
    unwilling(talk, &keys);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
