/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls to the module, each with its line in the transcript. What they
 * return and give is for the calls that follow; who talks need not look.
 */
#ifndef TESTS_DIFFERENTIAL_ASK_H
#define TESTS_DIFFERENTIAL_ASK_H

#include "tests/differential/talk.h"

/* A handle that no module has given. */
#define BAD_HANDLE ((CK_ULONG)0x7ffffff1)

/* -- Slots and tokens (ask-slot.c) ----------------------------------------- */

CK_RV ask_initialize(struct talk *talk, CK_C_INITIALIZE_ARGS *arguments);
/* As everybody does it, and finds talk->slot. */
void ask_start(struct talk *talk);
CK_RV ask_finalize(struct talk *talk, void *reserved);
CK_RV ask_info(struct talk *talk);

/* More than `room` is never written; room -1: no buffer. The line has how
 * many there are, and with `is_shown` which ones. */
CK_RV ask_slot_list(struct talk *talk, CK_BBOOL present, long room,
                    bool is_shown);
CK_RV ask_slot_info(struct talk *talk, CK_SLOT_ID slot);
CK_RV ask_token_info(struct talk *talk, CK_SLOT_ID slot);
CK_RV ask_mechanism_list(struct talk *talk, CK_SLOT_ID slot, long room);
CK_RV ask_mechanism_info(struct talk *talk, CK_SLOT_ID slot,
                         CK_MECHANISM_TYPE type);
CK_RV ask_slot_event(struct talk *talk, CK_FLAGS flags, bool has_slot,
                     void *reserved);
/* The label is padded with blanks. */
CK_RV ask_init_token(struct talk *talk, CK_SLOT_ID slot, struct bytes pin,
                     const char *label);
/* Slots by the label of their tokens, "" for the free one; not in the
 * transcript. */
CK_SLOT_ID find_slot(struct talk *talk, const char *label);

/* -- Sessions (ask-session.c) ---------------------------------------------- */

CK_SESSION_HANDLE ask_open(struct talk *talk, CK_SLOT_ID slot, CK_FLAGS flags);
CK_RV ask_open_nowhere(struct talk *talk, CK_SLOT_ID slot, CK_FLAGS flags);
CK_RV ask_close(struct talk *talk, CK_SESSION_HANDLE session);
CK_RV ask_close_all(struct talk *talk, CK_SLOT_ID slot);
CK_RV ask_session_info(struct talk *talk, CK_SESSION_HANDLE session);
CK_RV ask_login(struct talk *talk, CK_SESSION_HANDLE session, CK_USER_TYPE user,
                struct bytes pin);
CK_RV ask_login_user(struct talk *talk, CK_SESSION_HANDLE session,
                     CK_USER_TYPE user, struct bytes pin, struct bytes name);
CK_RV ask_logout(struct talk *talk, CK_SESSION_HANDLE session);
CK_RV ask_init_pin(struct talk *talk, CK_SESSION_HANDLE session,
                   struct bytes pin);
CK_RV ask_set_pin(struct talk *talk, CK_SESSION_HANDLE session,
                  struct bytes old_pin, struct bytes new_pin);
CK_RV ask_cancel(struct talk *talk, CK_SESSION_HANDLE session, CK_FLAGS flags);
CK_RV ask_get_state(struct talk *talk, CK_SESSION_HANDLE session, long room);
CK_RV ask_set_state(struct talk *talk, CK_SESSION_HANDLE session,
                    struct bytes state, CK_OBJECT_HANDLE encryption_key,
                    CK_OBJECT_HANDLE authentication_key);
CK_RV ask_parallel(struct talk *talk, CK_SESSION_HANDLE session);

/* A R/W session on talk->slot, logged in as the user unless somebody is. */
CK_SESSION_HANDLE ask_user_session(struct talk *talk);

enum { FLAGS_RO = CKF_SERIAL_SESSION, FLAGS_RW = 6 };

/* -- Objects (ask-object.c); templates as text (template.h) ---------------- */

CK_OBJECT_HANDLE ask_create(struct talk *talk, CK_SESSION_HANDLE session,
                            const char *template);
/* The same, for one that is no text. */
CK_OBJECT_HANDLE ask_create_of(struct talk *talk, CK_SESSION_HANDLE session,
                               CK_ATTRIBUTE *template, CK_ULONG count);
CK_OBJECT_HANDLE ask_copy(struct talk *talk, CK_SESSION_HANDLE session,
                          CK_OBJECT_HANDLE object, const char *template);
CK_RV ask_destroy(struct talk *talk, CK_SESSION_HANDLE session,
                  CK_OBJECT_HANDLE object);
CK_RV ask_size(struct talk *talk, CK_SESSION_HANDLE session,
               CK_OBJECT_HANDLE object);
CK_RV ask_set(struct talk *talk, CK_SESSION_HANDLE session,
              CK_OBJECT_HANDLE object, const char *template);

/* Words: CKA_LABEL gives it plenty of room, CKA_LABEL:3 so many bytes,
 * CKA_LABEL:- no buffer. */
CK_RV ask_get(struct talk *talk, CK_SESSION_HANDLE session,
              CK_OBJECT_HANDLE object, const char *words);
/* The same for one that holds a template of `inner` words. */
CK_RV ask_get_nested(struct talk *talk, CK_SESSION_HANDLE session,
                     CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                     const char *inner);

