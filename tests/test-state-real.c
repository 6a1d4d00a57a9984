/* SPDX-License-Identifier: BSD-3-Clause */
/* NSS softoken's saved digests, through p11mux whose backend sessions are
 * lent for each operation (R3.28). */
#include "tests/fixture.h"

#include <criterion/criterion.h>
#include <string.h>

enum { ROOM = 4096, DIGEST = 32 };

static struct module *module;
static const CK_FUNCTION_LIST *list;
static CK_SLOT_ID slot;
static CK_SESSION_HANDLE session, other;
static CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
static CK_BYTE data[200];

static CK_SESSION_HANDLE
open_session(CK_FLAGS flags)
{
    CK_SESSION_HANDLE opened = 0;

    cr_assert_eq(list->C_OpenSession(slot, CKF_SERIAL_SESSION | flags, NULL,
                                     NULL, &opened),
                 CKR_OK);
    return opened;
}

static void
setup(void)
{
    const char *arguments = fixture_nss("alpha", FIXTURE_PIN);

    fixture_config("modules = ( { name = \"nss\"; path = \"%s\"; "
                   "init_args = \"%s\"; } );\n"
                   "tokens = ( { label = \"alpha\"; "
                   "pool = { mode = \"operation\"; }; "
                   "members = ( { module = \"nss\"; "
                   "match = \"pkcs11:token=alpha\"; } ); } );\n"
                   "state_dir = \"%s\";\n",
                   FIXTURE_NSS, arguments, fixture_make_folder("state"));
    module = module_open(fixture_p11mux());
    list = module->list;
    fixture_initialize(module, NULL);
    slot = fixture_slot(list, "alpha");
    session = open_session(CKF_RW_SESSION);
    other = open_session(0);
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (CK_BYTE)(i * 7);
}

static void
finish(void)
{
    list->C_Finalize(NULL);
    module_close(module);
}

TestSuite(state_real, .init = setup, .fini = finish, .timeout = 60);

static void
update(CK_SESSION_HANDLE its, size_t from, size_t length)
{
    cr_assert_eq(list->C_DigestUpdate(its, data + from, length), CKR_OK);
}

static void
end(CK_SESSION_HANDLE its, CK_BYTE out[DIGEST])
{
    CK_ULONG length = DIGEST;

    cr_assert_eq(list->C_DigestFinal(its, out, &length), CKR_OK);
    cr_assert_eq(length, DIGEST);
}

/* After 77 bytes; the whole is 200. */
static CK_ULONG
save(CK_BYTE state[ROOM])
{
    CK_ULONG asked = 0, length = 4;

    cr_assert_eq(list->C_DigestInit(session, &sha256), CKR_OK);
    update(session, 0, 77);
    cr_assert_eq(list->C_GetOperationState(session, NULL, &asked), CKR_OK);
    cr_assert_eq(list->C_GetOperationState(session, state, &length),
                 CKR_BUFFER_TOO_SMALL);
    cr_assert_eq(length, asked);
    cr_assert_eq(list->C_GetOperationState(session, state, &length), CKR_OK);
    cr_assert_eq(length, asked);
    return length;
}

Test(state_real, a_digest_goes_on_where_it_was_saved)
{
    CK_BYTE state[ROOM], expected[DIGEST], digest[DIGEST];
    CK_ULONG length = save(state);

    update(session, 77, 123);
    end(session, expected);
    /* In the same session and in one of another kind, side by side. */
    cr_assert_eq(list->C_SetOperationState(session, state, length, 0, 0),
                 CKR_OK);
    cr_assert_eq(list->C_SetOperationState(other, state, length, 0, 0), CKR_OK);
    update(session, 77, 23);
    update(other, 77, 123);
    update(session, 100, 100);
    end(session, digest);
    cr_assert_arr_eq(digest, expected, DIGEST);
    end(other, digest);
    cr_assert_arr_eq(digest, expected, DIGEST);
}

Test(state_real, restoring_begins_nothing_for_others)
{
    CK_BYTE state[ROOM], digest[DIGEST];
    CK_ULONG length = save(state), digest_length = DIGEST;

    end(session, digest);
    cr_assert_eq(list->C_SetOperationState(session, state, length, 0, 0),
                 CKR_OK);
    for (int i = 0; i < 10; i++) {
        CK_SESSION_HANDLE next = open_session(0);

        cr_assert_eq(list->C_DigestFinal(next, digest, &digest_length),
                     CKR_OPERATION_NOT_INITIALIZED);
        cr_assert_eq(list->C_DigestInit(next, &sha256), CKR_OK);
        end(next, digest);
        cr_assert_eq(list->C_CloseSession(next), CKR_OK);
    }
    cr_assert_eq(list->C_DigestInit(session, &sha256), CKR_OPERATION_ACTIVE);
    end(session, digest);
}

Test(state_real, what_is_no_state_is_refused)
{
    CK_BYTE state[ROOM], digest[DIGEST];
    CK_ULONG length = save(state);

    end(session, digest);
    state[length - 1] ^= 1;
    cr_assert_eq(list->C_SetOperationState(other, state, length, 0, 0),
                 CKR_SAVED_STATE_INVALID);
    cr_assert_eq(list->C_SetOperationState(other, state, 0, 0, 0),
                 CKR_SAVED_STATE_INVALID);
    cr_assert_eq(list->C_GetOperationState(other, NULL, &length),
                 CKR_OPERATION_NOT_INITIALIZED);
}
