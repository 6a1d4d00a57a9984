/* SPDX-License-Identifier: BSD-3-Clause */
/* The function lists and interfaces that applications find first. */
#include "tests/face.h"

#include <criterion/criterion.h>
#include <string.h>

static struct face face;
static CK_C_GetInterface get_interface;
static CK_C_GetInterfaceList get_interfaces;

static void
setup(void)
{
    face_load(&face, NULL);
    get_interface =
        (CK_C_GetInterface)module_symbol(face.mux, "C_GetInterface");
    get_interfaces =
        (CK_C_GetInterfaceList)module_symbol(face.mux, "C_GetInterfaceList");
}

TestSuite(face_list, .init = setup, .timeout = 60);

enum { IN_2_40 = 68, IN_3_0 = 92, IN_3_2 = 104 };

static const void *
list_of(CK_BYTE major, CK_BYTE minor)
{
    CK_UTF8CHAR name[] = "PKCS 11";
    CK_VERSION version = { major, minor };
    CK_INTERFACE *interface = NULL;

    if (get_interface(name, &version, &interface, 0) != CKR_OK)
        return NULL;
    return interface->pFunctionList;
}

/* -- Lists ------------------------------------------------------------------
 */

static void
check_list(const void *list, size_t n_functions, CK_BYTE major, CK_BYTE minor)
{
    const CK_FUNCTION_LIST *head = list;
    void (*functions[IN_3_2])(void);

    cr_expect_eq(head->version.major, major);
    cr_expect_eq(head->version.minor, minor);
    memcpy(functions, &head->C_Initialize, n_functions * sizeof(functions[0]));
    for (size_t i = 0; i < n_functions; i++)
        cr_expect(functions[i] != NULL, "%u.%u: %s is NULL", major, minor,
                  face_names[i]);
}

Test(face_list, has_no_hole)
{
    check_list(face.mux->list, IN_2_40, 2, 40);
    check_list(list_of(2, 40), IN_2_40, 2, 40);
    check_list(list_of(3, 0), IN_3_0, 3, 0);
    check_list(list_of(3, 2), IN_3_2, 3, 2);
    cr_assert_eq((unsigned)N_FUNCTIONS, (unsigned)IN_3_2);
}

/* Its functions take the place of those of the 3.2 list. */
static void
use_list(const void *list, size_t n_functions)
{
    const CK_FUNCTION_LIST *head = list;

    memcpy(&face.list.C_Initialize, &head->C_Initialize,
           n_functions * sizeof(head->C_Initialize));
}

/* Those that may be called at any time, and the one that starts. */
static bool
works_before_initialize(enum function function)
{
    return function == FUNCTION_C_Initialize ||
           function == FUNCTION_C_GetFunctionList ||
           function == FUNCTION_C_GetInterfaceList ||
           function == FUNCTION_C_GetInterface;
}

static void
check_uninitialized(const void *list, size_t n_functions)
{
    use_list(list, n_functions);
    for (unsigned function = 0; function < n_functions; function++) {
        CK_RV rv;

        if (works_before_initialize(function))
            continue;
        rv = face_call(&face, function);
        cr_expect_eq(rv, CKR_CRYPTOKI_NOT_INITIALIZED, "%s answers 0x%lx",
                     face_names[function], rv);
    }
}

static void
check_every_list_uninitialized(void)
{
    check_uninitialized(face.mux->list, IN_2_40);
    check_uninitialized(list_of(3, 0), IN_3_0);
    check_uninitialized(list_of(3, 2), IN_3_2);
}

