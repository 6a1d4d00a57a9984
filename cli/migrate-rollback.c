/* SPDX-License-Identifier: BSD-3-Clause */
/* The command migrate rollback: the old member comes first again. No module is
 * started for it: it may be the new one that is the trouble. */
#include "cli/configuration.h"
#include "cli/control.h"
#include "cli/message.h"
#include "cli/phase-change.h"
#include "cli/token-name.h"
#include "common/cleanup.h"

static bool
roll_back(const struct request *request, const struct config *config,
          const char *label, struct error *error)
{
    const struct config_token *rule = token_name_rule(config, label);
    CLEANUP(closep) int lock = -1;
    enum migration_phase phase;

    if (rule == NULL || rule->mode != GROUP_MIGRATE)
        return error_set(error, CKR_ARGUMENTS_BAD,
                         "the objects of token \"%s\" do not move: its mode is "
                         "not \"migrate\"",
                         label);
    lock = migration_phase_lock(config->state_dir, rule, error);
    if (lock < 0 ||
        !migration_phase_read(config->state_dir, rule, &phase, error))
        return false;
    if (phase == MIGRATION_FINISHED)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "the migration of \"%s\" is finished: what was made "
                         "since then is on the new member alone, and the old "
                         "one may not have what was changed",
                         label);
    if (phase != MIGRATION_ROLLED_BACK &&
        !phase_change_make(&(struct phase_change){ config, rule,
                                                   CK_UNAVAILABLE_INFORMATION,
                                                   phase,
                                                   MIGRATION_ROLLED_BACK },
                           error))
        return false;
    if (!request->is_given[OPTION_JSON])
        (void)printf("the old member of \"%s\" comes first again; what the new "
                     "one alone has is used there\n",
                     label);
    return true;
}

enum status
cmd_migrate_rollback(const struct request *request)
{
    CLEANUP(token_name_clear) struct token_name name = { .name = NULL };
    struct error error = { .rv = CKR_OK };
    struct config *config;
    bool is_done;

    if (!configuration_load(request, &config))
        return STATUS_WRONG;
    is_done = token_name_find(config, request->operands[0], &name, &error) &&
              roll_back(request, config, name.label, &error);
    config_free(config);
    if (is_done)
        return control_run(request, CONTROL_MOVED);
    message_error("%s", error.text);
    return STATUS_WRONG;
}
