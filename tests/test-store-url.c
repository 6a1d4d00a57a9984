/* SPDX-License-Identifier: BSD-3-Clause */
/* Urls of stores that are refused, and what is said of them. */
#include "store/store-private.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(store_url, .timeout = 60);

static const char *
refused(const char *url)
{
    struct error error = { .rv = CKR_OK };
    struct store *store;

    cr_assert_not(store_new(url, (gid_t)-1, &store, &error), "%s", url);
    return fixture_text("%s", error.text);
}

Test(store_url, no_part_of_a_password_is_said)
{
    static const char *const urls[] = {
        "postgresql://user:se/cret@host/database",
        "postgresql://user:secret%zz@host/database",
        "postgresql://user:secret",
        "postgresql://user:p@secret@host/database",
        "postgresql://user:12/secret@host/database",
        "postgres://user:secret@host/database",
        "postgresql://host/database?secret=1",
    };

    store_module_set_folder(
        fixture_text("%s/.libs", getenv("P11MUX_BUILDDIR")));
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        const char *text = refused(urls[i]);

        cr_assert_null(strstr(text, "cret"), "%s", text);
    }
}

/* Those that are written as they should be, and what they are called. */
Test(store_url, an_at_sign_may_be_a_part_of_any_name)
{
    static const char *const urls[][2] = {
        { "postgresql://us%40er:se%40cret@host/data%40base",
          "postgresql://us@er@host/data@base" },
        { "postgresql:///database?host=@socket&user=us@er",
          "postgresql://us@er@@socket/database" },
    };

    store_module_set_folder(
        fixture_text("%s/.libs", getenv("P11MUX_BUILDDIR")));
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct error error = { .rv = CKR_OK };
        struct store *store;

        cr_assert(store_new(urls[i][0], (gid_t)-1, &store, &error), "%s",
                  error.text);
        cr_assert_str_eq(store->name, urls[i][1]);
        store_free(store);
    }
}

Test(store_url, a_missing_module_is_named)
{
    const char *text;

    store_module_set_folder(fixture_folder());
    text = refused("postgresql://user:secret@host/database");
    cr_assert_not_null(strstr(text, fixture_path("store-postgresql.so")));
    cr_assert_not_null(strstr(text, "install it"));
    cr_assert_null(strstr(text, "secret"));
}
