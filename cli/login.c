/* SPDX-License-Identifier: BSD-3-Clause */
/* The command login: whether the PIN that the configuration names is right. */
#include "cli/json.h"
#include "cli/login-user.h"
#include "cli/message.h"
#include "cli/target.h"
#include "common/cleanup.h"
#include "common/names.h"
#include "common/text.h"
#include "pin/source.h"

#include <stdio.h>

/* One login, and what came of it. */
struct attempt {
    const struct request *request;
    const struct token *token;
    const struct config_pin *source; /* NULL: none is configured */
    bool of_so;
    bool is_tried; /* the token was asked, and `rv` is its answer */
    CK_RV rv;
    CK_FLAGS flags; /* of the token, after it */
    struct error error;
};

/* What a token says of the tries that are left, the worst first. */
static const struct tries {
    CK_FLAGS of_user;
    CK_FLAGS of_so;
    const char *word;
    const char *meaning;
} tries_rows[] = {
    { CKF_USER_PIN_LOCKED, CKF_SO_PIN_LOCKED, "locked",
      "it is locked and takes no more" },
    { CKF_USER_PIN_FINAL_TRY, CKF_SO_PIN_FINAL_TRY, "final",
      "one more wrong PIN locks it" },
    { CKF_USER_PIN_COUNT_LOW, CKF_SO_PIN_COUNT_LOW, "low",
      "the token counts wrong PINs, and few tries may be left" },
};

/* NULL where the token says nothing. */
static const struct tries *
find_tries(const struct attempt *attempt)
{
    for (size_t i = 0; i < sizeof(tries_rows) / sizeof(tries_rows[0]); i++) {
        const struct tries *row = &tries_rows[i];

        if ((attempt->flags & (attempt->of_so ? row->of_so : row->of_user)) !=
            0)
            return row;
    }
    return NULL;
}

static const char *
user_name(const struct attempt *attempt)
{
    return attempt->of_so ? "security officer" : "user";
}

static const char *
source_name(const struct attempt *attempt, char out[PIN_SOURCE_NAME_LENGTH])
{
    pin_source_name(attempt->source, out);
    text_clean(out);
    return out;
}

/* -- Trying -----------------------------------------------------------------
 */

static bool
is_about_the_pin(CK_RV rv)
{
    return rv == CKR_PIN_INCORRECT || rv == CKR_PIN_INVALID ||
           rv == CKR_PIN_LEN_RANGE;
}

/* One sentence: what the token said, and what to do. */
static bool
explain(struct attempt *attempt)
{
    const char *meaning = login_meaning(attempt->rv);
    const struct tries *tries = find_tries(attempt);
    char source[PIN_SOURCE_NAME_LENGTH];
    char name[NAME_LENGTH];

    (void)name_of(NAME_CKR, attempt->rv, name);
    (void)source_name(attempt, source);
    if (is_about_the_pin(attempt->rv))
        return error_set(&attempt->error, attempt->rv,
                         "token \"%s\": %s as its %s: %s: %s; %s; put the "
                         "right one there",
                         attempt->token->label, source, user_name(attempt),
                         name, meaning,
                         tries != NULL
                             ? tries->meaning
                             : "the token does not say how many tries "
                               "are left");
    return error_set(&attempt->error, attempt->rv,
                     "token \"%s\": %s as its %s: %s%s%s; \"p11mux doctor\" "
                     "says more about the token",
                     attempt->token->label, source, user_name(attempt), name,
                     meaning != NULL ? ": " : "",
                     meaning != NULL ? meaning : "");
}

static bool
log_in(struct attempt *attempt, CK_SESSION_HANDLE session)
{
    CLEANUP(secret_wipe) struct secret pin = { 0 };
    CK_TOKEN_INFO info;

    if (!pin_read(attempt->source, target_uri(attempt->token), &pin,
                  &attempt->error))
        return false;
    attempt->rv = C_Login(session, attempt->of_so ? CKU_SO : CKU_USER,
                          pin.bytes, pin.length);
    attempt->is_tried = true;
    if (C_GetTokenInfo(attempt->token->slot, &info) == CKR_OK)
        attempt->flags = info.flags;
    if (attempt->rv != CKR_OK)
        return explain(attempt);
    (void)C_Logout(session);
    return true;
}

