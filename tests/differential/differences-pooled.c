/* SPDX-License-Identifier: BSD-3-Clause */
/* The differences that are wanted where backend sessions are shared. */
#include "tests/differential/differences.h"

#include <stddef.h>

/* clang-format off */
const struct difference shared_differences[] = {
    /* Sessions are as many as anybody wants */
    { "softhsm", "slots/alpha/2", "C_GetTokenInfo CKR_OK * sessions */0 */0 *", "C_GetTokenInfo CKR_OK * sessions 0/0 0/0 *",
      "R6.10: virtual sessions are counted", 1 },
    { "softhsm", "slots/sessions are counted/3", "C_GetTokenInfo CKR_OK * sessions */0 */0 *", "C_GetTokenInfo CKR_OK * sessions 2/0 1/0 *",
      "R6.10: virtual sessions are counted", 1 },
    { "softhsm", "slots/sessions are counted/5", "C_GetTokenInfo CKR_OK * sessions */0 */0 *", "C_GetTokenInfo CKR_OK * sessions 0/0 0/0 *",
      "R6.10: virtual sessions are counted", 1 },
    { "softhsm", "initialize/again/1", "C_GetTokenInfo CKR_OK * sessions */0 */0 *", "C_GetTokenInfo CKR_OK * sessions 0/0 0/0 *",
      "R6.10: virtual sessions are counted", 1 },
    { "softhsm", "logins/user with a wrong PIN/9", "C_GetTokenInfo CKR_OK * sessions */0 */0 *", "C_GetTokenInfo CKR_OK * sessions 2/0 1/0 *",
      "R6.10: virtual sessions are counted", 1 },
    { "softhsm", "logins/user/4", "C_GetTokenInfo CKR_OK * sessions */0 */0 *", "C_GetTokenInfo CKR_OK * sessions 2/0 1/0 *",
      "R6.10: virtual sessions are counted", 1 },
    { "softhsm", "sessions/many/21", "C_GetTokenInfo CKR_OK * sessions */0 */0 *", "C_GetTokenInfo CKR_OK * sessions 20/0 10/0 *",
      "R6.10: virtual sessions are counted", 1 },
    { "softhsm", "sessions/many/29", "C_GetTokenInfo CKR_OK * sessions */0 */0 *", "C_GetTokenInfo CKR_OK * sessions 13/0 7/0 *",
      "R6.10: virtual sessions are counted", 1 },
    { "softhsm", "sessions/none is left/2", "C_GetTokenInfo CKR_OK * sessions */0 */0 *", "C_GetTokenInfo CKR_OK * sessions 0/0 0/0 *",
      "R6.10: virtual sessions are counted", 1 },
    { "softhsm", "administration/it is as it was/1", "C_GetTokenInfo CKR_OK * sessions */0 */0 *", "C_GetTokenInfo CKR_OK * sessions 0/0 0/0 *",
      "R6.10: virtual sessions are counted", 1 },
    { "softhsm", "administration/again/2", "C_GetTokenInfo CKR_OK * sessions */0 */0 *", "C_GetTokenInfo CKR_OK * sessions 0/0 0/0 *",
      "R6.10: virtual sessions are counted", 1 },
    { "softhsm", "administration/the first PIN/3", "C_GetTokenInfo CKR_OK * sessions */0 */0 *", "C_GetTokenInfo CKR_OK * sessions 1/0 1/0 *",
      "R6.10: virtual sessions are counted", 1 },
    { "softhsm", "administration/initialised with it/3", "C_GetTokenInfo CKR_OK * sessions */0 */0 *", "C_GetTokenInfo CKR_OK * sessions 0/0 0/0 *",
      "R6.10: virtual sessions are counted", 1 },
    { "softhsm", "administration/after a new start/2", "C_GetTokenInfo CKR_OK * sessions */0 */0 *", "C_GetTokenInfo CKR_OK * sessions 0/0 0/0 *",
      "R6.10: virtual sessions are counted", 1 },

    /* Logins */
    { NULL, "logins/user twice/3", "C_Login CKR_USER_ALREADY_LOGGED_IN *", "C_Login CKR_PIN_INCORRECT *",
      "R3.19: a wrong PIN is wrong, whoever is logged in", 1 },
    { "softhsm", "logins/SO twice/2", "C_Login CKR_USER_ALREADY_LOGGED_IN *", "C_Login CKR_PIN_INCORRECT *",
      "R3.19: a wrong PIN is wrong, whoever is logged in", 1 },
    { "softhsm", "logins/SO while the user is/1", "C_Login CKR_SESSION_READ_ONLY_EXISTS *", "C_Login CKR_USER_ANOTHER_ALREADY_LOGGED_IN *",
      "R3.17: another user comes before R/O sessions", 1 },
    { "nss", "logins/SO while the user is/1", "C_Login CKR_USER_ALREADY_LOGGED_IN *", "C_Login CKR_USER_ANOTHER_ALREADY_LOGGED_IN *",
      "R3.17: it is another user", 1 },
    { "nss", "logins/SO w*", "C_Login CKR_USER_TYPE_INVALID *", "C_Login CKR_SESSION_READ_ONLY_EXISTS *",
      "R3.17: R/O sessions come before the module", 3 },
    { "softhsm", "logins/logout twice/1", "C_Logout CKR_OK *", "C_Logout CKR_USER_NOT_LOGGED_IN *",
      "R3.15: nobody is logged in", 1 },
    { "softhsm", "zeros/a session/63", "C_Logout CKR_OK", "C_Logout CKR_USER_NOT_LOGGED_IN",
      "R3.15: nobody is logged in", 1 },
    { "nss", "logins/context-specific *", "C_Login CKR_USER_* user 0x2", "C_Login CKR_OPERATION_NOT_INITIALIZED * user 0x2",
      "R3.23: there is no operation to confirm", 3 },
    { "nss", "refusals/a key that must be confirmed each time/*", "C_Login CKR_USER_ALREADY_LOGGED_IN * user 0x2", "C_Login CKR_OPERATION_NOT_INITIALIZED * user 0x2",
      "R3.23: the operation is over", 2 },
    { "nss", "messages/login by name/*", "C_LoginUser CKR_OPERATION_NOT_INITIALIZED", "C_LoginUser CKR_USER_ANOTHER_ALREADY_LOGGED_IN",
      "R3.24: a user with a name is another one", 2 },
    { NULL, "searches/a search is left when the user goes/3", "C_FindObjects CKR_OK *", "C_FindObjects CKR_OPERATION_NOT_INITIALIZED *",
      "R3.15: searches end before a logout", 1 },
    { NULL, "searches/a search is left when the user goes/4", "C_FindObjectsFinal CKR_OK", "C_FindObjectsFinal CKR_OPERATION_NOT_INITIALIZED",
      "R3.15: searches end before a logout", 1 },
    { NULL, NULL, NULL, NULL, NULL, 0 },
};

