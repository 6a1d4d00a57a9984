/* SPDX-License-Identifier: BSD-3-Clause */
/* A way to sign: at once, in parts, each output's room, and verified. */
#include "tests/differential/signing.h"

/* Forty bytes of it, or what there is. */
static struct bytes
part_of(struct bytes data, CK_ULONG at)
{
    CK_ULONG left = data.length - at;

    return (struct bytes){ data.at + at, left < 40 ? left : 40 };
}

/* How long it would be, too small, and so on; some modules end the operation
 * on the way. */
static void
rooms(struct talk *talk, struct keys *keys, const struct signing_way *way)
{
    struct bytes data = bytes_pattern(way->length);
    CK_OBJECT_HANDLE key = keys->handles[way->signs];
    long length;

    talk_step(talk, "%s: rooms to sign", way->name);
    keys_renew(talk, keys);
    ask_init(talk, SIGN, keys->session, &way->mechanism, key);
    ask_single(talk, SIGN, keys->session, data, ROOM_QUERY);
    length = (long)talk->length;
    ask_single(talk, SIGN, keys->session, data, 0);
    ask_single(talk, SIGN, keys->session, data, length > 0 ? length - 1 : 0);
    ask_single(talk, SIGN, keys->session, data, length);
    ask_single(talk, SIGN, keys->session, data, length);
    talk_step(talk, "%s: rooms to sign in parts", way->name);
    keys_renew(talk, keys);
    ask_init(talk, SIGN, keys->session, &way->mechanism, key);
    ask_update(talk, SIGN, keys->session, bytes_pattern(0), 0);
    ask_update(talk, SIGN, keys->session, bytes_pattern(7), 0);
    ask_final(talk, SIGN, keys->session, ROOM_QUERY);
    ask_final(talk, SIGN, keys->session, 3);
    ask_update(talk, SIGN, keys->session, bytes_pattern(20), 0);
    ask_final(talk, SIGN, keys->session, 1024);
    ask_final(talk, SIGN, keys->session, 1024);
}

/* With room enough: what comes of it. */
static struct bytes
sign(struct talk *talk, struct keys *keys, const struct signing_way *way)
{
    CK_OBJECT_HANDLE key = keys->handles[way->signs];
    struct bytes data = bytes_pattern(way->length), signature;

    talk_step(talk, "%s: sign", way->name);
    keys_renew(talk, keys);
    ask_init(talk, SIGN, keys->session, &way->mechanism, key);
    ask_single(talk, SIGN, keys->session, data, 1024);
    talk_expect(talk, talk->gave == talk_works(talk, way->works),
                "it signs where it can");
    signature = talk_keep_output(talk);
    talk_step(talk, "%s: sign in parts", way->name);
    keys_renew(talk, keys);
    ask_init(talk, SIGN, keys->session, &way->mechanism, key);
    for (CK_ULONG at = 0; at < data.length; at += 40)
        ask_update(talk, SIGN, keys->session, part_of(data, at), 0);
    ask_final(talk, SIGN, keys->session, 1024);
    talk_expect(talk,
                !talk->gave || way->is_random ||
                    bytes_equal(talk_keep_output(talk), signature),
                "in parts it is the same signature");
    return signature;
}

static CK_RV
verify_once(struct talk *talk, struct keys *keys, const struct signing_way *way,
            struct bytes data, struct bytes signature)
{
    CK_RV rv;

    ask_init(talk, VERIFY, keys->session, &way->mechanism,
             keys->handles[way->verifies]);
    rv = ask_verify(talk, keys->session, data, signature);
    ask_verify(talk, keys->session, data, signature);
    return rv;
}

static void
verify(struct talk *talk, struct keys *keys, const struct signing_way *way,
       struct bytes signature)
{
    struct bytes data = bytes_pattern(way->length);
    struct bytes damaged = { talk_keep(talk, signature.at, signature.length),
                             signature.length };
    CK_RV rv;

    talk_step(talk, "%s: verify", way->name);
    keys_renew(talk, keys);
    rv = verify_once(talk, keys, way, data, signature);
    talk_expect(talk, (rv == CKR_OK) == talk_works(talk, way->verified),
                "what was signed is verified");
    talk_step(talk, "%s: verify other data", way->name);
    keys_renew(talk, keys);
    verify_once(talk, keys, way, (struct bytes){ data.at + 1, data.length },
                signature);
    talk_step(talk, "%s: verify what is damaged", way->name);
    keys_renew(talk, keys);
    if (damaged.length > 0)
        damaged.at[damaged.length - 1] ^= 1;
    rv = verify_once(talk, keys, way, data, damaged);
    talk_expect(talk, rv != CKR_OK, "what is damaged is not verified");
    talk_step(talk, "%s: verify what is short", way->name);
    keys_renew(talk, keys);
    signature.length -= signature.length > 0;
    verify_once(talk, keys, way, data, signature);
    signature.length = 0;
    verify_once(talk, keys, way, data, signature);
    signature.length = damaged.length;
    talk_step(talk, "%s: verify in parts", way->name);
    keys_renew(talk, keys);
    ask_init(talk, VERIFY, keys->session, &way->mechanism,
             keys->handles[way->verifies]);
    for (CK_ULONG at = 0; at < data.length; at += 40)
        ask_update(talk, VERIFY, keys->session, part_of(data, at), 0);
    ask_verify_final(talk, keys->session, signature);
    ask_verify_final(talk, keys->session, signature);
}

void
signing_play(struct talk *talk, struct keys *keys,
             const struct signing_way *way)
{
    struct bytes signature;

    talk->hides_output = way->is_random;
    rooms(talk, keys, way);
    signature = sign(talk, keys, way);
    talk->hides_output = false;
    verify(talk, keys, way, signature);
}
