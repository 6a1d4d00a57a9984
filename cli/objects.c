/* SPDX-License-Identifier: BSD-3-Clause */
/* The command objects: what is on a token, as an application would see it. */
#include "cli/configuration.h"
#include "cli/ending.h"
#include "cli/login.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/object-row.h"
#include "cli/pin.h"
#include "cli/progress.h"
#include "common/cleanup.h"
#include "common/names.h"
#include "common/text.h"
#include "router/instance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { HANDLES_AT_ONCE = 64 };

/* -- The token --------------------------------------------------------------
 */

/* Whether a word is the number of a slot. */
static bool
read_slot(const char *word, CK_SLOT_ID *out)
{
    char *end;

    errno = 0;
    *out = strtoul(word, &end, 0);
    return errno == 0 && end != word && *end == '\0' && word[0] != '-';
}

/* The labels of all slots, for who misspelt one. */
static bool
refuse_name(const struct slot_list *slots, const char *name,
            struct error *error)
{
    size_t count = slot_list_count(slots);
    const char **labels = memory_new(count, sizeof(*labels));
    const char *nearest;
    bool answer;

    for (size_t i = 0; i < count; i++)
        labels[i] = slot_list_at(slots, i)->label;
    nearest = text_nearest(name, labels, count);
    if (nearest != NULL)
        answer = error_set(error, CKR_ARGUMENTS_BAD,
                           "no token is called \"%s\"; did you mean \"%s\"?",
                           name, nearest);
    else
        answer = error_set(error, CKR_ARGUMENTS_BAD,
                           "no token is called \"%s\"; \"p11mux slots\" lists "
                           "those that are there",
                           name);
    free(labels);
    return answer;
}

/* A label comes before a number: a token may be called "1". */
static bool
find_token(const struct slot_list *slots, const char *name,
           const struct token **out, struct error *error)
{
    CK_SLOT_ID slot;

    *out = NULL;
    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct token *token = slot_list_at(slots, i);

        if (strcmp(token->label, name) != 0)
            continue;
        if (*out != NULL)
            return error_set(error, CKR_ARGUMENTS_BAD,
                             "slots %lu and %lu both have a token called "
                             "\"%s\"; give the number of one",
                             (*out)->slot, token->slot, name);
        *out = token;
    }
    if (*out == NULL && read_slot(name, &slot))
        *out = slot_list_find(slots, slot);
    return *out != NULL || refuse_name(slots, name, error);
}

static bool
fail(const char *function, CK_RV rv, struct error *error)
{
    char name[NAME_LENGTH];

    return error_set(error, rv, "%s: %s", function,
                     name_of(NAME_CKR, rv, name));
}

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
        return fail("C_FindObjectsInit", rv, error);
    rv = collect(session, out);
    (void)C_FindObjectsFinal(session);
    return rv == CKR_OK || fail("C_FindObjects", rv, error);
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

static bool
list_token(const struct request *request, const struct token *token,
           struct error *error)
{
    CLEANUP(report_freep) struct report *report = object_report_new();
    CK_SESSION_HANDLE session;
    CK_TOKEN_INFO info;
    bool is_logged_in = false;
    CK_RV rv = C_GetTokenInfo(token->slot, &info);

    if (rv == CKR_TOKEN_NOT_PRESENT)
        return error_set(error, rv,
                         "token \"%s\" is not there; \"p11mux doctor\" says "
                         "why",
                         token->label);
    if (rv != CKR_OK)
        return fail("C_GetTokenInfo", rv, error);
    rv = C_OpenSession(token->slot, CKF_SERIAL_SESSION, NULL, NULL, &session);
    if (rv != CKR_OK)
        return fail("C_OpenSession", rv, error);
    if (wants_login(request)) {
        if (!login_user(session, &info, request->values[OPTION_PIN_SOURCE],
                        error))
            return false;
        is_logged_in = true;
    }
    if (!read_objects(session, report, error))
        return false;
    print(request, token, report, is_logged_in, info.flags);
    return true;
}

static void
describe(const void *context, char *out, size_t room)
{
    (void)snprintf(out, room, "%s", (const char *)context);
}

/* As applications start, but with the log where the tool has it. */
static bool
start(const struct request *request, struct error *error)
{
    struct config *config;
    struct progress *progress;
    CK_RV rv;

    if (!configuration_load(request, &config))
        return false;
    config->log_level =
        request->is_given[OPTION_VERBOSE] ? LOG_LEVEL_INFO : LOG_LEVEL_NONE;
    free(config->log_target);
    config->log_target = memory_copy("stderr");
    progress = progress_begin(describe, "starting the modules");
    rv = instance_start_with(config, true, error);
    progress_end(progress);
    if (rv != CKR_OK)
        message_error("%s; \"p11mux doctor\" says more", error->text);
    return rv == CKR_OK;
}

enum status
cmd_objects(const struct request *request)
{
    const char *source = request->values[OPTION_PIN_SOURCE];
    const struct token *token;
    struct error error = { .rv = CKR_OK };
    bool is_done;

    if (source != NULL && !pin_option_is_valid(source, &error)) {
        message_error("%s", error.text);
        return STATUS_USAGE;
    }
    if (!start(request, &error))
        return STATUS_WRONG;
    is_done = find_token(instance_get()->slots, request->operands[0], &token,
                         &error) &&
              list_token(request, token, &error);
    if (!is_done)
        message_error("%s", error.text);
    ending_look_at(instance_get()->backends);
    (void)instance_stop();
    return is_done ? STATUS_FINE : STATUS_WRONG;
}
