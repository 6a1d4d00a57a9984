/* SPDX-License-Identifier: BSD-3-Clause */
/* The facts about the 104 functions, from calls.def. */
#include "router/facts.h"

#include <stddef.h>

/* What a bad handle is called in each position (SEMANTICS 1.5). */
#define BAD_NONE       CKR_OBJECT_HANDLE_INVALID
#define BAD_OBJECT     CKR_OBJECT_HANDLE_INVALID
#define BAD_KEY        CKR_KEY_HANDLE_INVALID
#define BAD_WRAPPING   CKR_WRAPPING_KEY_HANDLE_INVALID
#define BAD_UNWRAPPING CKR_UNWRAPPING_KEY_HANDLE_INVALID

#define REPEAT_FREE  true
#define REPEAT_NEVER false
#define LOG_NEED     true
#define LOG_SKIP     false
#define OUTPUT_WIPE  true
#define OUTPUT_KEEP  false

const struct call_facts call_facts[N_CALLS] = {
#define CALL(name, its_operation, its_stage, its_init, first, second,          \
             its_reach, its_access, its_repeat, its_event, its_log,            \
             its_output, its_effect)                                           \
    [CALL_##name] = {                                                          \
        .function = #name,                                                     \
        .entry = offsetof(CK_FUNCTION_LIST_3_2, name),                         \
        .bad_object = { BAD_##first, BAD_##second },                           \
        .operation = OPERATION_##its_operation,                                \
        .stage = STAGE_##its_stage,                                            \
        .init = CALL_##its_init,                                               \
        .reach = REACH_##its_reach,                                            \
        .access = ACCESS_##its_access,                                         \
        .event = AUDIT_##its_event,                                            \
        .effect = EFFECT_##its_effect,                                         \
        .may_repeat = REPEAT_##its_repeat,                                     \
        .needs_log = LOG_##its_log,                                            \
        .wipes = OUTPUT_##its_output,                                          \
    },
#include "router/calls.def"
#undef CALL
};
