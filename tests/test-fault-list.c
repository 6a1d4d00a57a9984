/* SPDX-License-Identifier: BSD-3-Clause */
/* The lists that the fault module offers, also the wrong ones. */
#include "tests/fixture-fault.h"
#include "tests/modules/fault.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct module *fault;
static __typeof__(&fault_load) load;

static void
setup(void)
{
    fault = module_open(fixture_test_module("fault"));
    load = module_symbol(fault, "fault_load");
}

static void
teardown(void)
{
    module_close(fault);
}

TestSuite(fault_list, .init = setup, .fini = teardown, .timeout = 60);

/* The kernel tells without a crash whether a list has a function. */
static bool
function_is_readable(const void *list, size_t position)
{
    const char *at = (const char *)list + sizeof(CK_C_Sign) * (position + 1);
    int ends[2];
    ssize_t written;

    cr_assert_eq(pipe(ends), 0);
    written = syscall(SYS_write, ends[1], at, sizeof(CK_C_Sign));
    close(ends[0]);
    close(ends[1]);
    return written == sizeof(CK_C_Sign);
}

Test(fault_list, lies_about_its_version)
{
    CK_INFO info;
    CK_C_GetInterface get =
        (CK_C_GetInterface)module_symbol(fault, "C_GetInterface");
    CK_INTERFACE *interface;
    CK_FUNCTION_LIST *list;

    fixture_fault(fault, "null", "interface 3.2");
    cr_assert(load("interface 3.2-lie"));
    cr_assert_eq(((CK_C_GetFunctionList)
                      module_symbol(fault, "C_GetFunctionList"))(&list),
                 CKR_OK);
    cr_assert_eq(list->C_GetInfo(&info), CKR_OK);
    cr_assert_eq(info.cryptokiVersion.major, 3);
    cr_assert_eq(list->version.major, 2);
    cr_assert_neq(get(NULL, NULL, &interface, 0), CKR_OK);
    cr_assert(function_is_readable(list, 67));
    cr_assert_not(function_is_readable(list, 68));
}

Test(fault_list, ends_the_list_of_the_text_where_memory_ends)
{
    CK_C_GetInterface get =
        (CK_C_GetInterface)module_symbol(fault, "C_GetInterface");
    CK_INTERFACE *interface;

    cr_assert(load("interface 3.2-text"));
    cr_assert_eq(get(NULL, NULL, &interface, 0), CKR_OK);
    cr_assert(function_is_readable(interface->pFunctionList, 101));
    cr_assert_not(function_is_readable(interface->pFunctionList, 102));
}

Test(fault_list, offers_what_it_is_told)
{
    CK_C_GetInterface get =
        (CK_C_GetInterface)module_symbol(fault, "C_GetInterface");
    CK_INTERFACE *interface;
    CK_FUNCTION_LIST *list;

    cr_assert(load("interface 3.0\nC_CopyObject absent"));
    cr_assert_eq(get(NULL, NULL, &interface, 0), CKR_OK);
    list = interface->pFunctionList;
    cr_assert_eq(list->version.major, 3);
    cr_assert_eq(list->version.minor, 0);
    cr_assert_null(list->C_CopyObject);
    cr_assert_not_null(list->C_CreateObject);
    cr_assert(load("no-interface"));
    cr_assert_neq(get(NULL, NULL, &interface, 0), CKR_OK);
}

Test(fault_list, has_a_twin_without_interfaces)
{
    struct module *old = module_open(fixture_test_module("fault-old"));

    cr_assert_null(dlsym(old->library, "C_GetInterface"));
    cr_assert_null(old->list_3_0);
    cr_assert_eq(old->list->version.major, 2);
    module_close(old);
}
