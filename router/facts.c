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

/* What calls are counted as: by their event, and those that only look at an
 * object have none. */
enum {
    COUNTED_AS_NONE = COUNTED_OTHER,
    COUNTED_AS_OPEN = COUNTED_OTHER,
    COUNTED_AS_CLOSE = COUNTED_OTHER,
    COUNTED_AS_INIT_TOKEN = COUNTED_OTHER,
    COUNTED_AS_SET_PIN = COUNTED_LOGIN,
    COUNTED_AS_LOGIN = COUNTED_LOGIN,
    COUNTED_AS_LOGOUT = COUNTED_LOGIN,
    COUNTED_AS_SIGN = COUNTED_SIGN,
    COUNTED_AS_VERIFY = COUNTED_VERIFY,
    COUNTED_AS_ENCRYPT = COUNTED_ENCRYPT,
    COUNTED_AS_DECRYPT = COUNTED_DECRYPT,
    COUNTED_AS_DIGEST = COUNTED_DIGEST,
    COUNTED_AS_WRAP = COUNTED_WRAP,
    COUNTED_AS_ENCAPSULATE = COUNTED_WRAP,
    COUNTED_AS_UNWRAP = COUNTED_UNWRAP,
    COUNTED_AS_DECAPSULATE = COUNTED_UNWRAP,
    COUNTED_AS_DERIVE = COUNTED_DERIVE,
    COUNTED_AS_GENERATE = COUNTED_GENERATE,
    COUNTED_AS_CREATE = COUNTED_CREATE,
    COUNTED_AS_COPY = COUNTED_CREATE,
    COUNTED_AS_SET = COUNTED_CHANGE,
    COUNTED_AS_DESTROY = COUNTED_CHANGE,
    COUNTED_AS_FIND = COUNTED_FIND,
    COUNTED_AS_RANDOM = COUNTED_RANDOM
};

enum {
    READS_NONE,
    READS_KEY = 0,
    READS_WRAPPING = 0,
    READS_UNWRAPPING = 0,
    READS_OBJECT = 1
};

#define COUNTED_AS(event, first)                                               \
    (AUDIT_##event == AUDIT_NONE && READS_##first ? COUNTED_READ               \
                                                  : COUNTED_AS_##event)

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
        .counted = (uint8_t)COUNTED_AS(its_event, first),                      \
        .may_repeat = REPEAT_##its_repeat,                                     \
        .needs_log = LOG_##its_log,                                            \
        .wipes = OUTPUT_##its_output,                                          \
    },
#include "router/calls.def"
#undef CALL
};
