/* SPDX-License-Identifier: BSD-3-Clause */
/* The command group: the members of a token, what each holds, and how they
 * differ. */
#include "cli/group-objects.h"
#include "cli/handles.h"
#include "cli/member-row.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/object-row.h"
#include "cli/target.h"
#include "cli/visit.h"
#include "common/cleanup.h"
#include "common/names.h"
#include "router/instance.h"

#include <stdlib.h>

struct survey_of_group {
    struct report *members;
    struct report *objects; /* those that not all members have */
    struct member_objects of_member[MOST_MEMBERS];
    size_t n_objects;
};

static void
count(struct survey_of_group *survey, const struct token *token,
      CK_OBJECT_HANDLE object, size_t *n_lacking)
{
    *n_lacking = 0;
    for (unsigned i = 0; i < token->n_members; i++) {
        if (!member_is_usable(&token->members[i]))
            continue;
        if (member_has_object(token, object, i)) {
            survey->of_member[i].n_held++;
        } else {
            survey->of_member[i].n_lacked++;
            ++*n_lacking;
        }
    }
    survey->n_objects++;
}

static void
add_members(struct report *report, const struct token *token,
            CK_OBJECT_HANDLE object)
{
    for (unsigned i = 0; i < token->n_members; i++) {
        CLEANUP(freep) char *name = member_name(&token->members[i]);

        if (member_is_usable(&token->members[i]))
            object_row_set_member(report, name,
                                  member_has_object(token, object, i));
    }
}

/* As the member shows it that has it: through the group two keys with one
 * CKA_ID cannot be told apart. */
static CK_RV
add_object(struct report *report, const struct visit *visit,
           CK_OBJECT_HANDLE object)
{
    CLEANUP(identity_freep)
    struct identity *identity =
        object_space_identity(visit->token->objects, object);

    if (identity == NULL)
        return object_row_add(report, visit->session, object);
    object_row_add_known(report, visit->session, object, identity);
    return CKR_OK;
}

/* All of them for programs, those that differ for people. */
static bool
look(const struct visit *visit, struct survey_of_group *survey,
     struct error *error)
{
    CLEANUP(handles_clear) struct handles handles;
    const struct token *token = visit->token;

    if (!handles_find(visit->session, NULL, 0, &handles, error))
        return false;
    for (size_t i = 0; i < handles.n_items; i++) {
        CK_OBJECT_HANDLE object = handles.items[i];
        char name[NAME_LENGTH];
        size_t n_lacking;
        CK_RV rv;

        count(survey, token, object, &n_lacking);
        if (n_lacking == 0 && !visit->request->is_given[OPTION_JSON])
            continue;
        rv = add_object(survey->objects, visit, object);
        if (rv == CKR_OK)
            add_members(survey->objects, token, object);
        else
            message_error("object 0x%lx cannot be read: %s", object,
                          name_of(NAME_CKR, rv, name));
    }
    return true;
}

static void
print_json(const struct visit *visit, const struct token *token,
           const struct survey_of_group *survey)
{
    struct json json = { .stream = stdout };

    json_begin_object(&json, NULL);
    json_text(&json, "token", token->label);
    json_number(&json, "slot", token->slot);
    json_truth(&json, "logged_in", visit->is_logged_in);
    report_write_json(survey->members, &json, "members");
    report_write_json(survey->objects, &json, "objects");
    json_end_object(&json);
}

static void
print_table(const struct visit *visit, const struct token *token,
            const struct survey_of_group *survey, bool was_looked_at)
{
    size_t n_different = report_count(survey->objects);

    report_print_table(survey->members, stdout);
    if (!was_looked_at) {
        (void)printf("no member of \"%s\" can be asked; \"p11mux doctor\" "
                     "says why\n",
                     token->label);
        return;
    }
    (void)printf("\n%zu of %zu objects are on all members that are there\n",
                 survey->n_objects - n_different, survey->n_objects);
    if (n_different > 0)
        report_print_table(survey->objects, stdout);
    if (!visit->is_logged_in && (visit->info.flags & CKF_LOGIN_REQUIRED) != 0)
        (void)puts("private objects are only seen with --login");
}

static bool
show(struct visit *visit, const struct token *token, struct error *error)
{
    CLEANUP(report_freep) struct report *members = member_report_new();
    CLEANUP(report_freep)
    struct report *objects = object_report_new(OBJECTS_OF_GROUP);
    struct survey_of_group survey = { .members = members, .objects = objects };
    bool is_there = token_member(token, 0) != NULL;

    if (is_there && (!visit_open(visit, token, false, error) ||
                     !look(visit, &survey, error)))
        return false;
    for (unsigned i = 0; i < token->n_members; i++)
        member_row_add(members, &token->members[i],
                       is_there ? &survey.of_member[i] : NULL);
    if (visit->request->is_given[OPTION_JSON])
        print_json(visit, token, &survey);
    else
        print_table(visit, token, &survey, is_there);
    return true;
}

static bool
show_group(struct visit *visit, struct error *error)
{
    const char *name = visit->request->operands[0];
    const struct token *token;

    return target_find_group(name, &token, error) && show(visit, token, error);
}

enum status
cmd_group(const struct request *request)
{
    return visit_run(request, show_group, NULL);
}
