/* SPDX-License-Identifier: BSD-3-Clause */
/* The command objects: what is on a token, as an application would see it. */
#include "cli/login-user.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/object-row.h"
#include "cli/pin.h"
#include "cli/target.h"
#include "common/cleanup.h"
#include "common/names.h"

#include <stdlib.h>

enum { HANDLES_AT_ONCE = 64 };

/* -- Its objects ------------------------------------------------------------
 */

struct handles {
    CK_OBJECT_HANDLE *items;
    size_t n_items;
};

static void
free_handles(struct handles *handles)
{
    free(handles->items);
}

static CK_RV
collect(CK_SESSION_HANDLE session, struct handles *out)
{
    CK_OBJECT_HANDLE some[HANDLES_AT_ONCE];
    CK_ULONG count = 1;
    CK_RV rv = CKR_OK;

    while (rv == CKR_OK && count > 0) {
        rv = C_FindObjects(session, some, HANDLES_AT_ONCE, &count);
        for (CK_ULONG i = 0; rv == CKR_OK && i < count; i++) {
            out->items =
                memory_grow(out->items, out->n_items, sizeof(*out->items));
            out->items[out->n_items++] = some[i];
        }
    }
    return rv;
}

static bool
find_all(CK_SESSION_HANDLE session, struct handles *out, struct error *error)
{
    CK_RV rv = C_FindObjectsInit(session, NULL, 0);

    if (rv != CKR_OK)
        return target_fail("C_FindObjectsInit", rv, error);
    rv = collect(session, out);
    (void)C_FindObjectsFinal(session);
    return rv == CKR_OK || target_fail("C_FindObjects", rv, error);
}

/* One that cannot be read is said, and the others are listed all the same. */
static bool
read_objects(CK_SESSION_HANDLE session, struct report *report,
             struct error *error)
{
    CLEANUP(free_handles) struct handles handles = { 0 };

    if (!find_all(session, &handles, error))
        return false;
    for (size_t i = 0; i < handles.n_items; i++) {
        CK_RV rv = object_row_add(report, session, handles.items[i]);
        char name[NAME_LENGTH];

        if (rv != CKR_OK)
            message_error("object 0x%lx cannot be read: %s", handles.items[i],
                          name_of(NAME_CKR, rv, name));
    }
    return true;
}

/* -- Saying -----------------------------------------------------------------
 */

static void
print(const struct request *request, const struct token *token,
      const struct report *report, bool is_logged_in, CK_FLAGS flags)
{
    struct json json = { .stream = stdout };

    if (request->is_given[OPTION_JSON]) {
        json_begin_object(&json, NULL);
        json_text(&json, "token", token->label);
        json_number(&json, "slot", token->slot);
        json_truth(&json, "logged_in", is_logged_in);
        report_write_json(report, &json, "objects");
        json_end_object(&json);
        return;
    }
    report_print_table(report, stdout);
    if (report_count(report) == 0)
        (void)puts("there is no object");
    if (!is_logged_in && (flags & CKF_LOGIN_REQUIRED) != 0)
        (void)puts("private objects are only seen with --login");
}

/* -- The command ------------------------------------------------------------
 */

static bool
wants_login(const struct request *request)
{
    return request->is_given[OPTION_LOGIN] ||
           request->is_given[OPTION_PIN_SOURCE];
}

/* Of --pin-source, else the token's own; NULL: none, who logs in is asked. */
static const struct config_pin *
find_source(const struct config_pin *option, const struct token *token)
{
    return option->kind != PIN_UNSET ? option : target_pin(token, false);
}

static bool
list_token(const struct request *request, const struct token *token,
           const struct config_pin *option, struct error *error)
{
    CLEANUP(report_freep) struct report *report = object_report_new();
    CK_SESSION_HANDLE session;
    CK_TOKEN_INFO info;
    bool is_logged_in = false;
    CK_RV rv;

    if (!target_info(token, &info, error))
        return false;
    rv = C_OpenSession(token->slot, CKF_SERIAL_SESSION, NULL, NULL, &session);
    if (rv != CKR_OK)
        return target_fail("C_OpenSession", rv, error);
    if (wants_login(request)) {
        is_logged_in = login_user(session, &info, find_source(option, token),
                                  target_uri(token), error);
        pin_option_forget(option);
        if (!is_logged_in)
            return false;
    }
    if (!read_objects(session, report, error))
        return false;
    print(request, token, report, is_logged_in, info.flags);
    return true;
}

enum status
cmd_objects(const struct request *request)
{
    CLEANUP(config_pin_clear) struct config_pin option = { 0 };
    const char *source = request->values[OPTION_PIN_SOURCE];
    const struct token *token;
    struct error error = { .rv = CKR_OK };
    bool is_done;

    if (source != NULL && !pin_option_parse(source, &option, &error)) {
        message_error("%s", error.text);
        return STATUS_USAGE;
    }
    if (!target_start(request, TARGET_AS_CONFIGURED, &error))
        return STATUS_WRONG;
    is_done = target_find(request->operands[0], &token, &error) &&
              list_token(request, token, &option, &error);
    if (!is_done)
        message_error("%s", error.text);
    target_stop();
    return is_done ? STATUS_FINE : STATUS_WRONG;
}
