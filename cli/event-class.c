/* SPDX-License-Identifier: BSD-3-Clause */
/* A table of the events. */
#include "cli/event-class.h"

#include "audit/event.h"

#include <string.h>

const char *const event_names[] = {
#define EVENT(name, text) text,
#define OWN_EVENT         EVENT
#include "config/events.def"
#undef EVENT
#undef OWN_EVENT
};

const unsigned n_event_names = sizeof(event_names) / sizeof(event_names[0]);

static const unsigned char called[AUDIT_KINDS] = {
#define EVENT(name, text) [AUDIT_##name] = EVENT_CALLED,
#define OWN_EVENT(name, text)
#include "config/events.def"
#undef EVENT
#undef OWN_EVENT
};

/* What p11mux does beside the calls, which have records of their own. */
static const bool is_beside[AUDIT_KINDS] = {
    [AUDIT_OVERFLOW] = true, [AUDIT_RECONNECT] = true, [AUDIT_FAILOVER] = true,
    [AUDIT_MIGRATE] = true,  [AUDIT_MEMBER] = true,
};

static const unsigned char more[AUDIT_KINDS] = {
    [AUDIT_SIGN] = EVENT_USES_KEY,        [AUDIT_VERIFY] = EVENT_USES_KEY,
    [AUDIT_ENCRYPT] = EVENT_USES_KEY,     [AUDIT_DECRYPT] = EVENT_USES_KEY,
    [AUDIT_DIGEST] = EVENT_USES_KEY,      [AUDIT_WRAP] = EVENT_USES_KEY,
    [AUDIT_UNWRAP] = EVENT_USES_KEY,      [AUDIT_ENCAPSULATE] = EVENT_USES_KEY,
    [AUDIT_DECAPSULATE] = EVENT_USES_KEY, [AUDIT_DERIVE] = EVENT_USES_KEY,
    [AUDIT_GENERATE] = EVENT_CHANGES,     [AUDIT_CREATE] = EVENT_CHANGES,
    [AUDIT_COPY] = EVENT_CHANGES,         [AUDIT_SET] = EVENT_CHANGES,
    [AUDIT_DESTROY] = EVENT_CHANGES,      [AUDIT_INIT_TOKEN] = EVENT_CHANGES,
    [AUDIT_SET_PIN] = EVENT_CHANGES,      [AUDIT_OVERFLOW] = EVENT_CHANGES,
    [AUDIT_RECONNECT] = EVENT_CHANGES,    [AUDIT_FAILOVER] = EVENT_CHANGES,
    [AUDIT_CONFIG] = EVENT_CHANGES,       [AUDIT_MIGRATE] = EVENT_CHANGES,
    [AUDIT_MEMBER] = EVENT_CHANGES,       [AUDIT_DENY] = EVENT_IS_GAP,
    [AUDIT_LOST] = EVENT_IS_GAP,          [AUDIT_TORN] = EVENT_IS_GAP,
};

unsigned
event_class(const char *event)
{
    for (unsigned i = 0; i < n_event_names; i++) {
        unsigned kind = AUDIT_NONE + 1 + i;

        if (strcmp(event_names[i], event) == 0)
            return (is_beside[kind] ? 0U : called[kind]) | more[kind];
    }
    return 0;
}
