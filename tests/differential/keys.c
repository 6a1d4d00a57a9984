/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys to work with: session objects made of known material. */
#include "tests/differential/keys.h"

#include <string.h>

/* What there is of each kind; "$" stands for the material's name. */
static const char symmetric[] =
    "CKA_CLASS=CKO_SECRET_KEY CKA_ENCRYPT=yes CKA_DECRYPT=yes CKA_WRAP=yes "
    "CKA_UNWRAP=yes CKA_SIGN=yes CKA_VERIFY=yes CKA_DERIVE=yes "
    "CKA_SENSITIVE=no CKA_EXTRACTABLE=yes CKA_LABEL='$ CKA_VALUE=@$ ";
static const char rsa_public[] =
    "CKA_CLASS=CKO_PUBLIC_KEY CKA_KEY_TYPE=CKK_RSA CKA_LABEL='$ "
    "CKA_VERIFY=yes CKA_ENCRYPT=yes CKA_WRAP=yes CKA_VERIFY_RECOVER=yes "
    "CKA_MODULUS=@$.n CKA_PUBLIC_EXPONENT=@$.e ";
static const char rsa_private[] =
    "CKA_CLASS=CKO_PRIVATE_KEY CKA_KEY_TYPE=CKK_RSA CKA_LABEL='$ "
    "CKA_SENSITIVE=no CKA_EXTRACTABLE=yes CKA_SIGN=yes CKA_DECRYPT=yes "
    "CKA_UNWRAP=yes CKA_SIGN_RECOVER=yes CKA_MODULUS=@$.n "
    "CKA_PUBLIC_EXPONENT=@$.e CKA_PRIVATE_EXPONENT=@$.d CKA_PRIME_1=@$.p "
    "CKA_PRIME_2=@$.q CKA_EXPONENT_1=@$.dp CKA_EXPONENT_2=@$.dq "
    "CKA_COEFFICIENT=@$.qinv ";
static const char ec_public[] =
    "CKA_CLASS=CKO_PUBLIC_KEY CKA_LABEL='$ CKA_VERIFY=yes CKA_DERIVE=yes "
    "CKA_EC_PARAMS=@$.params CKA_EC_POINT=@$.point ";
static const char ec_private[] =
    "CKA_CLASS=CKO_PRIVATE_KEY CKA_LABEL='$ CKA_SENSITIVE=no "
    "CKA_EXTRACTABLE=yes CKA_SIGN=yes CKA_DERIVE=yes CKA_EC_PARAMS=@$.params "
    "CKA_VALUE=@$.value ";

static const struct recipe {
    const char *material;
    const char *kind;
    const char *more;
} recipes[N_KEYS] = {
    [AES_128] = { "aes-128", symmetric, "CKA_KEY_TYPE=CKK_AES" },
    [AES_192] = { "aes-192", symmetric, "CKA_KEY_TYPE=CKK_AES" },
    [AES_256] = { "aes-256", symmetric, "CKA_KEY_TYPE=CKK_AES" },
    [DES3] = { "des3", symmetric, "CKA_KEY_TYPE=CKK_DES3" },
    [SECRET_16] = { "secret-16", symmetric, "CKA_KEY_TYPE=CKK_GENERIC_SECRET" },
    [SECRET_32] = { "secret-32", symmetric, "CKA_KEY_TYPE=CKK_GENERIC_SECRET" },
    [SECRET_64] = { "secret-64", symmetric, "CKA_KEY_TYPE=CKK_GENERIC_SECRET" },
    [RSA_2048_PUBLIC] = { "rsa-2048", rsa_public, "" },
    [RSA_2048] = { "rsa-2048", rsa_private, "" },
    [RSA_3072_PUBLIC] = { "rsa-3072", rsa_public, "" },
    [RSA_3072] = { "rsa-3072", rsa_private, "" },
    [RSA_4096_PUBLIC] = { "rsa-4096", rsa_public, "" },
    [RSA_4096] = { "rsa-4096", rsa_private, "" },
    [P_256_PUBLIC] = { "p-256", ec_public, "CKA_KEY_TYPE=CKK_EC" },
    [P_256] = { "p-256", ec_private, "CKA_KEY_TYPE=CKK_EC" },
    [P_384_PUBLIC] = { "p-384", ec_public, "CKA_KEY_TYPE=CKK_EC" },
    [P_384] = { "p-384", ec_private, "CKA_KEY_TYPE=CKK_EC" },
    [P_521_PUBLIC] = { "p-521", ec_public, "CKA_KEY_TYPE=CKK_EC" },
    [P_521] = { "p-521", ec_private, "CKA_KEY_TYPE=CKK_EC" },
    [ED25519_PUBLIC] = { "ed25519", ec_public, "CKA_KEY_TYPE=CKK_EC_EDWARDS" },
    [ED25519] = { "ed25519", ec_private, "CKA_KEY_TYPE=CKK_EC_EDWARDS" },
};

static const char *
template_write(const struct recipe *recipe, char *out, size_t room)
{
    size_t length = 0;

    for (const char *at = recipe->kind; *at != '\0'; at++) {
        int added =
            *at == '$'
                ? snprintf(out + length, room - length, "%s", recipe->material)
                : snprintf(out + length, room - length, "%c", *at);

        length += (size_t)added;
        if (length >= room)
            fixture_fail("the template of %s is too long", recipe->material);
    }
    snprintf(out + length, room - length, "%s", recipe->more);
    return out;
}

/* NSS softoken finds the private half of an EC key by this. */
static void
add_database_key(const struct talk *talk, const struct recipe *recipe,
                 char *template, size_t room)
{
    size_t length = strlen(template);

    if (talk_is_nss(talk) && recipe->kind == ec_private)
        snprintf(template + length, room - length, " 0xD5A0DB00=@%s.point",
                 recipe->material);
}

struct keys
keys_make(struct talk *talk)
{
    struct keys keys = { .handles = { 0 } };
    char template[1024];

    ask_start(talk);
    talk_step(talk, "keys");
    keys.owner = keys.session = ask_user_session(talk);
    for (size_t i = 0; i < N_KEYS; i++) {
        template_write(&recipes[i], template, sizeof(template));
        add_database_key(talk, &recipes[i], template, sizeof(template));
        keys.handles[i] = ask_create(talk, keys.session, template);
    }
    return keys;
}

void
keys_renew(struct talk *talk, struct keys *keys)
{
    if (keys->session != keys->owner)
        ask_close(talk, keys->session);
    keys->session = ask_open(talk, talk->slot, FLAGS_RO);
}
