/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys and key pairs: generated, by whoever may. */
#include "tests/differential/conversation.h"
#include "tests/differential/keys.h"

static const struct generation {
    const char *name;
    CK_MECHANISM mechanism;
    const char *template;
} generations[] = {
    { "aes", { CKM_AES_KEY_GEN, NULL, 0 }, "CKA_VALUE_LEN=32 CKA_LABEL='g1" },
    { "aes on the token",
      { CKM_AES_KEY_GEN, NULL, 0 },
      "CKA_VALUE_LEN=16 CKA_TOKEN=yes CKA_LABEL='g2" },
    { "aes without length", { CKM_AES_KEY_GEN, NULL, 0 }, "CKA_LABEL='g3" },
    { "aes of 17 bytes", { CKM_AES_KEY_GEN, NULL, 0 }, "CKA_VALUE_LEN=17" },
    { "aes with a value",
      { CKM_AES_KEY_GEN, NULL, 0 },
      "CKA_VALUE_LEN=16 CKA_VALUE=@aes-128" },
    { "aes as a public key",
      { CKM_AES_KEY_GEN, NULL, 0 },
      "CKA_VALUE_LEN=16 CKA_CLASS=CKO_PUBLIC_KEY" },
    { "aes as another type",
      { CKM_AES_KEY_GEN, NULL, 0 },
      "CKA_VALUE_LEN=16 CKA_KEY_TYPE=CKK_DES3" },
    { "aes sensitive",
      { CKM_AES_KEY_GEN, NULL, 0 },
      "CKA_VALUE_LEN=16 CKA_SENSITIVE=yes CKA_EXTRACTABLE=no CKA_LABEL='g4" },
    { "des3", { CKM_DES3_KEY_GEN, NULL, 0 }, "CKA_LABEL='g5" },
    { "a secret",
      { CKM_GENERIC_SECRET_KEY_GEN, NULL, 0 },
      "CKA_VALUE_LEN=20 CKA_LABEL='g6" },
    { "a secret of nothing",
      { CKM_GENERIC_SECRET_KEY_GEN, NULL, 0 },
      "CKA_VALUE_LEN=0" },
    { "by a pair's mechanism",
      { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 },
      "CKA_VALUE_LEN=16" },
    { "by a mechanism that is none",
      { 0x7fff0001, NULL, 0 },
      "CKA_VALUE_LEN=16" },
};

static const struct pair {
    const char *name;
    CK_MECHANISM mechanism;
    const char *public;
    const char *private;
} pairs[] = {
    { "p-256",
      { CKM_EC_KEY_PAIR_GEN, NULL, 0 },
      "CKA_EC_PARAMS=@p-256.params CKA_LABEL='e1",
      "CKA_LABEL='e1" },
    { "p-521 on the token",
      { CKM_EC_KEY_PAIR_GEN, NULL, 0 },
      "CKA_EC_PARAMS=@p-521.params CKA_TOKEN=yes CKA_LABEL='e2",
      "CKA_TOKEN=yes CKA_LABEL='e2 CKA_ID=x0707" },
    { "half on the token",
      { CKM_EC_KEY_PAIR_GEN, NULL, 0 },
      "CKA_EC_PARAMS=@p-256.params CKA_TOKEN=yes CKA_LABEL='e3",
      "CKA_TOKEN=no CKA_LABEL='e3" },
    { "no curve", { CKM_EC_KEY_PAIR_GEN, NULL, 0 }, "CKA_LABEL='x", "" },
    { "a curve that is none",
      { CKM_EC_KEY_PAIR_GEN, NULL, 0 },
      "CKA_EC_PARAMS=x06032a0304",
      "" },
    { "the curve in both",
      { CKM_EC_KEY_PAIR_GEN, NULL, 0 },
      "CKA_EC_PARAMS=@p-256.params",
      "CKA_EC_PARAMS=@p-256.params" },
    { "rsa-1024",
      { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 },
      "CKA_MODULUS_BITS=1024 CKA_PUBLIC_EXPONENT=x010001 CKA_LABEL='e5",
      "CKA_LABEL='e5 CKA_PRIVATE=yes CKA_SENSITIVE=yes" },
    { "rsa without length",
      { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 },
      "CKA_PUBLIC_EXPONENT=x010001",
      "" },
    { "rsa of 100 bits",
      { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 },
      "CKA_MODULUS_BITS=100 CKA_PUBLIC_EXPONENT=x010001",
      "" },
    { "by a key's mechanism",
      { CKM_AES_KEY_GEN, NULL, 0 },
      "CKA_VALUE_LEN=16",
      "" },
};

static void
generate(struct talk *talk, const char *who, CK_SESSION_HANDLE session)
{
    for (size_t i = 0; i < sizeof(generations) / sizeof(generations[0]); i++) {
        CK_OBJECT_HANDLE key;

        talk_step(talk, "generate %s, %s", generations[i].name, who);
        key = ask_generate(talk, session, &generations[i].mechanism,
                           generations[i].template);
        ask_get(talk, session, key,
                "CKA_CLASS CKA_KEY_TYPE CKA_TOKEN CKA_PRIVATE CKA_LOCAL "
                "CKA_KEY_GEN_MECHANISM CKA_SENSITIVE CKA_ALWAYS_SENSITIVE "
                "CKA_NEVER_EXTRACTABLE CKA_VALUE_LEN");
        talk->hides_output = true;
        ask_get(talk, session, key, "CKA_VALUE");
        talk->hides_output = false;
        ask_destroy(talk, session, key);
    }
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        CK_OBJECT_HANDLE both[2];

        talk_step(talk, "generate pair %s, %s", pairs[i].name, who);
        ask_generate_pair(talk, session, &pairs[i].mechanism, pairs[i].public,
                          pairs[i].private, both);
        for (int k = 0; k < 2; k++) {
            ask_get(talk, session, both[k],
                    "CKA_CLASS CKA_KEY_TYPE CKA_TOKEN CKA_PRIVATE CKA_LABEL "
                    "CKA_ID CKA_LOCAL");
            ask_destroy(talk, session, both[k]);
        }
    }
}

void
talk_of_keys(struct talk *talk)
{
    struct keys keys = keys_make(talk);
    CK_SESSION_HANDLE read_only;

    generate(talk, "user R/W", keys.session);
    talk_step(talk, "open R/O");
    read_only = ask_open(talk, talk->slot, FLAGS_RO);
    generate(talk, "user R/O", read_only);
    talk_step(talk, "public");
    ask_logout(talk, keys.session);
    generate(talk, "public R/W", keys.session);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
