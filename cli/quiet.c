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

static void
format_time(uint64_t us, char out[CLOCK_TEXT_LENGTH + 1])
{
    clock_format((struct timespec){ .tv_sec = (time_t)(us / 1000000),
                                    .tv_nsec = (long)(us % 1000000) * 1000 },
                 out);
}

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
        format_time(use->grown_us, time);
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
    const struct view_value *member = &view.values[VIEW_MEMBER];

    view_read(entry->text, entry->length, &view);
    return member->json != NULL && member->length == strlen(quiet->old_name) &&
           memcmp(member->json, quiet->old_name, member->length) == 0;
}

/* Operations with a key; what the tool itself does to move keys is not. */
static bool
is_use(const struct quiet *quiet, const struct log_entry *entry)
{
    return strcmp(entry->time, quiet->since) >= 0 && entry->token != NULL &&
           strcmp(entry->token, quiet->token->label) == 0 &&
           entry->mechanism != NULL && entry->key.object_class != NULL &&
           (entry->exe == NULL || strcmp(entry->exe, quiet->tool) != 0) &&
           is_of_old(quiet, entry);
}

static bool
check_line(const struct quiet *quiet, const struct line *line,
           struct error *error)
{
    struct log_entry entry;
    enum entry_kind kind = entry_read(line, &entry);
    bool is_quiet = (kind != ENTRY_RECORD && kind != ENTRY_BEHIND_PIECE) ||
                    !is_use(quiet, &entry);

    if (!is_quiet)
        (void)error_set(
            error, CKR_FUNCTION_FAILED,
            "%s: line %llu: the old member of \"%s\" was used at %s by %s, "
            "with \"%s\"; wait until there are no such uses",
            quiet->config->audit.file, (unsigned long long)entry.line,
            quiet->token->label, entry.time,
            entry.exe == NULL ? "a process" : entry.exe,
            entry.key.label == NULL ? "" : entry.key.label);
    entry_clear(&entry);
    return is_quiet;
}

static bool
check_log(const struct quiet *quiet, struct error *error)
{
    CLEANUP(lines_freep) struct lines *lines = NULL;
    const char *path = quiet->config->audit.file;
    enum lines_found found;
    struct line line;

    if (!lines_open(&path, 1, 0, 0, &lines, error))
        return false;
    while ((found = lines_next(lines, &line, error)) == LINES_LINE)
        if (!check_line(quiet, &line, error))
            return false;
    return found == LINES_END;
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

    format_time(quiet.since_us, quiet.since);
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
