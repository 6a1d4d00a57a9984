/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Opens a thousand sessions on a token of p11mux and signs in each of them;
 * says how many sessions the module behind p11mux has meanwhile:
 * thousand-sessions P11MUX LABEL PIN KEY MODULE LABEL-THERE.
 */
#include "tests/fixture.h"

#include <stdio.h>

enum { SESSIONS = 1000 };

static CK_SESSION_HANDLE sessions[SESSIONS];

static void
sessions_open(const CK_FUNCTION_LIST *list, CK_SLOT_ID slot, const char *pin)
{
    CK_RV rv;

    sessions[0] = fixture_session(list, slot, pin);
    for (int i = 1; i < SESSIONS; i++) {
        rv = list->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL,
                                 &sessions[i]);
        if (rv != CKR_OK)
            fixture_fail("C_OpenSession number %d: 0x%lx", i + 1, rv);
    }
}

static void
sessions_sign(const CK_FUNCTION_LIST *list, const char *key)
{
    struct fixture_pair pair = fixture_find_pair(list, sessions[0], key);

    for (int i = 0; i < SESSIONS; i++)
        if (!fixture_sign_check(list, sessions[i], pair))
            fixture_fail("a wrong signature in session number %d", i + 1);
}

/* Of this process, as the module itself counts them. */
static CK_ULONG
sessions_behind(const char *path, const char *label)
{
    struct module *module = module_open(path);
    CK_TOKEN_INFO info;
    CK_RV rv =
        module->list->C_GetTokenInfo(fixture_slot(module->list, label), &info);

    if (rv != CKR_OK || info.ulSessionCount == CK_UNAVAILABLE_INFORMATION)
        fixture_fail("%s does not say how many sessions it has: 0x%lx", path,
                     rv);
    module_close(module);
    return info.ulSessionCount;
}

int
main(int count, char **arguments)
{
    struct module *mux;
    CK_RV rv;

    if (count != 7)
        fixture_fail("usage: thousand-sessions P11MUX LABEL PIN KEY MODULE "
                     "LABEL-THERE");
    mux = module_open(arguments[1]);
    fixture_initialize(mux, NULL);
    sessions_open(mux->list, fixture_slot(mux->list, arguments[2]),
                  arguments[3]);
    sessions_sign(mux->list, arguments[4]);
    printf("%d sessions, a signature in each, on %lu of %s\n", SESSIONS,
           sessions_behind(arguments[5], arguments[6]), arguments[6]);
    rv = mux->list->C_Finalize(NULL);
    if (rv != CKR_OK)
        fixture_fail("C_Finalize: 0x%lx", rv);
    module_close(mux);
    return 0;
}
