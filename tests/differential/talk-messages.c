/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages, each with its own nonce and tag, and the login by name: 3.0. */
#include "tests/differential/conversation.h"
#include "tests/differential/keys.h"

#include <string.h>

enum { NONCE = 12, TAG = 16 };

/* What one message is encrypted with; the tag comes back in it. */
struct gcm {
    CK_BYTE nonce[NONCE];
    CK_BYTE tag[TAG];
    CK_GCM_MESSAGE_PARAMS parameter;
};

static const CK_MECHANISM aes_gcm = { CKM_AES_GCM, NULL, 0 };

static struct bytes
gcm_begin(struct gcm *gcm, CK_BYTE nonce, CK_GENERATOR_FUNCTION generator,
          CK_ULONG fixed_bits)
{
    memset(gcm, 0, sizeof(*gcm));
    memset(gcm->nonce, nonce, sizeof(gcm->nonce));
    gcm->parameter = (CK_GCM_MESSAGE_PARAMS){ gcm->nonce, NONCE,    fixed_bits,
                                              generator,  gcm->tag, TAG * 8 };
    return (struct bytes){ (CK_BYTE *)&gcm->parameter, sizeof(gcm->parameter) };
}

/* What the module wrote into the parameter. */
static void
gcm_show(struct talk *talk, const struct gcm *gcm)
{
    talk_note(talk, "nonce", gcm->nonce, sizeof(gcm->nonce));
    talk_note(talk, "tag", gcm->tag, sizeof(gcm->tag));
}

static const struct generator {
    const char *name;
    CK_GENERATOR_FUNCTION generator;
    CK_ULONG fixed_bits;
    bool is_random;
} generators[] = {
    { "the caller's nonce", CKG_NO_GENERATE, 0, false },
    { "a counter", CKG_GENERATE_COUNTER, 32, false },
    { "an xor counter", CKG_GENERATE_COUNTER_XOR, 64, false },
    { "a random nonce", CKG_GENERATE_RANDOM, 0, true },
    { "a generator that is none", 0x7777, 0, false },
};

static void
whole_messages(struct talk *talk, struct keys *keys,
               const struct generator *way)
{
    struct bytes data = bytes_pattern(45), parameter, encrypted;
    CK_SESSION_HANDLE session;
    struct gcm gcm;

    talk_step(talk, "messages with %s", way->name);
    keys_renew(talk, keys);
    session = keys->session;
    parameter = gcm_begin(&gcm, 7, way->generator, way->fixed_bits);
    ask_message_init(talk, MESSAGE_ENCRYPT, session, &aes_gcm,
                     keys->handles[AES_256]);
    talk->hides_output = way->is_random;
    ask_message(talk, MESSAGE_ENCRYPT, session, parameter, bytes_pattern(9),
                data, ROOM_QUERY);
    ask_message(talk, MESSAGE_ENCRYPT, session, parameter, bytes_pattern(9),
                data, 10);
    for (int i = 0; i < 3; i++) {
        ask_message(talk, MESSAGE_ENCRYPT, session, parameter, bytes_pattern(9),
                    data, 64);
        gcm_show(talk, &gcm);
    }
    talk_expect(talk, talk->gave, "the messages are encrypted");
    encrypted = talk_keep_output(talk);
    ask_message_init(talk, MESSAGE_ENCRYPT, session, &aes_gcm,
                     keys->handles[AES_256]);
    ask_message_final(talk, MESSAGE_ENCRYPT, session);
    ask_message_final(talk, MESSAGE_ENCRYPT, session);
    talk->hides_output = false;
    talk_step(talk, "decrypt messages with %s", way->name);
    parameter =
        (struct bytes){ (CK_BYTE *)&gcm.parameter, sizeof(gcm.parameter) };
    ask_message_init(talk, MESSAGE_DECRYPT, session, &aes_gcm,
                     keys->handles[AES_256]);
    ask_message(talk, MESSAGE_DECRYPT, session, parameter, bytes_pattern(9),
                encrypted, ROOM_QUERY);
    ask_message(talk, MESSAGE_DECRYPT, session, parameter, bytes_pattern(9),
                encrypted, 64);
    ask_message(talk, MESSAGE_DECRYPT, session, parameter, bytes_pattern(8),
                encrypted, 64);
    gcm.tag[3] ^= 1;
    ask_message(talk, MESSAGE_DECRYPT, session, parameter, bytes_pattern(9),
                encrypted, 64);
    gcm.tag[3] ^= 1;
    ask_message(talk, MESSAGE_DECRYPT, session, parameter, bytes_pattern(9),
                encrypted, 64);
    ask_message_final(talk, MESSAGE_DECRYPT, session);
}

