/* SPDX-License-Identifier: BSD-3-Clause */
/* The overflow backend over a store of the test's own, with faults. */
#include "tests/overflow-fixture.h"

#include "config/config.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <string.h>

const CK_FUNCTION_LIST_3_2 *overflow;
struct store *other_store;

static struct store *own_store;
static struct backend *backend;
static _Atomic(enum store_result) fault;
static atomic_uint asked;

static const struct config_certificates plain = { .derive_missing = false };
static const struct config_certificates deriving = { .derive_missing = true };
static const struct overflow_slot slots[SLOTS] = {
    [FIRST_SLOT] = { "first", &plain },
    [SECOND_SLOT] = { "second", &plain },
    [DERIVING_SLOT] = { "deriving", &deriving },
    [UNSEEN_SLOT] = { "unseen", &plain },
};

void
overflow_fixture_begin(void)
{
    const char *url =
        fixture_text("sqlite:%s/certificates.db", fixture_make_folder("store"));
    struct error error;

    if (!store_new(url, (gid_t)-1, &own_store, &error) ||
        !store_new(url, (gid_t)-1, &other_store, &error))
        fixture_fail("%s", error.text);
    backend = overflow_begin(own_store, slots, SLOTS);
    cr_assert_not_null(backend);
    overflow = backend_functions(backend);
    cr_assert_eq(overflow_see(FIRST_SLOT, NULL), CKR_OK);
    cr_assert_eq(overflow_see(SECOND_SLOT, "0001"), CKR_OK);
    cr_assert_eq(overflow_see(DERIVING_SLOT, NULL), CKR_OK);
}

void
overflow_fixture_end(void)
{
    overflow_end();
    backend_free(backend);
    store_free(other_store);
    store_free(own_store);
}

/* -- Around the store ------------------------------------------------------ */

void
store_fails(enum store_result result)
{
    fault = result;
}

unsigned
store_asked(void)
{
    return asked;
}

/* clang-format off */
enum store_result __real_store_find_life(struct store *store,
    const struct store_owner *owner, uint64_t *life, bool *is_another);
enum store_result __real_store_try(struct store *store);
enum store_result __wrap_store_try(struct store *store);
enum store_result __real_store_begin_life(struct store *store,
    const struct store_owner *owner, uint64_t *life);
enum store_result __real_store_create(struct store *store, uint64_t life,
    const CK_ATTRIBUTE *attributes, CK_ULONG count, uint64_t *number);
enum store_result __real_store_find(struct store *store, uint64_t life,
    const CK_ATTRIBUTE *template, CK_ULONG count, uint64_t **numbers,
    size_t *n_numbers);
enum store_result __real_store_read(struct store *store, uint64_t life,
    uint64_t number, struct store_object *out);
enum store_result __real_store_change(struct store *store, uint64_t life,
    uint64_t number, const CK_ATTRIBUTE *attributes, CK_ULONG count);
enum store_result __real_store_destroy(struct store *store, uint64_t life,
    uint64_t number);
enum store_result __wrap_store_find_life(struct store *store,
    const struct store_owner *owner, uint64_t *life, bool *is_another);
enum store_result __wrap_store_begin_life(struct store *store,
    const struct store_owner *owner, uint64_t *life);
enum store_result __wrap_store_create(struct store *store, uint64_t life,
    const CK_ATTRIBUTE *attributes, CK_ULONG count, uint64_t *number);
enum store_result __wrap_store_find(struct store *store, uint64_t life,
    const CK_ATTRIBUTE *template, CK_ULONG count, uint64_t **numbers,
    size_t *n_numbers);
enum store_result __wrap_store_read(struct store *store, uint64_t life,
    uint64_t number, struct store_object *out);
enum store_result __wrap_store_change(struct store *store, uint64_t life,
    uint64_t number, const CK_ATTRIBUTE *attributes, CK_ULONG count);
enum store_result __wrap_store_destroy(struct store *store, uint64_t life,
    uint64_t number);
/* clang-format on */

enum store_result
__wrap_store_try(struct store *store)
{
    asked++;
    return fault != STORE_DONE ? fault : __real_store_try(store);
}