static bool
check_source(struct attempt *attempt)
{
    if (attempt->source != NULL)
        return true;
    return error_set(&attempt->error, CKR_ARGUMENTS_BAD,
                     "token \"%s\": the configuration names no PIN of its %s; "
                     "add %s = \"file:/...\" to the token",
                     attempt->token->label, user_name(attempt),
                     attempt->of_so ? "so_pin" : "pin");
}

/* The last try is for somebody who knows what he does. */
static bool
check_tries(struct attempt *attempt)
{
    CK_FLAGS final_try =
        attempt->of_so ? CKF_SO_PIN_FINAL_TRY : CKF_USER_PIN_FINAL_TRY;
    char source[PIN_SOURCE_NAME_LENGTH];

    if ((attempt->flags & final_try) == 0 ||
        attempt->request->is_given[OPTION_FORCE])
        return true;
    return error_set(&attempt->error, CKR_FUNCTION_REJECTED,
                     "token \"%s\": one more wrong PIN locks it, so that %s "
                     "was not tried; see that it is right, then give --force",
                     attempt->token->label, source_name(attempt, source));
}

static bool
try(struct attempt *attempt)
{
    CK_FLAGS flags = CKF_SERIAL_SESSION | (attempt->of_so ? CKF_RW_SESSION : 0);
    CK_SESSION_HANDLE session;
    CK_TOKEN_INFO info;
    bool is_done;
    CK_RV rv;

    if (!check_source(attempt) ||
        !target_info(attempt->token, &info, &attempt->error))
        return false;
    attempt->flags = info.flags;
    if (!check_tries(attempt))
        return false;
    rv = C_OpenSession(attempt->token->slot, flags, NULL, NULL, &session);
    if (rv != CKR_OK)
        return target_fail("C_OpenSession", rv, &attempt->error);
    is_done = log_in(attempt, session);
    (void)C_CloseSession(session);
    return is_done;
}

/* -- Saying -----------------------------------------------------------------
 */

static void
print_json(const struct attempt *attempt)
{
    const struct tries *tries = find_tries(attempt);
    struct json json = { .stream = stdout };
    char source[PIN_SOURCE_NAME_LENGTH];
    char name[NAME_LENGTH];

    json_begin_object(&json, NULL);
    json_text(&json, "token", attempt->token->label);
    json_number(&json, "slot", attempt->token->slot);
    json_text(&json, "user", attempt->of_so ? "so" : "user");
    json_text(&json, "source",
              attempt->source == NULL ? NULL : source_name(attempt, source));
    json_truth(&json, "logged_in", attempt->is_tried && attempt->rv == CKR_OK);
    json_text(&json, "result",
              attempt->is_tried ? name_of(NAME_CKR, attempt->rv, name) : NULL);
    json_text(&json, "tries", tries == NULL ? NULL : tries->word);
    json_text(&json, "message",
              attempt->error.rv == CKR_OK ? NULL : attempt->error.text);
    json_end_object(&json);
}

static void
print(const struct attempt *attempt)
{
    char source[PIN_SOURCE_NAME_LENGTH];

    if (attempt->error.rv != CKR_OK)
        message_error("%s", attempt->error.text);
    else
        (void)printf("token \"%s\": logged in as its %s with %s: CKR_OK\n",
                     attempt->token->label, user_name(attempt),
                     source_name(attempt, source));
}

enum status
cmd_login(const struct request *request)
{
    struct attempt attempt = { .request = request,
                               .of_so = request->is_given[OPTION_SO] };
    bool is_done;

    if (!target_start(request, TARGET_WITHOUT_LOGINS, &attempt.error))
        return STATUS_WRONG;
    if (!target_find(request->operands[0], &attempt.token, &attempt.error)) {
        message_error("%s", attempt.error.text);
        target_stop();
        return STATUS_WRONG;
    }
    attempt.source = target_pin(attempt.token, attempt.of_so);
    is_done = try(&attempt);
    if (request->is_given[OPTION_JSON])
        print_json(&attempt);
    else
        print(&attempt);
    target_stop();
    return is_done ? STATUS_FINE : STATUS_WRONG;
}
