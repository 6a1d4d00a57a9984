/* SPDX-License-Identifier: BSD-3-Clause */
/* Completing the function list of a module. */
#include "backends/list.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef void (*entry)(void);

static const size_t first = offsetof(CK_FUNCTION_LIST_3_2, C_Initialize);

static CK_RV
answer(CK_SESSION_HANDLE session)
{
    return session + 1;
}

static void
set_entry(void *list, size_t index, entry function)
{
    memcpy((char *)list + first + index * sizeof(function), &function,
           sizeof(function));
}

static entry
get_entry(const void *list, size_t index)
{
    entry function;

    memcpy(&function, (const char *)list + first + index * sizeof(function),
           sizeof(function));
    return function;
}

/* A list of `n` functions that ends where memory ends. */
static CK_FUNCTION_LIST *
list_at_the_edge(CK_BYTE major, CK_BYTE minor, size_t n)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = first + n * sizeof(entry);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CK_FUNCTION_LIST *list;

    cr_assert_neq(pages, MAP_FAILED);
    cr_assert_eq(mprotect(pages + page, page, PROT_NONE), 0);
    list = (CK_FUNCTION_LIST *)(void *)(pages + page - size);
    list->version = (CK_VERSION){ major, minor };
    for (size_t i = 0; i < n; i++)
        set_entry(list, i, (entry)answer);
    return list;
}

struct sizes {
    CK_VERSION version;
    bool wrap_auth;
    size_t length;
};

static struct sizes sizes[] = {
    { { 2, 1 }, false, 68 }, { { 2, 20 }, true, 68 }, { { 2, 40 }, false, 68 },
    { { 3, 0 }, false, 92 }, { { 3, 1 }, true, 92 },  { { 3, 2 }, false, 102 },
    { { 3, 2 }, true, 104 }, { { 3, 3 }, true, 104 }, { { 3, 3 }, false, 102 },
};

ParameterizedTestParameters(list, reads_what_its_version_has_and_no_more)
{
    return cr_make_param_array(struct sizes, sizes,
                               sizeof(sizes) / sizeof(sizes[0]));
}

ParameterizedTest(struct sizes *size, list,
                  reads_what_its_version_has_and_no_more)
{
    const CK_FUNCTION_LIST *from =
        list_at_the_edge(size->version.major, size->version.minor,
                         size->length);
    CK_FUNCTION_LIST_3_2 out;

    cr_assert_eq(list_length(size->version, size->wrap_auth), size->length);
    cr_assert(list_complete(from, size->wrap_auth, &out));
    for (size_t i = 0; i < 104; i++) {
        cr_assert(get_entry(&out, i) != NULL, "function %zu is NULL", i);
        cr_assert_eq(get_entry(&out, i) == (entry)answer, i < size->length,
                     "function %zu", i);
        cr_assert_eq(list_has(&out, first + i * sizeof(entry)),
                     i < size->length, "function %zu", i);
    }
}

Test(list, says_that_it_is_3_2)
{
    CK_FUNCTION_LIST_3_2 out;

    cr_assert(list_complete(list_at_the_edge(2, 40, 68), false, &out));
    cr_assert_eq(out.version.major, 3);
    cr_assert_eq(out.version.minor, 2);
}

Test(list, answers_for_each_function_that_is_missing)
{
    CK_FUNCTION_LIST *from = list_at_the_edge(2, 40, 68);
    CK_FUNCTION_LIST_3_2 out;
    CK_ULONG n = 0;

    for (size_t i = 0; i < 68; i++)
        set_entry(from, i, NULL);
    cr_assert(list_complete(from, false, &out));
    cr_assert_eq(out.C_SignInit(1, NULL, 2), CKR_FUNCTION_NOT_SUPPORTED);
    cr_assert_eq(out.C_GetSlotList(CK_TRUE, NULL, &n),
                 CKR_FUNCTION_NOT_SUPPORTED);
    cr_assert_eq(out.C_LoginUser(1, CKU_USER, NULL, 0, NULL, 0),
                 CKR_FUNCTION_NOT_SUPPORTED);
    cr_assert_eq(out.C_UnwrapKeyAuthenticated(1, NULL, 2, NULL, 0, NULL, 0,
                                              NULL, 0, &n),
                 CKR_FUNCTION_NOT_SUPPORTED);
}

Test(list, never_runs_in_parallel)
{
    CK_FUNCTION_LIST *from = list_at_the_edge(2, 40, 68);
    CK_FUNCTION_LIST_3_2 out;

    from->C_GetFunctionStatus = NULL;
    from->C_CancelFunction = NULL;
    cr_assert(list_complete(from, false, &out));
    cr_assert_eq(out.C_GetFunctionStatus(1), CKR_FUNCTION_NOT_PARALLEL);
    cr_assert_eq(out.C_CancelFunction(1), CKR_FUNCTION_NOT_PARALLEL);
}

Test(list, keeps_each_function_in_its_place)
{
    CK_FUNCTION_LIST_3_2 from = { .version = { 3, 2 } };
    CK_FUNCTION_LIST_3_2 out;

    from.C_CloseSession = answer;
    from.C_MessageVerifyFinal = answer;
    cr_assert(list_complete((const CK_FUNCTION_LIST *)(const void *)&from, true,
                            &out));
    cr_assert_eq(out.C_CloseSession(6), 7);
    cr_assert_eq(out.C_MessageVerifyFinal(8), 9);
    cr_assert_eq(out.C_Logout(6), CKR_FUNCTION_NOT_SUPPORTED);
}

Test(list, of_an_unknown_version_is_refused)
{
    CK_FUNCTION_LIST_3_2 out;

    cr_assert_not(list_complete(list_at_the_edge(1, 0, 0), true, &out));
    cr_assert_not(list_complete(list_at_the_edge(4, 0, 0), true, &out));
}
