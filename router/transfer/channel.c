/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes the keys that two members share, and destroys them. */
#include "router/transfer/channel.h"

#include "common/cleanup.h"
#include "router/transfer/traits.h"

#include <stdlib.h>

static CK_OBJECT_CLASS public_class = CKO_PUBLIC_KEY;
static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_KEY_TYPE rsa_type = CKK_RSA;
static CK_KEY_TYPE aes_type = CKK_AES;
static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;

static const CK_RSA_PKCS_OAEP_PARAMS hashes[] = {
    { CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, NULL, 0 },
    { CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 0 },
};

const CK_RSA_PKCS_OAEP_PARAMS *
channel_oaep(size_t index)
{
    return index < sizeof(hashes) / sizeof(hashes[0]) ? &hashes[index] : NULL;
}

void
channel_begin(struct channel *channel, struct identity_place from,
              struct identity_place to)
{
    *channel = (struct channel){ .from = from, .to = to };
}

/* What a module says that it will write is not always enough: NSS's softoken
 * forgets the padding. */
enum { SPARE_ROOM = 64 };

CK_RV
channel_wrap(struct identity_place place, CK_MECHANISM *mechanism,
             CK_OBJECT_HANDLE by, CK_OBJECT_HANDLE key, struct wrapped *out)
{
    CK_ULONG room = 0;
    CK_RV rv;

    *out = (struct wrapped){ 0 };
    rv = place.functions->C_WrapKey(place.session, mechanism, by, key, NULL,
                                    &room);
    if (rv != CKR_OK)
        return rv;
    room += SPARE_ROOM;
    out->length = room;
    out->bytes = malloc(room);
    if (out->bytes == NULL)
        return CKR_HOST_MEMORY;
    rv = place.functions->C_WrapKey(place.session, mechanism, by, key,
                                    out->bytes, &out->length);
    if (rv == CKR_OK && out->length > room)
        rv = CKR_GENERAL_ERROR;
    if (rv != CKR_OK) {
        free(out->bytes);
        *out = (struct wrapped){ 0 };
    }
    return rv;
}

/* -- The pair --------------------------------------------------------------
 */

static bool
fail_pair(struct channel *channel, const char *function, bool is_at_target,
          CK_RV rv)
{
    return transfer_end(&channel->trouble[0], TRANSFER_NO_CHANNEL, function,
                        is_at_target, rv);
}

static CK_RV
generate_pair(struct channel *channel)
{
    CK_ULONG bits = 2048;
    CK_BYTE exponent[] = { 1, 0, 1 };
    CK_MECHANISM mechanism = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
    CK_ATTRIBUTE public[] = {
        { CKA_TOKEN, &no, sizeof(no) },
        { CKA_PRIVATE, &no, sizeof(no) },
        { CKA_MODULUS_BITS, &bits, sizeof(bits) },
        { CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent) },
        { CKA_WRAP, &yes, sizeof(yes) },
    };
    CK_ATTRIBUTE private[] = {
        { CKA_TOKEN, &no, sizeof(no) },
        { CKA_PRIVATE, &yes, sizeof(yes) },
        { CKA_SENSITIVE, &yes, sizeof(yes) },
        { CKA_EXTRACTABLE, &no, sizeof(no) },
        { CKA_UNWRAP, &yes, sizeof(yes) },
    };

    return channel->to.functions->C_GenerateKeyPair(channel->to.session,
                                                    &mechanism, public, 5,
                                                    private, 5,
                                                    &channel->pair[0],
                                                    &channel->pair[1]);
}

static CK_RV
import_public(struct channel *channel)
{
    CLEANUP(traits_clear) struct traits its = { .count = 0 };
    struct octets modulus, exponent;
    CK_RV rv =
        traits_read_public(channel->to, channel->pair[0], CKO_PUBLIC_KEY, &its);

    if (rv != CKR_OK)
        return rv;
    if (!traits_find(&its, CKA_MODULUS, &modulus) ||
        !traits_find(&its, CKA_PUBLIC_EXPONENT, &exponent))
        return CKR_ATTRIBUTE_TYPE_INVALID;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &public_class, sizeof(public_class) },
        { CKA_KEY_TYPE, &rsa_type, sizeof(rsa_type) },
        { CKA_TOKEN, &no, sizeof(no) },
        { CKA_PRIVATE, &no, sizeof(no) },
        { CKA_WRAP, &yes, sizeof(yes) },
        { CKA_MODULUS, (void *)(uintptr_t)modulus.bytes, modulus.length },
        { CKA_PUBLIC_EXPONENT, (void *)(uintptr_t)exponent.bytes,
          exponent.length },
    };
    return channel->from.functions->C_CreateObject(channel->from.session,
                                                   template, 7,
                                                   &channel->public_key);
}

