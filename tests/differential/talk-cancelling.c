/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations ended before their end: by C_SessionCancel, or by an Init
 * without mechanism. */
#include "tests/differential/conversation.h"
#include "tests/differential/keys.h"

static const CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
static const CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
static const CK_MECHANISM hmac = { CKM_SHA256_HMAC, NULL, 0 };
static const CK_MECHANISM pkcs = { CKM_RSA_PKCS, NULL, 0 };

static const struct work {
    const char *name;
    enum kind kind;
    const CK_MECHANISM *mechanism;
    enum key_name key;
    CK_FLAGS flag;
    bool has_parts;
} works[] = {
    { "encrypt", ENCRYPT, &ecb, AES_128, CKF_ENCRYPT, true },
    { "decrypt", DECRYPT, &ecb, AES_128, CKF_DECRYPT, true },
    { "digest", DIGEST, &sha256, NO_KEY, CKF_DIGEST, true },
    { "sign", SIGN, &hmac, SECRET_32, CKF_SIGN, true },
    { "sign without parts", SIGN, &pkcs, RSA_2048, CKF_SIGN, false },
    { "verify", VERIFY, &hmac, SECRET_32, CKF_VERIFY, true },
    { "sign with recovery", SIGN_RECOVER, &pkcs, RSA_2048, CKF_SIGN_RECOVER,
      false },
    { "verify with recovery", VERIFY_RECOVER, &pkcs, RSA_2048_PUBLIC,
      CKF_VERIFY_RECOVER, false },
};

static void
begin(struct talk *talk, const struct keys *keys, const struct work *work)
{
    ask_init(talk, work->kind, keys->session, work->mechanism,
             keys->handles[work->key]);
    if (work->has_parts)
        ask_update(talk, work->kind, keys->session, bytes_pattern(32), 64);
}

/* Whatever it was: nothing is active, and the session goes on. */
static void
look(struct talk *talk, const struct keys *keys, const struct work *work)
{
    ask_whether_active(talk, work->kind, keys->session);
    begin(talk, keys, work);
    ask_whether_active(talk, work->kind, keys->session);
    ask_session_info(talk, keys->session);
}

/* NSS softoken ends the process where it is given NULL for a mechanism, but
 * for some kinds. */
static bool
survives_null(const struct talk *talk, const struct work *work)
{
    return !talk_is_nss(talk) ||
           (work->kind != DIGEST && work->kind != SIGN_RECOVER &&
            work->kind != VERIFY_RECOVER);
}

static void
cancel(struct talk *talk, struct keys *keys)
{
    for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
        const struct work *work = &works[i];

        talk_step(talk, "cancel %s", work->name);
        keys_renew(talk, keys);
        begin(talk, keys, work);
        ask_cancel(talk, keys->session, work->flag);
        look(talk, keys, work);
        talk_step(talk, "cancel %s, but another kind", work->name);
        keys_renew(talk, keys);
        begin(talk, keys, work);
        ask_cancel(talk, keys->session, 0);
        ask_cancel(talk, keys->session, CKF_FIND_OBJECTS);
        ask_cancel(talk, keys->session,
                   work->flag == CKF_DIGEST ? CKF_SIGN : CKF_DIGEST);
        ask_whether_active(talk, work->kind, keys->session);
        if (!survives_null(talk, work))
            continue;
        talk_step(talk, "init without mechanism: %s", work->name);
        keys_renew(talk, keys);
        begin(talk, keys, work);
        ask_init(talk, work->kind, keys->session, NULL, 0);
        look(talk, keys, work);
        talk_step(talk, "init without mechanism and without %s", work->name);
        keys_renew(talk, keys);
        ask_init(talk, work->kind, keys->session, NULL, 0);
        look(talk, keys, work);
    }
}

/* Cancelling must not take more than the operation. */
static void
with_objects(struct talk *talk, struct keys *keys)
{
    CK_OBJECT_HANDLE object;

    talk_step(talk, "cancel in a session with objects");
    keys_renew(talk, keys);
    object = ask_create(talk, keys->session,
                        "CKA_CLASS=CKO_SECRET_KEY CKA_LABEL='mine "
                        "CKA_KEY_TYPE=CKK_AES CKA_VALUE=@aes-128 "
                        "CKA_ENCRYPT=yes");
    ask_init(talk, ENCRYPT, keys->session, &ecb, object);
    ask_cancel(talk, keys->session, CKF_ENCRYPT);
    ask_get(talk, keys->session, object, "CKA_LABEL");
    ask_whether_active(talk, ENCRYPT, keys->session);
    ask_init(talk, ENCRYPT, keys->session, &ecb, object);
    ask_single(talk, ENCRYPT, keys->session, bytes_pattern(16), 16);
    talk_step(talk, "init without mechanism in a session with objects");
    ask_init(talk, ENCRYPT, keys->session, &ecb, object);
    ask_init(talk, ENCRYPT, keys->session, NULL, 0);
    ask_get(talk, keys->session, object, "CKA_LABEL");
    ask_whether_active(talk, ENCRYPT, keys->session);
    ask_init(talk, ENCRYPT, keys->session, &ecb, object);
    ask_single(talk, ENCRYPT, keys->session, bytes_pattern(16), 16);
    talk_step(talk, "cancel what has no parts, with objects");
    ask_init(talk, SIGN, keys->session, &pkcs, keys->handles[RSA_2048]);
    ask_cancel(talk, keys->session, CKF_SIGN);
    ask_get(talk, keys->session, object, "CKA_LABEL");
    ask_init(talk, SIGN, keys->session, &pkcs, keys->handles[RSA_2048]);
    ask_single(talk, SIGN, keys->session, bytes_pattern(20), 256);
}

/* What had too little room, or was asked for its length, is still active. */
static void
after_rooms(struct talk *talk, struct keys *keys)
{
    static const struct {
        const char *name;
        long room;
    } rooms[] = { { "too little room", 1 }, { "a size query", ROOM_QUERY } };

    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        talk_step(talk, "cancel encrypt after %s", rooms[i].name);
        keys_renew(talk, keys);
        ask_init(talk, ENCRYPT, keys->session, &ecb, keys->handles[AES_128]);
        ask_single(talk, ENCRYPT, keys->session, bytes_pattern(16),
                   rooms[i].room);
        ask_cancel(talk, keys->session, CKF_ENCRYPT);
        ask_whether_active(talk, ENCRYPT, keys->session);
    }
}

static void
searches(struct talk *talk, struct keys *keys)
{
    talk_step(talk, "cancel a search");
    keys_renew(talk, keys);
    ask_find_init(talk, keys->session, "");
    ask_find_next(talk, keys->session, 2);
    ask_cancel(talk, keys->session, CKF_FIND_OBJECTS);
    ask_find_next(talk, keys->session, 2);
    ask_find_final(talk, keys->session);
    ask_find(talk, keys->session, "CKA_LABEL='old-aes", 10);
    talk_step(talk, "cancel everything");
    ask_find_init(talk, keys->session, "");
    ask_cancel(talk, keys->session, ~(CK_FLAGS)0);
    ask_find_final(talk, keys->session);
    talk_step(talk, "cancel in a bad session");
    ask_cancel(talk, BAD_HANDLE, CKF_SIGN);
    ask_cancel(talk, 0, 0);
}

void
talk_of_cancelling(struct talk *talk)
{
    struct keys keys = keys_make(talk);

    cancel(talk, &keys);
    after_rooms(talk, &keys);
    with_objects(talk, &keys);
    searches(talk, &keys);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
