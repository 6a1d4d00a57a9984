/* SPDX-License-Identifier: BSD-3-Clause */
/* Which profile a module gets, and what is in it. */
#include "backends/profile.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

static struct profile profile;

static void
resolve(const char *path, const char *manufacturer, const char *description)
{
    profile_resolve(NULL, path, manufacturer, description, NULL, &profile);
}

struct found {
    char path[64];
    char manufacturer[33];
    char description[33];
    char name[32];
};

/* What the modules say of themselves, as seen or as in their sources. */
static struct found found[] = {
    { "/usr/lib/softhsm/libsofthsm2.so", "", "", "softhsm" },
    { "", "SoftHSM", "Implementation of PKCS11", "softhsm" },
    { "opensc-pkcs11.so", "", "", "opensc" },
    { "onepin-opensc-pkcs11.so", "", "", "opensc" },
    { "", "OpenSC Project", "OpenSC smartcard framework", "opensc" },
    { "libykcs11.so.2", "", "", "ykcs11" },
    { "", "Yubico (www.yubico.com)", "PKCS#11 PIV Library (SP-800-73)",
      "ykcs11" },
    { "yubihsm_pkcs11.so", "", "", "yubihsm" },
    { "", "Yubico (www.yubico.com)", "YubiHSM PKCS#11 Library", "yubihsm" },
    { "/opt/cloudhsm/lib/libcloudhsm_pkcs11.so", "", "", "cloudhsm" },
    { "/usr/safenet/lunaclient/lib/libCryptoki2_64.so", "", "", "luna" },
    { "/opt/nfast/toolkits/pkcs11/libcknfast.so", "", "", "nshield" },
    { "libcs_pkcs11_R3.so", "", "", "utimaco" },
    { "libnethsm_pkcs11.so", "", "", "nethsm" },
    { "", "Nitrokey", "Nitrokey NetHsm PKCS#11 library", "nethsm" },
    { "libtpm2_pkcs11.so", "", "", "tpm2-pkcs11" },
    { "libopencryptoki.so", "", "", "opencryptoki" },
    { "PKCS11_API.so", "", "", "opencryptoki" },
    { "libkryoptic_pkcs11.so", "", "", "kryoptic" },
    { "", "Kryoptic", "Kryoptic PKCS11 Module", "kryoptic" },
    { "libkmsp11.so", "", "", "kmsp11" },
    { "libsoftokn3.so", "", "", "nss" },
    { "", "PKCS#11 Kit", "PKCS#11 Kit Trust Module", "p11-kit-trust" },
    { "p11-kit-client.so", "", "", "p11-kit-client" },
    { "p11-kit-client.so", "SoftHSM", "Implementation of PKCS11",
      "p11-kit-client" },
    { "/opt/softhsm/module.so", "Acme", "HSM", "generic" },
    { "libacme.so", "", "", "generic" },
};

ParameterizedTestParameters(profile, is_found_by_file_or_by_c_get_info)
{
    return cr_make_param_array(struct found, found,
                               sizeof(found) / sizeof(found[0]));
}

ParameterizedTest(struct found *one, profile, is_found_by_file_or_by_c_get_info)
{
    resolve(one->path, one->manufacturer, one->description);
    cr_assert_str_eq(profile.name, one->name);
}

Test(profile, believes_the_module_more_than_its_file)
{
    resolve("libsofthsm2.so", "OpenSC Project", "");
    cr_assert_str_eq(profile.name, "opensc");
}

Test(profile, that_is_configured_counts_most)
{
    profile_resolve("luna", "libsofthsm2.so", "SoftHSM", "", NULL, &profile);
    cr_assert_str_eq(profile.name, "luna");
    cr_assert_eq(profile.settings.fork_mode, FORK_SECOND_INSTANCE);
}

