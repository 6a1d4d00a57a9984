/* SPDX-License-Identifier: BSD-3-Clause */
/* Points p11-kit at a test's own module files. */
#define P11_KIT_FUTURE_UNSTABLE_API
#include "tests/p11-kit-fixture.h"

#include <p11-kit/p11-kit.h>

void
p11_kit_use_folder(const char *folder)
{
    p11_kit_override_system_files("/nonexistent/pkcs11.conf",
                                  "/nonexistent/user.conf", "/nonexistent",
                                  folder, "/nonexistent");
}

void
p11_kit_use_name(const char *name)
{
    p11_kit_set_progname(name);
}
