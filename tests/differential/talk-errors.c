/* SPDX-License-Identifier: BSD-3-Clause */
/* Mistakes in operations, and whether the operation is there after them. */
#include "tests/differential/conversation.h"
#include "tests/differential/keys.h"

static CK_BYTE iv[16] = { 1 };

static const CK_MECHANISM cbc = { CKM_AES_CBC, iv, 16 };
static const CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
static const CK_MECHANISM pkcs = { CKM_RSA_PKCS, NULL, 0 };
static const CK_MECHANISM sha256_rsa = { CKM_SHA256_RSA_PKCS, NULL, 0 };
static const CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
static const CK_MECHANISM hmac = { CKM_SHA256_HMAC, NULL, 0 };

/* Whether the session can begin something else afterwards. */
static void
go_on(struct talk *talk, CK_SESSION_HANDLE session)
{
    ask_init(talk, DIGEST, session, &sha256, 0);
    ask_single(talk, DIGEST, session, bytes_pattern(3), 32);
}

static void
without_init(struct talk *talk, CK_SESSION_HANDLE session)
{
    static const enum kind with_parts[] = { ENCRYPT, DECRYPT, DIGEST, SIGN };

    for (size_t i = 0; i < sizeof(with_parts) / sizeof(with_parts[0]); i++) {
        talk_step(talk, "without init %zu", i);
        ask_single(talk, with_parts[i], session, bytes_pattern(16), 64);
        ask_update(talk, with_parts[i], session, bytes_pattern(16), 64);
        ask_final(talk, with_parts[i], session, 64);
        ask_single(talk, with_parts[i], session, bytes_pattern(16), ROOM_QUERY);
        ask_final(talk, with_parts[i], session, ROOM_QUERY);
    }
    talk_step(talk, "verify without init");
    ask_verify(talk, session, bytes_pattern(16), bytes_pattern(256));
    ask_update(talk, VERIFY, session, bytes_pattern(16), 0);
    ask_verify_final(talk, session, bytes_pattern(256));
    talk_step(talk, "recover without init");
    ask_single(talk, SIGN_RECOVER, session, bytes_pattern(16), 256);
    ask_single(talk, VERIFY_RECOVER, session, bytes_pattern(256), 256);
}

/* NULL where a length or data should be: refused, and nothing has ended. */
static void
null_pointers(struct talk *talk, const struct keys *keys)
{
    static const struct {
        enum kind kind;
        const CK_MECHANISM *mechanism;
        enum key_name key;
    } works[] = {
        { ENCRYPT, &ecb, AES_128 },
        { DECRYPT, &ecb, AES_128 },
        { DIGEST, &sha256, NO_KEY },
        { SIGN, &hmac, SECRET_32 },
    };
    CK_SESSION_HANDLE session = keys->session;

    for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
        enum kind kind = works[i].kind;

        talk_step(talk, "NULL pointers %zu", i);
        ask_init(talk, kind, session, works[i].mechanism,
                 keys->handles[works[i].key]);
        ask_single(talk, kind, session, bytes_pattern(16), ROOM_NO_LENGTH);
        ask_single(talk, kind, session, bytes_null(16), 64);
        ask_single(talk, kind, session, bytes_null(0), ROOM_QUERY);
        ask_single(talk, kind, session, bytes_pattern(16), 64);
        ask_whether_active(talk, kind, session);
        talk_step(talk, "NULL pointers in parts %zu", i);
        ask_init(talk, kind, session, works[i].mechanism,
                 keys->handles[works[i].key]);
        ask_update(talk, kind, session, bytes_pattern(16), ROOM_NO_LENGTH);
        ask_update(talk, kind, session, bytes_null(16), 64);
        ask_update(talk, kind, session, bytes_null(0), 64);
        ask_update(talk, kind, session, bytes_pattern(16), 64);
        ask_final(talk, kind, session, ROOM_NO_LENGTH);
        ask_final(talk, kind, session, 64);
        ask_whether_active(talk, kind, session);
    }
    talk_step(talk, "NULL pointers to verify");
    ask_init(talk, VERIFY, session, &hmac, keys->handles[SECRET_32]);
    ask_verify(talk, session, bytes_pattern(16), bytes_null(32));
    ask_verify(talk, session, bytes_null(16), bytes_pattern(32));
    ask_whether_active(talk, VERIFY, session);
    talk_step(talk, "NULL pointers elsewhere");
    ask_get_state(talk, session, ROOM_NO_LENGTH);
    ask_wrap(talk, session, &(CK_MECHANISM){ CKM_AES_KEY_WRAP, NULL, 0 },
             keys->handles[AES_256], keys->handles[AES_128], ROOM_NO_LENGTH);
    ask_wrap(talk, session, NULL, keys->handles[AES_256],
             keys->handles[AES_128], 64);
    ask_generate(talk, session, NULL, "CKA_VALUE_LEN=16");
    ask_derive(talk, session, NULL, keys->handles[AES_128], "");
    ask_unwrap(talk, session, NULL, keys->handles[AES_128], bytes_pattern(24),
               "");
    ask_unwrap(talk, session, &(CK_MECHANISM){ CKM_AES_KEY_WRAP, NULL, 0 },
               keys->handles[AES_256], bytes_null(24),
               "CKA_CLASS=CKO_SECRET_KEY CKA_KEY_TYPE=CKK_AES");
}

