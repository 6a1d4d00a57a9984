/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Uses a token as an application does: status-worker SLOT DRAWS. Says "ready"
 * with a session open, and ends when its input does.
 */
#include "tests/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int
main(int count, char **arguments)
{
    CK_FUNCTION_LIST *list = module_open(fixture_p11mux())->list;
    CK_SESSION_HANDLE session;
    CK_BYTE byte;
    CK_RV rv;

    if (count != 3)
        fixture_fail("status-worker SLOT DRAWS");
    rv = list->C_Initialize(NULL);
    if (rv == CKR_OK)
        rv = list->C_OpenSession(strtoul(arguments[1], NULL, 10),
                                 CKF_SERIAL_SESSION, NULL, NULL, &session);
    for (unsigned long i = strtoul(arguments[2], NULL, 10);
         i > 0 && rv == CKR_OK; i--)
        rv = list->C_GenerateRandom(session, &byte, 1);
    if (rv != CKR_OK)
        fixture_fail("the token answers 0x%lx", rv);
    (void)puts("ready");
    (void)fflush(stdout);
    (void)!read(STDIN_FILENO, &byte, 1);
    return list->C_Finalize(NULL) == CKR_OK ? 0 : 1;
}
