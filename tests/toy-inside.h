/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the toy tokens share; for them alone. */
#ifndef TESTS_TOY_INSIDE_H
#define TESTS_TOY_INSIDE_H

#include "tests/toy.h"

enum { TOY_SESSIONS = 4096 };

enum toy_kind {
    TOY_ENCRYPT,
    TOY_DECRYPT,
    TOY_DIGEST,
    TOY_SIGN,
    TOY_VERIFY,
    TOY_MESSAGE_SIGN,
    TOY_KINDS
};

struct toy_operation {
    bool is_active;
    struct toy_result result; /* so far */
};

struct toy_session {
    CK_SESSION_HANDLE handle; /* 0: not open */
    unsigned index;           /* of its token */
    CK_FLAGS flags;
    CK_USER_TYPE user;  /* of this session alone, if it is */
    CK_FLAGS validated; /* by its last operation: the mechanism */
    struct toy_operation operations[TOY_KINDS];
    bool has_search;
    bool searches_anonymous;
    CK_ULONG next_anonymous;
    size_t n_found;
    size_t n_given;
    CK_OBJECT_HANDLE found[TOY_OBJECTS];
};

/* Each takes its token's calls one at a time. */
struct toy_session *toy_session(CK_SESSION_HANDLE handle);
void toy_sessions_reset(void);
void toy_end_sessions(unsigned index);
CK_OBJECT_HANDLE toy_handle(unsigned index, size_t position);

/* An object by its handle in that session, and the handle there. */
struct toy_object *toy_object_in(const struct toy_session *session,
                                 CK_OBJECT_HANDLE handle);
CK_OBJECT_HANDLE toy_handle_in(const struct toy_session *session,
                               size_t position);

/* Who is logged in there; (CK_USER_TYPE)-1: nobody. */
CK_USER_TYPE toy_user(const struct toy_session *session);

/* What the tokens do: functions that are NULL are not supported. */
extern const CK_FUNCTION_LIST_3_2 toy_actions;

/* Parts of it. */
CK_RV toy_get_slot_info(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info);
CK_RV toy_get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info);
CK_RV toy_init_token(CK_SLOT_ID slot, CK_UTF8CHAR_PTR pin, CK_ULONG pin_length,
                     CK_UTF8CHAR_PTR label);
CK_RV toy_open_session(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application,
                       CK_NOTIFY notify, CK_SESSION_HANDLE_PTR session);
CK_RV toy_close_session(CK_SESSION_HANDLE session);
CK_RV toy_get_session_info(CK_SESSION_HANDLE session, CK_SESSION_INFO_PTR info);
CK_RV toy_login(CK_SESSION_HANDLE session, CK_USER_TYPE user,
                CK_UTF8CHAR_PTR pin, CK_ULONG pin_length);
CK_RV toy_logout(CK_SESSION_HANDLE session);
CK_RV toy_get_state(CK_SESSION_HANDLE session, CK_BYTE_PTR state,
                    CK_ULONG_PTR length);
CK_RV toy_set_state(CK_SESSION_HANDLE session, CK_BYTE_PTR state,
                    CK_ULONG length, CK_OBJECT_HANDLE encryption_key,
                    CK_OBJECT_HANDLE authentication_key);
CK_RV toy_get_validation(CK_SESSION_HANDLE session,
                         CK_SESSION_VALIDATION_FLAGS_TYPE type,
                         CK_FLAGS_PTR flags);
CK_RV toy_session_cancel(CK_SESSION_HANDLE session, CK_FLAGS flags);
CK_RV toy_create_object(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template,
                        CK_ULONG count, CK_OBJECT_HANDLE_PTR object);
CK_RV toy_copy_object(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE from,
                      CK_ATTRIBUTE_PTR template, CK_ULONG count,
                      CK_OBJECT_HANDLE_PTR object);
CK_RV toy_destroy_object(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object);
CK_RV toy_get_attributes(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                         CK_ATTRIBUTE_PTR template, CK_ULONG count);
CK_RV toy_set_attributes(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                         CK_ATTRIBUTE_PTR template, CK_ULONG count);
CK_RV toy_find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template,
                    CK_ULONG count);
CK_RV toy_find(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects,
               CK_ULONG room, CK_ULONG_PTR count);
CK_RV toy_find_final(CK_SESSION_HANDLE session);
CK_RV toy_generate_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                       CK_ATTRIBUTE_PTR template, CK_ULONG count,
                       CK_OBJECT_HANDLE_PTR key);
CK_RV toy_generate_pair(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                        CK_ATTRIBUTE_PTR public_template, CK_ULONG public_count,
                        CK_ATTRIBUTE_PTR private_template,
                        CK_ULONG private_count, CK_OBJECT_HANDLE_PTR public_key,
                        CK_OBJECT_HANDLE_PTR private_key);

#endif
