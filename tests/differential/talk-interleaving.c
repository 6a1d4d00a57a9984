/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations side by side: in several sessions, two in one, and their state. */
#include "tests/differential/conversation.h"
#include "tests/differential/keys.h"

static CK_BYTE iv[16] = { 4, 4 };
static const CK_MECHANISM cbc = { CKM_AES_CBC, iv, 16 };
static const CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
static const CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
static const CK_MECHANISM hmac = { CKM_SHA256_HMAC, NULL, 0 };
static const CK_MECHANISM sha256_rsa = { CKM_SHA256_RSA_PKCS, NULL, 0 };

enum { N_SESSIONS = 6, N_ROUNDS = 5 };

static struct bytes
slice(size_t at, size_t length)
{
    return (struct bytes){ bytes_pattern(at + length).at + at, length };
}

/* Each session does something else, a part at a time. */
static void
several_sessions(struct talk *talk, const struct keys *keys)
{
    static const struct {
        enum kind kind;
        const CK_MECHANISM *mechanism;
        enum key_name key;
    } works[N_SESSIONS] = {
        { DIGEST, &sha256, NO_KEY },
        { ENCRYPT, &cbc, AES_256 },
        { SIGN, &hmac, SECRET_32 },
        { DECRYPT, &cbc, AES_128 },
        { VERIFY, &sha256_rsa, RSA_2048_PUBLIC },
        { SIGN, &sha256_rsa, RSA_3072 },
    };
    CK_SESSION_HANDLE sessions[N_SESSIONS];
    CK_OBJECT_HANDLE made;

    talk_step(talk, "several sessions begin");
    for (size_t i = 0; i < N_SESSIONS; i++) {
        sessions[i] =
            ask_open(talk, talk->slot, i % 2 == 0 ? FLAGS_RO : FLAGS_RW);
        ask_init(talk, works[i].kind, sessions[i], works[i].mechanism,
                 keys->handles[works[i].key]);
    }
    for (size_t round = 0; round < N_ROUNDS; round++) {
        talk_step(talk, "several sessions, round %zu", round);
        for (size_t i = 0; i < N_SESSIONS; i++)
            ask_update(talk, works[i].kind, sessions[(i + round) % N_SESSIONS],
                       slice(round * 16, 16 + round), 64);
        for (size_t i = 0; i < N_SESSIONS; i++)
            ask_update(talk, works[i].kind, sessions[i],
                       slice(round * 16, 16 * (round + 1)), 128);
        made = ask_create(talk, sessions[round],
                          "CKA_CLASS=CKO_SECRET_KEY CKA_LABEL='between "
                          "CKA_KEY_TYPE=CKK_AES CKA_VALUE=@aes-128");
        ask_find(talk, sessions[round], "CKA_LABEL='between", 10);
        ask_destroy(talk, sessions[(round + 1) % N_SESSIONS], made);
        ask_random(talk, sessions[round], 10, false);
        ask_session_info(talk, sessions[round]);
    }
    talk_step(talk, "several sessions end");
    for (size_t i = 0; i < N_SESSIONS; i++) {
        if (works[i].kind == VERIFY)
            ask_verify_final(talk, sessions[i], bytes_pattern(256));
        else
            talk_expect(talk,
                        ask_final(talk, works[i].kind, sessions[i], 512) ==
                                CKR_OK ||
                            works[i].kind == ENCRYPT ||
                            works[i].kind == DECRYPT,
                        "what was begun among others is finished");
        ask_close(talk, sessions[i]);
    }
}

/* Two operations in one session that only belong together. */
static void
dual(struct talk *talk, struct keys *keys)
{
    static const struct {
        const char *name;
        enum dual dual;
        enum kind kinds[2];
        const CK_MECHANISM *mechanisms[2];
        enum key_name keys[2];
    } pairs[] = {
        { "digest and encrypt",
          DIGEST_ENCRYPT,
          { DIGEST, ENCRYPT },
          { &sha256, &ecb },
          { NO_KEY, AES_128 } },
        { "decrypt and digest",
          DECRYPT_DIGEST,
          { DECRYPT, DIGEST },
          { &ecb, &sha256 },
          { AES_128, NO_KEY } },
        { "sign and encrypt",
          SIGN_ENCRYPT,
          { SIGN, ENCRYPT },
          { &hmac, &cbc },
          { SECRET_32, AES_192 } },
        { "decrypt and verify",
          DECRYPT_VERIFY,
          { DECRYPT, VERIFY },
          { &cbc, &hmac },
          { AES_192, SECRET_32 } },
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        talk_step(talk, "dual: %s", pairs[i].name);
        keys_renew(talk, keys);
        ask_dual(talk, pairs[i].dual, keys->session, bytes_pattern(16), 64);
        for (int k = 0; k < 2; k++)
            ask_init(talk, pairs[i].kinds[k], keys->session,
                     pairs[i].mechanisms[k], keys->handles[pairs[i].keys[k]]);
        if (!talk_is_nss(talk)) /* which ends the process there */
            ask_dual(talk, pairs[i].dual, keys->session, bytes_pattern(16),
                     ROOM_QUERY);
        ask_dual(talk, pairs[i].dual, keys->session, bytes_pattern(16), 3);
        ask_dual(talk, pairs[i].dual, keys->session, bytes_pattern(16), 64);
        ask_dual(talk, pairs[i].dual, keys->session, bytes_pattern(32), 64);
        for (int k = 0; k < 2; k++)
            ask_whether_active(talk, pairs[i].kinds[k], keys->session);
        talk_step(talk, "dual: half of %s", pairs[i].name);
        keys_renew(talk, keys);
        ask_init(talk, pairs[i].kinds[0], keys->session, pairs[i].mechanisms[0],
                 keys->handles[pairs[i].keys[0]]);
        ask_dual(talk, pairs[i].dual, keys->session, bytes_pattern(16), 64);
        ask_whether_active(talk, pairs[i].kinds[0], keys->session);
    }
}