enum store_result
__wrap_store_find_life(struct store *store, const struct store_owner *owner,
                       uint64_t *life, bool *is_another)
{
    asked++;
    return fault != STORE_DONE
               ? fault
               : __real_store_find_life(store, owner, life, is_another);
}

enum store_result
__wrap_store_begin_life(struct store *store, const struct store_owner *owner,
                        uint64_t *life)
{
    asked++;
    return fault != STORE_DONE ? fault
                               : __real_store_begin_life(store, owner, life);
}

enum store_result
__wrap_store_create(struct store *store, uint64_t life,
                    const CK_ATTRIBUTE *attributes, CK_ULONG count,
                    uint64_t *number)
{
    asked++;
    return fault != STORE_DONE
               ? fault
               : __real_store_create(store, life, attributes, count, number);
}

enum store_result
__wrap_store_find(struct store *store, uint64_t life,
                  const CK_ATTRIBUTE *template, CK_ULONG count,
                  uint64_t **numbers, size_t *n_numbers)
{
    asked++;
    return fault != STORE_DONE ? fault
                               : __real_store_find(store, life, template, count,
                                                   numbers, n_numbers);
}

enum store_result
__wrap_store_read(struct store *store, uint64_t life, uint64_t number,
                  struct store_object *out)
{
    asked++;
    return fault != STORE_DONE ? fault
                               : __real_store_read(store, life, number, out);
}

enum store_result
__wrap_store_change(struct store *store, uint64_t life, uint64_t number,
                    const CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    asked++;
    return fault != STORE_DONE
               ? fault
               : __real_store_change(store, life, number, attributes, count);
}

enum store_result
__wrap_store_destroy(struct store *store, uint64_t life, uint64_t number)
{
    asked++;
    return fault != STORE_DONE ? fault
                               : __real_store_destroy(store, life, number);
}

/* -- What tests do all the time -------------------------------------------- */

CK_SESSION_HANDLE
open_session(CK_SLOT_ID slot, bool may_write)
{
    CK_SESSION_HANDLE session;
    CK_FLAGS flags = CKF_SERIAL_SESSION;

    if (may_write)
        flags |= CKF_RW_SESSION;
    cr_assert_eq(overflow->C_OpenSession(slot, flags, NULL, NULL, &session),
                 CKR_OK);
    return session;
}

CK_OBJECT_HANDLE
create(CK_SESSION_HANDLE session, const struct sheet *sheet)
{
    struct sheet its = *sheet;
    CK_OBJECT_HANDLE object;
    CK_RV rv =
        overflow->C_CreateObject(session, its.attributes, its.count, &object);

    cr_assert_eq(rv, CKR_OK, "0x%lx", rv);
    return object;
}

size_t
find(CK_SESSION_HANDLE session, const struct sheet *sheet,
     CK_OBJECT_HANDLE found[MOST_FOUND])
{
    struct sheet its = *sheet;
    CK_ULONG count;

    cr_assert_eq(overflow->C_FindObjectsInit(session, its.attributes,
                                             its.count),
                 CKR_OK);
    cr_assert_eq(overflow->C_FindObjects(session, found, MOST_FOUND, &count),
                 CKR_OK);
    cr_assert_eq(overflow->C_FindObjectsFinal(session), CKR_OK);
    return count;
}

size_t
count_all(CK_SESSION_HANDLE session)
{
    static const struct sheet everything = { .count = 0 };
    CK_OBJECT_HANDLE found[MOST_FOUND];

    return find(session, &everything, found);
}

bool
shows(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
      CK_ATTRIBUTE_TYPE type, const char *text)
{
    char value[256];
    CK_ATTRIBUTE its = { type, value, sizeof(value) };

    return overflow->C_GetAttributeValue(session, object, &its, 1) == CKR_OK &&
           its.ulValueLen == strlen(text) &&
           memcmp(value, text, its.ulValueLen) == 0;
}

CK_RV
set_label(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, const char *label)
{
    struct sheet sheet = { .count = 0 };

    sheet_set_text(&sheet, CKA_LABEL, label);
    return overflow->C_SetAttributeValue(session, object, sheet.attributes,
                                         sheet.count);
}
