/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What tests stand on: a folder of their own, modules, tokens, keys. Works
 * in criterion tests and in plain programs; whatever cannot be set up ends
 * the process with a sentence. Paths are lent until the process ends.
 */
#ifndef TESTS_FIXTURE_H
#define TESTS_FIXTURE_H

#include "common/cryptoki.h"

#include <stdbool.h>
#include <sys/types.h>

#define FIXTURE_SOFTHSM "/usr/lib/softhsm/libsofthsm2.so"
#define FIXTURE_NSS     "libsoftokn3.so"
#define FIXTURE_PIN     "1234"
#define FIXTURE_SO_PIN  "87654321"

/* Says what could not be set up and ends the process. */
void fixture_fail(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/*
 * This process's own empty folder, made at the first call and removed when
 * the process ends, however it ends. A child of it has the same folder.
 */
const char *fixture_folder(void);

/* A text. */
const char *fixture_text(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* A path below that folder; nothing is made. */
const char *fixture_path(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* A folder below it, 0700. */
const char *fixture_make_folder(const char *name);

/* Writes a file below it with exactly `mode`; returns its path. */
const char *fixture_write(const char *name, mode_t mode, const char *format,
                          ...) __attribute__((format(printf, 3, 4)));

/* Writes p11mux.conf (0600) and points P11MUX_CONF at it. */
const char *fixture_config(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Copies a file into the folder as `name`: for a second instance of a module.
 * Symbolic links are followed. */
const char *fixture_copy(const char *from, const char *name);

/* Runs a program (searched in PATH, the list ends with NULL), its output with
 * the test's; fails the test unless it ends with status 0. */
void fixture_run(const char *program, ...) __attribute__((sentinel));

/* setenv that cannot fail. */
void fixture_setenv(const char *name, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* p11mux.so as built, and a module of tests/modules ("null"). */
const char *fixture_p11mux(void);
const char *fixture_test_module(const char *name);

/* A loaded module: its lists, NULL where it has none of that version. */
struct module {
    const char *path;
    void *library;
    CK_FUNCTION_LIST *list;
    CK_FUNCTION_LIST_3_0 *list_3_0;
    CK_FUNCTION_LIST_3_2 *list_3_2;
    struct module *next; /* the fixture's own */
};

/*
 * Loads a module (RTLD_NOW, RTLD_LOCAL). Opening one that is loaded gives
 * the same instance, which is how a test reaches the functions that control
 * a module of tests/modules that p11mux has loaded.
 */
struct module *module_open(const char *path);

/* An exported function or variable; fails when there is none. */
void *module_symbol(const struct module *module, const char *name);

/* Unloads; NULL is fine. Its C_Finalize is the caller's. */
void module_close(struct module *module);

/* Initialises with threads allowed and, for NSS softoken, its string. */
void fixture_initialize(const struct module *module, const char *reserved);

/* The slot whose token has this label. */
CK_SLOT_ID fixture_slot(const CK_FUNCTION_LIST *list, const char *label);

/* C_InitToken and, as SO, C_InitPIN. */
void fixture_init_token(const CK_FUNCTION_LIST *list, CK_SLOT_ID slot,
                        const char *label, const char *so_pin, const char *pin);

/* A R/W session; logged in as the user unless `pin` is NULL. */
CK_SESSION_HANDLE fixture_session(const CK_FUNCTION_LIST *list, CK_SLOT_ID slot,
                                  const char *pin);

/*
 * SoftHSM: a configuration and token folder called `name` below the test's
 * folder; SOFTHSM2_CONF points at it. Returns the configuration's path.
 */
const char *fixture_softhsm(const char *name);

/* Adds a token to the SoftHSM that SOFTHSM2_CONF names, with FIXTURE_SO_PIN
 * and FIXTURE_PIN. Initialises and finalises SoftHSM in this process. */
void fixture_softhsm_token(const char *label);

/*
 * NSS softoken: a database called `name`, with a password or with an empty
 * one (NULL). Returns the string for its C_Initialize; the token with keys is
 * called `name`, the one without "<name> generic".
 */
const char *fixture_nss(const char *name, const char *password);

/* A key pair on the token, with CKA_ID and CKA_LABEL `label`. */
struct fixture_pair {
    CK_OBJECT_HANDLE public_key;
    CK_OBJECT_HANDLE private_key;
};

/* P-256, or RSA of 2048 bits; fails the test when the token cannot. */
struct fixture_pair fixture_make_ec(const CK_FUNCTION_LIST *list,
                                    CK_SESSION_HANDLE session,
                                    const char *label);
struct fixture_pair fixture_make_rsa(const CK_FUNCTION_LIST *list,
                                     CK_SESSION_HANDLE session,
                                     const char *label);

/* The pair with this CKA_LABEL, which is on the token once. */
struct fixture_pair fixture_find_pair(const CK_FUNCTION_LIST *list,
                                      CK_SESSION_HANDLE session,
                                      const char *label);

/* A public key, P-256 or RSA, outside of its token. */
struct fixture_public;
struct fixture_public *fixture_read_public(const CK_FUNCTION_LIST *list,
                                           CK_SESSION_HANDLE session,
                                           CK_OBJECT_HANDLE public_key);
void fixture_free_public(struct fixture_public *key);

/* What a token is given to sign a SHA-256 hash with such a key, and whether
 * what it signs is right, by OpenSSL. */
struct fixture_input {
    CK_MECHANISM mechanism; /* CKM_ECDSA, or CKM_RSA_PKCS */
    CK_BYTE data[64];       /* the hash, or its DigestInfo */
    CK_ULONG length;
};
void fixture_prepare(const struct fixture_public *key, const CK_BYTE hash[32],
                     struct fixture_input *out);
bool fixture_verify(const struct fixture_public *key, const CK_BYTE hash[32],
                    const CK_BYTE *signature, CK_ULONG length);

/*
 * Signs with the private key (CKM_ECDSA over a hash, CKM_RSA_PKCS over a
 * DigestInfo) and verifies it with OpenSSL and the public key's attributes.
 * False when the signature is wrong; the token's errors fail the test.
 */
bool fixture_sign_check(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session,
                        struct fixture_pair pair);

#endif
