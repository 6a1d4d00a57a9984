/* SPDX-License-Identifier: BSD-3-Clause */
/* The private OpenSSL context. The linker leads two functions of OpenSSL
 * here. */
#include "common/crypto.h"

#include <criterion/criterion.h>

#include <openssl/err.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

OSSL_LIB_CTX *__real_OSSL_LIB_CTX_new(void);
OSSL_LIB_CTX *__wrap_OSSL_LIB_CTX_new(void);
OSSL_PROVIDER *__real_OSSL_PROVIDER_load(OSSL_LIB_CTX *context,
                                         const char *name);
OSSL_PROVIDER *__wrap_OSSL_PROVIDER_load(OSSL_LIB_CTX *context,
                                         const char *name);

static bool refuse_context;
static bool refuse_provider;
static bool stop_in_context;
static sem_t is_inside;
static sem_t may_go_on;

OSSL_LIB_CTX *
__wrap_OSSL_LIB_CTX_new(void)
{
    if (stop_in_context) {
        sem_post(&is_inside);
        sem_wait(&may_go_on);
    }
    return refuse_context ? NULL : __real_OSSL_LIB_CTX_new();
}

OSSL_PROVIDER *
__wrap_OSSL_PROVIDER_load(OSSL_LIB_CTX *context, const char *name)
{
    if (!refuse_provider)
        return __real_OSSL_PROVIDER_load(context, name);
    ERR_raise(ERR_LIB_CRYPTO, ERR_R_INIT_FAIL);
    return NULL;
}

static const unsigned char hash_of_abc[SHA256_LENGTH] = {
    0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
    0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
    0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
};

static bool
hashes_abc(void)
{
    unsigned char out[SHA256_LENGTH] = { 0 };

    return crypto_sha256("abc", 3, out) &&
           memcmp(out, hash_of_abc, SHA256_LENGTH) == 0;
}

Test(crypto, hashes_as_fips_180_says)
{
    static const unsigned char of_nothing[SHA256_LENGTH] = {
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
        0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
        0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
    };
    unsigned char out[SHA256_LENGTH];

    cr_expect(hashes_abc());
    cr_expect(crypto_sha256(NULL, 0, out));
    cr_expect_arr_eq(out, of_nothing, SHA256_LENGTH);
    cr_expect(crypto_sha256_pieces(NULL, 0, out));
    cr_expect_arr_eq(out, of_nothing, SHA256_LENGTH);
}

Test(crypto, hashes_with_sha_1_too)
{
    static const unsigned char of_abc[SHA1_LENGTH] = {
        0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e,
        0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d,
    };
    static const unsigned char of_nothing[SHA1_LENGTH] = {
        0xda, 0x39, 0xa3, 0xee, 0x5e, 0x6b, 0x4b, 0x0d, 0x32, 0x55,
        0xbf, 0xef, 0x95, 0x60, 0x18, 0x90, 0xaf, 0xd8, 0x07, 0x09,
    };
    unsigned char out[SHA1_LENGTH];

    cr_expect(crypto_sha1("abc", 3, out));
    cr_expect_arr_eq(out, of_abc, SHA1_LENGTH);
    cr_expect(crypto_sha1(NULL, 0, out));
    cr_expect_arr_eq(out, of_nothing, SHA1_LENGTH);
}

Test(crypto, authenticates_as_rfc_4231_says)
{
    /* Its test cases 1 and 2. */
    static const unsigned char key[20] = {
        0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
        0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
    };
    static const unsigned char of_hi[SHA256_LENGTH] = {
        0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53, 0x5c, 0xa8, 0xaf,
        0xce, 0xaf, 0x0b, 0xf1, 0x2b, 0x88, 0x1d, 0xc2, 0x00, 0xc9, 0x83,
        0x3d, 0xa7, 0x26, 0xe9, 0x37, 0x6c, 0x2e, 0x32, 0xcf, 0xf7,
    };
    static const unsigned char of_what[SHA256_LENGTH] = {
        0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24,
        0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27,
        0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43,
    };
    static const struct crypto_piece hi = { "Hi There", 8 };
    static const struct crypto_piece what[] = {
        { "what do ya want ", 16 },
        { "", 0 },
        { "for nothing?", 12 },
    };
    unsigned char out[SHA256_LENGTH];

    cr_expect(crypto_hmac(key, sizeof(key), &hi, 1, out));
    cr_expect_arr_eq(out, of_hi, SHA256_LENGTH);
    cr_expect(crypto_hmac((const unsigned char *)"Jefe", 4, what, 3, out));
    cr_expect_arr_eq(out, of_what, SHA256_LENGTH);
    cr_expect(crypto_equals(out, of_what, SHA256_LENGTH));
    cr_expect_not(crypto_equals(out, of_hi, SHA256_LENGTH));
    cr_expect_not(crypto_hmac(out, 65, &hi, 1, out), "no such key");
}

Test(crypto, hashes_pieces_as_their_whole)
{
    static const struct crypto_piece pieces[] = { { "a", 1 },
                                                  { NULL, 0 },
                                                  { "bc", 2 } };
    unsigned char out[SHA256_LENGTH];

    cr_expect(crypto_sha256_pieces(pieces, 3, out));
    cr_expect_arr_eq(out, hash_of_abc, SHA256_LENGTH);
}