static void
in_parts(struct talk *talk, struct keys *keys)
{
    struct bytes parameter;
    struct gcm gcm;

    talk_step(talk, "a message in parts");
    keys_renew(talk, keys);
    parameter = gcm_begin(&gcm, 9, CKG_NO_GENERATE, 0);
    ask_message_init(talk, MESSAGE_ENCRYPT, keys->session, &aes_gcm,
                     keys->handles[AES_128]);
    ask_message_begin(talk, MESSAGE_ENCRYPT, keys->session, parameter,
                      bytes_pattern(9));
    ask_message_next(talk, MESSAGE_ENCRYPT, keys->session, parameter,
                     bytes_pattern(16), ROOM_QUERY, 0);
    ask_message_next(talk, MESSAGE_ENCRYPT, keys->session, parameter,
                     bytes_pattern(16), 64, 0);
    ask_message_next(talk, MESSAGE_ENCRYPT, keys->session, parameter,
                     bytes_pattern(5), 64, CKF_END_OF_MESSAGE);
    gcm_show(talk, &gcm);
    ask_message_next(talk, MESSAGE_ENCRYPT, keys->session, parameter,
                     bytes_pattern(5), 64, CKF_END_OF_MESSAGE);
    ask_message(talk, MESSAGE_ENCRYPT, keys->session, parameter,
                bytes_pattern(9), bytes_pattern(21), 64);
    ask_message_final(talk, MESSAGE_ENCRYPT, keys->session);
    talk_step(talk, "a message left in the middle");
    ask_message_init(talk, MESSAGE_DECRYPT, keys->session, &aes_gcm,
                     keys->handles[AES_128]);
    ask_message_begin(talk, MESSAGE_DECRYPT, keys->session, parameter,
                      bytes_pattern(9));
    ask_message_final(talk, MESSAGE_DECRYPT, keys->session);
    ask_message_final(talk, MESSAGE_DECRYPT, keys->session);
}

static void
signatures(struct talk *talk, struct keys *keys)
{
    static const CK_MECHANISM hmac = { CKM_SHA256_HMAC, NULL, 0 };

    talk_step(talk, "signed messages");
    keys_renew(talk, keys);
    ask_message_init(talk, MESSAGE_SIGN, keys->session, &hmac,
                     keys->handles[SECRET_32]);
    ask_message(talk, MESSAGE_SIGN, keys->session, bytes_null(0), bytes_null(0),
                bytes_pattern(20), 64);
    ask_message_begin(talk, MESSAGE_SIGN, keys->session, bytes_null(0),
                      bytes_null(0));
    ask_message_next(talk, MESSAGE_SIGN, keys->session, bytes_null(0),
                     bytes_pattern(20), 64, 0);
    ask_message_final(talk, MESSAGE_SIGN, keys->session);
    talk_step(talk, "verified messages");
    ask_message_init(talk, MESSAGE_VERIFY, keys->session, &hmac,
                     keys->handles[SECRET_32]);
    ask_message_verify(talk, keys->session, bytes_null(0), bytes_pattern(20),
                       bytes_pattern(32));
    ask_message_begin(talk, MESSAGE_VERIFY, keys->session, bytes_null(0),
                      bytes_null(0));
    ask_message_final(talk, MESSAGE_VERIFY, keys->session);
}

