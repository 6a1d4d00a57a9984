/* SPDX-License-Identifier: BSD-3-Clause */
/* The members of a group as rows of a report. */
#include "cli/member-row.h"

#include "cli/memory.h"
#include "cli/token-text.h"
#include "common/cleanup.h"
#include "router/instance.h"

#include <stdlib.h>

enum column {
    COLUMN_NUMBER,
    COLUMN_TURN,
    COLUMN_MODULE,
    COLUMN_THERE,
    COLUMN_LABEL,
    COLUMN_SERIAL,
    COLUMN_STATE,
    COLUMN_STANDBY,
    COLUMN_HELD,
    COLUMN_LACKED,
    N_COLUMNS
};

static const struct report_column columns[N_COLUMNS] = {
    [COLUMN_NUMBER] = { .name = "member",
                        .heading = "MEMBER",
                        .is_number = true },
    [COLUMN_TURN] = { .name = "turn", .heading = "TURN", .is_number = true },
    [COLUMN_MODULE] = { .name = "module", .heading = "MODULE" },
    [COLUMN_THERE] = { .name = "backend_slot",
                       .heading = "SLOT THERE",
                       .is_number = true },
    [COLUMN_LABEL] = { .name = "label", .heading = "LABEL THERE" },
    [COLUMN_SERIAL] = { .name = "serial", .heading = "SERIAL" },
    [COLUMN_STATE] = { .name = "state", .heading = "STATE" },
    [COLUMN_STANDBY] = { .name = "standby" },
    [COLUMN_HELD] = { .name = "objects",
                      .heading = "OBJECTS",
                      .is_number = true },
    [COLUMN_LACKED] = { .name = "lacks",
                        .heading = "LACKS",
                        .is_number = true },
};

struct report *
member_report_new(void)
{
    return report_new(columns, N_COLUMNS);
}

char *
member_name(const struct member *member)
{
    return memory_text("%u %s", member->index + 1, member->rule->module->name);
}

/* Whether a backend of its module is up. */
static bool
is_module_up(const struct member *member)
{
    struct backend_set *set = instance_get()->backends;

    for (size_t i = 0; i < backend_set_count(set); i++) {
        struct backend *backend = backend_set_get(set, i);

        if (backend_module(backend) == member->rule->module &&
            backend_state(backend) == BACKEND_UP)
            return true;
    }
    return false;
}

static const char *
state_of(const struct member *member)
{
    if (atomic_load(&member->is_drained))
        return "drained";
    if (member_is_usable(member) && member_is_slow(member))
        return "slow";
    if (member_is_usable(member))
        return member->rule->is_standby && member != token_first(member->token)
                   ? "standby"
                   : "up";
    if (atomic_load(&member->is_left_out))
        return "left out";
    if (member->trouble != NULL)
        return "ambiguous";
    if (!is_module_up(member))
        return "module down";
    return atomic_load(&member->is_present) ? "down" : "absent";
}

/* From 1 on. */
static unsigned
find_turn(const struct member *member)
{
    const struct token *token = member->token;
    unsigned turn = 1;

    for (unsigned i = 0; i < token->n_members; i++)
        if (member_place_in_line(&token->members[i]) <
            member_place_in_line(member))
            turn++;
    return turn;
}

void
member_row_add(struct report *report, const struct member *member,
               const struct member_objects *objects)
{
    bool was_seen = atomic_load(&member->functions) != NULL;
    struct token_text text;

    report_add_row(report);
    report_set_number(report, COLUMN_NUMBER, member->index + 1);
    report_set_number(report, COLUMN_TURN, find_turn(member));
    report_set_text(report, COLUMN_MODULE, member->rule->module->name);
    if (was_seen) {
        token_text_read(&member->seen, &text);
        report_set_number(report, COLUMN_THERE, atomic_load(&member->slot));
        report_set_text(report, COLUMN_LABEL, text.label);
        report_set_text(report, COLUMN_SERIAL, text.serial);
    }
    report_set_text(report, COLUMN_STATE, state_of(member));
    report_set_truth(report, COLUMN_STANDBY, member->rule->is_standby);
    if (objects != NULL && member_is_usable(member)) {
        report_set_number(report, COLUMN_HELD, objects->n_held);
        report_set_number(report, COLUMN_LACKED, objects->n_lacked);
    }
}
