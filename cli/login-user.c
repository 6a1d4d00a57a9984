/* SPDX-License-Identifier: BSD-3-Clause */
/* Logging in to a token as its user. */
#include "cli/login-user.h"

#include "cli/terminal.h"
#include "cli/token-text.h"
#include "common/cleanup.h"
#include "common/names.h"
#include "common/text.h"
#include "pin/source.h"

#include <stdio.h>

/* What the token says to a PIN, and what that means. */
static const struct {
    CK_RV rv;
    const char *meaning;
} answers[] = {
    { CKR_PIN_INCORRECT, "the PIN is wrong" },
    { CKR_PIN_LEN_RANGE, "the PIN is wrong: it has not the right length" },
    { CKR_PIN_INVALID, "the PIN is wrong: it has characters that the token "
                       "does not take" },
    { CKR_PIN_LOCKED, "the PIN is locked: the security officer has to set a "
                      "new one" },
    { CKR_PIN_EXPIRED, "the PIN has expired: it has to be changed first" },
    { CKR_USER_PIN_NOT_INITIALIZED,
      "it has no user PIN: the security officer has to set one" },
    { CKR_USER_TYPE_INVALID, "it knows no login" },
};

const char *
login_meaning(CK_RV rv)
{
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        if (answers[i].rv == rv)
            return answers[i].meaning;
    return NULL;
}

static bool
refuse(const char *label, CK_RV rv, struct error *error)
{
    char name[NAME_LENGTH];

    if (login_meaning(rv) != NULL)
        return error_set(error, rv, "token \"%s\": %s", label,
                         login_meaning(rv));
    return error_set(error, rv, "token \"%s\": C_Login: %s", label,
                     name_of(NAME_CKR, rv, name));
}

static bool
ask(const char *label, CK_FLAGS flags, struct secret *out, struct error *error)
{
    char question[160];

    (void)snprintf(question, sizeof(question), "PIN of token \"%s\"%s: ", label,
                   (flags & CKF_USER_PIN_FINAL_TRY) != 0
                       ? " (one more wrong PIN locks it)"
                   : (flags & CKF_USER_PIN_COUNT_LOW) != 0
                       ? " (a wrong one was entered before)"
                       : "");
    return terminal_read_secret(question, "pin-source", out, error);
}

static CK_RV
log_in(CK_SESSION_HANDLE session, unsigned char *bytes, size_t length)
{
    CK_RV rv = C_Login(session, CKU_USER, bytes, length);

    return rv == CKR_USER_ALREADY_LOGGED_IN ? CKR_OK : rv;
}

bool
login_user(CK_SESSION_HANDLE session, const CK_TOKEN_INFO *info,
           const struct config_pin *source, const char *token_uri,
           struct error *error)
{
    CLEANUP(secret_wipe) struct secret pin = { 0 };
    struct token_text text;
    CK_RV rv;

    token_text_read(info, &text);
    text_clean(text.label);
    if ((info->flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0 &&
        source == NULL) {
        (void)fprintf(stderr, "p11mux: enter the PIN on the device itself\n");
        rv = log_in(session, NULL, 0);
        return rv == CKR_OK || refuse(text.label, rv, error);
    }
    if (source != NULL && (info->flags & CKF_USER_PIN_FINAL_TRY) != 0)
        return error_set(
            error, CKR_FUNCTION_REJECTED,
            "token \"%s\": one more wrong PIN locks it, so that no "
            "PIN source is tried; see that it is right with "
            "\"p11mux login --force\"",
            text.label);
    if (source != NULL ? !pin_read(source, token_uri, &pin, error)
                       : !ask(text.label, info->flags, &pin, error))
        return false;
    rv = log_in(session, pin.bytes, pin.length);
    return rv == CKR_OK || refuse(text.label, rv, error);
}
