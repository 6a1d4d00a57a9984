/* SPDX-License-Identifier: BSD-3-Clause */
/* A way to encrypt: at once, in parts, each output's room, and back again. */
#include "tests/differential/cipher.h"

#include <string.h>

/* How long it would be, too small, too small by one, right, and once more.
 * Some modules end the operation on the way. */
static void
rooms(struct talk *talk, const struct keys *keys, enum kind kind,
      const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key, struct bytes data)
{
    long length;

    ask_init(talk, kind, keys->session, mechanism, key);
    ask_single(talk, kind, keys->session, data, ROOM_QUERY);
    length = (long)talk->length;
    ask_single(talk, kind, keys->session, data, 0);
    ask_single(talk, kind, keys->session, data, length > 0 ? length - 1 : 0);
    ask_single(talk, kind, keys->session, data, length);
    ask_single(talk, kind, keys->session, data, length);
}

/* With room enough: what comes of it. */
static struct bytes
whole(struct talk *talk, struct keys *keys, enum kind kind,
      const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key, struct bytes data)
{
    keys_renew(talk, keys);
    ask_init(talk, kind, keys->session, mechanism, key);
    ask_single(talk, kind, keys->session, data, 1024);
    return talk_keep_output(talk);
}

static struct bytes
join(struct talk *talk, struct bytes whole)
{
    size_t added = talk->gave ? talk->length : 0;
    CK_BYTE joined[1024];

    if (whole.length + added > sizeof(joined))
        fixture_fail("the parts are too long");
    if (whole.length > 0)
        memcpy(joined, whole.at, whole.length);
    memcpy(joined + whole.length, talk->output, added);
    whole.length += added;
    whole.at = talk_keep(talk, joined, whole.length);
    return whole;
}

/* A few at the beginning, then the rest; or whole blocks, and none of them
 * empty. */
enum { N_PARTS = 5 };
static const struct parts {
    size_t lengths[N_PARTS];
    bool may_be_empty;
} small_parts = { { 1, 16, 15, 0, 1000 }, true },
  block_parts = { { 16, 32, 16, 48, 1000 }, false };

/* Each output's room, or enough. */
static struct bytes
in_parts(struct talk *talk, struct keys *keys, enum kind kind,
         const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key, struct bytes data,
         const struct parts *parts, bool tries_rooms)
{
    struct bytes result = { NULL, 0 };
    size_t at = 0;

    keys_renew(talk, keys);
    ask_init(talk, kind, keys->session, mechanism, key);
    for (size_t i = 0; i < N_PARTS; i++) {
        size_t left = data.length - at;
        size_t most = parts->lengths[i];
        size_t length = most < left ? most : left;
        struct bytes part = { data.at + at, length };

        if (length == 0 && !parts->may_be_empty)
            break;

        if (tries_rooms)
            ask_update(talk, kind, keys->session, part, ROOM_QUERY);
        if (tries_rooms && length > 15)
            ask_update(talk, kind, keys->session, part, 1);
        ask_update(talk, kind, keys->session, part, 512);
        result = join(talk, result);
        at += length;
    }
    if (tries_rooms) {
        ask_final(talk, kind, keys->session, ROOM_QUERY);
        ask_final(talk, kind, keys->session, 1);
    }
    ask_final(talk, kind, keys->session, 512);
    result = join(talk, result);
    ask_final(talk, kind, keys->session, 512);
    return result;
}

static bool
is_of_blocks(const CK_MECHANISM *mechanism)
{
    static const CK_MECHANISM_TYPE types[] = {
        CKM_AES_ECB,  CKM_AES_CBC,  CKM_AES_CBC_PAD,
        CKM_DES3_ECB, CKM_DES3_CBC, CKM_DES3_CBC_PAD,
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i] == mechanism->mechanism)
            return true;
    return false;
}

/* Which must work wherever the whole does. */
static void
in_blocks(struct talk *talk, struct keys *keys, const struct cipher_way *way,
          struct bytes data, struct bytes encrypted)
{
    struct bytes result;