CK_RV ask_find_init(struct talk *talk, CK_SESSION_HANDLE session,
                    const char *template);
CK_ULONG ask_find_next(struct talk *talk, CK_SESSION_HANDLE session,
                       CK_ULONG room);
CK_RV ask_find_final(struct talk *talk, CK_SESSION_HANDLE session);
/* All three, in chunks; the line says what was found, sorted, since the order
 * is anybody's. Returns one of them. */
CK_OBJECT_HANDLE ask_find(struct talk *talk, CK_SESSION_HANDLE session,
                          const char *template, CK_ULONG chunk);

/* -- Operations (ask-operation.c) ------------------------------------------ */

enum kind {
    ENCRYPT,
    DECRYPT,
    DIGEST,
    SIGN,
    VERIFY,
    SIGN_RECOVER,
    VERIFY_RECOVER,
};

CK_RV ask_init(struct talk *talk, enum kind kind, CK_SESSION_HANDLE session,
               const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
CK_RV ask_single(struct talk *talk, enum kind kind, CK_SESSION_HANDLE session,
                 struct bytes data, long room);
CK_RV ask_update(struct talk *talk, enum kind kind, CK_SESSION_HANDLE session,
                 struct bytes data, long room);
CK_RV ask_final(struct talk *talk, enum kind kind, CK_SESSION_HANDLE session,
                long room);
CK_RV ask_verify(struct talk *talk, CK_SESSION_HANDLE session,
                 struct bytes data, struct bytes signature);
CK_RV ask_verify_final(struct talk *talk, CK_SESSION_HANDLE session,
                       struct bytes signature);
CK_RV ask_digest_key(struct talk *talk, CK_SESSION_HANDLE session,
                     CK_OBJECT_HANDLE key);

/* Whether the operation is still there: what its Final, or single part where
 * it has none, says. */
void ask_whether_active(struct talk *talk, enum kind kind,
                        CK_SESSION_HANDLE session);

enum dual { DIGEST_ENCRYPT, DECRYPT_DIGEST, SIGN_ENCRYPT, DECRYPT_VERIFY };

CK_RV ask_dual(struct talk *talk, enum dual dual, CK_SESSION_HANDLE session,
               struct bytes data, long room);

CK_RV ask_seed(struct talk *talk, CK_SESSION_HANDLE session, struct bytes seed);
CK_RV ask_random(struct talk *talk, CK_SESSION_HANDLE session, CK_ULONG length,
                 bool is_null);

/* -- Keys (ask-key.c) ------------------------------------------------------ */

CK_OBJECT_HANDLE ask_generate(struct talk *talk, CK_SESSION_HANDLE session,
                              const CK_MECHANISM *mechanism,
                              const char *template);
CK_RV ask_generate_pair(struct talk *talk, CK_SESSION_HANDLE session,
                        const CK_MECHANISM *mechanism,
                        const char *public_template,
                        const char *private_template, CK_OBJECT_HANDLE out[2]);
CK_RV ask_wrap(struct talk *talk, CK_SESSION_HANDLE session,
               const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE wrapping,
               CK_OBJECT_HANDLE key, long room);
CK_OBJECT_HANDLE ask_unwrap(struct talk *talk, CK_SESSION_HANDLE session,
                            const CK_MECHANISM *mechanism,
                            CK_OBJECT_HANDLE unwrapping, struct bytes wrapped,
                            const char *template);
CK_OBJECT_HANDLE ask_derive(struct talk *talk, CK_SESSION_HANDLE session,
                            const CK_MECHANISM *mechanism,
                            CK_OBJECT_HANDLE base, const char *template);

/* -- Messages, 3.0 (ask-message.c) ----------------------------------------- */

enum message { MESSAGE_ENCRYPT, MESSAGE_DECRYPT, MESSAGE_SIGN, MESSAGE_VERIFY };

CK_RV ask_message_init(struct talk *talk, enum message kind,
                       CK_SESSION_HANDLE session, const CK_MECHANISM *mechanism,
                       CK_OBJECT_HANDLE key);
/* The parameter is shown after the call, since it may be written to. */
CK_RV ask_message(struct talk *talk, enum message kind,
                  CK_SESSION_HANDLE session, struct bytes parameter,
                  struct bytes associated, struct bytes data, long room);
CK_RV ask_message_verify(struct talk *talk, CK_SESSION_HANDLE session,
                         struct bytes parameter, struct bytes data,
                         struct bytes signature);
CK_RV ask_message_begin(struct talk *talk, enum message kind,
                        CK_SESSION_HANDLE session, struct bytes parameter,
                        struct bytes associated);
CK_RV ask_message_next(struct talk *talk, enum message kind,
                       CK_SESSION_HANDLE session, struct bytes parameter,
                       struct bytes data, long room, CK_FLAGS flags);
CK_RV ask_message_final(struct talk *talk, enum message kind,
                        CK_SESSION_HANDLE session);

/* -- All functions (ask-all.c) --------------------------------------------- */

/* Each function of a list with zeros for its arguments, but for those that
 * start and stop the module; `session` is what they get as theirs. */
void ask_all_2_40(struct talk *talk, CK_SESSION_HANDLE session);
void ask_all_3(struct talk *talk, CK_SESSION_HANDLE session);

#endif
