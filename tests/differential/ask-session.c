/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls on sessions, logins, PINs and the state of operations. */
#include "tests/differential/ask.h"
#include "tests/differential/symbol.h"

CK_SESSION_HANDLE
ask_open(struct talk *talk, CK_SLOT_ID slot, CK_FLAGS flags)
{
    CK_SESSION_HANDLE session = 0;
    CK_RV rv = talk->list->C_OpenSession(slot, flags, NULL, NULL, &session);

    talk->n_opens++;
    talk_begin(talk, "C_OpenSession", rv);
    talk_add(talk, "flags 0x%lx", flags);
    if (rv == CKR_OK)
        talk_add(talk, "%s", symbol_new_session(talk, session));
    talk_end(talk);
    return rv == CKR_OK ? session : BAD_HANDLE;
}

CK_RV
ask_open_nowhere(struct talk *talk, CK_SLOT_ID slot, CK_FLAGS flags)
{
    return talk_result(talk, "C_OpenSession",
                       talk->list->C_OpenSession(slot, flags, NULL, NULL,
                                                 NULL));
}

CK_RV
ask_close(struct talk *talk, CK_SESSION_HANDLE session)
{
    CK_RV rv = talk->list->C_CloseSession(session);

    talk_begin(talk, "C_CloseSession", rv);
    talk_add(talk, "%s", symbol_session(talk, session));
    talk_end(talk);
    if (rv == CKR_OK)
        symbol_forget_session(talk, session);
    return rv;
}

CK_RV
ask_close_all(struct talk *talk, CK_SLOT_ID slot)
{
    return talk_result(talk, "C_CloseAllSessions",
                       talk->list->C_CloseAllSessions(slot));
}

CK_RV
ask_session_info(struct talk *talk, CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info;
    CK_RV rv = talk->list->C_GetSessionInfo(session, &info);

    talk_begin(talk, "C_GetSessionInfo", rv);
    talk_add(talk, "%s", symbol_session(talk, session));
    if (rv == CKR_OK)
        talk_add(talk, "%s state %lu flags 0x%lx error 0x%lx",
                 symbol_slot(talk, info.slotID), info.state, info.flags,
                 info.ulDeviceError);
    talk_end(talk);
    return rv;
}

/* -- Logins --------------------------------------------------------------- */

CK_RV
ask_login(struct talk *talk, CK_SESSION_HANDLE session, CK_USER_TYPE user,
          struct bytes pin)
{
    CK_RV rv = talk->list->C_Login(session, user, pin.at, pin.length);

    talk_begin(talk, "C_Login", rv);
    talk_add(talk, "%s user 0x%lx", symbol_session(talk, session), user);
    talk_end(talk);
    return rv;
}

CK_RV
ask_login_user(struct talk *talk, CK_SESSION_HANDLE session, CK_USER_TYPE user,
               struct bytes pin, struct bytes name)
{
    if (talk->list_3_0 == NULL)
        return talk_absent(talk, "C_LoginUser");
    return talk_result(talk, "C_LoginUser",
                       talk->list_3_0->C_LoginUser(session, user, pin.at,
                                                   pin.length, name.at,
                                                   name.length));
}

CK_RV
ask_logout(struct talk *talk, CK_SESSION_HANDLE session)
{
    CK_RV rv = talk->list->C_Logout(session);

    talk_begin(talk, "C_Logout", rv);
    talk_add(talk, "%s", symbol_session(talk, session));
    talk_end(talk);
    return rv;
}

CK_SESSION_HANDLE
ask_user_session(struct talk *talk)
{
    CK_SESSION_HANDLE session = ask_open(talk, talk->slot, FLAGS_RW);

    (void)ask_login(talk, session, CKU_USER, bytes_text(FIXTURE_PIN));
    return session;
}

CK_RV
ask_init_pin(struct talk *talk, CK_SESSION_HANDLE session, struct bytes pin)
{
    return talk_result(talk, "C_InitPIN",
                       talk->list->C_InitPIN(session, pin.at, pin.length));
}

CK_RV
ask_set_pin(struct talk *talk, CK_SESSION_HANDLE session, struct bytes old_pin,
            struct bytes new_pin)
{
    return talk_result(talk, "C_SetPIN",
                       talk->list->C_SetPIN(session, old_pin.at, old_pin.length,
                                            new_pin.at, new_pin.length));
}

/* -- Operations of a session ---------------------------------------------- */

CK_RV
ask_cancel(struct talk *talk, CK_SESSION_HANDLE session, CK_FLAGS flags)
{
    if (talk->list_3_0 == NULL)
        return talk_absent(talk, "C_SessionCancel");
    return talk_result(talk, "C_SessionCancel",
                       talk->list_3_0->C_SessionCancel(session, flags));
}

CK_RV
ask_get_state(struct talk *talk, CK_SESSION_HANDLE session, long room)
{
    CK_ULONG *length = talk_room(talk, room);
    CK_RV rv = talk->list->C_GetOperationState(session, talk->to, length);

    return talk_output(talk, "C_GetOperationState", rv);
}

CK_RV
ask_set_state(struct talk *talk, CK_SESSION_HANDLE session, struct bytes state,
              CK_OBJECT_HANDLE encryption_key,
              CK_OBJECT_HANDLE authentication_key)
{
    return talk_result(talk, "C_SetOperationState",
                       talk->list->C_SetOperationState(session, state.at,
                                                       state.length,
                                                       encryption_key,
                                                       authentication_key));
}

CK_RV
ask_parallel(struct talk *talk, CK_SESSION_HANDLE session)
{
    (void)talk_result(talk, "C_GetFunctionStatus",
                      talk->list->C_GetFunctionStatus(session));
    return talk_result(talk, "C_CancelFunction",
                       talk->list->C_CancelFunction(session));
}
