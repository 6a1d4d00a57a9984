/* SPDX-License-Identifier: BSD-3-Clause */
/* Starting and ending: arguments, order, and calls before the start. */
#include "tests/differential/conversation.h"

static CK_RV
no_mutex_create(CK_VOID_PTR_PTR mutex)
{
    *mutex = NULL;
    return CKR_OK;
}

static CK_RV
no_mutex(CK_VOID_PTR mutex)
{
    (void)mutex;
    return CKR_OK;
}

static void
refused(struct talk *talk)
{
    CK_BYTE something = 0;
    CK_C_INITIALIZE_ARGS one = { .CreateMutex = no_mutex_create };
    CK_C_INITIALIZE_ARGS two = { .LockMutex = no_mutex,
                                 .UnlockMutex = no_mutex };
    CK_C_INITIALIZE_ARGS three = { .CreateMutex = no_mutex_create,
                                   .LockMutex = no_mutex,
                                   .UnlockMutex = no_mutex,
                                   .flags = CKF_OS_LOCKING_OK };

    talk_step(talk, "finalize before initialize");
    ask_finalize(talk, NULL);
    ask_finalize(talk, &something);
    talk_step(talk, "one to three callbacks");
    ask_initialize(talk, &one);
    ask_initialize(talk, &two);
    ask_initialize(talk, &three);
}

/* Not for NSS softoken, which cannot be started without its string and ends
 * the process where it is given NULL. */
static void
all(struct talk *talk, const char *when, CK_SESSION_HANDLE session)
{
    if (talk_is_nss(talk))
        return;
    talk_step(talk, "%s", when);
    ask_all_2_40(talk, session);
    talk_step(talk, "%s, 3.0 and 3.2", when);
    ask_all_3(talk, session);
}

static void
arguments(struct talk *talk)
{
    CK_BYTE something = 0;
    CK_C_INITIALIZE_ARGS reserved = { .flags = CKF_OS_LOCKING_OK };
    CK_C_INITIALIZE_ARGS four = { .CreateMutex = no_mutex_create,
                                  .DestroyMutex = no_mutex,
                                  .LockMutex = no_mutex,
                                  .UnlockMutex = no_mutex };

    talk_step(talk, "nothing");
    ask_initialize(talk, NULL);
    ask_info(talk);
    ask_finalize(talk, NULL);
    talk_step(talk, "reserved");
    reserved.pReserved = &something;
    ask_initialize(talk, &reserved);
    ask_finalize(talk, NULL);
    talk_step(talk, "four callbacks alone");
    ask_initialize(talk, &four);
    ask_finalize(talk, NULL);
    talk_step(talk, "four callbacks and locking");
    four.flags = CKF_OS_LOCKING_OK;
    ask_initialize(talk, &four);
    ask_finalize(talk, NULL);
    talk_step(talk, "no threads");
    four =
        (CK_C_INITIALIZE_ARGS){ .flags = CKF_LIBRARY_CANT_CREATE_OS_THREADS };
    ask_initialize(talk, &four);
    ask_finalize(talk, NULL);
}

void
talk_of_initialize(struct talk *talk)
{
    CK_BYTE something = 0;

    all(talk, "before", 0);
    refused(talk);
    if (!talk_is_nss(talk))
        arguments(talk);
    ask_start(talk);
    talk_step(talk, "twice");
    ask_initialize(talk, NULL);
    ask_info(talk);
    talk_step(talk, "finalize with something");
    ask_finalize(talk, &something);
    ask_slot_list(talk, CK_TRUE, ROOM_QUERY, false);
    talk_step(talk, "finalize twice");
    ask_finalize(talk, NULL);
    ask_finalize(talk, NULL);
    all(talk, "after", 1);
    ask_start(talk);
    talk_step(talk, "again");
    ask_token_info(talk, talk->slot);
    ask_finalize(talk, NULL);
}

/* Where several things are wrong it matters what is looked at first. */
void
talk_of_zeros(struct talk *talk)
{
    CK_SESSION_HANDLE session;

    ask_start(talk);
    talk_step(talk, "no session");
    ask_all_2_40(talk, 0);
    talk_step(talk, "no session, 3.0 and 3.2");
    ask_all_3(talk, 0);
    talk_step(talk, "open");
    session = ask_open(talk, talk->slot, FLAGS_RW);
    talk_step(talk, "a session, 3.0 and 3.2");
    ask_all_3(talk, session);
    talk_step(talk, "a session");
    ask_all_2_40(talk, session);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
