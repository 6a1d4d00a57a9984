/* SPDX-License-Identifier: BSD-3-Clause */
/* The command group sync: what the members of a group lack is copied to them
 * from those that have it. */
#include "cli/copy-row.h"
#include "cli/copying.h"
#include "cli/handles.h"
#include "cli/member-row.h"
#include "cli/message.h"
#include "cli/progress.h"
#include "cli/target.h"
#include "common/cleanup.h"
#include "common/names.h"

#include <stdatomic.h>

enum copy_state {
    COPY_PLANNED,
    COPY_MADE,
    COPY_THERE, /* the same key, which only an operation could tell */
    COPY_NOT_MADE
};

static const struct transfer_text states[] = {
    [COPY_PLANNED] = { "planned", "can be made" },
    [COPY_MADE] = { "made", "made" },
    [COPY_THERE] = { "there", "is there" },
    [COPY_NOT_MADE] = { "not-made", "cannot be made" },
};

struct work {
    const struct visit *visit;
    struct copying copying;
    struct handles handles;
    struct report *report;
    size_t n_of[COPY_NOT_MADE + 1]; /* copies, by what came of them */
    struct mending mending;
    bool is_plan;
    _Atomic(size_t) n_done; /* objects that were looked at */
};

static void
clear_work(struct work *work)
{
    copying_end(&work->copying);
    handles_clear(&work->handles);
    report_free(work->report);
}

static void
describe(const void *context, char *out, size_t room)
{
    const struct work *work = context;

    (void)snprintf(out, room, "comparing and copying: %zu of %zu objects",
                   atomic_load(&work->n_done), work->handles.n_items);
}

/* -- One copy ----------------------------------------------------------------
 */

static bool
has(const struct work *work, CK_OBJECT_HANDLE object, unsigned member)
{
    return work->copying.sessions[member] != 0 &&
           member_has_object(work->copying.token, object, member);
}

/* From whichever member it can be had; what the first one said is the reason
 * where it cannot. */
static bool
find_source(struct work *work, struct lack *lack,
            struct transfer_outcome *outcome)
{
    bool is_first = true;

    for (unsigned i = 0; i < work->copying.token->n_members; i++) {
        struct lack its = *lack;
        struct transfer_outcome its_outcome;
        bool is_found;

        if (!has(work, lack->object, i))
            continue;
        its.from = i;
        is_found = copying_try(&work->copying, &its, &its_outcome);
        if (is_found || is_first) {
            *lack = its;
            *outcome = its_outcome;
        }
        if (is_found)
            return true;
        is_first = false;
    }
    return false;
}

static bool
make(struct work *work, const struct lack *lack,
     struct transfer_outcome *outcome, struct error *error)
{
    struct copied copied = { .outcome = *outcome };
    bool is_done = copying_make(&work->copying, lack, &copied, error);

    if (is_done && copied_waits(&copied))
        is_done = copying_settle(&work->copying, &copied, 1, error);
    *outcome = copied.outcome;
    return is_done;
}

static bool
copy_to(struct work *work, struct lack *lack, struct error *error)
{
    const struct member *members = work->copying.token->members;
    struct copy_row row = { .object = lack->object,
                            .identity = lack->identity,
                            .to = &members[lack->to] };
    enum copy_state state = COPY_NOT_MADE;
    bool is_done = true;

    if (find_source(work, lack, &row.outcome)) {
        state = work->is_plan ? COPY_PLANNED : COPY_MADE;
        is_done = work->is_plan || make(work, lack, &row.outcome, error);
        if (row.outcome.verdict != TRANSFER_FINE || !is_done)
            state = COPY_NOT_MADE;
    } else if (row.outcome.verdict == TRANSFER_THERE) {
        state = COPY_THERE;
    }
    row.from = &members[lack->from];
    row.session = work->copying.sessions[lack->from];
    row.state = &states[state];
    work->n_of[state]++;
    copy_row_add(work->report, &row);
    return is_done;
}

/* -- All of them -------------------------------------------------------------
 */

/* What a device has built in (R7.21) no other one is given. */
static bool
is_built_in(CK_OBJECT_CLASS object_class)
{
    return object_class == CKO_HW_FEATURE || object_class == CKO_MECHANISM ||
           object_class == CKO_PROFILE || object_class == CKO_VALIDATION;
}

