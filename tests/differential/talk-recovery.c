/* SPDX-License-Identifier: BSD-3-Clause */
/* Signatures from which the data is recovered. */
#include "tests/differential/conversation.h"
#include "tests/differential/keys.h"

static void
recover(struct talk *talk, struct keys *keys)
{
    static const CK_MECHANISM pkcs = { CKM_RSA_PKCS, NULL, 0 };
    struct bytes signature;

    talk_step(talk, "sign with recovery");
    keys_renew(talk, keys);
    ask_init(talk, SIGN_RECOVER, keys->session, &pkcs, keys->handles[RSA_2048]);
    ask_single(talk, SIGN_RECOVER, keys->session, bytes_pattern(40),
               ROOM_QUERY);
    ask_single(talk, SIGN_RECOVER, keys->session, bytes_pattern(40), 10);
    ask_single(talk, SIGN_RECOVER, keys->session, bytes_pattern(40), 256);
    ask_single(talk, SIGN_RECOVER, keys->session, bytes_pattern(40), 256);
    talk_step(talk, "sign with recovery, with room");
    keys_renew(talk, keys);
    ask_init(talk, SIGN_RECOVER, keys->session, &pkcs, keys->handles[RSA_2048]);
    ask_single(talk, SIGN_RECOVER, keys->session, bytes_pattern(40), 256);
    talk_expect(talk, talk->gave == talk_works(talk, WORKS_NSS),
                "NSS softoken signs so, SoftHSM does not");
    signature = talk_keep_output(talk);
    talk_step(talk, "verify with recovery, with room");
    keys_renew(talk, keys);
    ask_init(talk, VERIFY_RECOVER, keys->session, &pkcs,
             keys->handles[RSA_2048_PUBLIC]);
    ask_single(talk, VERIFY_RECOVER, keys->session, signature, 256);
    talk_expect(talk,
                !talk_works(talk, WORKS_NSS) ||
                    bytes_equal(talk_keep_output(talk), bytes_pattern(40)),
                "what was signed is recovered");
    talk_step(talk, "verify with recovery");
    keys_renew(talk, keys);
    ask_init(talk, VERIFY_RECOVER, keys->session, &pkcs,
             keys->handles[RSA_2048_PUBLIC]);
    ask_single(talk, VERIFY_RECOVER, keys->session, signature, ROOM_QUERY);
    ask_single(talk, VERIFY_RECOVER, keys->session, signature, 10);
    ask_single(talk, VERIFY_RECOVER, keys->session, signature, 256);
    ask_single(talk, VERIFY_RECOVER, keys->session, signature, 256);
    talk_step(talk, "verify with recovery what is damaged");
    keys_renew(talk, keys);
    ask_init(talk, VERIFY_RECOVER, keys->session, &pkcs,
             keys->handles[RSA_2048_PUBLIC]);
    if (signature.length > 0)
        signature.at[20] ^= 1;
    ask_single(talk, VERIFY_RECOVER, keys->session, signature, 256);
    ask_whether_active(talk, VERIFY_RECOVER, keys->session);
}

void
talk_of_recovery(struct talk *talk)
{
    struct keys keys = keys_make(talk);

    recover(talk, &keys);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
