/* SPDX-License-Identifier: BSD-3-Clause */
/* Sessions on each of two toys. */
#include "tests/copying-fixture.h"

#include "cli/key-text.h"
#include "cli/target.h"

struct copying copying;

const CK_FUNCTION_LIST_3_2 *
key_text_functions(void)
{
    CK_VERSION version = { 3, 2 };
    CK_INTERFACE *interface = NULL;

    if (C_GetInterface(NULL, &version, &interface, 0) != CKR_OK)
        fixture_fail("there is no function list");
    return interface->pFunctionList;
}

bool
target_fail(const char *function, CK_RV rv, struct error *error)
{
    return error_set(error, rv, "%s", function);
}

const struct profile *
target_profile(const struct member *member)
{
    return backend_profile(atomic_load(&member->backend));
}

CK_OBJECT_HANDLE
copying_fixture_begin(CK_ULONG n)
{
    struct visit visit = { .info.flags = CKF_LOGIN_REQUIRED };
    struct error error = { .rv = CKR_OK };
    struct config *config = migrate_config();
    CK_OBJECT_HANDLE last = 0;

    for (CK_ULONG i = 1; i <= n; i++)
        last = migrate_add(MIGRATE_OLD, i);
    migrate_start(config);
    visit.token = router_token(1);
    if (!copying_begin(&copying, &visit, &error))
        fixture_fail("%s", error.text);
    return last;
}

void
copying_fixture_end(void)
{
    copying_end(&copying);
    pool_finish();
}
