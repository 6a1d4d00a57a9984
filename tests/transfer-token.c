/* SPDX-License-Identifier: BSD-3-Clause */
/* SoftHSM, NSS softoken and openCryptoki, and objects on them. */
#include "tests/transfer-token.h"

#include "backends/list.h"
#include "common/crypto.h"
#include "tests/fixture.h"
#include "tests/key-fixture.h"

#include <criterion/criterion.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/objects.h>
#include <stdlib.h>
#include <string.h>

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

static struct identity_place
open_token(const char *path, const char *reserved, const char *label)
{
    struct module *module = module_open(path);
    CK_FUNCTION_LIST_3_2 *functions =
        fixture_keep(calloc(1, sizeof(*functions)));
    struct identity_place place = { .functions = functions };

    cr_assert(crypto_open(NULL));
    fixture_initialize(module, reserved);
    list_complete(module->list, false, functions);
    place.session =
        fixture_session(module->list, fixture_slot(module->list, label),
                        FIXTURE_PIN);
    return place;
}

struct identity_place
transfer_softhsm(const char *name)
{
    const char *path =
        fixture_copy(FIXTURE_SOFTHSM, fixture_text("%s.so", name));

    fixture_softhsm(name);
    fixture_softhsm_token(name);
    return open_token(path, NULL, name);
}

struct identity_place
transfer_nss(const char *name)
{
    return open_token(FIXTURE_NSS, fixture_nss(name, FIXTURE_PIN), name);
}

struct identity_place
transfer_opencryptoki(void)
{
    return open_token(getenv("OPENCRYPTOKI_MODULE"), NULL,
                      getenv("OPENCRYPTOKI_LABEL"));
}

/* -- Objects ----------------------------------------------------------------
 */

static CK_OBJECT_HANDLE
generate_pair(struct identity_place place, CK_MECHANISM_TYPE type,
              CK_ATTRIBUTE parameter, const char *name, CK_BBOOL extractable)
{
    CK_MECHANISM mechanism = { type, NULL, 0 };
    CK_BYTE exponent[] = { 1, 0, 1 };
    CK_ATTRIBUTE public[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_LABEL, (void *)(uintptr_t)name, strlen(name) },
        { CKA_ID, (void *)(uintptr_t)name, strlen(name) },
        { CKA_VERIFY, &yes, sizeof(yes) },
        parameter,
        { CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent) },
    };
    CK_ATTRIBUTE private[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_LABEL, (void *)(uintptr_t)name, strlen(name) },
        { CKA_ID, (void *)(uintptr_t)name, strlen(name) },
        { CKA_PRIVATE, &yes, sizeof(yes) },
        { CKA_SENSITIVE, &yes, sizeof(yes) },
        { CKA_EXTRACTABLE, &extractable, sizeof(extractable) },
        { CKA_SIGN, &yes, sizeof(yes) },
    };
    CK_OBJECT_HANDLE public_key, private_key;
    CK_RV rv =
        place.functions->C_GenerateKeyPair(place.session, &mechanism, public,
                                           type == CKM_EC_KEY_PAIR_GEN ? 5 : 6,
                                           private, 7, &public_key,
                                           &private_key);

    cr_assert_eq(rv, CKR_OK, "0x%lx", rv);
    return private_key;
}

CK_OBJECT_HANDLE
transfer_add_ec(struct identity_place place, const char *name,
                CK_BBOOL extractable)
{
    struct octets curve =
        fixture_curve(NID_X9_62_prime256v1, OPENSSL_EC_NAMED_CURVE);

    return generate_pair(place, CKM_EC_KEY_PAIR_GEN,
                         (CK_ATTRIBUTE){ CKA_EC_PARAMS, fixture_bytes_of(curve),
                                         curve.length },
                         name, extractable);
}

/* Of another name at first, by which its public key is found. */
CK_OBJECT_HANDLE
transfer_add_lone_ec(struct identity_place place, const char *name)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(place, "lone", CK_TRUE);
    CK_ATTRIBUTE names[] = {
        { CKA_LABEL, (void *)(uintptr_t)name, strlen(name) },
        { CKA_ID, (void *)(uintptr_t)name, strlen(name) },
    };

    cr_assert_eq(place.functions->C_DestroyObject(place.session,
                                                  transfer_find(place,
                                                                CKO_PUBLIC_KEY,
                                                                "lone")),
                 CKR_OK);
    cr_assert_eq(place.functions->C_SetAttributeValue(place.session, key, names,
                                                      2),
                 CKR_OK);
    return key;
}

CK_OBJECT_HANDLE
transfer_add_rsa(struct identity_place place, const char *name)
{
    CK_ULONG bits = 2048;

    return generate_pair(place, CKM_RSA_PKCS_KEY_PAIR_GEN,
                         (CK_ATTRIBUTE){ CKA_MODULUS_BITS, &bits,
                                         sizeof(bits) },
                         name, CK_TRUE);
}

