/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program that makes key pairs on a module's token, signs, and verifies
 * with OpenSSL:
 *
 *     fixture-check [-r RESERVED] MODULE LABEL PIN ec|rsa...
 *
 * Status 0 when all signatures are good, 1 when one is not; aborts where the
 * token answers with an error.
 */
#include "tests/fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Leaks are the modules' own (openCryptoki's, tpm2-pkcs11's): nothing of
 * p11mux runs here. */
int __lsan_is_turned_off(void);

int
__lsan_is_turned_off(void)
{
    return 1;
}

static const struct kind {
    const char *name;
    struct fixture_pair (*make)(const CK_FUNCTION_LIST *list,
                                CK_SESSION_HANDLE session, const char *label);
} kinds[] = {
    { "ec", fixture_make_ec },
    { "rsa", fixture_make_rsa },
};

static bool
kind_check(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session,
           const char *name)
{
    struct fixture_pair pair;
    bool good;
    size_t i;

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].name, name) == 0)
            break;
    if (i == sizeof(kinds) / sizeof(kinds[0]))
        fixture_fail("a key pair is ec or rsa, not %s", name);
    pair = kinds[i].make(list, session, name);
    good = fixture_sign_check(list, session, pair);
    printf("%s: the signature is %s\n", name, good ? "good" : "wrong");
    list->C_DestroyObject(session, pair.private_key);
    list->C_DestroyObject(session, pair.public_key);
    return good;
}

int
main(int argc, char **argv)
{
    const char *reserved = NULL;
    struct module *module;
    CK_SESSION_HANDLE session;
    bool good = true;
    int option, i;

    while ((option = getopt(argc, argv, "r:")) != -1) {
        if (option != 'r')
            return 2;
        reserved = optarg;
    }
    if (argc - optind < 4) {
        fprintf(stderr, "usage: fixture-check [-r RESERVED] MODULE LABEL PIN "
                        "ec|rsa...\n");
        return 2;
    }
    module = module_open(argv[optind]);
    fixture_initialize(module, reserved);
    session = fixture_session(module->list,
                              fixture_slot(module->list, argv[optind + 1]),
                              argv[optind + 2]);
    for (i = optind + 3; i < argc; i++)
        good = kind_check(module->list, session, argv[i]) && good;
    module->list->C_Finalize(NULL);
    module_close(module);
    return good ? 0 : 1;
}
