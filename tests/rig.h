/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * p11mux.so over the fault module and a good one: for what an application
 * sees when its token hangs, goes, or changes under it.
 */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include "tests/fixture.h"
#include "tests/modules/fault.h"

#include <pthread.h>

enum { RIG_WEAK = 3, RIG_FIRM = 4, RIG_PATIENCE_MS = 30000 };

struct rig {
    struct module *mux;
    struct module *fault;
    const CK_FUNCTION_LIST_3_2 *list; /* of p11mux */

    __typeof__(&fault_load) load;
    __typeof__(&fault_add) add;
    __typeof__(&fault_release) release;
    __typeof__(&fault_count) count;
    __typeof__(&fault_waiting) waiting;
    __typeof__(&fault_wait_for) wait_for;
    __typeof__(&fault_sessions) sessions;
    __typeof__(&fault_forget) forget;
};

/*
 * Loads p11mux and the fault module, with the module at `behind` behind it.
 * The configuration (P11MUX_CONF) is the test's, or rig_config's.
 */
void rig_load(struct rig *rig, const char *behind);

/*
 * Two modules: "weak", the fault module, whose token `label` is in slot
 * RIG_WEAK, and "firm", the null module, whose token is in slot RIG_FIRM.
 * `weak` are keys of the weak one's entry, `top` of the file.
 */
void rig_config(const char *label, const char *weak, const char *top);

/* C_Initialize, which must succeed. */
void rig_start(const struct rig *rig);

/* A R/W session; fails the test when there is none. */
CK_SESSION_HANDLE rig_session(const struct rig *rig, CK_SLOT_ID slot);

/* -- Calls in threads of their own ------------------------------------------
 */

struct rig_call {
    const struct rig *rig;
    CK_SESSION_HANDLE session;
    CK_RV rv;
    pthread_t thread;
};

/* C_GenerateRandom of one byte in the session. */
void rig_begin(const struct rig *rig, CK_SESSION_HANDLE session,
               struct rig_call *out);

/* Waits for its end; its result. */
CK_RV rig_end(struct rig_call *call);

/* The same call here and now. */
CK_RV rig_call_now(const struct rig *rig, CK_SESSION_HANDLE session);

#endif
