/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of calls.def as a table. */
#ifndef ROUTER_FACTS_H
#define ROUTER_FACTS_H

#include "audit/event.h"
#include "router/call.h"
#include "router/counted.h"

enum call_stage {
    STAGE_NONE,
    STAGE_INIT,
    STAGE_UPDATE,
    STAGE_SINGLE,
    STAGE_FINAL,
    STAGE_MESSAGE
};

/* From REACH_LOCAL on, no backend session is chosen beforehand. */
enum call_reach {
    REACH_ONE,
    REACH_EACH,
    REACH_BOUND,
    REACH_LOCAL,
    REACH_LOGIN,
    REACH_STATE
};

enum call_access { ACCESS_READ, ACCESS_MAKE, ACCESS_CHANGE, ACCESS_WRITE };

enum call_effect {
    EFFECT_NONE,
    EFFECT_DESTROY,
    EFFECT_CHANGE,
    EFFECT_INIT_TOKEN
};

struct call_facts {
    const char *function;
    uint16_t entry; /* where it is in a list */
    CK_RV bad_object[CALL_MAX_OBJECTS];
    uint8_t operation; /* enum operation_kind */
    uint8_t stage;
    uint8_t init; /* enum call_id */
    uint8_t reach;
    uint8_t access;
    uint8_t event; /* enum audit_event_kind */
    uint8_t effect;
    uint8_t counted; /* enum counted */
    bool may_repeat;
    bool needs_log;
    bool wipes;
};

extern const struct call_facts call_facts[N_CALLS];

#endif
