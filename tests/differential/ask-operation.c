/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls that encrypt, decrypt, digest, sign and verify, and random numbers. */
#include "common/names.h"
#include "tests/differential/ask.h"
#include "tests/differential/symbol.h"

static const char *const kind_names[] = {
    [ENCRYPT] = "Encrypt",
    [DECRYPT] = "Decrypt",
    [DIGEST] = "Digest",
    [SIGN] = "Sign",
    [VERIFY] = "Verify",
    [SIGN_RECOVER] = "SignRecover",
    [VERIFY_RECOVER] = "VerifyRecover",
};

static const char *
function_name(enum kind kind, const char *stage)
{
    return fixture_text("C_%s%s", kind_names[kind], stage);
}

static CK_RV
call_init(const CK_FUNCTION_LIST *list, enum kind kind,
          CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
          CK_OBJECT_HANDLE key)
{
    switch (kind) {
    case ENCRYPT:
        return list->C_EncryptInit(session, mechanism, key);
    case DECRYPT:
        return list->C_DecryptInit(session, mechanism, key);
    case DIGEST:
        return list->C_DigestInit(session, mechanism);
    case SIGN:
        return list->C_SignInit(session, mechanism, key);
    case VERIFY:
        return list->C_VerifyInit(session, mechanism, key);
    case SIGN_RECOVER:
        return list->C_SignRecoverInit(session, mechanism, key);
    case VERIFY_RECOVER:
        return list->C_VerifyRecoverInit(session, mechanism, key);
    }
    return CKR_FUNCTION_NOT_SUPPORTED;
}

/* The module gets a copy: the tables of mechanisms are the same in each
 * call. */
CK_RV
ask_init(struct talk *talk, enum kind kind, CK_SESSION_HANDLE session,
         const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    CK_MECHANISM copy = { 0 };
    char name[NAME_LENGTH];
    CK_RV rv;

    if (mechanism != NULL)
        copy = *mechanism;
    rv = call_init(talk->list, kind, session, mechanism == NULL ? NULL : &copy,
                   key);
    talk_begin(talk, function_name(kind, "Init"), rv);
    talk_add(talk, "%s %s",
             mechanism == NULL ? "NULL"
                               : name_of(NAME_CKM, copy.mechanism, name),
             symbol_object(talk, key));
    talk_end(talk);
    return rv;
}

CK_RV
ask_single(struct talk *talk, enum kind kind, CK_SESSION_HANDLE session,
           struct bytes data, long room)
{
    const CK_FUNCTION_LIST *list = talk->list;
    CK_C_Encrypt functions[] = {
        [ENCRYPT] = list->C_Encrypt,
        [DECRYPT] = list->C_Decrypt,
        [DIGEST] = list->C_Digest,
        [SIGN] = list->C_Sign,
        [SIGN_RECOVER] = list->C_SignRecover,
        [VERIFY_RECOVER] = list->C_VerifyRecover,
    };
    CK_ULONG *length = talk_room(talk, room);
    CK_RV rv = functions[kind](session, data.at, data.length, talk->to, length);

    return talk_output(talk, function_name(kind, ""), rv);
}

CK_RV
ask_update(struct talk *talk, enum kind kind, CK_SESSION_HANDLE session,
           struct bytes data, long room)
{
    const CK_FUNCTION_LIST *list = talk->list;
    const char *name = function_name(kind, "Update");
    CK_ULONG *length = talk_room(talk, room);

    switch (kind) {
    case ENCRYPT:
        return talk_output(talk, name,
                           list->C_EncryptUpdate(session, data.at, data.length,
                                                 talk->to, length));
    case DECRYPT:
        return talk_output(talk, name,
                           list->C_DecryptUpdate(session, data.at, data.length,
                                                 talk->to, length));
    case DIGEST:
        return talk_result(talk, name,
                           list->C_DigestUpdate(session, data.at, data.length));
    case SIGN:
        return talk_result(talk, name,
                           list->C_SignUpdate(session, data.at, data.length));
    case VERIFY:
        return talk_result(talk, name,
                           list->C_VerifyUpdate(session, data.at, data.length));
    default:
        fixture_fail("there is no %s", name);
    }
}

