/* SPDX-License-Identifier: BSD-3-Clause */
/* p11mux.so over the fault module and SoftHSM, with a store. */
#include "tests/spill-fixture.h"

#include "tests/fixture.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct spill_fixture spill;

void
spill_configure(const char *settings, const char *module)
{
    fixture_config("modules = ( { name = \"soft\"; path = \"%s\"; %s } );\n"
                   "tokens = ( { label = \"web\"; slot = %d; members = ( "
                   "{ module = \"soft\"; match = \"pkcs11:token=web\"; } );\n"
                   "certificates = { %s }; } );\n"
                   "others = \"hide\";\n"
                   "state_dir = \"%s\";\n%s\n",
                   fixture_test_module("fault"), module, SPILL_SLOT, settings,
                   fixture_path("state"), spill.more == NULL ? "" : spill.more);
}

void
spill_start(void)
{
    CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };

    cr_assert_eq(spill.list->C_Initialize(&arguments), CKR_OK);
    cr_assert_eq(spill.list->C_OpenSession(SPILL_SLOT,
                                           CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                           NULL, NULL, &spill.session),
                 CKR_OK);
}

void
spill_log_in(void)
{
    cr_assert_eq(spill.list->C_Login(spill.session, CKU_USER,
                                     (CK_UTF8CHAR *)(uintptr_t)FIXTURE_PIN,
                                     strlen(FIXTURE_PIN)),
                 CKR_OK);
}

void
spill_load(void)
{
    const struct module *fault;

    fixture_softhsm("soft");
    fixture_softhsm_token("web");
    fixture_make_folder("state");
    fixture_setenv("P11MUX_FAULT_MODULE", "%s", FIXTURE_SOFTHSM);
    spill.list = module_open(fixture_p11mux())->list_3_2;
    fault = module_open(fixture_test_module("fault"));
    spill.add_fault = module_symbol(fault, "fault_add");
    spill.count_calls = module_symbol(fault, "fault_count");
    for (unsigned i = 0; i < SPILL_CERTIFICATES; i++)
        spill.certificates[i] = certificate_make(i);
}

void
spill_begin(const char *settings)
{
    spill_load();
    spill_configure(settings, "");
    spill_start();
    spill_log_in();
}

void
spill_finish(void)
{
    (void)spill.list->C_Finalize(NULL);
}

CK_OBJECT_HANDLE
spill_create(unsigned i)
{
    CK_OBJECT_HANDLE object = 0;

    cr_assert_eq(certificate_create(spill.list, spill.session,
                                    &spill.certificates[i], &object),
                 CKR_OK);
    cr_assert_neq(object, 0);
    return object;
}

CK_ULONG
spill_count(void)
{
    CK_OBJECT_CLASS object_class = CKO_CERTIFICATE;
    CK_ATTRIBUTE template = { CKA_CLASS, &object_class, sizeof(object_class) };
    CK_OBJECT_HANDLE last;

    return certificate_find(spill.list, spill.session, &template, 1, &last);
}

/* Its value, as the application reads it. */
void
spill_check_value(CK_OBJECT_HANDLE object, unsigned i)
{
    unsigned char value[4096];
    CK_ATTRIBUTE attribute = { CKA_VALUE, value, sizeof(value) };

    cr_assert_eq(spill.list->C_GetAttributeValue(spill.session, object,
                                                 &attribute, 1),
                 CKR_OK);
    cr_assert_eq(attribute.ulValueLen, spill.certificates[i].value_length);
    cr_assert_eq(memcmp(value, spill.certificates[i].value,
                        attribute.ulValueLen),
                 0);
}

/* How many the token itself has: beside p11mux, in a process of its own. */
CK_ULONG
spill_count_on_token(void)
{
    int pipes[2];
    CK_ULONG n = 0;
    pid_t child;

    cr_assert_eq(pipe(pipes), 0);
    child = fork();
    if (child == 0) {
        const struct module *soft =
            module_open(fixture_copy(FIXTURE_SOFTHSM, "direct.so"));
        CK_OBJECT_CLASS object_class = CKO_CERTIFICATE;
        CK_ATTRIBUTE template = { CKA_CLASS, &object_class,
                                  sizeof(object_class) };
        CK_OBJECT_HANDLE found[64];
        CK_SESSION_HANDLE direct;

        fixture_initialize(soft, NULL);
        direct =
            fixture_session(soft->list, fixture_slot(soft->list, "web"), NULL);
        (void)soft->list->C_FindObjectsInit(direct, &template, 1);
        (void)soft->list->C_FindObjects(direct, found, 64, &n);
        _exit(write(pipes[1], &n, sizeof(n)) == sizeof(n) ? 0 : 1);
    }
    cr_assert_eq(read(pipes[0], &n, sizeof(n)), sizeof(n));
    close(pipes[0]);
    close(pipes[1]);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    return n;
}