Test(face_list, answers_not_initialized_before_and_after)
{
    check_every_list_uninitialized();
    face_open(&face);
    face_close(&face);
    check_every_list_uninitialized();
    /* It stands before all other mistakes (R1.24). */
    face.session = 0;
    face.bad_name = "key";
    cr_assert_eq(face_call(&face, FUNCTION_C_SignInit),
                 CKR_CRYPTOKI_NOT_INITIALIZED);
    cr_assert_eq(face.list.C_GetInfo(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    cr_assert_eq(face.list.C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
}

/* One thing has one answer, whichever list it came through. */
Test(face_list, leads_to_the_same_p11mux_through_every_list)
{
    const CK_FUNCTION_LIST *old = face.mux->list;
    const CK_FUNCTION_LIST_3_0 *newer = list_of(3, 0);
    CK_MECHANISM mechanism = { CKM_VENDOR_DEFINED, NULL, 0 };
    CK_SESSION_HANDLE session;
    CK_BYTE signature[64];
    CK_ULONG length = sizeof(signature);

    face_open(&face);
    cr_assert_eq(old->C_OpenSession(FACE_SLOT, CKF_SERIAL_SESSION, NULL, NULL,
                                    &session),
                 CKR_OK);
    cr_assert_eq(newer->C_SignInit(session, &mechanism, face.objects[0]),
                 CKR_OK);
    cr_assert_eq(face.list.C_Sign(session, signature, 0, signature, &length),
                 CKR_OK);
    cr_assert_eq(old->C_SignInit(session, NULL, 0), CKR_ARGUMENTS_BAD);
    cr_assert_eq(face.list.C_SignInit(session, NULL, 0), CKR_ARGUMENTS_BAD);
    face_close(&face);
}

/* -- Interfaces -------------------------------------------------------------
 */

Test(face_list, gives_its_newest_where_no_version_is_asked_for)
{
    CK_UTF8CHAR name[] = "PKCS 11";
    CK_INTERFACE *interface = NULL;

    cr_assert_eq(get_interface(NULL, NULL, &interface, 0), CKR_OK);
    cr_assert_eq(interface->pFunctionList, list_of(3, 2));
    cr_assert_str_eq((const char *)interface->pInterfaceName, "PKCS 11");
    interface = NULL;
    cr_assert_eq(get_interface(name, NULL, &interface, 0), CKR_OK);
    cr_assert_eq(interface->pFunctionList, list_of(3, 2));
}

Test(face_list, gives_the_version_that_is_asked_for)
{
    CK_VERSION version = { 3, 0 };
    CK_INTERFACE *interface = NULL;

    cr_assert_not_null(list_of(2, 40));
    cr_assert_not_null(list_of(3, 0));
    cr_assert_not_null(list_of(3, 2));
    /* 3.1 brought no functions. */
    cr_assert_eq(list_of(3, 1), list_of(3, 0));
    cr_assert_eq(get_interface(NULL, &version, &interface, 0), CKR_OK);
    cr_assert_eq(interface->pFunctionList, list_of(3, 0));
}

Test(face_list, refuses_interfaces_that_it_does_not_have)
{
    static const CK_VERSION unknown[] = { { 2, 41 }, { 2, 0 },  { 3, 3 },
                                          { 4, 0 },  { 1, 0 },  { 3, 40 },
                                          { 0, 0 },  { 255, 2 } };
    CK_UTF8CHAR vendor[] = "Vendor p11mux", longer[] = "PKCS 11 ",
                shorter[] = "PKCS 1", empty[] = "";
    CK_UTF8CHAR *names[] = { vendor, longer, shorter, empty };
    CK_INTERFACE *interface = NULL;

    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        cr_expect_null(list_of(unknown[i].major, unknown[i].minor), "%u.%u",
                       unknown[i].major, unknown[i].minor);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        cr_expect_eq(get_interface(names[i], NULL, &interface, 0),
                     CKR_FUNCTION_FAILED, "\"%s\"", (const char *)names[i]);
    /* No sessions that survive a fork (R1.5), nor anything unknown. */
    cr_expect_eq(get_interface(NULL, NULL, &interface, CKF_INTERFACE_FORK_SAFE),
                 CKR_FUNCTION_FAILED);
    cr_expect_eq(get_interface(NULL, NULL, &interface, 0x80),
                 CKR_FUNCTION_FAILED);
    cr_expect_null(interface);
    cr_expect_eq(get_interface(NULL, NULL, NULL, 0), CKR_ARGUMENTS_BAD);
}

Test(face_list, lists_its_interfaces_by_the_size_convention)
{
    CK_INTERFACE interfaces[4];
    CK_ULONG count = 77;

    cr_assert_eq(get_interfaces(NULL, NULL), CKR_ARGUMENTS_BAD);
    cr_assert_eq(get_interfaces(NULL, &count), CKR_OK);
    cr_assert_eq(count, 3);
    memset(interfaces, 0xee, sizeof(interfaces));
    count = 2;
    cr_assert_eq(get_interfaces(interfaces, &count), CKR_BUFFER_TOO_SMALL);
    cr_assert_eq(count, 3);
    cr_assert_eq(*(CK_BYTE *)interfaces, 0xee);
    count = 4;
    cr_assert_eq(get_interfaces(interfaces, &count), CKR_OK);
    cr_assert_eq(count, 3);
    cr_assert_eq(*(CK_BYTE *)&interfaces[3], 0xee);
}

/* Nothing of a module's, no private one, and no promise that cannot be kept. */
Test(face_list, lists_the_standard_interface_in_three_versions)
{
    CK_INTERFACE interfaces[3];
    CK_ULONG count = 3;
    unsigned seen = 0;

    cr_assert_eq(get_interfaces(interfaces, &count), CKR_OK);
    for (CK_ULONG i = 0; i < count; i++) {
        const CK_VERSION *version = interfaces[i].pFunctionList;

        cr_expect_str_eq((const char *)interfaces[i].pInterfaceName, "PKCS 11");
        cr_expect_eq(interfaces[i].flags, 0); /* R1.5 */
        cr_expect_eq(interfaces[i].pFunctionList,
                     list_of(version->major, version->minor));
        seen |= version->major == 2   ? 1u
                : version->minor == 0 ? 2u
                : version->minor == 2 ? 4u
                                      : 8u;
    }
    cr_expect_eq(seen, 7);
}