const struct difference lent_differences[] = {
    /* Without an operation no module is asked */
    { NULL, "errors/the user goes/*", "C_Digest CKR_OK *", "C_Digest CKR_OPERATION_NOT_INITIALIZED *",
      "R3.15: operations end before a logout", 1 },
    { "softhsm", "zeros/a session/*", "C_* CKR_ARGUMENTS_BAD", "C_* CKR_OPERATION_NOT_INITIALIZED",
      "R3.11: there is no operation", 5 },
    { "softhsm", "errors/recover without init/*", "C_*Recover CKR_FUNCTION_NOT_SUPPORTED *", "C_*Recover CKR_OPERATION_NOT_INITIALIZED *",
      "R3.11: there is no operation", 2 },
    { "softhsm", "recovery/*", "C_*Recover CKR_FUNCTION_NOT_SUPPORTED *", "C_*Recover CKR_OPERATION_NOT_INITIALIZED *",
      "R3.11: there is no operation", 13 },
    { "softhsm", "cancelling/*", "C_*Recover CKR_FUNCTION_NOT_SUPPORTED *", "C_*Recover CKR_OPERATION_NOT_INITIALIZED *",
      "R3.11: there is no operation", 28 },
    { "softhsm", "interleaving/dual: *", "C_*Update CKR_FUNCTION_NOT_SUPPORTED *", "C_*Update CKR_OPERATION_NOT_INITIALIZED *",
      "R3.11: the operation that would give its output is not active", 14 },
    { "nss", "messages/*", "C_*Message* CKR_FUNCTION_NOT_SUPPORTED*", "C_*Message* CKR_OPERATION_NOT_INITIALIZED*",
      "R3.11: there is no operation", 11 },
    { "nss", "digests/digest 0x2b0 in parts/8", "C_DigestKey CKR_KEY_TYPE_INCONSISTENT", "C_DigestKey CKR_OPERATION_NOT_INITIALIZED",
      "R3.11: there is no operation", 1 },

    /* What has failed is over, although the module goes on */
    { "nss", "encryption/* in parts/*", "C_*crypt* *", "C_*crypt* CKR_OPERATION_NOT_INITIALIZED *",
      "R3.10: a part that failed has ended it", 168 },
    { "nss", "errors/no whole block/7", "C_EncryptFinal CKR_OK *", "C_EncryptFinal CKR_OPERATION_NOT_INITIALIZED *",
      "R3.10: a part that failed has ended it", 1 },
    { "nss", "errors/parts of what has no parts/5", "C_SignInit CKR_OPERATION_ACTIVE *", "C_SignInit CKR_OK *",
      "R3.14: what the module says is not there is over", 1 },
    { "softhsm", "refusals/a* key for */*", "C_DigestInit CKR_OPERATION_ACTIVE *", "C_DigestInit CKR_OK *",
      "R3.13: what an Init that failed has left is in nobody's way", 3 },
    { "softhsm", "refusals/a* key for */*", "C_Digest CKR_OPERATION_NOT_INITIALIZED *", "C_Digest CKR_OK *",
      "R3.13: what an Init that failed has left is in nobody's way", 3 },

    /* Cancelling: session objects are in no operation's way */
    { "softhsm", "cancelling/cancel what has no parts, with objects/2", "C_SessionCancel absent", "C_SessionCancel CKR_OK",
      "R3.31: it takes another backend session", 1 },
    { "nss", "cancelling/cancel what has no parts, with objects/2", "C_SessionCancel CKR_OPERATION_CANCEL_FAILED", "C_SessionCancel CKR_OK",
      "R3.31: it takes another backend session", 1 },
    { NULL, "cancelling/cancel what has no parts, with objects/4", "C_SignInit CKR_OPERATION_ACTIVE *", "C_SignInit CKR_OK *",
      "R3.31: and another one can begin", 1 },

    /* States */
    { "nss", "interleaving/state of a digest/3", "C_GetOperationState CKR_OK query 324", "C_GetOperationState CKR_OK query 612",
      "R3.28: whose state it is comes first", 1 },
    { "nss", "interleaving/state of a digest/5", "C_GetOperationState CKR_OK * 324", "C_GetOperationState CKR_OK * 612",
      "R3.28: whose state it is comes first", 1 },
    { "nss", "interleaving/state *", "C_SetOperationState CKR_OK", "C_SetOperationState CKR_SAVED_STATE_INVALID",
      "R3.28: nothing is no state", 3 },
    { NULL, NULL, NULL, NULL, NULL, 0 },
};
/* clang-format on */