Test(crypto, is_open_until_closed_as_often_as_opened)
{
    struct error error = { 0 };
    OSSL_LIB_CTX *context;

    cr_expect_null(crypto_context());
    cr_assert(crypto_open(&error), "%s", error.text);
    context = crypto_context();
    cr_assert_not_null(context);
    cr_expect(OSSL_PROVIDER_available(context, "default"));
    cr_assert(crypto_open(&error));
    cr_expect_eq(crypto_context(), context);
    crypto_close();
    cr_expect_eq(crypto_context(), context);
    crypto_close();
    cr_expect_null(crypto_context());
    crypto_close(); /* once too often */
    cr_assert(crypto_open(&error));
    cr_expect_not_null(crypto_context());
    crypto_close();
    cr_expect_null(crypto_context());
}

Test(crypto, says_why_it_cannot_open)
{
    struct error error = { 0 };

    refuse_context = true;
    cr_expect(!crypto_open(&error));
    cr_expect_eq(error.rv, CKR_HOST_MEMORY);
    refuse_context = false;
    refuse_provider = true;
    cr_expect(!crypto_open(&error));
    cr_expect_eq(error.rv, CKR_GENERAL_ERROR);
    cr_expect_not_null(strstr(error.text, "default provider"), "%s",
                       error.text);
    cr_expect_not_null(strstr(error.text, "init fail"), "%s", error.text);
    refuse_provider = false;
    cr_expect_null(crypto_context());
    cr_expect(crypto_open(&error));
    crypto_close();
}

Test(crypto, leaves_the_hosts_error_queue_as_it_was)
{
    struct error error = { 0 };

    refuse_provider = true;
    cr_expect(!crypto_open(&error));
    cr_expect_eq(ERR_peek_error(), 0);
    ERR_raise(ERR_LIB_USER, ERR_R_PASSED_NULL_PARAMETER);
    cr_expect(!crypto_open(&error));
    refuse_provider = false;
    cr_expect(crypto_open(&error));
    cr_expect(hashes_abc());
    crypto_close();
    cr_expect_eq(ERR_GET_LIB(ERR_get_error()), ERR_LIB_USER);
    cr_expect_eq(ERR_peek_error(), 0);
}

Test(crypto, goes_on_after_the_host_shut_openssl_down)
{
    struct error error = { 0 };

    cr_assert(crypto_open(&error), "%s", error.text);
    OPENSSL_cleanup();
    cr_expect(hashes_abc());
    crypto_close();
    cr_expect_null(crypto_context());
    cr_expect(hashes_abc());
}

Test(crypto, cannot_be_opened_after_the_host_shut_openssl_down)
{
    struct error error = { 0 };

    OPENSSL_cleanup();
    cr_expect(!crypto_open(&error));
    cr_expect_eq(error.rv, CKR_GENERAL_ERROR);
    cr_expect_not_null(strstr(error.text, "OPENSSL_cleanup"), "%s", error.text);
    cr_expect(hashes_abc());
}

static void *
open_and_close(void *unused)
{
    if (crypto_open(NULL))
        crypto_close();
    return unused;
}

static void *
open_many_times(void *unused)
{
    for (int i = 0; i < 50; i++) {
        if (!crypto_open(NULL) || crypto_context() == NULL || !hashes_abc())
            return &is_inside;
        crypto_close();
    }
    return unused;
}

Test(crypto, is_opened_by_several_threads_at_once)
{
    pthread_t threads[4];
    void *result;

    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, open_many_times, NULL),
                     0);
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], &result);
        cr_expect_null(result);
    }
    cr_expect_null(crypto_context());
}

/* What a forked child does; its exit status says what failed. */
static void
child_opens(void)
{
    alarm(60);
    stop_in_context = false;
    crypto_forget();
    if (crypto_context() != NULL)
        _exit(1);
    if (!crypto_open(NULL) || crypto_context() == NULL)
        _exit(2);
    if (!hashes_abc())
        _exit(3);
    crypto_close();
    if (crypto_context() != NULL)
        _exit(4);
    _exit(0);
}

Test(crypto, opens_in_a_child_forked_while_another_thread_opens)
{
    pthread_t thread;
    pid_t child;
    int status;

    sem_init(&is_inside, 0, 0);
    sem_init(&may_go_on, 0, 0);
    stop_in_context = true;
    cr_assert_eq(pthread_create(&thread, NULL, open_and_close, NULL), 0);
    sem_wait(&is_inside); /* the thread holds the lock now */
    child = fork();
    if (child == 0)
        child_opens();
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect_eq(status, 0);
    sem_post(&may_go_on);
    pthread_join(thread, NULL);
}

Test(crypto, opens_in_a_child_of_a_parent_that_has_it_open)
{
    OSSL_LIB_CTX *context;
    pid_t child;
    int status;

    cr_assert(crypto_open(NULL));
    context = crypto_context();
    child = fork();
    if (child == 0)
        child_opens();
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect_eq(status, 0);
    cr_expect_eq(crypto_context(), context);
    cr_expect(hashes_abc());
    crypto_close();
}
