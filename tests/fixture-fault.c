/* SPDX-License-Identifier: BSD-3-Clause */
/* The fault module, made ready in front of another. */
#include "tests/fixture-fault.h"
#include "tests/modules/fault.h"

#include <stddef.h>

CK_FUNCTION_LIST_3_2 *
fixture_fault(const struct module *fault, const char *name, const char *script)
{
    __typeof__(&fault_load) load = module_symbol(fault, "fault_load");
    CK_C_GetInterface get =
        (CK_C_GetInterface)module_symbol(fault, "C_GetInterface");
    CK_UTF8CHAR standard[] = "PKCS 11";
    CK_VERSION version = { 3, 2 };
    CK_INTERFACE *interface = NULL;
    CK_RV rv;

    fixture_setenv("P11MUX_FAULT_MODULE", "%s", fixture_test_module(name));
    if (!load(script))
        fixture_fail("the fault module refuses \"%s\"", script);
    rv = get(standard, &version, &interface, 0);
    if (rv != CKR_OK)
        fixture_fail("%s offers no 3.2: 0x%lx", name, rv);
    fixture_initialize(fault, NULL);
    return interface->pFunctionList;
}

CK_SESSION_HANDLE
fixture_fault_session(const CK_FUNCTION_LIST_3_2 *list, CK_SLOT_ID slot)
{
    CK_SESSION_HANDLE session = 0;
    CK_RV rv =
        list->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session);

    if (rv != CKR_OK)
        fixture_fail("C_OpenSession on slot %lu: 0x%lx", slot, rv);
    return session;
}
