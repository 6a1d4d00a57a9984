/* SPDX-License-Identifier: BSD-3-Clause */
/* A session with a token that a command is about. */
#include "cli/visit.h"

#include "cli/login-user.h"
#include "cli/message.h"
#include "cli/pin.h"
#include "cli/target.h"
#include "router/instance.h"

enum status
visit_run(const struct request *request, visit_work *work, const void *asked)
{
    struct visit visit = { .request = request, .asked = asked };
    const char *source = request->values[OPTION_PIN_SOURCE];
    struct error error = { .rv = CKR_OK };
    bool is_done;

    if (source != NULL &&
        !pin_option_parse("pin-source", source, &visit.pin_source, &error)) {
        message_error("%s", error.text);
        return STATUS_USAGE;
    }
    if (!target_start(request, TARGET_AS_CONFIGURED, &error)) {
        config_pin_clear(&visit.pin_source);
        return STATUS_WRONG;
    }
    is_done = work(&visit, &error);
    if (!is_done && error.text[0] != '\0')
        message_error("%s", error.text);
    target_stop();
    pin_option_forget(&visit.pin_source);
    config_pin_clear(&visit.pin_source);
    return is_done ? STATUS_FINE : STATUS_WRONG;
}

/* Of --pin-source, else the token's own; NULL: none, who logs in is asked. */
static const struct config_pin *
find_source(const struct visit *visit)
{
    return visit->pin_source.kind != PIN_UNSET
               ? &visit->pin_source
               : target_pin(visit->token, false);
}

bool
visit_token(struct visit *visit, const char *name, bool may_write,
            struct error *error)
{
    const struct token *token;

    return target_find(name, &token, error) &&
           visit_open(visit, token, may_write, error);
}

bool
visit_open(struct visit *visit, const struct token *token, bool may_write,
           struct error *error)
{
    const struct request *request = visit->request;
    CK_FLAGS flags = CKF_SERIAL_SESSION | (may_write ? CKF_RW_SESSION : 0);
    CK_RV rv;

    visit->token = token;
    visit->is_logged_in = false;
    if (!target_info(token, &visit->info, error))
        return false;
    rv = C_OpenSession(visit->token->slot, flags, NULL, NULL, &visit->session);
    if (rv != CKR_OK)
        return target_fail("C_OpenSession", rv, error);
    if (visit->is_guest || (!request->is_given[OPTION_LOGIN] &&
                            !request->is_given[OPTION_PIN_SOURCE]))
        return true;
    visit->is_logged_in =
        login_user(visit->session, &visit->info, find_source(visit),
                   target_uri(visit->token), error);
    return visit->is_logged_in;
}

static bool
is_initialized(const struct token *token)
{
    CK_TOKEN_INFO info;

    return token_is_present(token) &&
           C_GetTokenInfo(token->slot, &info) == CKR_OK &&
           (info.flags & CKF_TOKEN_INITIALIZED) != 0;
}

bool
visit_all(struct visit *visit, visit_token_work *work, void *context)
{
    const struct slot_list *slots = instance_get()->slots;
    bool is_whole = true;

    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct token *token = slot_list_at(slots, i);
        struct error error = { .rv = CKR_OK };

        if (!is_initialized(token) || work(visit, token, context, &error))
            continue;
        message_error("token \"%s\": %s", token->label, error.text);
        is_whole = false;
    }
    return is_whole;
}

bool
visit_fail(const struct visit *visit, const char *function, CK_RV rv,
           struct error *error)
{
    if (rv != CKR_USER_NOT_LOGGED_IN || visit->is_logged_in)
        return target_fail(function, rv, error);
    return error_set(error, rv,
                     "%s: CKR_USER_NOT_LOGGED_IN; log in with --login",
                     function);
}