static void
mistakes(struct talk *talk, struct keys *keys)
{
    static const CK_MECHANISM cbc = { CKM_AES_CBC, NULL, 0 };
    struct bytes parameter;
    struct gcm gcm;

    talk_step(talk, "messages without init");
    keys_renew(talk, keys);
    parameter = gcm_begin(&gcm, 3, CKG_NO_GENERATE, 0);
    for (int kind = MESSAGE_ENCRYPT; kind <= MESSAGE_DECRYPT; kind++) {
        ask_message(talk, (enum message)kind, keys->session, parameter,
                    bytes_pattern(9), bytes_pattern(30), 64);
        ask_message_begin(talk, (enum message)kind, keys->session, parameter,
                          bytes_pattern(9));
        ask_message_next(talk, (enum message)kind, keys->session, parameter,
                         bytes_pattern(9), 64, 0);
        ask_message_final(talk, (enum message)kind, keys->session);
    }
    talk_step(talk, "messages that are refused");
    ask_message_init(talk, MESSAGE_ENCRYPT, keys->session, &cbc,
                     keys->handles[AES_128]);
    ask_message_init(talk, MESSAGE_ENCRYPT, keys->session, &aes_gcm,
                     keys->handles[RSA_2048_PUBLIC]);
    ask_message_init(talk, MESSAGE_ENCRYPT, keys->session, &aes_gcm,
                     BAD_HANDLE);
    ask_message_init(talk, MESSAGE_ENCRYPT, BAD_HANDLE, &aes_gcm,
                     keys->handles[AES_128]);
    ask_message_final(talk, MESSAGE_ENCRYPT, keys->session);
    talk_step(talk, "half a parameter");
    ask_message_init(talk, MESSAGE_ENCRYPT, keys->session, &aes_gcm,
                     keys->handles[AES_128]);
    parameter.length = 8;
    ask_message(talk, MESSAGE_ENCRYPT, keys->session, parameter,
                bytes_pattern(9), bytes_pattern(30), 64);
    parameter.length = sizeof(gcm.parameter);
    ask_message(talk, MESSAGE_ENCRYPT, keys->session, parameter,
                bytes_pattern(9), bytes_pattern(30), 64);
    gcm_show(talk, &gcm);
    talk_step(talk, "messages are cancelled");
    ask_cancel(talk, keys->session, CKF_MESSAGE_ENCRYPT);
    ask_message(talk, MESSAGE_ENCRYPT, keys->session, parameter,
                bytes_pattern(9), bytes_pattern(30), 64);
    ask_message_final(talk, MESSAGE_ENCRYPT, keys->session);
    ask_message_init(talk, MESSAGE_ENCRYPT, keys->session, &aes_gcm,
                     keys->handles[AES_128]);
    ask_message_final(talk, MESSAGE_ENCRYPT, keys->session);
}

static void
by_name(struct talk *talk)
{
    CK_SESSION_HANDLE session;

    talk_step(talk, "login by name");
    session = ask_open(talk, talk->slot, FLAGS_RW);
    ask_login_user(talk, session, CKU_USER, bytes_text(FIXTURE_PIN),
                   bytes_text("somebody"));
    ask_login_user(talk, session, CKU_USER, bytes_text("4321"), bytes_text(""));
    ask_session_info(talk, session);
    ask_logout(talk, session);
    ask_login_user(talk, session, CKU_USER, bytes_text(FIXTURE_PIN),
                   bytes_text(""));
    ask_session_info(talk, session);
    ask_login_user(talk, BAD_HANDLE, CKU_USER, bytes_text(FIXTURE_PIN),
                   bytes_text(""));
}

void
talk_of_messages(struct talk *talk)
{
    struct keys keys = keys_make(talk);

    for (size_t i = 0; i < sizeof(generators) / sizeof(generators[0]); i++)
        whole_messages(talk, &keys, &generators[i]);
    in_parts(talk, &keys);
    signatures(talk, &keys);
    mistakes(talk, &keys);
    by_name(talk);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
