/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration that a command goes by. */
#include "cli/configuration.h"

#include "cli/memory.h"
#include "cli/message.h"
#include "common/cleanup.h"

bool
configuration_find(const struct request *request, char **out,
                   struct error *error)
{
    if (!request->is_given[OPTION_CONFIG])
        return config_find(out, error);
    *out = memory_copy(request->values[OPTION_CONFIG]);
    return true;
}

bool
configuration_load(const struct request *request, struct config **out)
{
    CLEANUP(freep) char *file = NULL;
    struct error error = { .rv = CKR_OK };

    if (configuration_find(request, &file, &error) &&
        config_load(file, out, &error))
        return true;
    message_error("%s", error.text);
    return false;
}
