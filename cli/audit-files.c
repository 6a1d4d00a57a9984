/* SPDX-License-Identifier: BSD-3-Clause */
/* The files of the audit log that a command is about. */
#include "cli/audit-files.h"

#include "cli/configuration.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "common/cleanup.h"

static bool
find_configured(const struct request *request, struct audit_files *out)
{
    CLEANUP(config_freep) struct config *config = NULL;

    if (!configuration_load(request, &config))
        return false;
    out->configured = memory_copy(config->audit.file);
    out->paths = (const char *const *)&out->configured;
    out->n_paths = 1;
    out->rotate_bytes = config->audit.rotate_bytes;
    out->sinks = config->audit.sinks;
    out->key = memory_copy(config->audit.key);
    if (out->configured != NULL)
        return true;
    audit_files_clear(out);
    message_error("%s: no FILE is given, and %s has no audit.file; give one",
                  request->command->name,
                  config->file != NULL ? config->file
                                       : "the default configuration");
    return false;
}

bool
audit_files_find(const struct request *request, int first,
                 struct audit_files *out)
{
    *out = (struct audit_files){ .configured = NULL };
    if (request->n_operands <= first)
        return find_configured(request, out);
    out->paths = (const char *const *)request->operands + first;
    out->n_paths = (size_t)(request->n_operands - first);
    return true;
}

void
audit_files_clear(struct audit_files *files)
{
    free(files->configured);
    free(files->key);
}