/* Saved and restored, in the same session and in another. */
static void
state(struct talk *talk, struct keys *keys)
{
    CK_SESSION_HANDLE other;
    struct bytes saved, digest;

    talk_step(talk, "state without operation");
    keys_renew(talk, keys);
    ask_get_state(talk, keys->session, ROOM_QUERY);
    ask_get_state(talk, keys->session, 4096);
    talk_step(talk, "state of a digest");
    ask_init(talk, DIGEST, keys->session, &sha256, 0);
    ask_update(talk, DIGEST, keys->session, bytes_pattern(77), 0);
    ask_get_state(talk, keys->session, ROOM_QUERY);
    ask_get_state(talk, keys->session, 4);
    talk->hides_output = true;
    ask_get_state(talk, keys->session, 4096);
    talk->hides_output = false;
    saved = talk_keep_output(talk);
    ask_update(talk, DIGEST, keys->session, bytes_pattern(3), 0);
    ask_final(talk, DIGEST, keys->session, 32);
    digest = talk_keep_output(talk);
    talk_expect(talk, digest.length == 32, "the digest goes on after a save");
    talk_expect(talk, (saved.length > 0) == talk_works(talk, WORKS_NSS),
                "NSS softoken saves states, SoftHSM does not");
    talk_step(talk, "state restored");
    ask_set_state(talk, keys->session, saved, 0, 0);
    ask_update(talk, DIGEST, keys->session, bytes_pattern(3), 0);
    ask_final(talk, DIGEST, keys->session, 32);
    talk_expect(talk,
                !talk_works(talk, WORKS_NSS) ||
                    bytes_equal(talk_keep_output(talk), digest),
                "a restored digest gives the same");
    talk_step(talk, "state restored in another session");
    other = ask_open(talk, talk->slot, FLAGS_RO);
    ask_set_state(talk, other, saved, 0, 0);
    ask_update(talk, DIGEST, other, bytes_pattern(3), 0);
    ask_final(talk, DIGEST, other, 32);
    talk_step(talk, "state that is none");
    ask_set_state(talk, other, bytes_pattern(64), 0, 0);
    ask_set_state(talk, other, bytes_pattern(0), 0, 0);
    ask_whether_active(talk, DIGEST, other);
    talk_step(talk, "state of a signature");
    ask_init(talk, SIGN, other, &hmac, keys->handles[SECRET_32]);
    ask_update(talk, SIGN, other, bytes_pattern(20), 0);
    ask_get_state(talk, other, ROOM_QUERY);
    talk->hides_output = true;
    ask_get_state(talk, other, 4096);
    talk->hides_output = false;
    saved = talk_keep_output(talk);
    ask_final(talk, SIGN, other, 32);
    ask_set_state(talk, other, saved, 0, keys->handles[SECRET_32]);
    ask_final(talk, SIGN, other, 32);
    ask_set_state(talk, other, saved, 0, BAD_HANDLE);
    ask_close(talk, other);
}

static void
random_numbers(struct talk *talk, const struct keys *keys)
{
    talk_step(talk, "random numbers");
    ask_random(talk, keys->session, 1, false);
    ask_random(talk, keys->session, 1000, false);
    ask_random(talk, keys->session, 0, false);
    ask_seed(talk, keys->session, bytes_pattern(64));
    ask_seed(talk, keys->session, bytes_pattern(0));
    if (!talk_is_nss(talk)) { /* it ends the process where it is given NULL */
        ask_random(talk, keys->session, 8, true);
        ask_seed(talk, keys->session, bytes_null(8));
    }
    ask_parallel(talk, keys->session);
}

void
talk_of_interleaving(struct talk *talk)
{
    struct keys keys = keys_make(talk);

    several_sessions(talk, &keys);
    dual(talk, &keys);
    state(talk, &keys);
    random_numbers(talk, &keys);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