static bool
make_pair(struct channel *channel)
{
    CK_RV rv = generate_pair(channel);

    if (rv != CKR_OK)
        return fail_pair(channel, "C_GenerateKeyPair", true, rv);
    rv = import_public(channel);
    if (rv != CKR_OK)
        return fail_pair(channel, "C_CreateObject", false, rv);
    channel->has_pair = true;
    return true;
}

bool
channel_need_pair(struct channel *channel, struct transfer_outcome *outcome)
{
    if (channel->has_pair ||
        (channel->trouble[0].verdict == TRANSFER_FINE && make_pair(channel)))
        return true;
    *outcome = channel->trouble[0];
    return false;
}

/* -- The key -----------------------------------------------------------------
 */

static bool
fail_key(struct channel *channel, const char *function, bool is_at_target,
         CK_RV rv)
{
    return transfer_end(&channel->trouble[1], TRANSFER_NO_CHANNEL, function,
                        is_at_target, rv);
}

static CK_RV
generate_key(struct channel *channel)
{
    CK_ULONG length = 32;
    CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
    CK_ATTRIBUTE template[] = {
        { CKA_TOKEN, &no, sizeof(no) },
        { CKA_PRIVATE, &yes, sizeof(yes) },
        { CKA_SENSITIVE, &yes, sizeof(yes) },
        { CKA_EXTRACTABLE, &yes, sizeof(yes) },
        { CKA_VALUE_LEN, &length, sizeof(length) },
        { CKA_WRAP, &yes, sizeof(yes) },
    };

    return channel->from.functions->C_GenerateKey(channel->from.session,
                                                  &mechanism, template, 6,
                                                  &channel->key);
}

/* Wrapped by the pair's public half where it was made. */
static CK_RV
take_in(struct channel *channel, CK_MECHANISM *mechanism,
        const struct wrapped *wrapped)
{
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &secret_class, sizeof(secret_class) },
        { CKA_KEY_TYPE, &aes_type, sizeof(aes_type) },
        { CKA_TOKEN, &no, sizeof(no) },
        { CKA_PRIVATE, &yes, sizeof(yes) },
        { CKA_SENSITIVE, &yes, sizeof(yes) },
        { CKA_EXTRACTABLE, &no, sizeof(no) },
        { CKA_UNWRAP, &yes, sizeof(yes) },
    };

    return channel->to.functions->C_UnwrapKey(channel->to.session, mechanism,
                                              channel->pair[1], wrapped->bytes,
                                              wrapped->length, template, 7,
                                              &channel->key_there);
}

static bool
make_key(struct channel *channel)
{
    CK_RV rv = generate_key(channel);

    if (rv != CKR_OK)
        return fail_key(channel, "C_GenerateKey", false, rv);
    for (size_t i = 0; channel_oaep(i) != NULL && !channel->has_key; i++) {
        CK_RSA_PKCS_OAEP_PARAMS oaep = *channel_oaep(i);
        CK_MECHANISM mechanism = { CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep) };
        struct wrapped wrapped;

        rv = channel_wrap(channel->from, &mechanism, channel->public_key,
                          channel->key, &wrapped);
        if (rv != CKR_OK) {
            (void)fail_key(channel, "C_WrapKey", false, rv);
            continue;
        }
        rv = take_in(channel, &mechanism, &wrapped);
        free(wrapped.bytes);
        channel->has_key = rv == CKR_OK;
        if (rv != CKR_OK)
            (void)fail_key(channel, "C_UnwrapKey", true, rv);
    }
    return channel->has_key;
}

bool
channel_need_key(struct channel *channel, struct transfer_outcome *outcome)
{
    if (!channel_need_pair(channel, outcome))
        return false;
    if (channel->has_key ||
        (channel->trouble[1].verdict == TRANSFER_FINE && make_key(channel)))
        return true;
    *outcome = channel->trouble[1];
    return false;
}

/* -- The end -----------------------------------------------------------------
 */

static void
destroy(struct identity_place place, CK_OBJECT_HANDLE object)
{
    if (object != CK_INVALID_HANDLE)
        (void)place.functions->C_DestroyObject(place.session, object);
}

void
channel_end(struct channel *channel)
{
    destroy(channel->to, channel->key_there);
    destroy(channel->to, channel->pair[1]);
    destroy(channel->to, channel->pair[0]);
    destroy(channel->from, channel->key);
    destroy(channel->from, channel->public_key);
    channel_begin(channel, channel->from, channel->to);
}
