/* SPDX-License-Identifier: BSD-3-Clause */
/* Vendors' modules as they are installed. */
#include "tests/backend-fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULES "/usr/lib/x86_64-linux-gnu/pkcs11/"

static struct config *config;

static void
setup(void)
{
    config = backend_config();
    fixture_setenv("HOME", "%s", fixture_folder());
}

TestSuite(backend_real, .init = setup, .timeout = 120);

/* Whether one of the backend's tokens has this label. */
static bool
has_token(const struct backend *backend, const char *label)
{
    const CK_FUNCTION_LIST_3_2 *list = backend_functions(backend);
    CK_SLOT_ID slots[16];
    CK_ULONG count = 16;

    cr_assert_eq(list->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO info;

        if (list->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
            strncmp((const char *)info.label, label, strlen(label)) == 0)
            return true;
    }
    return false;
}

/* A SoftHSM of its own, with one token; returns its configuration. */
static const char *
make_softhsm(const char *name)
{
    const char *path = fixture_softhsm(name);

    fixture_softhsm_token(name);
    return path;
}

Test(backend_real, softhsm_starts_and_ends_again_and_again)
{
    const char *path = make_softhsm("one");
    struct config_module *module =
        backend_config_module(config, "soft", FIXTURE_SOFTHSM);

    unsetenv("SOFTHSM2_CONF");
    backend_config_env(module, "SOFTHSM2_CONF", path);
    for (int i = 0; i < 3; i++) {
        struct backend_set *set = backend_make_and_start(config);
        struct backend *soft = backend_find(set, "soft");

        cr_assert_eq(backend_state(soft), BACKEND_UP, "%s", backend_why(soft));
        cr_assert_str_eq(backend_profile(soft)->name, "softhsm");
        cr_assert(has_token(soft, "one"));
        backend_set_free(set, 0, false);
    }
}

Test(backend_real, two_softhsm_show_two_tokens)
{
    const char *one = make_softhsm("one");
    const char *two = make_softhsm("two");
    struct backend_set *set;

    backend_config_env(backend_config_module(config, "a", FIXTURE_SOFTHSM),
                       "SOFTHSM2_CONF", one);
    backend_config_env(backend_config_module(config, "b", FIXTURE_SOFTHSM),
                       "SOFTHSM2_CONF", two);
    set = backend_make_and_start(config);
    cr_assert(has_token(backend_find(set, "a"), "one"));
    cr_assert_not(has_token(backend_find(set, "a"), "two"));
    cr_assert(has_token(backend_find(set, "b"), "two"));
    cr_assert_not(has_token(backend_find(set, "b"), "one"));
    backend_set_free(set, 0, false);
    set = backend_make_and_start(config);
    cr_assert(has_token(backend_find(set, "a"), "one"));
    cr_assert(has_token(backend_find(set, "b"), "two"));
    backend_set_free(set, 0, false);
}

/* Makes reading it take a while. The last word on a setting counts. */
static void
lengthen(const char *path)
{
    enum { LINES = 1000 };
    FILE *file = fopen(path, "a");

    cr_assert_not_null(file);
    for (int i = 0; i < LINES; i++)
        fputs("log.level = ERROR\n", file);
    cr_assert_eq(fclose(file), 0);
}

/* SoftHSM reads its configuration by strtok: started side by side, one loses
 * what it has not read yet, and then shows no token. */
Test(backend_real, copies_of_softhsm_do_not_spoil_each_others_start)
{
    enum { COPIES = 4, TIMES = 30 };

    lengthen(make_softhsm("one"));
    for (unsigned i = 0; i < COPIES; i++)
        backend_config_module(config, fixture_text("soft-%u", i),
                              fixture_copy(FIXTURE_SOFTHSM,
                                           fixture_text("soft-%u.so", i)));
    for (int i = 0; i < TIMES; i++) {
        struct backend_set *set = backend_make_and_start(config);

        for (size_t k = 0; k < COPIES; k++)
            cr_assert(has_token(backend_set_get(set, k), "one"),
                      "%s does not show it, start %d",
                      backend_name(backend_set_get(set, k)), i);
        backend_set_free(set, 0, false);
    }
}

static struct backend_set *parents;

/* The token called "one" is there in a child as well. */
static void
look_in_child(void)
{
    struct backend_set *set;
    struct backend *backend;

    backend_set_forget(parents);
    set = backend_make_and_start(config);
    backend = backend_set_get(set, 0);
    if (backend_state(backend) != BACKEND_UP)
        fixture_fail("%s", backend_why(backend));
    if (!has_token(backend, "one"))
        fixture_fail("the child does not see the token");
    backend_set_free(set, 0, false);
}

Test(backend_real, softhsm_works_in_children_and_goes_on_in_the_parent)
{
    struct backend *soft;

    make_softhsm("one");
    backend_config_module(config, "soft", FIXTURE_SOFTHSM);
    parents = backend_make_and_start(config);
    soft = backend_find(parents, "soft");
    for (int i = 0; i < 3; i++)
        backend_in_child(look_in_child);
    config->modules[0].settings.fork_mode = FORK_SECOND_INSTANCE;
    backend_in_child(look_in_child);
    cr_assert(has_token(soft, "one"));
    backend_set_free(parents, 0, false);
}