Test(profile, leaves_nothing_unset)
{
    size_t count;
    const char *const *names = profile_names(&count);

    cr_assert_eq(count, 17);
    for (size_t i = 0; i < count; i++) {
        profile_resolve(names[i], NULL, NULL, NULL, NULL, &profile);
        cr_assert_str_eq(profile.name, names[i]);
        cr_assert_neq(profile.settings.serialise, SERIALISE_UNSET);
        cr_assert_neq(profile.settings.fork_mode, FORK_UNSET);
        cr_assert_neq(profile.settings.cancel, CANCEL_UNSET);
        cr_assert_neq(profile.settings.slot_events, SLOT_EVENTS_UNSET);
        cr_assert_neq(profile.settings.serial, SERIAL_UNSET);
        cr_assert_neq(profile.settings.rw_policy, RW_POLICY_UNSET);
        cr_assert_neq(profile.settings.login_scope, SCOPED_UNSET);
        cr_assert_neq(profile.settings.handle_scope, SCOPED_UNSET);
        cr_assert_neq(profile.settings.handle_reuse, ANSWER_UNSET);
        cr_assert_neq(profile.settings.dlclose, ANSWER_UNSET);
        cr_assert_neq(profile.settings.wrap_auth, ANSWER_UNSET);
        cr_assert_neq(profile.settings.token_default, ANSWER_UNSET);
        cr_assert_neq(profile.settings.sigpipe, ANSWER_UNSET);
    }
}

Test(profile, has_the_defaults_where_a_vendor_differs_in_nothing)
{
    resolve(NULL, "SoftHSM", NULL);
    cr_assert_eq(profile.settings.serialise, SERIALISE_NO);
    cr_assert_eq(profile.settings.fork_mode, FORK_FINALIZE_REINIT);
    cr_assert_eq(profile.settings.cancel, CANCEL_CLOSE);
    cr_assert_eq(profile.settings.slot_events, SLOT_EVENTS_POLL);
    cr_assert_eq(profile.settings.rw_policy, RW_POLICY_MATCH);
    cr_assert_eq(profile.settings.login_scope, SCOPED_APP);
    cr_assert_eq(profile.settings.handle_scope, SCOPED_APP);
    cr_assert_eq(profile.settings.max_sessions, 0);
    cr_assert_eq(profile.settings.handle_reuse, ANSWER_NO);
    cr_assert_eq(profile.settings.dlclose, ANSWER_NO);
    cr_assert_eq(profile.settings.wrap_auth, ANSWER_NO);
}

Test(profile, has_what_differs_for_a_vendor)
{
    resolve("libtpm2_pkcs11.so", NULL, NULL);
    cr_assert_eq(profile.settings.serialise, SERIALISE_BACKEND);
    cr_assert_eq(profile.settings.fork_mode, FORK_UNSUPPORTED);
    cr_assert_eq(profile.settings.handle_reuse, ANSWER_YES);
    cr_assert_eq(profile.settings.serial, SERIAL_CONSTANT);
    cr_assert_eq(profile.settings.sigpipe, ANSWER_NO);
}

Test(profile, knows_who_has_few_sessions_or_logs_in_to_each)
{
    resolve("libykcs11.so", NULL, NULL);
    cr_assert_eq(profile.settings.rw_policy, RW_POLICY_RW_ONLY);
    cr_assert_eq(profile.settings.max_sessions, 8);
    resolve("libcloudhsm_pkcs11.so", NULL, NULL);
    cr_assert_eq(profile.settings.rw_policy, RW_POLICY_RW_ONLY);
    cr_assert_eq(profile.settings.handle_scope, SCOPED_SESSION);
    resolve("libnethsm_pkcs11.so", NULL, NULL);
    cr_assert_eq(profile.settings.login_scope, SCOPED_SESSION);
    cr_assert_eq(profile.settings.rw_policy, RW_POLICY_MATCH);
}

Test(profile, knows_whose_device_forgets_idle_sessions)
{
    static const struct config_profile never = { .keepalive_ms = NO_TIME };

    resolve("libsofthsm2.so", NULL, NULL);
    cr_assert_eq(profile.settings.keepalive_ms, NO_TIME);
    resolve("yubihsm_pkcs11.so", NULL, NULL);
    cr_assert_eq(profile.settings.keepalive_ms, 15 * 1000);
    resolve("libcs_pkcs11_R3.so", NULL, NULL);
    cr_assert_eq(profile.settings.keepalive_ms, 600 * 1000);
    profile_resolve("yubihsm", NULL, NULL, NULL, &never, &profile);
    cr_assert_eq(profile.settings.keepalive_ms, NO_TIME);
}

