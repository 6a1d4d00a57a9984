/* SPDX-License-Identifier: BSD-3-Clause */
/* The command group sync: what the members of a group lack is copied to them
 * from those that have it. */
#include "cli/message.h"
#include "cli/progress.h"
#include "cli/sync.h"
#include "cli/target.h"
#include "common/cleanup.h"

struct work {
    const struct visit *visit;
    struct copying copying;
    struct group_objects objects;
    struct sync sync;
    struct mending mending;
};

static void
clear_work(struct work *work)
{
    copying_end(&work->copying);
    sync_clear(&work->sync);
    group_objects_clear(&work->objects);
}

static void
describe(const void *context, char *out, size_t room)
{
    const struct work *work = context;

    (void)snprintf(out, room, "comparing and copying: %zu of %zu objects",
                   atomic_load(&work->sync.n_done), work->objects.n_items);
}

static bool
settle_all(struct work *work, struct error *error)
{
    struct progress *progress = progress_begin(describe, work);
    bool is_done = sync_run(&work->sync, error);

    progress_end(progress);
    return is_done;
}

/* -- What is said ------------------------------------------------------------
 */

static const char *
noun(size_t count)
{
    return count == 1 ? "copy" : "copies";
}

static bool
is_any_away(const struct work *work)
{
    for (unsigned i = 0; i < work->copying.token->n_members; i++)
        if (work->copying.sessions[i] == 0)
            return true;
    return false;
}

static void
print(const struct work *work)
{
    CLEANUP(report_freep) struct report *report = sync_report(&work->sync);
    struct json json = { .stream = stdout };
    const struct visit *visit = work->visit;

    if (visit->request->is_given[OPTION_JSON]) {
        json_begin_object(&json, NULL);
        json_text(&json, "token", visit->token->label);
        json_number(&json, "slot", visit->token->slot);
        json_truth(&json, "logged_in", visit->is_logged_in);
        json_number(&json, "mended", work->mending.n_mended);
        json_number(&json, "unmended", work->mending.n_left);
        report_write_json(report, &json, "copies");
        json_end_object(&json);
        return;
    }
    if (work->mending.n_mended > 0)
        (void)printf("%zu %s left half way: mended\n", work->mending.n_mended,
                     noun(work->mending.n_mended));
    if (report_count(report) > 0)
        report_print_table(report, stdout);
    else
        (void)puts(is_any_away(work)
                       ? "no member that can be asked lacks anything"
                       : "no member lacks anything");
    if (!visit->is_logged_in && (visit->info.flags & CKF_LOGIN_REQUIRED) != 0)
        (void)puts("private objects are only copied with --login");
}

static bool
complain_of(const struct member *member, struct error *error)
{
    const char *label = member->token->label;
    unsigned number = member->index + 1;

    if (atomic_load(&member->is_drained))
        return error_set(error, CKR_DEVICE_REMOVED,
                         "member %u of \"%s\" is drained; p11mux group resume "
                         "\"%s\" %u, then sync again",
                         number, label, label, number);
    return error_set(error, CKR_DEVICE_REMOVED,
                     "member %u of \"%s\" is not there; sync again when it is",
                     number, label);
}

/* What only that one has was not found. */
static bool
complain_of_sight(const struct copying *copying, unsigned unseen,
                  struct error *error)
{
    const struct member *member = &copying->token->members[unseen];

    if (!member_is_usable(member))
        return complain_of(member, error);
    return copying_shows_all(copying, unseen, error) &&
           error_set(error, CKR_USER_NOT_LOGGED_IN,
                     "member %u of \"%s\" may not have shown all: its user "
                     "had to be logged in again; sync again",
                     unseen + 1, member->token->label);
}

static bool
judge(const struct work *work, struct error *error)
{
    const struct token *token = work->copying.token;
    size_t n_missing = sync_count(&work->sync, SYNC_NOT_MADE);

    if (work->mending.n_left > 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%zu %s left half way cannot be mended",
                         work->mending.n_left, noun(work->mending.n_left));
    if (n_missing > 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%zu of %zu %s cannot be made", n_missing,
                         work->sync.n_copies, noun(work->sync.n_copies));
    if (work->objects.unseen != MOST_MEMBERS)
        return complain_of_sight(&work->copying, work->objects.unseen, error);
    for (unsigned i = 0; i < token->n_members; i++)
        if (work->copying.sessions[i] == 0)
            return complain_of(&token->members[i], error);
    return true;
}

/* -- The command -------------------------------------------------------------
 */

static bool
is_any_in_service(const struct token *token, struct error *error)
{
    for (unsigned i = 0; i < token->n_members; i++)
        if (!atomic_load(&token->members[i].is_drained))
            return true;
    return error_set(error, CKR_DEVICE_REMOVED,
                     "all members of \"%s\" are drained; let them serve again "
                     "with \"p11mux group resume\", then sync again",
                     token->label);
}

static bool
may_be_level(const struct token *token, struct error *error)
{
    return token->mode != GROUP_MIGRATE ||
           error_set(error, CKR_ARGUMENTS_BAD,
                     "the members of \"%s\" are a new and an old one, and what "
                     "is new is not copied to the old one; \"p11mux group "
                     "%s\" shows what is where",
                     token->label, token->label);
}

static bool
look_for_group(struct visit *visit, struct error *error)
{
    const char *name = visit->request->operands[0];
    const struct token *token;

    return target_find_group(name, &token, error) &&
           may_be_level(token, error) && is_any_in_service(token, error) &&
           visit_open(visit, token, true, error);
}

static bool
sync_group(struct visit *visit, struct error *error)
{
    CLEANUP(clear_work)
    struct work work = {
        .visit = visit,
        .copying = { .lock = -1 },
        .sync = { .copying = &work.copying,
                  .objects = &work.objects,
                  .is_plan = visit->request->is_given[OPTION_PLAN] }
    };
    bool is_done;

    if (!look_for_group(visit, error) ||
        !copying_begin(&work.copying, visit, error))
        return false;
    if (!work.sync.is_plan &&
        (!copying_lock(&work.copying, error) ||
         !copying_mend(&work.copying, &work.mending, error)))
        return false;
    work.sync.n_left = work.mending.n_left;
    if (!group_objects_find(&work.copying, visit->session, &work.objects,
                            error))
        return false;
    is_done = settle_all(&work, error);
    print(&work);
    return is_done && judge(&work, error);
}

enum status
cmd_group_sync(const struct request *request)
{
    return visit_run(request, sync_group, NULL);
}