CK_OBJECT_HANDLE
transfer_add_secret(struct identity_place place, CK_KEY_TYPE type,
                    const char *name)
{
    CK_ULONG length = 32;
    CK_MECHANISM mechanism = { type == CKK_AES ? CKM_AES_KEY_GEN
                                               : CKM_GENERIC_SECRET_KEY_GEN,
                               NULL, 0 };
    CK_ATTRIBUTE template[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_LABEL, (void *)(uintptr_t)name, strlen(name) },
        { CKA_ID, (void *)(uintptr_t)name, strlen(name) },
        { CKA_PRIVATE, &yes, sizeof(yes) },
        { CKA_SENSITIVE, &yes, sizeof(yes) },
        { CKA_EXTRACTABLE, &yes, sizeof(yes) },
        { CKA_VALUE_LEN, &length, sizeof(length) },
        { type == CKK_AES ? CKA_ENCRYPT : CKA_SIGN, &yes, sizeof(yes) },
    };
    CK_OBJECT_HANDLE key;
    CK_RV rv = place.functions->C_GenerateKey(place.session, &mechanism,
                                              template, 8, &key);

    cr_assert_eq(rv, CKR_OK, "0x%lx", rv);
    return key;
}

static CK_OBJECT_HANDLE
create(struct identity_place place, CK_ATTRIBUTE *template, CK_ULONG count)
{
    CK_OBJECT_HANDLE object;
    CK_RV rv = place.functions->C_CreateObject(place.session, template, count,
                                               &object);

    cr_assert_eq(rv, CKR_OK, "0x%lx", rv);
    return object;
}

CK_OBJECT_HANDLE
transfer_add_half(struct identity_place place, const char *name)
{
    CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_AES;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_KEY_TYPE, &type, sizeof(type) },
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_LABEL, (void *)(uintptr_t)name, strlen(name) },
        { CKA_ID, (void *)(uintptr_t)name, strlen(name) },
        { CKA_VALUE, (void *)(uintptr_t) "0123456789abcdef", 16 },
        { CKA_ENCRYPT, &no, sizeof(no) },
        { CKA_DECRYPT, &no, sizeof(no) },
        { CKA_SIGN, &no, sizeof(no) },
    };
    CK_OBJECT_HANDLE key = create(place, template, 9);
    CK_ATTRIBUTE nothing = { CKA_CHECK_VALUE, NULL, 0 };

    cr_assert_eq(place.functions->C_SetAttributeValue(place.session, key,
                                                      &nothing, 1),
                 CKR_OK);
    return key;
}

CK_OBJECT_HANDLE
transfer_add_data(struct identity_place place, const char *name)
{
    CK_OBJECT_CLASS object_class = CKO_DATA;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_PRIVATE, &no, sizeof(no) },
        { CKA_LABEL, (void *)(uintptr_t)name, strlen(name) },
        { CKA_VALUE, (void *)(uintptr_t) "what it holds", 13 },
    };

    return create(place, template, 5);
}

CK_OBJECT_HANDLE
transfer_add_certificate(struct identity_place place, const char *name)
{
    EVP_PKEY *key = fixture_key_ec("P-256");
    struct octets value = fixture_certificate(key, key, name, 2);
    CK_OBJECT_CLASS object_class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    struct octets subject = fixture_octets(
        "\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03one");
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_CERTIFICATE_TYPE, &type, sizeof(type) },
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_PRIVATE, &no, sizeof(no) },
        { CKA_LABEL, (void *)(uintptr_t)name, strlen(name) },
        { CKA_ID, (void *)(uintptr_t)name, strlen(name) },
        { CKA_SUBJECT, fixture_bytes_of(subject), subject.length },
        { CKA_VALUE, fixture_bytes_of(value), value.length },
        { CKA_ISSUER, fixture_bytes_of(subject), subject.length },
        { CKA_SERIAL_NUMBER, (void *)(uintptr_t) "\x02\x01\x01", 3 },
    };

    return create(place, template, 10);
}

/* -- Finding ------------------------------------------------------------------
 */

CK_OBJECT_HANDLE
transfer_find(struct identity_place place, CK_OBJECT_CLASS object_class,
              const char *name)
{
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_LABEL, (void *)(uintptr_t)name, strlen(name) },
    };
    CK_OBJECT_HANDLE *found, object;
    size_t count;

    cr_assert_eq(identity_search(place, template, 2, &found, &count), CKR_OK);
    cr_assert_leq(count, 1);
    object = count == 1 ? found[0] : CK_INVALID_HANDLE;
    free(found);
    return object;
}

size_t
transfer_count(struct identity_place place, bool of_token)
{
    CK_ATTRIBUTE template = { CKA_TOKEN, &yes, sizeof(yes) };
    CK_OBJECT_HANDLE *found;
    size_t count;

    cr_assert_eq(identity_search(place, &template, of_token ? 1 : 0, &found,
                                 &count),
                 CKR_OK);
    free(found);
    return count;
}