Test(profile, knows_what_is_for_the_session_alone)
{
    resolve("libsoftokn3.so", NULL, NULL);
    cr_assert_eq(profile.session_only.count, 1);
    cr_assert_eq(profile.session_only.types[0], CKA_ALLOWED_MECHANISMS);
    cr_assert_eq(profile.session_objects.count, 1);
    cr_assert_eq(profile.session_objects.classes[0], CKO_DATA);
    resolve("libsofthsm2.so", NULL, NULL);
    cr_assert_eq(profile.session_only.count, 0);
    cr_assert_eq(profile.session_objects.count, 0);
}

Test(profile, knows_whose_older_libraries_threads_crash)
{
    static const CK_VERSION old = { 3, 8 }, last = { 3, 13 }, next = { 3, 14 };
    static const struct config_profile own = { .serialise = SERIALISE_NO };

    resolve("libopencryptoki.so", NULL, NULL);
    profile_heed_version(next, NULL, &profile);
    cr_assert_eq(profile.settings.serialise, SERIALISE_NO);
    profile_heed_version(old, &own, &profile);
    cr_assert_eq(profile.settings.serialise, SERIALISE_NO);
    profile_heed_version(last, NULL, &profile);
    cr_assert_eq(profile.settings.serialise, SERIALISE_BACKEND);
    resolve("libsofthsm2.so", NULL, NULL);
    profile_heed_version((CK_VERSION){ 0, 0 }, NULL, &profile);
    cr_assert_eq(profile.settings.serialise, SERIALISE_NO);
}

Test(profile, knows_who_takes_long)
{
    static const struct config_profile own = { .call_timeout_ms = 5000 };

    resolve("libsofthsm2.so", NULL, NULL);
    cr_assert_eq(profile.settings.call_timeout_ms, 30 * 1000);
    resolve("libCryptoki2_64.so", NULL, NULL);
    cr_assert_eq(profile.settings.call_timeout_ms, 120 * 1000);
    profile_resolve("luna", NULL, NULL, NULL, &own, &profile);
    cr_assert_eq(profile.settings.call_timeout_ms, 5000);
}

Test(profile, gives_way_to_the_configurations_own_settings)
{
    static const struct config_mechanism mechanism = { .type = 0x80000001 };
    struct config_profile settings = { .fork_mode = FORK_REINIT,
                                       .wrap_auth = ANSWER_YES,
                                       .rw_policy = RW_POLICY_MATCH,
                                       .login_scope = SCOPED_SESSION,
                                       .handle_scope = SCOPED_SESSION,
                                       .max_sessions = 3,
                                       .handle_reuse = ANSWER_NO,
                                       .mechanisms = &mechanism,
                                       .n_mechanisms = 1 };

    profile_resolve("ykcs11", NULL, NULL, NULL, &settings, &profile);
    cr_assert_eq(profile.settings.rw_policy, RW_POLICY_MATCH);
    cr_assert_eq(profile.settings.login_scope, SCOPED_SESSION);
    cr_assert_eq(profile.settings.handle_scope, SCOPED_SESSION);
    cr_assert_eq(profile.settings.max_sessions, 3);
    profile_resolve("tpm2-pkcs11", NULL, NULL, NULL, &settings, &profile);
    cr_assert_eq(profile.settings.fork_mode, FORK_REINIT);
    cr_assert_eq(profile.settings.wrap_auth, ANSWER_YES);
    cr_assert_eq(profile.settings.handle_reuse, ANSWER_NO);
    cr_assert_eq(profile.settings.serialise, SERIALISE_BACKEND);
    cr_assert_eq(profile.settings.mechanisms, &mechanism);
    cr_assert_eq(profile.settings.n_mechanisms, 1);
}

Test(profile, of_a_relay_is_laid_over_that_of_the_module_behind_it)
{
    profile_resolve(NULL, "p11-kit-client.so", "IBM", "openCryptoki", NULL,
                    &profile);
    cr_assert_eq(profile.settings.sigpipe, ANSWER_YES);
    cr_assert_eq(profile.settings.serialise, SERIALISE_BACKEND);
    cr_assert_eq(profile.settings.handle_reuse, ANSWER_YES);
    profile_resolve(NULL, "p11-kit-client.so", NULL, "TPM2.0 Cryptoki", NULL,
                    &profile);
    cr_assert_eq(profile.settings.fork_mode, FORK_REINIT);
    cr_assert_eq(profile.settings.serial, SERIAL_CONSTANT);
    profile_resolve("generic", "p11-kit-client.so", NULL, NULL, NULL, &profile);
    cr_assert_eq(profile.settings.sigpipe, ANSWER_NO);
}