CK_RV
ask_final(struct talk *talk, enum kind kind, CK_SESSION_HANDLE session,
          long room)
{
    const CK_FUNCTION_LIST *list = talk->list;
    CK_C_EncryptFinal functions[] = {
        [ENCRYPT] = list->C_EncryptFinal,
        [DECRYPT] = list->C_DecryptFinal,
        [DIGEST] = list->C_DigestFinal,
        [SIGN] = list->C_SignFinal,
    };
    CK_ULONG *length = talk_room(talk, room);
    CK_RV rv = functions[kind](session, talk->to, length);

    return talk_output(talk, function_name(kind, "Final"), rv);
}

CK_RV
ask_verify(struct talk *talk, CK_SESSION_HANDLE session, struct bytes data,
           struct bytes signature)
{
    return talk_result(talk, "C_Verify",
                       talk->list->C_Verify(session, data.at, data.length,
                                            signature.at, signature.length));
}

CK_RV
ask_verify_final(struct talk *talk, CK_SESSION_HANDLE session,
                 struct bytes signature)
{
    return talk_result(talk, "C_VerifyFinal",
                       talk->list->C_VerifyFinal(session, signature.at,
                                                 signature.length));
}

CK_RV
ask_digest_key(struct talk *talk, CK_SESSION_HANDLE session,
               CK_OBJECT_HANDLE key)
{
    return talk_result(talk, "C_DigestKey",
                       talk->list->C_DigestKey(session, key));
}

/* Once to see, and once more in case the first was only a size query. */
void
ask_whether_active(struct talk *talk, enum kind kind, CK_SESSION_HANDLE session)
{
    bool hides = talk->hides_output;

    talk->hides_output = true;
    if (kind == VERIFY) {
        (void)ask_verify_final(talk, session, bytes_pattern(16));
        (void)ask_verify_final(talk, session, bytes_pattern(16));
    } else if (kind == SIGN_RECOVER || kind == VERIFY_RECOVER) {
        (void)ask_single(talk, kind, session, bytes_pattern(16), 1024);
        (void)ask_single(talk, kind, session, bytes_pattern(16), 1024);
    } else {
        (void)ask_final(talk, kind, session, 1024);
        (void)ask_final(talk, kind, session, 1024);
    }
    talk->hides_output = hides;
}

CK_RV
ask_dual(struct talk *talk, enum dual dual, CK_SESSION_HANDLE session,
         struct bytes data, long room)
{
    static const char *const names[] = {
        [DIGEST_ENCRYPT] = "C_DigestEncryptUpdate",
        [DECRYPT_DIGEST] = "C_DecryptDigestUpdate",
        [SIGN_ENCRYPT] = "C_SignEncryptUpdate",
        [DECRYPT_VERIFY] = "C_DecryptVerifyUpdate",
    };
    CK_C_DigestEncryptUpdate functions[] = {
        [DIGEST_ENCRYPT] = talk->list->C_DigestEncryptUpdate,
        [DECRYPT_DIGEST] = talk->list->C_DecryptDigestUpdate,
        [SIGN_ENCRYPT] = talk->list->C_SignEncryptUpdate,
        [DECRYPT_VERIFY] = talk->list->C_DecryptVerifyUpdate,
    };
    CK_ULONG *length = talk_room(talk, room);
    CK_RV rv = functions[dual](session, data.at, data.length, talk->to, length);

    return talk_output(talk, names[dual], rv);
}

/* -- Random numbers ------------------------------------------------------- */

CK_RV
ask_seed(struct talk *talk, CK_SESSION_HANDLE session, struct bytes seed)
{
    return talk_result(talk, "C_SeedRandom",
                       talk->list->C_SeedRandom(session, seed.at, seed.length));
}

CK_RV
ask_random(struct talk *talk, CK_SESSION_HANDLE session, CK_ULONG length,
           bool is_null)
{
    CK_BYTE buffer[1024] = { 0 };
    CK_RV rv =
        talk->list->C_GenerateRandom(session, is_null ? NULL : buffer, length);

    talk_begin(talk, "C_GenerateRandom", rv);
    talk_add(talk, "%lu", length);
    talk_end(talk);
    return rv;
}