static void
init_twice(struct talk *talk, const struct keys *keys)
{
    CK_SESSION_HANDLE session = keys->session;

    talk_step(talk, "init twice");
    ask_init(talk, ENCRYPT, session, &ecb, keys->handles[AES_128]);
    ask_init(talk, ENCRYPT, session, &cbc, keys->handles[AES_128]);
    ask_single(talk, ENCRYPT, session, bytes_pattern(16), 16);
    ask_whether_active(talk, ENCRYPT, session);
    talk_step(talk, "another kind in the middle");
    ask_init(talk, SIGN, session, &sha256_rsa, keys->handles[RSA_2048]);
    ask_init(talk, DECRYPT, session, &ecb, keys->handles[AES_128]);
    ask_init(talk, VERIFY, session, &hmac, keys->handles[SECRET_32]);
    ask_init(talk, DIGEST, session, &sha256, 0);
    ask_single(talk, SIGN, session, bytes_pattern(40), 256);
    ask_whether_active(talk, SIGN, session);
    ask_whether_active(talk, DIGEST, session);
    ask_whether_active(talk, DECRYPT, session);
    ask_whether_active(talk, VERIFY, session);
    talk_step(talk, "the wrong function in the middle");
    ask_init(talk, DIGEST, session, &sha256, 0);
    ask_single(talk, SIGN, session, bytes_pattern(16), 256);
    ask_final(talk, ENCRYPT, session, 64);
    ask_update(talk, DECRYPT, session, bytes_pattern(16), 64);
    ask_single(talk, DIGEST, session, bytes_pattern(3), 32);
}

static void
bad_data(struct talk *talk, CK_SESSION_HANDLE session, const struct keys *keys)
{

    talk_step(talk, "too long to sign");
    ask_init(talk, SIGN, session, &pkcs, keys->handles[RSA_2048]);
    ask_single(talk, SIGN, session, bytes_pattern(300), 256);
    ask_whether_active(talk, SIGN, session);
    go_on(talk, session);
    talk_step(talk, "no whole block");
    ask_init(talk, ENCRYPT, session, &ecb, keys->handles[AES_128]);
    ask_single(talk, ENCRYPT, session, bytes_pattern(15), 64);
    ask_whether_active(talk, ENCRYPT, session);
    ask_init(talk, ENCRYPT, session, &ecb, keys->handles[AES_128]);
    ask_update(talk, ENCRYPT, session, bytes_pattern(15), 64);
    ask_final(talk, ENCRYPT, session, 64);
    ask_whether_active(talk, ENCRYPT, session);
    talk_step(talk, "no whole block to decrypt");
    ask_init(talk, DECRYPT, session, &cbc, keys->handles[AES_128]);
    ask_single(talk, DECRYPT, session, bytes_pattern(33), 64);
    ask_whether_active(talk, DECRYPT, session);
    talk_step(talk, "a single part in the middle of parts");
    ask_init(talk, ENCRYPT, session, &ecb, keys->handles[AES_128]);
    ask_update(talk, ENCRYPT, session, bytes_pattern(16), 64);
    ask_single(talk, ENCRYPT, session, bytes_pattern(16), 64);
    ask_whether_active(talk, ENCRYPT, session);
    ask_init(talk, SIGN, session, &hmac, keys->handles[SECRET_32]);
    ask_update(talk, SIGN, session, bytes_pattern(16), 64);
    ask_single(talk, SIGN, session, bytes_pattern(16), 64);
    ask_whether_active(talk, SIGN, session);
}

