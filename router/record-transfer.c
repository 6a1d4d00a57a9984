/* SPDX-License-Identifier: BSD-3-Clause */
/* The record of an object that was copied from one member to another, or from a
 * file. */
#include "router/object.h"
#include "router/process.h"
#include "router/record.h"
#include "router/token.h"

#include <stdio.h>

bool
record_transfer(const struct member *from, const struct member *to,
                const struct identity *identity, const char *way)
{
    const struct audit_sink *sink = atomic_load(&process.sink);
    const struct backend *backend = atomic_load(&to->backend);
    const struct token *token = to->token;
    struct audit_key key = { .is_known = false };
    char detail[80];
    struct audit_event event = { .kind = AUDIT_MIGRATE,
                                 .token = token->label,
                                 .slot = token->slot,
                                 .member = to->index,
                                 .member_name = backend == NULL
                                                    ? NULL
                                                    : backend_name(backend),
                                 .description = &key,
                                 .detail = detail };

    if (sink == NULL)
        return true;
    if (token->rule != NULL)
        event.level = token->rule->audit_level;
    object_describe(identity, &key);
    if (from == NULL)
        (void)snprintf(detail, sizeof(detail), "\"from a file, %s\"", way);
    else
        (void)snprintf(detail, sizeof(detail), "\"from member %u, %s\"",
                       from->index + 1, way);
    return sink->write(sink->context, &event);
}
