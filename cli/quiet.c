/* SPDX-License-Identifier: BSD-3-Clause */
/* Looks for uses of an old member: in what processes show, and in the log. */
#include "cli/quiet.h"

#include "audit/program.h"
#include "audit/view.h"
#include "cli/audit-entry.h"
#include "cli/gathering.h"
#include "cli/message.h"
#include "common/cleanup.h"
#include "common/clock.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

struct quiet {
    const struct config *config;
    const struct token *token;
    const char *old_name; /* of the old member's module, as in records */
    char tool[PATH_MAX];  /* this program; empty: not known */
    uint64_t since_us;
    char since[CLOCK_TEXT_LENGTH + 1];
};

/* -- Processes that run ------------------------------------------------------
 */

static bool
check_token(const struct quiet *quiet, const struct shown *shown,
            const struct counters_token *token, struct error *error)
{
    char time[CLOCK_TEXT_LENGTH + 1];

    for (unsigned i = 0; i < COUNTERS_USES; i++) {
        const struct counters_use *use = &token->uses[i];

        if (use->count == 0 || use->grown_us < quiet->since_us)
            continue;
        clock_format_us(use->grown_us, time);
        return error_set(
            error, CKR_FUNCTION_FAILED,
            "the old member of \"%s\" was used at %s by process %llu, "
            "%s%s%s%s; "
            "\"p11mux status %s\" shows such uses, wait until there are none",
            token->label, time, (unsigned long long)shown->pid, shown->program,
            use->label[0] == '\0' ? "" : ", with \"", use->label,
            use->label[0] == '\0' ? "" : "\"", token->label);
    }
    return true;
}

static bool
check_shown(const struct quiet *quiet, const struct gathering *gathering,
            struct error *error)
{
    if (gathering->n_troubles > 0)
        return error_set(error, CKR_FUNCTION_FAILED, "%s",
                         gathering->troubles[0]);
    for (size_t i = 0; i < gathering->n_processes; i++) {
        const struct shown *shown = &gathering->processes[i];

        for (uint32_t k = 0; k < shown->picture->n_tokens; k++)
            if (strcmp(shown->tokens[k].label, quiet->token->label) == 0 &&
                !check_token(quiet, shown, &shown->tokens[k], error))
                return false;
    }
    return true;
}

static bool
check_processes(const struct quiet *quiet, struct error *error)
{
    struct gathering gathering;
    bool is_quiet;

    gathering_read(quiet->config, &gathering);
    is_quiet = check_shown(quiet, &gathering, error);
    gathering_clear(&gathering);
    return is_quiet;
}

/* -- Processes that have ended ------------------------------------------------
 */

static bool
is_of_old(const struct quiet *quiet, const struct log_entry *entry)
{
    struct view view;
    char name[VIEW_TEXT_LENGTH];
    size_t length;

    view_read(entry->text, entry->length, &view);
    length = view_text(&view, VIEW_MEMBER, name);
    return length == strlen(quiet->old_name) &&
           memcmp(name, quiet->old_name, length) == 0;
}

/* Operations with a key; what the tool itself does to move keys is not. */
static bool
is_use(const struct quiet *quiet, const struct log_entry *entry)
{
    return entry->token != NULL &&
           strcmp(entry->token, quiet->token->label) == 0 &&
           entry->mechanism != NULL && entry->key.object_class != NULL &&
           (entry->exe == NULL || strcmp(entry->exe, quiet->tool) != 0) &&
           is_of_old(quiet, entry);
}

/* What of the log may tell of more uses than it does. */
struct doubt {
    bool reaches;     /* it has what is older than the time that counts */
    uint64_t damaged; /* the last such line behind all that; 0: none */
};

static bool
check_record(const struct quiet *quiet, const struct log_entry *entry,
             struct doubt *doubt, struct error *error)
{
    if (strcmp(entry->time, quiet->since) < 0) {
        *doubt = (struct doubt){ .reaches = true };
        return true;
    }
    return !is_use(quiet, entry) ||
           error_set(
               error, CKR_FUNCTION_FAILED,
               "%s: line %llu: the old member of \"%s\" was used at %s by %s, "
               "with \"%s\"; wait until there are no such uses",
               quiet->config->audit.file, (unsigned long long)entry->line,
               quiet->token->label, entry->time,
               entry->exe == NULL ? "a process" : entry->exe,
               entry->key.label == NULL ? "" : entry->key.label);
}

/* A piece that nothing stands behind may be a record that is being written. */
static bool
is_damaged(enum entry_kind kind, const struct line *line)
{
    return kind == ENTRY_DAMAGED || kind == ENTRY_BEHIND_PIECE ||
           (kind == ENTRY_UNFINISHED && !line->is_last);
}

static bool
check_line(const struct quiet *quiet, const struct line *line,
           struct doubt *doubt, struct error *error)
{
    struct log_entry entry;
    enum entry_kind kind = entry_read(line, &entry);
    bool is_quiet = true;

    if (is_damaged(kind, line))
        doubt->damaged = line->number;
    if (kind == ENTRY_RECORD || kind == ENTRY_BEHIND_PIECE)
        is_quiet = check_record(quiet, &entry, doubt, error);
    entry_clear(&entry);
    return is_quiet;
}

static bool
settle_doubt(const struct quiet *quiet, const struct doubt *doubt,
             const char *absent, struct error *error)
{
    if (absent != NULL && !doubt->reaches)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: is not there, and may tell of uses of the old "
                         "member of \"%s\"; bring it back, or give a shorter "
                         "time",
                         absent, quiet->token->label);
    return doubt->damaged == 0 ||
           error_set(error, CKR_FUNCTION_FAILED,
                     "%s: line %llu is damaged, and may be a use of the old "
                     "member of \"%s\"; \"p11mux audit verify\" says more, "
                     "give a shorter time",
                     quiet->config->audit.file,
                     (unsigned long long)doubt->damaged, quiet->token->label);
}

static bool
check_log(const struct quiet *quiet, struct error *error)
{
    CLEANUP(lines_freep) struct lines *lines = NULL;
    const char *path = quiet->config->audit.file;
    struct doubt doubt = { .reaches = false };
    enum lines_found found;
    struct line line;

    if (!lines_open(&path, 1, 0, 0, &lines, error))
        return false;
    while ((found = lines_next(lines, &line, error)) == LINES_LINE)
        if (!check_line(quiet, &line, &doubt, error))
            return false;
    return found == LINES_END &&
           settle_doubt(quiet, &doubt, lines_sequence(lines)->absent, error);
}

bool
quiet_check(const struct config *config, const struct token *token,
            uint64_t quiet_ms, struct error *error)
{
    struct quiet quiet = {
        .config = config,
        .token = token,
        .old_name = token->members[MIGRATE_OLD].rule->module->name,
        .since_us = clock_real_us() - quiet_ms * 1000,
    };

    clock_format_us(quiet.since_us, quiet.since);
    if (!audit_program_find_exe(getpid(), quiet.tool))
        quiet.tool[0] = '\0';
    if (!check_processes(&quiet, error))
        return false;
    if (geteuid() != 0)
        message_error("warning: what other users' processes use is not seen; "
                      "root sees it");
    if (config->audit.file != NULL)
        return check_log(&quiet, error);
    message_error("warning: there is no audit log, so that what processes have "
                  "used that have ended is not known");
    return true;
}
