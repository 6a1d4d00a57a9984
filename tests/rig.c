/* SPDX-License-Identifier: BSD-3-Clause */
/* p11mux.so over the fault module and a good one. */
#include "tests/rig.h"

#include <criterion/criterion.h>

void
rig_load(struct rig *rig, const char *behind)
{
    fixture_setenv("P11MUX_FAULT_MODULE", "%s", behind);
    rig->mux = module_open(fixture_p11mux());
    rig->fault = module_open(fixture_test_module("fault"));
    rig->list = rig->mux->list_3_2;
    rig->load = module_symbol(rig->fault, "fault_load");
    rig->add = module_symbol(rig->fault, "fault_add");
    rig->release = module_symbol(rig->fault, "fault_release");
    rig->count = module_symbol(rig->fault, "fault_count");
    rig->waiting = module_symbol(rig->fault, "fault_waiting");
    rig->wait_for = module_symbol(rig->fault, "fault_wait_for");
    rig->sessions = module_symbol(rig->fault, "fault_sessions");
    rig->forget = module_symbol(rig->fault, "fault_forget");
}

void
rig_config(const char *label, const char *weak, const char *top)
{
    fixture_config("modules = ( { name = \"weak\"; path = \"%s\"; %s },\n"
                   "            { name = \"firm\"; path = \"%s\"; } );\n"
                   "tokens = ( { label = \"weak\"; slot = %d; pool = { mode = "
                   "\"none\"; }; members = ( { "
                   "module = \"weak\"; match = \"pkcs11:token=%s\"; } ); },\n"
                   "           { label = \"firm\"; slot = %d; pool = { mode = "
                   "\"none\"; }; members = ( { "
                   "module = \"firm\"; match = \"pkcs11:token=null\"; } ); } "
                   ");\n"
                   "others = \"hide\";\n%s\n",
                   fixture_test_module("fault"), weak,
                   fixture_test_module("null"), RIG_WEAK, label, RIG_FIRM, top);
}

void
rig_start(const struct rig *rig)
{
    CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };

    cr_assert_eq(rig->list->C_Initialize(&arguments), CKR_OK);
}

CK_SESSION_HANDLE
rig_session(const struct rig *rig, CK_SLOT_ID slot)
{
    CK_SESSION_HANDLE session = 0;

    cr_assert_eq(rig->list->C_OpenSession(slot,
                                          CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                          NULL, NULL, &session),
                 CKR_OK);
    return session;
}

CK_RV
rig_call_now(const struct rig *rig, CK_SESSION_HANDLE session)
{
    CK_BYTE byte;

    return rig->list->C_GenerateRandom(session, &byte, 1);
}

static void *
thread_call(void *argument)
{
    struct rig_call *call = argument;

    call->rv = rig_call_now(call->rig, call->session);
    return NULL;
}

void
rig_begin(const struct rig *rig, CK_SESSION_HANDLE session,
          struct rig_call *out)
{
    *out = (struct rig_call){ .rig = rig, .session = session };
    cr_assert_eq(pthread_create(&out->thread, NULL, thread_call, out), 0);
}

CK_RV
rig_end(struct rig_call *call)
{
    cr_assert_eq(pthread_join(call->thread, NULL), 0);
    return call->rv;
}
