/* SPDX-License-Identifier: BSD-3-Clause */
/* p11mux.so over the record module, loaded as an application loads it. */
#include "tests/face.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *
token(const char *label, int slot, bool is_pooled, int number)
{
    return fixture_text("{ label = \"%s\"; slot = %d; "
                        "pool = { mode = \"%s\"; }; members = ( { module = "
                        "\"record\"; match = \"pkcs11:token=record-%d\"; } "
                        "); }",
                        label, slot, is_pooled ? "operation" : "none", number);
}

static void
load(struct face *face, bool is_pooled, const char *extra)
{
    memset(face, 0, sizeof(*face));
    face->is_pooled = is_pooled;
    fixture_setenv("P11MUX_RECORD_TOKENS", "2");
    fixture_config("modules = ( { name = \"record\"; path = \"%s\"; %s } );\n"
                   "tokens = ( %s, %s );\n"
                   "slot_refresh = \"1h\";\n",
                   fixture_test_module("record"), extra == NULL ? "" : extra,
                   token("one", FACE_SLOT, is_pooled, 1),
                   token("two", FACE_SLOT + 1, is_pooled, 2));
    face->mux = module_open(fixture_p11mux());
    face->record = module_open(fixture_test_module("record"));
    face->list = *face->mux->list_3_2;
    face->count = module_symbol(face->record, "record_count");
    face->of = module_symbol(face->record, "record_of");
    face->order = module_symbol(face->record, "record_answer");
    face->reset = module_symbol(face->record, "record_reset");
    face->set_objects = module_symbol(face->record, "record_set_objects");
    face->set_hook = module_symbol(face->record, "record_set_hook");
    face->slot = FACE_SLOT;
}

void
face_load(struct face *face, const char *extra)
{
    load(face, false, extra);
}

void
face_load_pooled(struct face *face, const char *extra)
{
    load(face, true, extra);
}

CK_SESSION_HANDLE
face_session(const struct face *face, CK_SLOT_ID slot)
{
    CK_SESSION_HANDLE session = 0;

    cr_assert_eq(face->list.C_OpenSession(slot,
                                          CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                          NULL, NULL, &session),
                 CKR_OK);
    return session;
}

CK_ULONG
face_find(const struct face *face, CK_SESSION_HANDLE session,
          CK_OBJECT_HANDLE *out, CK_ULONG room)
{
    CK_ULONG count = 0;

    cr_assert_eq(face->list.C_FindObjectsInit(session, NULL, 0), CKR_OK);
    cr_assert_eq(face->list.C_FindObjects(session, out, room, &count), CKR_OK);
    cr_assert_eq(face->list.C_FindObjectsFinal(session), CKR_OK);
    return count;
}

/* The module's handles use bits that p11mux's never have. */
void
face_open(struct face *face)
{
    static const CK_OBJECT_HANDLE theirs[FACE_OBJECTS] = {
        0xfedcba9876543210UL, 0x8000000000000001UL, 0x0000000100000000UL,
        0x0123456789abcdefUL, 0xc0ffee0000000000UL,
    };

    face->reset();
    face->set_objects(theirs, FACE_OBJECTS);
    memcpy(face->member_objects, theirs, sizeof(theirs));
    fixture_initialize(face->mux, NULL);
    /* The first one that a pool opens is its keeper (R3.4). */
    face->member_session = RECORD_SESSION + (face->is_pooled ? 1 : 0);
    face->session = face_session(face, face->slot);
    cr_assert_eq(face_find(face, face->session, face->objects, FACE_OBJECTS),
                 FACE_OBJECTS);
    for (size_t i = 0; i < FACE_OBJECTS; i++)
        cr_assert_neq(face->objects[i], face->member_objects[i]);
    cr_assert_neq(face->session, face->member_session);
}

void
face_close(struct face *face)
{
    cr_assert_eq(face->list.C_Finalize(NULL), CKR_OK);
}
