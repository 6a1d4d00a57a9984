/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the fault module share: a call on its way through. */
#ifndef TESTS_MODULES_FAULT_CALL_H
#define TESTS_MODULES_FAULT_CALL_H

#include "tests/modules/argument.h"
#include "tests/modules/fault.h"

#include <stdio.h>

#pragma GCC visibility push(hidden)

enum { FAULT_KEYS = 16 };

/* A call; the copies are what the module gets in place of the caller's
 * mechanism when that holds handles. */
struct fault_call {
    enum function function;
    struct argument *arguments;
    size_t n_arguments;
    const CK_FUNCTION_LIST_3_2 *vendor;
    CK_RV rv;
    bool reached;  /* the module was called */
    bool has_slot; /* of its own, or its session's */
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE session; /* as the caller has it */
    CK_C_INITIALIZE_ARGS init_args;
    CK_MECHANISM mechanism;
    CK_ULONG parameter[32];
    CK_PRF_DATA_PARAM data[FAULT_KEYS];
    CK_OBJECT_HANDLE keys[FAULT_KEYS];
};

/* The numbers between caller and module. */
enum handle_mode { HANDLES_PLAIN, HANDLES_WIDE, HANDLES_REUSE };

/* The lists that are offered. */
enum interface_mode {
    INTERFACE_AUTO,
    INTERFACE_2_40,
    INTERFACE_3_0,
    INTERFACE_3_2,
    INTERFACE_LIE,
    INTERFACE_TEXT
};

/* fault-vendor.c: the module behind; NULL when it is not known or cannot be
 * loaded. What its list lacks is NULL. */
const CK_FUNCTION_LIST_3_2 *vendor_get(void);
void vendor_set_path(const char *path);
void vendor_set_reserved(const char *text);
/* The arguments for its C_Initialize; `out` and the text are lent. */
void vendor_arguments(CK_VOID_PTR init_args, CK_C_INITIALIZE_ARGS *out);

/* fault-rule.c */
enum rule_action { RULE_RETURN, RULE_HANG, RULE_DELAY, RULE_KILL, RULE_STOP };
struct rule {
    enum function function; /* N_FUNCTIONS: every one */
    unsigned long first;    /* counted from 1 */
    unsigned long last;
    bool after;
    enum rule_action action;
    bool has_rv;
    CK_RV rv;
    uint64_t delay_ns;
    unsigned long seen;
};
bool rule_add(const struct rule *rule);
void rules_clear(void);
/* N_FUNCTIONS for an unknown name. */
enum function function_find(const char *name);
/* Counts a call; true when a rule answers it: `out`. */
bool rules_before(enum function function, CK_RV *out);
bool rules_after(enum function function, CK_RV *out);

/* fault-word.c: false (limit_read: -2) for what cannot be read. */
bool number_read(const char *text, unsigned long *out);
bool rv_read(const char *text, CK_RV *out);
bool time_read(const char *text, uint64_t *out);     /* nanoseconds of "20ms" */
bool when_read(const char *text, struct rule *rule); /* *, N, N- or N-M */
long limit_read(const char *text);                   /* N or off, which is -1 */

/* fault-script.c: reads $P11MUX_FAULT_SCRIPT unless that was done. */
void script_read_once(void);
void script_set_file(const char *path);

/* fault-handle.c */
void handles_set_mode(enum handle_mode mode);
bool handles_are_plain(void);
void handles_clear(void);
CK_SESSION_HANDLE session_add(CK_SLOT_ID slot, CK_SESSION_HANDLE vendor);
/* The module's handle; an unknown one is the module's to refuse. */
CK_SESSION_HANDLE session_vendor(CK_SESSION_HANDLE session);
bool session_slot(CK_SESSION_HANDLE session, CK_SLOT_ID *out);
void session_remove(CK_SESSION_HANDLE session);
/* How many there were. */
size_t sessions_remove(CK_SLOT_ID slot);
unsigned sessions_on(CK_SLOT_ID slot);
/* `made`: by this call; `owner`: of a session object, else 0. */
CK_OBJECT_HANDLE object_add(CK_SLOT_ID slot, CK_OBJECT_HANDLE vendor, bool made,
                            CK_SESSION_HANDLE owner);
CK_OBJECT_HANDLE object_vendor(CK_OBJECT_HANDLE object);
/* Whether it was made here and ends with a session. */
bool object_is_session(CK_SLOT_ID slot, CK_OBJECT_HANDLE vendor);
void object_remove(CK_SLOT_ID slot, CK_OBJECT_HANDLE vendor);

/* fault-mechanism.c: handles inside a mechanism's parameter, in and out. */
void mechanism_to_vendor(struct fault_call *call, CK_MECHANISM_PTR *mechanism);
void mechanism_from_vendor(struct fault_call *call,
                           const CK_MECHANISM *mechanism);

/* fault-token.c: presence and limits. */
void token_vanish(bool every, CK_SLOT_ID slot);
void token_return(bool every, CK_SLOT_ID slot);
void token_set_events(bool on);
/* Negative: no limit. */
void token_set_sessions(long limit, bool reported);
void token_set_objects(long limit);
void token_reset(void);
/* True when the call is answered without the module: call->rv. */
bool token_answers(struct fault_call *call);
/* Changes what the module said to what the token is. */
void token_amend(struct fault_call *call);

/* fault-device.c: sessions of a device that processes share. */
bool device_set(const char *path, unsigned long limit, bool reported);
void device_unset(void);
/* False: there is no room for another session. */
bool device_take(void);
void device_give(size_t n_sessions);
void device_give_all(void);
/* False: the token is not to say what the limit is. */
bool device_limit(CK_ULONG *out);

/* fault-list.c */
enum { LIST_INTERFACES = 3 };
/* Makes the lists that are offered, the best first; 0: no interfaces. */
CK_ULONG list_offer(CK_INTERFACE out[LIST_INTERFACES]);
void list_set_mode(enum interface_mode mode);
void list_set_interfaces(bool on);
bool list_set_absent(enum function function);
bool list_claims_3_2(void);
void list_reset(void);

/* fault.c: the wrappers, in the order of the list. */
extern const CK_FUNCTION_LIST_3_2 fault_functions;

#pragma GCC visibility pop

#endif