/* Some modules go on with it, in a single part. */
static void
no_parts(struct talk *talk, struct keys *keys)
{
    CK_SESSION_HANDLE session = keys->session;

    talk_step(talk, "parts of what has no parts");
    ask_init(talk, SIGN, session, &pkcs, keys->handles[RSA_2048]);
    ask_update(talk, SIGN, session, bytes_pattern(16), 0);
    ask_whether_active(talk, SIGN, session);
    ask_init(talk, SIGN, session, &(CK_MECHANISM){ CKM_ECDSA, NULL, 0 },
             keys->handles[P_256]);
    ask_update(talk, SIGN, session, bytes_pattern(16), 0);
    ask_whether_active(talk, SIGN, session);
    talk_step(talk, "parts to verify of what has no parts");
    keys_renew(talk, keys);
    session = keys->session;
    ask_init(talk, VERIFY, session, &pkcs, keys->handles[RSA_2048_PUBLIC]);
    ask_update(talk, VERIFY, session, bytes_pattern(16), 0);
    ask_whether_active(talk, VERIFY, session);
}

/* Its key is destroyed, its user goes, its session goes. */
static void
pulled_away(struct talk *talk, struct keys *keys)
{
    CK_SESSION_HANDLE other;
    CK_OBJECT_HANDLE key;

    talk_step(talk, "the key is destroyed");
    keys_renew(talk, keys);
    other = ask_open(talk, talk->slot, FLAGS_RW);
    key = ask_create(talk, other,
                     "CKA_CLASS=CKO_SECRET_KEY CKA_LABEL='short-lived "
                     "CKA_KEY_TYPE=CKK_GENERIC_SECRET CKA_VALUE=@secret-32 "
                     "CKA_SIGN=yes");
    ask_init(talk, SIGN, keys->session, &hmac, key);
    ask_destroy(talk, other, key);
    ask_single(talk, SIGN, keys->session, bytes_pattern(20), 64);
    ask_init(talk, SIGN, keys->session, &hmac, key);
    talk_step(talk, "the session goes");
    ask_init(talk, DIGEST, other, &sha256, 0);
    ask_update(talk, DIGEST, other, bytes_pattern(20), 0);
    ask_close(talk, other);
    ask_final(talk, DIGEST, other, 32);
    talk_step(talk, "the user goes");
    keys_renew(talk, keys);
    ask_init(talk, DIGEST, keys->session, &sha256, 0);
    ask_logout(talk, keys->session);
    ask_single(talk, DIGEST, keys->session, bytes_pattern(20), 32);
    ask_init(talk, SIGN, keys->session, &hmac, keys->handles[SECRET_32]);
}

void
talk_of_errors(struct talk *talk)
{
    struct keys keys = keys_make(talk);

    without_init(talk, keys.session);
    if (!talk_is_nss(talk)) /* it ends the process where it is given NULL */
        null_pointers(talk, &keys);
    init_twice(talk, &keys);
    bad_data(talk, keys.session, &keys);
    no_parts(talk, &keys);
    pulled_away(talk, &keys);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
