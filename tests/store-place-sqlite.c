/* SPDX-License-Identifier: BSD-3-Clause */
/* The store of a test in a SQLite database of its own. */
#include "tests/store-fixture.h"

const char *
store_place_url(void)
{
    return fixture_text("sqlite:%s", fixture_path("certificates.db"));
}