    if (!is_of_blocks(&way->mechanism) || !talk_works(talk, way->works))
        return;
    talk_step(talk, "%s: there in blocks", way->name);
    result = in_parts(talk, keys, ENCRYPT, &way->mechanism,
                      keys->handles[way->encrypts], data, &block_parts, false);
    talk_expect(talk, bytes_equal(result, encrypted),
                "in parts it is the same");
    talk_step(talk, "%s: and back in blocks", way->name);
    result =
        in_parts(talk, keys, DECRYPT, &way->mechanism,
                 keys->handles[way->decrypts], encrypted, &block_parts, false);
    talk_expect(talk, bytes_equal(result, data), "and back in parts");
}

/* There and back again, which must work where it can. */
static struct bytes
there_and_back(struct talk *talk, struct keys *keys,
               const struct cipher_way *way)
{
    const CK_MECHANISM *mechanism = &way->mechanism;
    struct bytes data = bytes_pattern(way->length), encrypted, decrypted;
    bool works = talk_works(talk, way->works);

    talk_step(talk, "%s: there", way->name);
    encrypted = whole(talk, keys, ENCRYPT, mechanism,
                      keys->handles[way->encrypts], data);
    talk_expect(talk, talk->gave == works, "it encrypts where it can");
    talk->hides_output = false;
    talk_step(talk, "%s: and back", way->name);
    decrypted = whole(talk, keys, DECRYPT, mechanism,
                      keys->handles[way->decrypts], encrypted);
    talk_expect(talk, !works || (talk->gave && bytes_equal(decrypted, data)),
                "what was encrypted is decrypted");
    if (way->is_random)
        return encrypted;
    talk_step(talk, "%s: there in parts", way->name);
    in_parts(talk, keys, ENCRYPT, mechanism, keys->handles[way->encrypts], data,
             &small_parts, false);
    talk_step(talk, "%s: and back in parts", way->name);
    in_parts(talk, keys, DECRYPT, mechanism, keys->handles[way->decrypts],
             encrypted, &small_parts, false);
    in_blocks(talk, keys, way, data, encrypted);
    talk_step(talk, "%s: whole again", way->name);
    return whole(talk, keys, ENCRYPT, mechanism, keys->handles[way->encrypts],
                 data);
}

static void
damaged(struct talk *talk, struct keys *keys, const struct cipher_way *way,
        struct bytes encrypted)
{
    talk_step(talk, "%s: decrypt what is damaged", way->name);
    keys_renew(talk, keys);
    /* What comes of random bytes is chance: NSS softoken makes something up
     * for a bad padding. */
    if (!way->is_random && encrypted.length > 0) {
        encrypted.at[encrypted.length / 2] ^= 1;
        ask_init(talk, DECRYPT, keys->session, &way->mechanism,
                 keys->handles[way->decrypts]);
        ask_single(talk, DECRYPT, keys->session, encrypted, 1024);
        ask_whether_active(talk, DECRYPT, keys->session);
    }
    ask_init(talk, DECRYPT, keys->session, &way->mechanism,
             keys->handles[way->decrypts]);
    encrypted.length -= encrypted.length > 0;
    ask_single(talk, DECRYPT, keys->session, encrypted, 1024);
    ask_whether_active(talk, DECRYPT, keys->session);
}

void
cipher_play(struct talk *talk, struct keys *keys, const struct cipher_way *way)
{
    struct bytes data = bytes_pattern(way->length), encrypted;

    talk->hides_output = way->is_random;
    talk_step(talk, "%s: rooms to encrypt", way->name);
    keys_renew(talk, keys);
    rooms(talk, keys, ENCRYPT, &way->mechanism, keys->handles[way->encrypts],
          data);
    talk_step(talk, "%s: rooms to encrypt in parts", way->name);
    in_parts(talk, keys, ENCRYPT, &way->mechanism, keys->handles[way->encrypts],
             data, &small_parts, true);
    encrypted = there_and_back(talk, keys, way);
    talk_step(talk, "%s: rooms to decrypt", way->name);
    keys_renew(talk, keys);
    rooms(talk, keys, DECRYPT, &way->mechanism, keys->handles[way->decrypts],
          encrypted);
    talk_step(talk, "%s: rooms to decrypt in parts", way->name);
    in_parts(talk, keys, DECRYPT, &way->mechanism, keys->handles[way->decrypts],
             encrypted, &small_parts, true);
    damaged(talk, keys, way, encrypted);
    talk->hides_output = false;
}
