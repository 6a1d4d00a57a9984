/* SPDX-License-Identifier: BSD-3-Clause */
/* What the control page says of the members of a group, and what this process
 * does about it. */
#include "common/cleanup.h"
#include "common/log.h"
#include "router/control-private.h"
#include "router/drain.h"
#include "router/member-probe.h"
#include "router/mender.h"
#include "router/migration.h"
#include "router/process.h"
#include "router/record.h"
#include "router/slot-list.h"

#include <stdlib.h>
#include <string.h>

/* Who hears of it. */
static void
tell(const struct member *member, const char *what)
{
    log_write(LOG_LEVEL_WARNING, "member %u of token \"%s\" is %s",
              member->index + 1, member->token->label, what);
    record_member(member, what);
}

/* -- Who comes first ---------------------------------------------------------
 */

/* 0, where none has that name. */
static unsigned
find_index(const struct token *token, const char *name)
{
    for (unsigned i = 0; i < token->n_members; i++) {
        CLEANUP(freep)
        char *its = control_member_name(token->members[i].rule);

        if (its != NULL && strcmp(its, name) == 0)
            return i;
    }
    return 0;
}

/* Who comes first is not held back. */
static void
promote(const struct control *control, struct token *token, const char *name)
{
    const struct control_line *line =
        name == NULL ? NULL : control_page_promoted(&control->page, name);
    unsigned first = line == NULL ? 0 : find_index(token, line->member);

    if (atomic_exchange(&token->first, first) != first)
        tell(&token->members[first], "the first");
    if (line == NULL || line->number <= control->since ||
        line->number <= token->promoted)
        return;
    token->promoted = line->number;
    member_admit(&token->members[first]);
}

/* -- What was moved ----------------------------------------------------------
 */

static void
follow(const struct control *control, struct token *token, const char *name)
{
    const struct control_line *line =
        name == NULL ? NULL : control_page_moved(&control->page, name);

    migration_follow(token, control->instance->config->state_dir,
                     line == NULL ? 0 : line->number);
}

/* -- Who is drained ----------------------------------------------------------
 */

static const struct control_line *
find_line(const struct control *control, const struct member *member,
          const char *name)
{
    CLEANUP(freep) char *its = NULL;

    if (name == NULL)
        return NULL;
    its = control_member_name(member->rule);
    return its == NULL
               ? NULL
               : control_page_member(&control->page,
                                     &(struct control_aim){ name, its });
}

/* Where p11mux has no threads this one tries it. */
static void
come_back(const struct control *control, struct member *member)
{
    drain_end(member);
    tell(member, "let in again");
    member->is_awaited = true;
    if (mender_has_thread()) {
        mender_wake();
        return;
    }
    slot_list_look(control->instance->slots);
    (void)member_mend(member);
}

/* Once for each such command: also one that is held back, or down. */
static void
admit(const struct control *control, struct member *member,
      const struct control_line *line)
{
    if (line == NULL || line->verb != CONTROL_ADMIT ||
        line->number <= control->since || line->number <= member->admitted)
        return;
    member->admitted = line->number;
    if (member_held_back(member) != 0)
        tell(member, "let in again");
    member_admit(member);
    if (member_hasten(member))
        mender_wake();
}

/* Whether it is still to be found well; nobody waits for that longer than for a
 * token that was paused. */
static bool
is_awaited(const struct control *control, struct member *member)
{
    if (member->is_awaited &&
        (member_is_usable(member) || deadline_has_passed(control->patience)))
        member->is_awaited = false;
    return member->is_awaited;
}

/* Adds to `doing` what it is still at. */
static void
tend(const struct control *control, struct member *member, const char *name,
     struct control_doing *doing)
{
    const struct control_line *line = find_line(control, member, name);
    bool is_wanted = line != NULL && line->verb == CONTROL_DRAIN;
    bool is_left = migration_has_left(member);
    size_t n_running;

    if (!is_wanted && !is_left) {
        if (atomic_load(&member->is_drained))
            come_back(control, member);
        admit(control, member, line);
        doing->is_waiting = is_awaited(control, member) || doing->is_waiting;
        return;
    }
    if (!atomic_load(&member->is_drained)) {
        atomic_store(&process.heeds, true);
        drain_begin(member);
        tell(member, "drained");
    }
    n_running = drain_rest(member);
    doing->is_running = doing->is_running || n_running > 0;
    control_note_running(doing,
                         is_wanted ? line->number
                                   : migration_number(member->token),
                         n_running, 0);
}

void
control_tend_members(struct control *control, struct token *token,
                     const char *name, struct control_doing *doing)
{
    if (token->mode == GROUP_SINGLE)
        return;
    if (token->migration != NULL)
        follow(control, token, name);
    else
        promote(control, token, name);
    for (unsigned i = 0; i < token->n_members; i++)
        tend(control, &token->members[i], name, doing);
}
