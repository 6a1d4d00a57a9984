/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is remembered of a login: the PIN where it is needed to log in again,
 * else a proof of it, so that a PIN that is offered while the token is logged
 * in already is checked all the same (R3.19).
 */
#ifndef ROUTER_LOGIN_MEMORY_H
#define ROUTER_LOGIN_MEMORY_H

#include "common/crypto.h"
#include "common/cryptoki.h"
#include "common/lock.h"
#include "common/secret.h"

struct login_memory {
    struct mutex lock;
    struct secret pin;     /* the user's, for logging in again */
    struct secret refused; /* one that the token did not take (R7.13) */
    bool has_proof;        /* of the SO's, which is never kept (R7.12) */
    unsigned char salt[16];
    unsigned char proof[32];
    bool has_name; /* of C_LoginUser (R3.24) */
    unsigned char name[SHA256_LENGTH];
    unsigned credit;      /* wrong PINs that are answered at once */
    uint64_t credit_time; /* when the last of them was earned */
};

enum login_answer {
    LOGIN_RIGHT,
    LOGIN_WRONG,
    LOGIN_UNKNOWN, /* nothing is remembered to tell by */
    LOGIN_TOO_SOON /* too many wrong ones: not looked at */
};

void login_memory_init(struct login_memory *memory);
void login_memory_destroy(struct login_memory *memory);

/* Somebody has logged in, or has another PIN now; `is_kept` says that the PIN
 * itself is needed. The token has taken it, so that it is no refused one. False
 * when memory is out: then nothing is remembered. */
bool login_memory_keep(struct login_memory *memory, bool is_kept,
                       const void *pin, size_t length);
void login_memory_name(struct login_memory *memory, const void *name,
                       size_t length);

/* Whether it is the PIN that the token took. The token's own count of tries
 * has no part in it: five wrong ones, then one a second. */
enum login_answer login_memory_check(struct login_memory *memory,
                                     const void *pin, size_t length);
bool login_memory_is_named(struct login_memory *memory, const void *name,
                           size_t length);

bool login_memory_has_pin(struct login_memory *memory);

/* A copy of the kept PIN; false when there is none. */
bool login_memory_get(struct login_memory *memory, struct secret *out);

/* The token did not take it: it is not tried again. */
void login_memory_refuse(struct login_memory *memory, const struct secret *pin);
bool login_memory_is_refused(struct login_memory *memory,
                             const struct secret *pin);

/* What was refused may be tried again. */
void login_memory_forgive(struct login_memory *memory);

/* Logged out: wiped, but for what was refused. */
void login_memory_wipe(struct login_memory *memory);

#endif
