/* SPDX-License-Identifier: BSD-3-Clause */
/* The PIN of a login, or a proof of it, and how often one may be wrong. */
#include "router/login-memory.h"

#include <openssl/crypto.h>
#include <string.h>

enum { MOST_CREDIT = 5 };

static const uint64_t ns_per_credit = UINT64_C(1000) * 1000 * 1000;

void
login_memory_init(struct login_memory *memory)
{
    memset(memory, 0, sizeof(*memory));
    mutex_init(&memory->lock, LOCK_LOGIN);
    memory->credit = MOST_CREDIT;
}

void
login_memory_wipe(struct login_memory *memory)
{
    mutex_lock(&memory->lock);
    secret_wipe(&memory->pin);
    OPENSSL_cleanse(memory->proof, sizeof(memory->proof));
    memory->has_proof = false;
    memory->has_name = false;
    mutex_unlock(&memory->lock);
}

void
login_memory_destroy(struct login_memory *memory)
{
    login_memory_wipe(memory);
    secret_wipe(&memory->refused);
    mutex_destroy(&memory->lock);
}

/* -- Keeping -----------------------------------------------------------------
 */

/* scrypt takes its time, so that no lock is held meanwhile. */
static bool
keep_proof(struct login_memory *memory, const void *pin, size_t length)
{
    unsigned char salt[sizeof(memory->salt)], proof[sizeof(memory->proof)];

    if (!crypto_random(salt, sizeof(salt)) ||
        !crypto_stretch(pin, length, salt, sizeof(salt), proof, sizeof(proof)))
        return false;
    mutex_lock(&memory->lock);
    memcpy(memory->salt, salt, sizeof(salt));
    memcpy(memory->proof, proof, sizeof(proof));
    memory->has_proof = true;
    mutex_unlock(&memory->lock);
    OPENSSL_cleanse(proof, sizeof(proof));
    return true;
}

bool
login_memory_keep(struct login_memory *memory, bool is_kept, const void *pin,
                  size_t length)
{
    bool is_set;

    if (!is_kept) {
        is_set = keep_proof(memory, pin, length);
    } else {
        mutex_lock(&memory->lock);
        is_set = secret_set(&memory->pin, pin, length);
        if (is_set && secret_equals(&memory->refused, pin, length))
            secret_wipe(&memory->refused);
        mutex_unlock(&memory->lock);
    }
    /* What was right before is not any more (R6.21). */
    if (!is_set)
        login_memory_wipe(memory);
    return is_set;
}

void
login_memory_name(struct login_memory *memory, const void *name, size_t length)
{
    mutex_lock(&memory->lock);
    memory->has_name = crypto_sha256(name, length, memory->name);
    mutex_unlock(&memory->lock);
}

bool
login_memory_get(struct login_memory *memory, struct secret *out)
{
    bool is_there;

    mutex_lock(&memory->lock);
    is_there = secret_is_present(&memory->pin) &&
               secret_set(out, memory->pin.bytes, memory->pin.length);
    mutex_unlock(&memory->lock);
    return is_there;
}

bool
login_memory_has_pin(struct login_memory *memory)
{
    bool is_there;

    mutex_lock(&memory->lock);
    is_there = secret_is_present(&memory->pin);
    mutex_unlock(&memory->lock);
    return is_there;
}

/* -- Checking ----------------------------------------------------------------
 */

static void
earn_credit_locked(struct login_memory *memory) REQUIRES(memory->lock)
{
    uint64_t now = clock_now();
    uint64_t earned = (now - memory->credit_time) / ns_per_credit;

    if (earned >= MOST_CREDIT - memory->credit) {
        memory->credit = MOST_CREDIT;
        memory->credit_time = now;
    } else {
        memory->credit += (unsigned)earned;
        memory->credit_time += earned * ns_per_credit;
    }
}

static bool
proves(const unsigned char salt[16], const unsigned char proof[32],
       const void *pin, size_t length)
{
    unsigned char its[32];
    bool is_right = crypto_stretch(pin, length, salt, 16, its, sizeof(its)) &&
                    CRYPTO_memcmp(its, proof, sizeof(its)) == 0;

    OPENSSL_cleanse(its, sizeof(its));
    return is_right;
}

static void
pay(struct login_memory *memory)
{
    mutex_lock(&memory->lock);
    if (memory->credit > 0)
        memory->credit--;
    mutex_unlock(&memory->lock);
}

enum login_answer
login_memory_check(struct login_memory *memory, const void *pin, size_t length)
{
    unsigned char salt[sizeof(memory->salt)], proof[sizeof(memory->proof)];
    bool has_pin, has_proof, is_right, is_too_soon;

    mutex_lock(&memory->lock);
    earn_credit_locked(memory);
    is_too_soon = memory->credit == 0;
    has_pin = secret_is_present(&memory->pin);
    has_proof = memory->has_proof;
    is_right = has_pin && secret_equals(&memory->pin, pin, length);
    memcpy(salt, memory->salt, sizeof(salt));
    memcpy(proof, memory->proof, sizeof(proof));
    mutex_unlock(&memory->lock);
    if (!has_pin && !has_proof)
        return LOGIN_UNKNOWN;
    if (is_too_soon)
        return LOGIN_TOO_SOON;
    if (!has_pin)
        is_right = proves(salt, proof, pin, length);
    OPENSSL_cleanse(proof, sizeof(proof));
    if (is_right)
        return LOGIN_RIGHT;
    pay(memory);
    return LOGIN_WRONG;
}

bool
login_memory_is_named(struct login_memory *memory, const void *name,
                      size_t length)
{
    unsigned char its[SHA256_LENGTH];
    bool is_same;

    if (!crypto_sha256(name, length, its))
        return false;
    mutex_lock(&memory->lock);
    is_same = memory->has_name && memcmp(its, memory->name, sizeof(its)) == 0;
    mutex_unlock(&memory->lock);
    return is_same;
}

/* -- Refusing ----------------------------------------------------------------
 */

void
login_memory_refuse(struct login_memory *memory, const struct secret *pin)
{
    mutex_lock(&memory->lock);
    (void)secret_set(&memory->refused, pin->bytes, pin->length);
    if (secret_equals(&memory->pin, pin->bytes, pin->length))
        secret_wipe(&memory->pin);
    mutex_unlock(&memory->lock);
}

bool
login_memory_is_refused(struct login_memory *memory, const struct secret *pin)
{
    bool is_refused;

    mutex_lock(&memory->lock);
    is_refused = secret_equals(&memory->refused, pin->bytes, pin->length);
    mutex_unlock(&memory->lock);
    return is_refused;
}

void
login_memory_forgive(struct login_memory *memory)
{
    mutex_lock(&memory->lock);
    secret_wipe(&memory->refused);
    mutex_unlock(&memory->lock);
}
