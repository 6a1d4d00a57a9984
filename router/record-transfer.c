/* SPDX-License-Identifier: BSD-3-Clause */
/* The record of an object that was copied from one member to another, or from a
 * file. */
#include "router/object.h"
#include "router/process.h"
#include "router/record.h"
#include "router/token.h"

#include <stdio.h>

/* Where it came from: a member, or (NULL) a file; and what came of that. */
static bool
write_record(const struct member *from, const struct member *to,
             const struct identity *identity, const char *what, CK_RV rv)
{
    const struct audit_sink *sink = atomic_load(&process.sink);
    const struct backend *backend = atomic_load(&to->backend);
    const struct token *token = to->token;
    struct audit_key key = { .is_known = false };
    char detail[80];
    struct audit_event event = { .kind = AUDIT_MIGRATE,
                                 .rv = rv,
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
        (void)snprintf(detail, sizeof(detail), "\"from a file, %s\"", what);
    else
        (void)snprintf(detail, sizeof(detail), "\"from member %u, %s\"",
                       from->index + 1, what);
    return sink->write(sink->context, &event);
}

bool
record_transfer(const struct member *from, const struct member *to,
                const struct identity *identity, const char *way)
{
    return write_record(from, to, identity, way, CKR_OK);
}

bool
record_taken_back(const struct member *from, const struct member *to,
                  const struct identity *identity)
{
    return write_record(from, to, identity, "taken back",
                        CKR_FUNCTION_CANCELED);
}
