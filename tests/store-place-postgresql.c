/* SPDX-License-Identifier: BSD-3-Clause */
/* The store of a test in a PostgreSQL server of its own. */
#include "tests/postgresql-fixture.h"
#include "tests/store-fixture.h"

#include <stdlib.h>

const char *
store_place_url(void)
{
    /* libp11mux.la has it as installed. */
    store_module_set_folder(
        fixture_text("%s/.libs", getenv("P11MUX_BUILDDIR")));
    postgresql_prepare_server();
    return postgresql_url(POSTGRESQL_USER, POSTGRESQL_IN_URL);
}
