/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a private key and certificates from PKCS #12. */
#include "cli/key-bundle-private.h"
#include "cli/memory.h"
#include "common/crypto.h"

#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdlib.h>

/* Bags in bags: nobody has more. */
enum { DEEPEST = 4 };

/* A store without a passphrase has been made with none, or with an empty one.
 */
struct opener {
    struct key_reading *reading;
    const char *passphrase;
    int length;
};

static bool
opens(PKCS12 *store, const char *passphrase, int length, struct opener *out)
{
    if (PKCS12_verify_mac(store, passphrase, length) != 1)
        return false;
    out->passphrase = passphrase;
    out->length = length;
    return true;
}

static bool
find_passphrase(struct key_reading *reading, PKCS12 *store, struct opener *out)
{
    struct passphrase *passphrase = &reading->passphrase;

    *out = (struct opener){ .reading = reading };
    if (PKCS12_mac_present(store) == 1 &&
        (opens(store, NULL, 0, out) || opens(store, "", 0, out)))
        return true;
    if (!passphrase_need(passphrase, reading->error))
        return false;
    out->passphrase = (const char *)passphrase->secret.bytes;
    out->length = (int)passphrase->secret.length;
    return PKCS12_mac_present(store) != 1 ||
           opens(store, out->passphrase, out->length, out) ||
           passphrase_refuse(passphrase, reading->error);
}

/* -- Bags ------------------------------------------------------------------
 */

static bool
add_key(struct key_reading *reading, const PKCS12_SAFEBAG *bag,
        const PKCS8_PRIV_KEY_INFO *info)
{
    EVP_PKEY *key = EVP_PKCS82PKEY_ex(info, crypto_context(), NULL);
    char *name;

    if (key == NULL)
        return key_reading_fail_damaged(reading);
    if (!key_reading_add(reading, key))
        return false;
    name = PKCS12_get_friendlyname((PKCS12_SAFEBAG *)(uintptr_t)bag);
    reading->out->name = memory_copy(name);
    OPENSSL_free(name);
    return true;
}

static bool
add_shrouded(const struct opener *opener, const PKCS12_SAFEBAG *bag)
{
    struct key_reading *reading = opener->reading;
    PKCS8_PRIV_KEY_INFO *info =
        PKCS12_decrypt_skey_ex(bag, opener->passphrase, opener->length,
                               crypto_context(), NULL);
    bool is_right =
        info != NULL ? add_key(reading, bag, info)
                     : passphrase_refuse(&reading->passphrase, reading->error);

    PKCS8_PRIV_KEY_INFO_free(info);
    return is_right;
}

static bool
add_certificate(struct key_reading *reading, const PKCS12_SAFEBAG *bag)
{
    X509 *certificate = PKCS12_SAFEBAG_get1_cert(bag);
    unsigned char *bytes = NULL;
    int length = certificate == NULL ? -1 : i2d_X509(certificate, &bytes);
    struct octets value = { bytes, length < 0 ? 0 : (size_t)length };
    bool is_right =
        length > 0 && certificate_file_add(value, &reading->out->certificates);

    OPENSSL_free(bytes);
    X509_free(certificate);
    return is_right ||
           key_reading_fail(reading, "a certificate in it is damaged; get the "
                                     "file again");
}

static bool add_bags(const struct opener *opener,
                     const STACK_OF(PKCS12_SAFEBAG) * bags, unsigned depth);

static bool
add_bag(const struct opener *opener, const PKCS12_SAFEBAG *bag, unsigned depth)
{
    switch (PKCS12_SAFEBAG_get_nid(bag)) {
    case NID_keyBag:
        return add_key(opener->reading, bag, PKCS12_SAFEBAG_get0_p8inf(bag));
    case NID_pkcs8ShroudedKeyBag:
        return add_shrouded(opener, bag);
    case NID_certBag:
        return PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate ||
               add_certificate(opener->reading, bag);
    case NID_safeContentsBag:
        return add_bags(opener, PKCS12_SAFEBAG_get0_safes(bag), depth + 1);
    default:
        return true;
    }
}

static bool
add_bags(const struct opener *opener, const STACK_OF(PKCS12_SAFEBAG) * bags,
         unsigned depth)
{
    if (depth > DEEPEST)
        return key_reading_fail_damaged(opener->reading);
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++)
        if (!add_bag(opener, sk_PKCS12_SAFEBAG_value(bags, i), depth))
            return false;
    return true;
}

/* -- Safes -------------------------------------------------------------------
 */

static bool
add_safe(const struct opener *opener, PKCS7 *safe)
{
    bool is_encrypted = OBJ_obj2nid(safe->type) == NID_pkcs7_encrypted;
    STACK_OF(PKCS12_SAFEBAG) *bags =
        is_encrypted
            ? PKCS12_unpack_p7encdata(safe, opener->passphrase, opener->length)
            : PKCS12_unpack_p7data(safe);
    bool is_right;

    if (bags == NULL)
        return is_encrypted ? passphrase_refuse(&opener->reading->passphrase,
                                                opener->reading->error)
                            : key_reading_fail_damaged(opener->reading);
    is_right = add_bags(opener, bags, 0);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return is_right;
}

bool
key_reading_pkcs12(struct key_reading *reading, PKCS12 *store)
{
    STACK_OF(PKCS7) * safes;
    struct opener opener;
    bool is_right = true;

    if (!find_passphrase(reading, store, &opener))
        return false;
    safes = PKCS12_unpack_authsafes(store);
    if (safes == NULL)
        return key_reading_fail_damaged(reading);
    for (int i = 0; is_right && i < sk_PKCS7_num(safes); i++)
        is_right = add_safe(&opener, sk_PKCS7_value(safes, i));
    sk_PKCS7_pop_free(safes, PKCS7_free);
    return is_right;
}
