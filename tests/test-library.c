/* SPDX-License-Identifier: BSD-3-Clause */
/* Mapping libraries, which of their lists is used, and what is said of files
 * that are no modules. */
#include "backends/library.h"

#include "tests/backend-fixture.h"

#include <criterion/criterion.h>
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct error error;

static struct library *
open_path(const char *path)
{
    struct library_request request = { .path = path };
    struct library *library = NULL;

    return library_open(&request, &library, &error) ? library : NULL;
}

/* The message must name the file and say this. */
static void
cr_expect_refusal(const char *path, const char *words)
{
    cr_assert_null(open_path(path));
    cr_assert_not_null(strstr(error.text, path), "%s", error.text);
    cr_assert_not_null(strstr(error.text, words), "%s", error.text);
    cr_assert_null(strchr(error.text, '\n'));
}

Test(library, that_is_missing)
{
    cr_expect_refusal("/nonexistent/module.so", "No such file or directory");
}

Test(library, that_is_a_folder)
{
    cr_expect_refusal(fixture_folder(), "is not a file");
}

Test(library, that_is_text)
{
    cr_expect_refusal(fixture_write("text.so", 0600, "slots = 1\n"),
                      "is not a shared library");
}

Test(library, that_the_loader_does_not_find)
{
    cr_expect_refusal("libp11mux-nowhere.so", "full path");
}

Test(library, that_is_no_module)
{
    cr_expect_refusal("libz.so.1", "exports neither C_GetFunctionList");
}

Test(library, for_another_machine)
{
    Elf64_Ehdr own;
    Elf64_Ehdr other;
    int file = open(fixture_test_module("start"), O_RDONLY);

    cr_assert_eq(read(file, &own, sizeof(own)), (ssize_t)sizeof(own));
    close(file);
    other = own;
    other.e_machine = EM_S390;
    cr_expect_refusal(backend_forge("other.so", &own, &other, sizeof(own)),
                      "is built for S/390");
}

Test(library, that_needs_one_that_is_missing)
{
    cr_expect_refusal(backend_forge("needs.so", "libc.so.6", "libq.so.6", 9),
                      "needs a library that cannot be loaded: libq.so.6");
}

Test(library, that_is_p11_kits_proxy)
{
    cr_expect_refusal("/usr/lib/x86_64-linux-gnu/p11-kit-proxy.so",
                      "p11-kit's proxy");
    cr_assert_eq(error.rv, CKR_FUNCTION_REJECTED);
}

/* A copy keeps the name that p11mux.so is linked with. */
Test(library, that_is_p11mux_under_another_name)
{
    cr_expect_refusal(backend_forge("renamed.so", "\0start.so", "\0p11mux.so",
                                    10),
                      "p11mux itself");
    cr_assert_eq(error.rv, CKR_FUNCTION_REJECTED);
}

static CK_VERSION
offered(const char *words)
{
    struct library *library;

    fixture_setenv("P11MUX_TEST_OFFER", "%s", words);
    library = open_path(fixture_test_module("offer"));
    cr_assert_not_null(library, "%s", error.text);
    return library_list(library)->version;
}

static bool
version_is(CK_VERSION version, CK_BYTE major, CK_BYTE minor)
{
    return version.major == major && version.minor == minor;
}

Test(library, offers_its_default_interface_first)
{
    cr_assert(version_is(offered("default-3.0 listed-3.2"), 3, 0));
    cr_assert(version_is(offered("default-3.0"), 3, 0));
}

Test(library, offers_the_best_of_its_interfaces_next)
{
    cr_assert(version_is(offered("default-fails listed-3.2"), 3, 2));
}

Test(library, whose_default_is_a_vendors_is_asked_for_a_standard_one)
{
    cr_assert(version_is(offered("default-vendor listed-3.2"), 3, 2));
}

Test(library, whose_default_is_a_vendors_may_have_no_other)
{
    cr_assert(version_is(offered("default-vendor"), 2, 40));
}

Test(library, offers_its_function_list_last)
{
    cr_assert(version_is(offered("default-fails"), 2, 40));
}

Test(library, that_gives_no_list)
{
    fixture_setenv("P11MUX_TEST_OFFER", "list-fails");
    cr_expect_refusal(fixture_test_module("offer"),
                      "C_GetFunctionList: CKR_GENERAL_ERROR");
}

Test(library, that_has_a_list_of_a_strange_version)
{
    fixture_setenv("P11MUX_TEST_OFFER", "list-9.1");
    cr_expect_refusal(fixture_test_module("offer"), "version 9.1");
}

Test(library, is_one_however_it_is_opened)
{
    struct library *library = open_path(fixture_test_module("start"));

    cr_assert_not_null(library);
    cr_assert_eq(open_path(fixture_test_module("start")), library);
    library_close(library, false);
    cr_assert_eq(open_path(fixture_test_module("start")), library,
                 "it stays for the life of the process");
}

Test(library, stays_the_same_when_its_file_is_replaced)
{
    const char *path = fixture_copy(fixture_test_module("start"), "old.so");
    struct library *library = open_path(path);
    const char *newer = fixture_copy(fixture_test_module("start"), "new.so");

    cr_assert_not_null(library);
    cr_assert_eq(rename(newer, path), 0);
    cr_assert_eq(open_path(path), library);
}
