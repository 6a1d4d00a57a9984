/* SPDX-License-Identifier: BSD-3-Clause */
/* A search merged from two sources, one of which is no library. */
#include "tests/router-fixture.h"

#include <criterion/criterion.h>

Test(search_mixed, merges_a_module_with_a_list_that_has_no_library,
     .timeout = 60)
{
    struct config *config = router_config();
    CK_OBJECT_HANDLE objects[20];
    struct module *softhsm;
    CK_SESSION_HANDLE its;
    CK_SESSION_HANDLE session;
    char pin[] = FIXTURE_PIN;
    size_t n_found, n_public = 0;

    fixture_softhsm("tokens");
    fixture_softhsm_token("real");
    router_config_module(config, "softhsm", FIXTURE_SOFTHSM);
    router_config_token(config, "both", "softhsm:real", "A", NULL);
    router_start(config);
    softhsm = module_open(FIXTURE_SOFTHSM);
    its = fixture_session(softhsm->list, fixture_slot(softhsm->list, "real"),
                          FIXTURE_PIN);
    (void)fixture_make_ec(softhsm->list, its, "ec");
    for (CK_ULONG number = 1; number < 4; number++)
        toy_add_key(0, CKO_PRIVATE_KEY, number);
    softhsm->list->C_CloseSession(its);
    session = router_session(1);
    cr_assert_eq(C_Login(session, CKU_USER, (CK_UTF8CHAR *)pin,
                         sizeof(pin) - 1),
                 CKR_OK);
    n_found = router_find_all(session, objects, 20);
    cr_assert_eq(n_found, 5);
    for (size_t i = 0; i < 2; i++) {
        CK_OBJECT_CLASS object_class = 0;
        CK_ATTRIBUTE template = { CKA_CLASS, &object_class,
                                  sizeof(object_class) };

        cr_assert_eq(C_GetAttributeValue(session, objects[i], &template, 1),
                     CKR_OK);
        n_public += object_class == CKO_PUBLIC_KEY ? 1 : 0;
    }
    cr_assert_eq(n_public, 1, "a key pair, in whatever order");
    module_close(softhsm);
    C_Finalize(NULL);
}
