/* SPDX-License-Identifier: BSD-3-Clause */
/* The command objects: what is on a token, as an application would see it. */
#include "cli/group-objects.h"
#include "cli/handles.h"
#include "cli/message.h"
#include "cli/object-row.h"
#include "cli/visit.h"
#include "common/cleanup.h"
#include "common/names.h"

/* R9.14; the search has just seen it, and what only the store has is on no
 * member. */
static const char *
find_place(const struct token *token, CK_OBJECT_HANDLE object)
{
    bool is_new = member_has_object(token, object, MIGRATE_NEW);
    bool is_old = member_has_object(token, object, MIGRATE_OLD);

    if (!is_new && !is_old)
        return "db";
    return is_new && is_old ? "both" : is_new ? "new" : "old";
}

/* One that cannot be read is said, and the others are listed all the same. */
static bool
read_objects(const struct visit *visit, struct report *report,
             struct error *error)
{
    CLEANUP(handles_clear) struct handles handles;

    if (!handles_find(visit->session, NULL, 0, &handles, error))
        return false;
    for (size_t i = 0; i < handles.n_items; i++) {
        CK_OBJECT_HANDLE object = handles.items[i];
        CK_RV rv = object_row_add(report, visit->session, object);
        char name[NAME_LENGTH];

        if (rv != CKR_OK)
            message_error("object 0x%lx cannot be read: %s", object,
                          name_of(NAME_CKR, rv, name));
        else if (visit->token->migration != NULL)
            object_row_set_where(report, find_place(visit->token, object));
    }
    return true;
}

static void
print(const struct visit *visit, const struct report *report)
{
    struct json json = { .stream = stdout };

    if (visit->request->is_given[OPTION_JSON]) {
        json_begin_object(&json, NULL);
        json_text(&json, "token", visit->token->label);
        json_number(&json, "slot", visit->token->slot);
        json_truth(&json, "logged_in", visit->is_logged_in);
        report_write_json(report, &json, "objects");
        json_end_object(&json);
        return;
    }
    report_print_table(report, stdout);
    if (report_count(report) == 0)
        (void)puts("there is no object");
    if (!visit->is_logged_in && (visit->info.flags & CKF_LOGIN_REQUIRED) != 0)
        (void)puts("private objects are only seen with --login");
}

static bool
list_token(struct visit *visit, struct error *error)
{
    CLEANUP(report_freep) struct report *report = NULL;

    if (!visit_token(visit, visit->request->operands[0], false, error))
        return false;
    report = object_report_new(visit->token->migration != NULL ? OBJECTS_MOVE
                                                               : OBJECTS_ALONE);
    if (!read_objects(visit, report, error))
        return false;
    print(visit, report);
    return true;
}

enum status
cmd_objects(const struct request *request)
{
    return visit_run(request, list_token, NULL);
}
