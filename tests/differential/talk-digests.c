/* SPDX-License-Identifier: BSD-3-Clause */
/* Digests: at once and in parts, of bytes and of keys. */
#include "tests/differential/conversation.h"
#include "tests/differential/keys.h"

/* Not MD2 and MD5, which NSS softoken answers with CKR_OK and a length from
 * its stack where there is no room. */
static const CK_MECHANISM_TYPE digests[] = {
    CKM_SHA_1, CKM_SHA224, CKM_SHA256, CKM_SHA384, CKM_SHA512, CKM_SHA3_256,
};

static void
digest(struct talk *talk, struct keys *keys, CK_MECHANISM_TYPE type)
{
    CK_MECHANISM mechanism = { type, NULL, 0 };
    struct bytes whole;
    long length;

    talk_step(talk, "digest 0x%lx", type);
    keys_renew(talk, keys);
    ask_init(talk, DIGEST, keys->session, &mechanism, 0);
    ask_single(talk, DIGEST, keys->session, bytes_pattern(200), ROOM_QUERY);
    length = (long)talk->length;
    ask_single(talk, DIGEST, keys->session, bytes_pattern(200), 0);
    ask_single(talk, DIGEST, keys->session, bytes_pattern(200), 5);
    ask_single(talk, DIGEST, keys->session, bytes_pattern(200), length);
    ask_single(talk, DIGEST, keys->session, bytes_pattern(200), length);
    talk_step(talk, "digest 0x%lx, with room", type);
    keys_renew(talk, keys);
    ask_init(talk, DIGEST, keys->session, &mechanism, 0);
    ask_single(talk, DIGEST, keys->session, bytes_pattern(200), 64);
    talk_expect(talk, talk->gave == (type != CKM_SHA3_256),
                "it digests, but for what neither module knows");
    whole = talk_keep_output(talk);
    keys_renew(talk, keys);
    ask_init(talk, DIGEST, keys->session, &mechanism, 0);
    ask_update(talk, DIGEST, keys->session, bytes_pattern(200), 0);
    ask_final(talk, DIGEST, keys->session, 64);
    talk_expect(talk, bytes_equal(talk_keep_output(talk), whole),
                "in parts it is the same digest");
    talk_step(talk, "digest 0x%lx in parts", type);
    keys_renew(talk, keys);
    ask_init(talk, DIGEST, keys->session, &mechanism, 0);
    ask_update(talk, DIGEST, keys->session, bytes_pattern(1), 0);
    ask_update(talk, DIGEST, keys->session, bytes_pattern(0), 0);
    ask_update(talk, DIGEST, keys->session, bytes_pattern(199), 0);
    ask_digest_key(talk, keys->session, keys->handles[SECRET_16]);
    ask_digest_key(talk, keys->session, keys->handles[RSA_2048]);
    ask_final(talk, DIGEST, keys->session, ROOM_QUERY);
    ask_final(talk, DIGEST, keys->session, 5);
    ask_final(talk, DIGEST, keys->session, length);
    ask_final(talk, DIGEST, keys->session, length);
    talk_step(talk, "digest 0x%lx, single part after another", type);
    keys_renew(talk, keys);
    ask_init(talk, DIGEST, keys->session, &mechanism, 0);
    ask_update(talk, DIGEST, keys->session, bytes_pattern(1), 0);
    ask_single(talk, DIGEST, keys->session, bytes_pattern(20), 64);
    ask_whether_active(talk, DIGEST, keys->session);
}

void
talk_of_digests(struct talk *talk)
{
    struct keys keys = keys_make(talk);

    for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
        digest(talk, &keys, digests[i]);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
