/* SPDX-License-Identifier: BSD-3-Clause */
/* The tokens that every conversation begins with: a copy for each run. */
#include "tests/differential/conversation.h"

/* Objects that were there before, so that they are found by searching. NSS
 * softoken knows no data objects. */
static const char *const objects[] = {
    "CKA_CLASS=CKO_DATA CKA_TOKEN=yes CKA_PRIVATE=no CKA_LABEL='old-data "
    "CKA_APPLICATION='differential CKA_VALUE=x0102030405",
    "CKA_CLASS=CKO_CERTIFICATE CKA_CERTIFICATE_TYPE=CKC_X_509 CKA_TOKEN=yes "
    "CKA_PRIVATE=no CKA_LABEL='old-certificate CKA_ID=x01 "
    "CKA_SUBJECT=@certificate.subject CKA_ISSUER=@certificate.issuer "
    "CKA_SERIAL_NUMBER=@certificate.serial CKA_VALUE=@certificate.value",
    "CKA_CLASS=CKO_PUBLIC_KEY CKA_KEY_TYPE=CKK_RSA CKA_TOKEN=yes "
    "CKA_PRIVATE=no CKA_LABEL='old-rsa CKA_ID=x01 CKA_MODULUS=@rsa-2048.n "
    "CKA_PUBLIC_EXPONENT=@rsa-2048.e CKA_VERIFY=yes CKA_ENCRYPT=yes "
    "CKA_WRAP=yes",
    "CKA_CLASS=CKO_PRIVATE_KEY CKA_KEY_TYPE=CKK_RSA CKA_TOKEN=yes "
    "CKA_PRIVATE=yes CKA_LABEL='old-rsa CKA_ID=x01 CKA_SENSITIVE=yes "
    "CKA_EXTRACTABLE=no CKA_SIGN=yes CKA_DECRYPT=yes CKA_UNWRAP=yes "
    "CKA_MODULUS=@rsa-2048.n CKA_PUBLIC_EXPONENT=@rsa-2048.e "
    "CKA_PRIVATE_EXPONENT=@rsa-2048.d CKA_PRIME_1=@rsa-2048.p "
    "CKA_PRIME_2=@rsa-2048.q CKA_EXPONENT_1=@rsa-2048.dp "
    "CKA_EXPONENT_2=@rsa-2048.dq CKA_COEFFICIENT=@rsa-2048.qinv",
    "CKA_CLASS=CKO_PUBLIC_KEY CKA_KEY_TYPE=CKK_EC CKA_TOKEN=yes "
    "CKA_PRIVATE=no CKA_LABEL='old-ec CKA_ID=x03 CKA_VERIFY=yes "
    "CKA_EC_PARAMS=@p-256.params CKA_EC_POINT=@p-256.point",
    "CKA_CLASS=CKO_PRIVATE_KEY CKA_KEY_TYPE=CKK_EC CKA_TOKEN=yes "
    "CKA_PRIVATE=yes CKA_LABEL='old-ec CKA_ID=x03 CKA_SENSITIVE=yes "
    "CKA_EXTRACTABLE=no CKA_SIGN=yes CKA_EC_PARAMS=@p-256.params "
    "CKA_VALUE=@p-256.value",
    "CKA_CLASS=CKO_SECRET_KEY CKA_KEY_TYPE=CKK_AES CKA_TOKEN=yes "
    "CKA_PRIVATE=yes CKA_LABEL='old-aes CKA_ID=x02 CKA_SENSITIVE=yes "
    "CKA_EXTRACTABLE=no CKA_ENCRYPT=yes CKA_DECRYPT=yes "
    "CKA_VALUE=@aes-256",
};

/* By which NSS softoken finds the private half of its EC key. */
static const char nss_point[] = " 0xD5A0DB00=@p-256.point";

enum { EC_PRIVATE = 5, OBJECTS = sizeof(objects) / sizeof(objects[0]) };

static void
prepare(struct talk *talk, size_t n_objects)
{
    CK_SESSION_HANDLE session;

    ask_start(talk);
    talk_step(talk, "objects");
    session = ask_user_session(talk);
    for (size_t i = talk_is_nss(talk) ? 1 : 0; i < n_objects; i++)
        if (ask_create(talk, session,
                       fixture_text("%s%s", objects[i],
                                    talk_is_nss(talk) && i == EC_PRIVATE
                                        ? nss_point
                                        : "")) == BAD_HANDLE)
            fixture_fail("the token does not take object %zu", i);
    ask_finalize(talk, NULL);
}

void
prepare_tokens(struct talk *talk)
{
    prepare(talk, OBJECTS);
}

/* A group knows a secret key again by its check value (7.4), which NSS softoken
 * does not have. */
void
prepare_twins(struct talk *talk)
{
    prepare(talk, OBJECTS - 1);
}
