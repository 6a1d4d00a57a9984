/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the overflow backend share: its sessions, its slots, the
 * objects of sessions, and the way to the store. */
#ifndef BACKENDS_OVERFLOW_PRIVATE_H
#define BACKENDS_OVERFLOW_PRIVATE_H

#include "backends/certificate.h"
#include "backends/overflow.h"
#include "common/lock.h"

/* Of a session; used by one thread at a time. */
struct overflow_session {
    CK_SLOT_ID slot;
    CK_FLAGS flags;
    bool is_searching;
    CK_OBJECT_HANDLE *found;
    size_t n_found;
    size_t n_given;
    struct overflow_note note;
};

/* -- overflow-slot.c: tokens as they were seen ----------------------------- */

/* As long as CK_TOKEN_INFO has room for. */
enum { OVERFLOW_SERIAL_LENGTH = 16 };

/* Whose objects a token's are now. */
struct overflow_life {
    uint64_t number;  /* the store's; 0: it was not asked yet */
    bool is_over;     /* the store was not told yet */
    unsigned n_tried; /* by the operation that is on its way */
    bool has_serial;
    char serial[OVERFLOW_SERIAL_LENGTH + 1];
};

bool slots_begin(const struct overflow_slot *new_slots, size_t n_new_slots);
void slots_end(void);
void slots_fork_child(void);

/* Lends; NULL: there is no such slot. */
const struct overflow_slot *overflow_slot(CK_SLOT_ID slot);
bool overflow_is_seen(CK_SLOT_ID slot);

void slot_get_life(CK_SLOT_ID slot, struct overflow_life *out);
void slot_set_life(CK_SLOT_ID slot, const struct overflow_life *life);

/* It has begun since the last time that this was asked, with a serial number
 * that the store had never seen, and others of the token. */
void slot_note_another(CK_SLOT_ID slot);
bool slot_take_another(CK_SLOT_ID slot);

/* Until the next slot_set_life there is none. */
void slot_end_life(CK_SLOT_ID slot);

/* Who is logged in: CKU_USER, CKU_SO, or nobody. */
extern const CK_USER_TYPE overflow_nobody;
void slot_set_user(CK_SLOT_ID slot, CK_USER_TYPE user);
CK_USER_TYPE slot_user(CK_SLOT_ID slot);

/* -- overflow-session.c ---------------------------------------------------- */

/* Lends; NULL: there is no such session. */
struct overflow_session *overflow_session(CK_SESSION_HANDLE handle);
void sessions_end(void);
void sessions_fork_child(void);

/* -- overflow-memory.c: objects of sessions ---------------------------------
 */

/* Whether such an object would be in memory; whether a number of the store's
 * can be a handle, and which. */
bool memory_has(CK_OBJECT_HANDLE object);
bool overflow_handle(uint64_t number, CK_OBJECT_HANDLE *out);

/* Takes the object over, also when it fails. */
CK_RV memory_add(CK_SLOT_ID slot, CK_SESSION_HANDLE owner,
                 struct store_object *object, CK_OBJECT_HANDLE *out);

/* A copy, which the caller clears. */
CK_RV memory_read(CK_SLOT_ID slot, CK_OBJECT_HANDLE handle,
                  struct store_object *out);
CK_RV memory_change(CK_SLOT_ID slot, CK_OBJECT_HANDLE handle,
                    const struct store_object *changes);
CK_RV memory_destroy(CK_SLOT_ID slot, CK_OBJECT_HANDLE handle);

/* Adds those that match to a list that the caller frees. */
CK_RV memory_find(CK_SLOT_ID slot, const CK_ATTRIBUTE *template, CK_ULONG count,
                  CK_OBJECT_HANDLE **list, size_t *n_list);
void memory_end_session(CK_SESSION_HANDLE owner);
void memory_end(void);
void memory_fork_child(void);

/* -- overflow-keep.c: the store, by the token's life ------------------------
 */

void keep_begin(struct store *lent);
CK_RV keep_create(CK_SLOT_ID slot, const struct store_object *object,
                  CK_OBJECT_HANDLE *out);

/* The caller clears the object. */
CK_RV keep_read(CK_SLOT_ID slot, CK_OBJECT_HANDLE handle,
                struct store_object *out);
CK_RV keep_change(CK_SLOT_ID slot, CK_OBJECT_HANDLE handle,
                  const struct store_object *changes);
CK_RV keep_destroy(CK_SLOT_ID slot, CK_OBJECT_HANDLE handle);

/* Adds those that match to a list that the caller frees. */
CK_RV keep_find(CK_SLOT_ID slot, const CK_ATTRIBUTE *template, CK_ULONG count,
                CK_OBJECT_HANDLE **list, size_t *n_list);

/* -- The function list ------------------------------------------------------
 */

CK_RV overflow_get_slot_list(CK_BBOOL token_present, CK_SLOT_ID_PTR slots,
                             CK_ULONG_PTR count);
CK_RV overflow_get_slot_info(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info);
CK_RV overflow_get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info);
CK_RV overflow_open_session(CK_SLOT_ID slot, CK_FLAGS flags,
                            CK_VOID_PTR application, CK_NOTIFY notify,
                            CK_SESSION_HANDLE_PTR out);
CK_RV overflow_close_session(CK_SESSION_HANDLE session);
CK_RV overflow_close_all_sessions(CK_SLOT_ID slot);
CK_RV overflow_get_session_info(CK_SESSION_HANDLE session,
                                CK_SESSION_INFO_PTR info);
CK_RV overflow_login(CK_SESSION_HANDLE session, CK_USER_TYPE user,
                     CK_UTF8CHAR_PTR pin, CK_ULONG pin_length);
CK_RV overflow_login_user(CK_SESSION_HANDLE session, CK_USER_TYPE user,
                          CK_UTF8CHAR_PTR pin, CK_ULONG pin_length,
                          CK_UTF8CHAR_PTR name, CK_ULONG name_length);
CK_RV overflow_logout(CK_SESSION_HANDLE session);
CK_RV overflow_create_object(CK_SESSION_HANDLE session,
                             CK_ATTRIBUTE_PTR template, CK_ULONG count,
                             CK_OBJECT_HANDLE_PTR out);
CK_RV overflow_copy_object(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                           CK_ATTRIBUTE_PTR template, CK_ULONG count,
                           CK_OBJECT_HANDLE_PTR out);
CK_RV overflow_destroy_object(CK_SESSION_HANDLE session,
                              CK_OBJECT_HANDLE object);
CK_RV overflow_get_object_size(CK_SESSION_HANDLE session,
                               CK_OBJECT_HANDLE object, CK_ULONG_PTR size);
CK_RV overflow_get_attribute_value(CK_SESSION_HANDLE session,
                                   CK_OBJECT_HANDLE object,
                                   CK_ATTRIBUTE_PTR template, CK_ULONG count);
CK_RV overflow_set_attribute_value(CK_SESSION_HANDLE session,
                                   CK_OBJECT_HANDLE object,
                                   CK_ATTRIBUTE_PTR template, CK_ULONG count);
CK_RV overflow_find_objects_init(CK_SESSION_HANDLE session,
                                 CK_ATTRIBUTE_PTR template, CK_ULONG count);
CK_RV overflow_find_objects(CK_SESSION_HANDLE session,
                            CK_OBJECT_HANDLE_PTR objects, CK_ULONG room,
                            CK_ULONG_PTR count);
CK_RV overflow_find_objects_final(CK_SESSION_HANDLE session);

#endif
