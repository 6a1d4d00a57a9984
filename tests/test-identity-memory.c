/* SPDX-License-Identifier: BSD-3-Clause */
/* Identities when memory is out. */
#include "common/crypto.h"
#include "router/identity.h"
#include "tests/fake-objects.h"
#include "tests/key-fixture.h"

#include <criterion/criterion.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <string.h>

/* The test is linked with --wrap for these: the n-th call from now fails. */
static size_t fails_at;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static bool
fails_now(void)
{
    return fails_at != 0 && --fails_at == 0;
}

void *
__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *memory, size_t size)
{
    return fails_now() ? NULL : __real_realloc(memory, size);
}

/* A private key without point, its public key, and a label that is read
 * alone. */
static const struct fake_object *
fixture_objects(void)
{
    static char label[500];
    EVP_PKEY *pair = fixture_key_ec("prime256v1");
    struct octets curve =
        fixture_curve(NID_X9_62_prime256v1, OPENSSL_EC_NAMED_CURVE);
    struct fake_object *twin;
    struct fake_object *object;

    memset(label, 'l', sizeof(label) - 1);
    object = fake_add(CKO_PRIVATE_KEY, "1", label);
    twin = fake_add(CKO_PUBLIC_KEY, "1", label);
    fake_set_number(object, CKA_KEY_TYPE, CKK_EC);
    fake_set_number(twin, CKA_KEY_TYPE, CKK_EC);
    fake_set(object, CKA_EC_PARAMS, curve);
    fake_set(twin, CKA_EC_PARAMS, curve);
    fake_set(twin, CKA_EC_POINT, fixture_key_point(pair, "uncompressed"));
    return object;
}

Test(identity_memory, is_reported_and_nothing_is_left_behind)
{
    const struct fake_object *object;
    size_t failures = 0;

    cr_assert(crypto_open(NULL));
    object = fixture_objects();
    for (size_t i = 1; i < 100; i++) {
        struct identity *identity = NULL;
        CK_RV rv;

        fails_at = i;
        rv = identity_read(&fake_functions, FAKE_SESSION, object->handle, true,
                           &identity);
        cr_assert_not(fake.has_search);
        if (fails_at != 0) {
            fails_at = 0;
            cr_assert_eq(rv, CKR_OK);
            cr_assert(identity->has_fingerprint);
            identity_free(identity);
            cr_assert_gt(failures, 5);
            crypto_close();
            return;
        }
        failures++;
        cr_assert_eq(rv, CKR_HOST_MEMORY, "0x%lx", rv);
        cr_assert_null(identity);
    }
    cr_assert_fail("never had enough memory");
}

Test(identity_memory, lack_of_it_makes_no_copy_and_finds_nothing)
{
    const struct fake_object *object;
    struct identity *identity = NULL;
    CK_OBJECT_HANDLE handle;

    cr_assert(crypto_open(NULL));
    object = fixture_objects();
    cr_assert_eq(identity_read(&fake_functions, FAKE_SESSION, object->handle,
                               true, &identity),
                 CKR_OK);
    fails_at = 1;
    cr_assert_null(identity_copy(identity));
    fails_at = 1;
    cr_assert_eq(identity_find(&fake_functions, FAKE_SESSION, identity, true,
                               &handle),
                 CKR_HOST_MEMORY);
    cr_assert_not(fake.has_search);
    fails_at = 0;
    identity_free(identity);
    crypto_close();
}
