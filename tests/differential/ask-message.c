/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls on messages, which came with 3.0. */
#include "common/names.h"
#include "tests/differential/ask.h"
#include "tests/differential/symbol.h"

static const char *const kind_names[] = {
    [MESSAGE_ENCRYPT] = "Encrypt",
    [MESSAGE_DECRYPT] = "Decrypt",
    [MESSAGE_SIGN] = "Sign",
    [MESSAGE_VERIFY] = "Verify",
};

static const char *
name_around(const char *before, enum message kind, const char *after)
{
    return fixture_text("C_%s%s%s", before, kind_names[kind], after);
}

CK_RV
ask_message_init(struct talk *talk, enum message kind,
                 CK_SESSION_HANDLE session, const CK_MECHANISM *mechanism,
                 CK_OBJECT_HANDLE key)
{
    const CK_FUNCTION_LIST_3_0 *list = talk->list_3_0;
    const char *function = name_around("Message", kind, "Init");
    CK_C_MessageEncryptInit functions[] = {
        [MESSAGE_ENCRYPT] = list->C_MessageEncryptInit,
        [MESSAGE_DECRYPT] = list->C_MessageDecryptInit,
        [MESSAGE_SIGN] = list->C_MessageSignInit,
        [MESSAGE_VERIFY] = list->C_MessageVerifyInit,
    };
    CK_MECHANISM copy = { 0 };
    char name[NAME_LENGTH];
    CK_RV rv;

    if (mechanism != NULL)
        copy = *mechanism;
    rv = functions[kind](session, mechanism == NULL ? NULL : &copy, key);
    talk_begin(talk, function, rv);
    talk_add(talk, "%s %s",
             mechanism == NULL ? "NULL"
                               : name_of(NAME_CKM, copy.mechanism, name),
             symbol_object(talk, key));
    talk_end(talk);
    return rv;
}

/* Only the bytes of parameters that hold no address are shown: those of the
 * nonce and tag they point to are shown by whoever owns them. */
CK_RV
ask_message(struct talk *talk, enum message kind, CK_SESSION_HANDLE session,
            struct bytes parameter, struct bytes associated, struct bytes data,
            long room)
{
    const CK_FUNCTION_LIST_3_0 *list = talk->list_3_0;
    CK_ULONG *length = talk_room(talk, room);
    CK_RV rv;

    if (kind == MESSAGE_ENCRYPT)
        rv = list->C_EncryptMessage(session, parameter.at, parameter.length,
                                    associated.at, associated.length, data.at,
                                    data.length, talk->to, length);
    else if (kind == MESSAGE_DECRYPT)
        rv = list->C_DecryptMessage(session, parameter.at, parameter.length,
                                    associated.at, associated.length, data.at,
                                    data.length, talk->to, length);
    else
        rv = list->C_SignMessage(session, parameter.at, parameter.length,
                                 data.at, data.length, talk->to, length);
    return talk_output(talk, name_around("", kind, "Message"), rv);
}

CK_RV
ask_message_verify(struct talk *talk, CK_SESSION_HANDLE session,
                   struct bytes parameter, struct bytes data,
                   struct bytes signature)
{
    return talk_result(talk, "C_VerifyMessage",
                       talk->list_3_0->C_VerifyMessage(session, parameter.at,
                                                       parameter.length,
                                                       data.at, data.length,
                                                       signature.at,
                                                       signature.length));
}

CK_RV
ask_message_begin(struct talk *talk, enum message kind,
                  CK_SESSION_HANDLE session, struct bytes parameter,
                  struct bytes associated)
{
    const CK_FUNCTION_LIST_3_0 *list = talk->list_3_0;
    CK_RV rv;

    if (kind == MESSAGE_ENCRYPT)
        rv =
            list->C_EncryptMessageBegin(session, parameter.at, parameter.length,
                                        associated.at, associated.length);
    else if (kind == MESSAGE_DECRYPT)
        rv =
            list->C_DecryptMessageBegin(session, parameter.at, parameter.length,
                                        associated.at, associated.length);
    else if (kind == MESSAGE_SIGN)
        rv = list->C_SignMessageBegin(session, parameter.at, parameter.length);
    else
        rv =
            list->C_VerifyMessageBegin(session, parameter.at, parameter.length);
    return talk_result(talk, name_around("", kind, "MessageBegin"), rv);
}

CK_RV
ask_message_next(struct talk *talk, enum message kind,
                 CK_SESSION_HANDLE session, struct bytes parameter,
                 struct bytes data, long room, CK_FLAGS flags)
{
    const CK_FUNCTION_LIST_3_0 *list = talk->list_3_0;
    CK_ULONG *length = talk_room(talk, room);
    CK_RV rv;

    if (kind == MESSAGE_ENCRYPT)
        rv = list->C_EncryptMessageNext(session, parameter.at, parameter.length,
                                        data.at, data.length, talk->to, length,
                                        flags);
    else if (kind == MESSAGE_DECRYPT)
        rv = list->C_DecryptMessageNext(session, parameter.at, parameter.length,
                                        data.at, data.length, talk->to, length,
                                        flags);
    else if (kind == MESSAGE_SIGN)
        rv = list->C_SignMessageNext(session, parameter.at, parameter.length,
                                     data.at, data.length, talk->to, length);
    else
        rv = list->C_VerifyMessageNext(session, parameter.at, parameter.length,
                                       data.at, data.length, NULL, 0);
    return talk_output(talk, name_around("", kind, "MessageNext"), rv);
}

CK_RV
ask_message_final(struct talk *talk, enum message kind,
                  CK_SESSION_HANDLE session)
{
    const CK_FUNCTION_LIST_3_0 *list = talk->list_3_0;
    CK_C_MessageEncryptFinal functions[] = {
        [MESSAGE_ENCRYPT] = list->C_MessageEncryptFinal,
        [MESSAGE_DECRYPT] = list->C_MessageDecryptFinal,
        [MESSAGE_SIGN] = list->C_MessageSignFinal,
        [MESSAGE_VERIFY] = list->C_MessageVerifyFinal,
    };

    return talk_result(talk, name_around("Message", kind, "Final"),
                       functions[kind](session));
}
