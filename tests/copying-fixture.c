/* SPDX-License-Identifier: BSD-3-Clause */
/* Sessions on each of two toys. */
#include "tests/copying-fixture.h"

#include "cli/key-text.h"
#include "cli/target.h"

#include <string.h>

struct copying copying;
CK_FUNCTION_LIST_3_2 copying_functions;

static void
read_functions(void)
{
    CK_VERSION version = { 3, 2 };
    CK_INTERFACE *interface = NULL;

    if (C_GetInterface(NULL, &version, &interface, 0) != CKR_OK)
        fixture_fail("there is no function list");
    copying_functions = *(const CK_FUNCTION_LIST_3_2 *)interface->pFunctionList;
}

const CK_FUNCTION_LIST_3_2 *
key_text_functions(void)
{
    return &copying_functions;
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

    read_functions();
    for (CK_ULONG i = 1; i <= n; i++)
        last = migrate_add(MIGRATE_OLD, i);
    migrate_start(config);
    visit.token = router_token(1);
    if (!copying_begin(&copying, &visit, &error))
        fixture_fail("%s", error.text);
    return last;
}

/* -- A device that hides -----------------------------------------------------
 */

static unsigned hiding; /* by its index */
static struct toy_object hidden[TOY_OBJECTS];
static bool is_hidden;

static bool
hide(enum function function, CK_SLOT_ID slot, struct argument *arguments,
     CK_RV *rv)
{
    struct toy *toy = &toys[hiding];

    (void)function, (void)arguments, (void)rv;
    if (slot != TOY_SLOT(hiding) || (toy->user == CKU_USER) != is_hidden)
        return false;
    if (is_hidden) {
        (void)memcpy(toy->objects, hidden, sizeof(hidden));
    } else {
        (void)memcpy(hidden, toy->objects, sizeof(hidden));
        (void)memset(toy->objects, 0, sizeof(hidden));
    }
    is_hidden = !is_hidden;
    return false;
}

void
copying_fixture_hide(unsigned member)
{
    hiding = member;
    toy_set_hook(hide);
}

void
copying_fixture_forget(unsigned member)
{
    toys[member].user = (CK_USER_TYPE)-1;
}

void
copying_fixture_come_back(unsigned member)
{
    CK_BYTE byte;

    toy_fail(TOY_SLOT(member), FUNCTION_C_GenerateRandom,
             CKR_USER_NOT_LOGGED_IN, 1);
    if (C_GenerateRandom(copying.sessions[member], &byte, 1) != CKR_OK)
        fixture_fail("nobody was logged in again");
}

static CK_RV
begin_in_public(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template,
                CK_ULONG count)
{
    copying_fixture_forget(hiding);
    return C_FindObjectsInit(session, template, count);
}

static CK_RV
end_and_come_back(CK_SESSION_HANDLE session)
{
    CK_RV rv = C_FindObjectsFinal(session);

    copying_fixture_come_back(hiding);
    return rv;
}

void
copying_fixture_forget_in_searches(unsigned member)
{
    copying_fixture_hide(member);
    copying_functions.C_FindObjectsInit = begin_in_public;
    copying_functions.C_FindObjectsFinal = end_and_come_back;
}

void
copying_fixture_end(void)
{
    copying_end(&copying);
    pool_finish();
}