/* Public keys and certificates first: a private key is known by them. */
static bool
is_of_round(const struct identity *identity, unsigned round)
{
    bool is_late = identity->object_class == CKO_PRIVATE_KEY ||
                   identity->object_class == CKO_SECRET_KEY;

    return is_late == (round != 0) && !is_built_in(identity->object_class);
}

static unsigned
first_holder(const struct work *work, CK_OBJECT_HANDLE object)
{
    unsigned i = 0;

    while (i < work->copying.token->n_members && !has(work, object, i))
        i++;
    return i;
}

static bool
settle(struct work *work, CK_OBJECT_HANDLE object, unsigned round,
       struct error *error)
{
    const struct token *token = work->copying.token;
    CLEANUP(identity_freep) struct identity *identity = NULL;
    unsigned holder = first_holder(work, object);
    bool is_done = true;
    CK_RV rv;

    /* What is in the store of certificates alone, all members have. */
    if (holder == token->n_members)
        return true;
    rv = copying_read(&work->copying, holder, object, &identity);
    if (rv == CKR_OBJECT_HANDLE_INVALID)
        return true; /* destroyed meanwhile */
    if (rv != CKR_OK)
        return target_fail("C_GetAttributeValue", rv, error);
    if (!is_of_round(identity, round))
        return true;
    for (unsigned i = 0; is_done && i < token->n_members; i++) {
        struct lack lack = { .object = object, .identity = identity, .to = i };

        if (work->copying.sessions[i] != 0 && !has(work, object, i))
            is_done = copy_to(work, &lack, error);
    }
    atomic_fetch_add(&work->n_done, 1);
    return is_done;
}

static bool
settle_all(struct work *work, struct error *error)
{
    struct progress *progress = progress_begin(describe, work);
    bool is_done = true;

    for (unsigned round = 0; round < 2; round++)
        for (size_t i = 0; is_done && i < work->handles.n_items; i++)
            is_done = settle(work, work->handles.items[i], round, error);
    progress_end(progress);
    return is_done;
}

/* -- The command -------------------------------------------------------------
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
    struct json json = { .stream = stdout };
    const struct visit *visit = work->visit;

    if (visit->request->is_given[OPTION_JSON]) {
        json_begin_object(&json, NULL);
        json_text(&json, "token", visit->token->label);
        json_number(&json, "slot", visit->token->slot);
        json_truth(&json, "logged_in", visit->is_logged_in);
        json_number(&json, "mended", work->mending.n_mended);
        json_number(&json, "unmended", work->mending.n_left);
        report_write_json(work->report, &json, "copies");
        json_end_object(&json);
        return;
    }
    if (work->mending.n_mended > 0)
        (void)printf("%zu %s left half way: mended\n", work->mending.n_mended,
                     noun(work->mending.n_mended));
    if (report_count(work->report) > 0)
        report_print_table(work->report, stdout);
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

static bool
judge(const struct work *work, struct error *error)
{
    const struct token *token = work->copying.token;

    if (work->mending.n_left > 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%zu %s left half way cannot be mended",
                         work->mending.n_left, noun(work->mending.n_left));
    if (work->n_of[COPY_NOT_MADE] > 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%zu of %zu %s cannot be made",
                         work->n_of[COPY_NOT_MADE], report_count(work->report),
                         noun(report_count(work->report)));
    for (unsigned i = 0; i < token->n_members; i++)
        if (work->copying.sessions[i] == 0)
            return complain_of(&token->members[i], error);
    return true;
}

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
    struct work work = { .visit = visit,
                         .copying = { .lock = -1 },
                         .report = copy_report_new(),
                         .is_plan = visit->request->is_given[OPTION_PLAN] };
    bool is_done;

    if (!look_for_group(visit, error) ||
        !copying_begin(&work.copying, visit, error))
        return false;
    if (!work.is_plan && (!copying_lock(&work.copying, error) ||
                          !copying_mend(&work.copying, &work.mending, error)))
        return false;
    if (!handles_find(visit->session, NULL, 0, &work.handles, error))
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