Test(backend_real, nss_starts_with_its_init_args_and_is_3_0)
{
    char *init_args = strdup(fixture_nss("nss", "password"));
    struct backend_set *set;
    struct backend *nss;

    backend_config_module(config, "nss", FIXTURE_NSS)->init_args = init_args;
    set = backend_make_and_start(config);
    nss = backend_find(set, "nss");
    cr_assert_eq(backend_state(nss), BACKEND_UP, "%s", backend_why(nss));
    cr_assert_eq(backend_version(nss).major, 3);
    cr_assert_str_eq(backend_profile(nss)->name, "nss");
    cr_assert(has_token(nss, "nss"));
    cr_assert_eq(backend_path(nss)[0], '/', "the loader found it");
    backend_set_free(set, 0, false);
    free(init_args);
}

Test(backend_real, nss_works_in_children_and_goes_on_in_the_parent)
{
    char *init_args = strdup(fixture_nss("one", "password"));

    backend_config_module(config, "nss", FIXTURE_NSS)->init_args = init_args;
    parents = backend_make_and_start(config);
    for (int i = 0; i < 3; i++)
        backend_in_child(look_in_child);
    cr_assert(has_token(backend_find(parents, "nss"), "one"));
    backend_set_free(parents, 0, false);
    free(init_args);
}

Test(backend_real, nss_without_init_args_says_what_is_missing)
{
    struct backend_set *set;

    backend_config_module(config, "nss", FIXTURE_NSS);
    set = backend_make_and_start(config);
    cr_assert_eq(backend_state(backend_find(set, "nss")), BACKEND_DOWN);
    cr_assert_not_null(
        strstr(backend_why(backend_find(set, "nss")), "init_args"));
    backend_set_free(set, 0, false);
}

Test(backend_real, two_nss_databases_are_two_copies)
{
    char *one = strdup(fixture_nss("one", "password"));
    char *two = strdup(fixture_nss("two", "password"));
    struct backend_set *set;

    backend_config_module(config, "a", FIXTURE_NSS)->init_args = one;
    backend_config_module(config, "b", FIXTURE_NSS)->init_args = two;
    set = backend_make_and_start(config);
    cr_assert_eq(backend_state(backend_find(set, "a")), BACKEND_UP, "%s",
                 backend_why(backend_find(set, "a")));
    cr_assert_eq(backend_state(backend_find(set, "b")), BACKEND_UP, "%s",
                 backend_why(backend_find(set, "b")));
    cr_assert(has_token(backend_find(set, "a"), "one"));
    cr_assert(has_token(backend_find(set, "b"), "two"));
    cr_assert_not(has_token(backend_find(set, "b"), "one"));
    backend_set_free(set, 0, false);
    free(one);
    free(two);
}

Test(backend_real, opencryptoki_without_its_daemon_says_why)
{
    struct backend_set *set;
    struct backend *backend;

    backend_config_module(config, "ock", MODULES "libopencryptoki.so");
    set = backend_make_and_start(config);
    backend = backend_find(set, "ock");
    cr_assert_eq(backend_state(backend), BACKEND_DOWN);
    cr_assert_not_null(strstr(backend_why(backend), "C_Initialize: CKR_"));
    cr_assert_str_eq(backend_profile(backend)->name, "opencryptoki");
    backend_set_free(set, 0, false);
}

Test(backend_real, tpm2_pkcs11_without_a_tpm_says_so)
{
    struct config_module *module =
        backend_config_module(config, "tpm", MODULES "libtpm2_pkcs11.so");
    struct backend_set *set;
    struct backend *backend;

    backend_config_env(module, "TPM2_PKCS11_TCTI", "device:/nonexistent");
    backend_config_env(module, "TSS2_LOG", "all+none");
    set = backend_make_and_start(config);
    backend = backend_find(set, "tpm");
    cr_assert_eq(backend_state(backend), BACKEND_DOWN);
    cr_assert_not_null(strstr(backend_why(backend), "C_Initialize: CKR_"));
    cr_assert_str_eq(backend_profile(backend)->name, "tpm2-pkcs11");
    cr_assert(backend_is_guarded(backend));
    backend_set_free(set, 0, false);
}

struct ready {
    const char *file;
    const char *profile;
};

Test(backend_real, others_start_without_a_token)
{
    static const struct ready ready[] = {
        { MODULES "opensc-pkcs11.so", "opensc" },
        { MODULES "p11-kit-trust.so", "p11-kit-trust" },
        { MODULES "p11-kit-client.so", "p11-kit-client" },
    };
    struct backend_set *set;

    for (size_t i = 0; i < sizeof(ready) / sizeof(ready[0]); i++)
        backend_config_module(config, ready[i].profile, ready[i].file);
    set = backend_make_and_start(config);
    for (size_t i = 0; i < sizeof(ready) / sizeof(ready[0]); i++) {
        struct backend *backend = backend_set_get(set, i);

        cr_assert_eq(backend_state(backend), BACKEND_UP, "%s: %s",
                     ready[i].file, backend_why(backend));
        cr_assert_str_eq(backend_profile(backend)->name, ready[i].profile);
    }
    cr_assert(backend_is_guarded(backend_find(set, "p11-kit-client")));
    cr_assert_not(backend_is_guarded(backend_find(set, "opensc")));
    backend_set_free(set, 0, false);
}
