/* SPDX-License-Identifier: BSD-3-Clause */
/* What calls leave in the audit log, and what becomes of them when it does
 * not take the record (DESIGN 5). */
#include "audit/event.h"
#include "tests/group-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

enum { MOST_EVENTS = 32 };

static struct audit_event events[MOST_EVENTS];
static size_t n_events;
static bool is_broken;

static bool
write_event(void *context, const struct audit_event *event)
{
    cr_assert_eq(context, events);
    cr_assert_lt(n_events, MOST_EVENTS);
    if (is_broken)
        return false;
    if (event->kind == AUDIT_RECONNECT || event->kind == AUDIT_FAILOVER)
        return true; /* of a member, not of a call */
    events[n_events++] = *event;
    return true;
}

static const struct audit_sink sink = { .write = write_event,
                                        .context = events };

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;
static CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
static CK_BYTE data[] = "the data that is signed";

static void
setup(void)
{
    router_start_one();
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    session = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    instance_set_sink(&sink);
}

static void
finish(void)
{
    instance_set_sink(NULL);
    C_Finalize(NULL);
}

TestSuite(call_record, .init = setup, .fini = finish, .timeout = 60);

/* The only event there is; forgotten then. */
static struct audit_event
only_event(enum audit_event_kind kind, const char *function, CK_RV rv)
{
    cr_assert_eq(n_events, 1, "%zu events", n_events);
    cr_assert_eq(events[0].kind, kind);
    cr_assert_str_eq(events[0].function, function);
    cr_assert_eq(events[0].rv, rv);
    n_events = 0;
    return events[0];
}

static void
check_operation(const struct audit_event *event, uint64_t in, uint64_t out)
{
    cr_assert(event->has_mechanism);
    cr_assert_eq(event->mechanism, CKM_RSA_PKCS);
    cr_assert_eq(event->key, key);
    cr_assert_eq(event->bytes_in, in);
    cr_assert_eq(event->bytes_out, out);
}

/* -- One record for each operation ---------------------------------------- */

Test(call_record, a_signature_is_one_record_with_all_that_matters)
{
    struct toy_result result;
    struct audit_event event;

    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    cr_assert_eq(n_events, 0);
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK);
    event = only_event(AUDIT_SIGN, "C_Sign", CKR_OK);
    check_operation(&event, 4, sizeof(result));
    cr_assert_eq(event.session, session);
    cr_assert_eq(event.slot, 1);
    cr_assert_str_eq(event.token, "one");
    cr_assert_eq(event.member, 0);
}

Test(call_record, many_parts_are_one_record_at_the_end_with_totals)
{
    CK_BYTE out[64];
    CK_ULONG length;
    struct audit_event event;

    for (int round = 0; round < 2; round++) {
        cr_assert_eq(C_EncryptInit(session, &mechanism, key), CKR_OK);
        for (int i = 0; i < 5; i++) {
            length = sizeof(out);
            cr_assert_eq(C_EncryptUpdate(session, data, 3, out, &length),
                         CKR_OK);
        }
        cr_assert_eq(n_events, 0);
        length = sizeof(out);
        cr_assert_eq(C_EncryptFinal(session, out, &length), CKR_OK);
        event = only_event(AUDIT_ENCRYPT, "C_EncryptFinal", CKR_OK);
        check_operation(&event, 15, 15 + sizeof(struct toy_result));
    }
}

Test(call_record, sizes_that_are_asked_for_are_none)
{
    CK_BYTE signature[64];
    CK_ULONG length = 1;
    struct audit_event event;

    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    cr_assert_eq(C_Sign(session, data, 4, NULL, &length), CKR_OK);
    length = 1;
    cr_assert_eq(C_Sign(session, data, 4, signature, &length),
                 CKR_BUFFER_TOO_SMALL);
    cr_assert_eq(n_events, 0);
    cr_assert_eq(C_Sign(session, data, 4, signature, &length), CKR_OK);
    event = only_event(AUDIT_SIGN, "C_Sign", CKR_OK);
    cr_assert_eq(event.bytes_out, length);
    cr_assert_eq(event.bytes_in, 4, "counted once");
}

Test(call_record, an_operation_that_fails_is_recorded_where_it_fails)
{
    struct audit_event event;

    toy_fail(TOY_ANY, FUNCTION_C_SignInit, CKR_KEY_FUNCTION_NOT_PERMITTED, 1);
    cr_assert_eq(router_sign_init(session, key),
                 CKR_KEY_FUNCTION_NOT_PERMITTED);
    event =
        only_event(AUDIT_SIGN, "C_SignInit", CKR_KEY_FUNCTION_NOT_PERMITTED);
    check_operation(&event, 0, 0);
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    cr_assert_eq(C_SignUpdate(session, data, 5), CKR_OK);
    toy_fail(TOY_ANY, FUNCTION_C_SignUpdate, CKR_DEVICE_ERROR, 1);
    cr_assert_eq(C_SignUpdate(session, data, 5), CKR_DEVICE_ERROR);
    event = only_event(AUDIT_SIGN, "C_SignUpdate", CKR_DEVICE_ERROR);
    check_operation(&event, 10, 0);
}

Test(call_record, what_was_refused_here_is_recorded_too)
{
    cr_assert_eq(router_sign_init(session, key + 1), CKR_KEY_HANDLE_INVALID);
    (void)only_event(AUDIT_SIGN, "C_SignInit", CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(router_sign_init(session + 1, key),
                 CKR_SESSION_HANDLE_INVALID);
    (void)only_event(AUDIT_SIGN, "C_SignInit", CKR_SESSION_HANDLE_INVALID);
}

Test(call_record, a_verdict_is_recorded)
{
    CK_BYTE wrong[sizeof(struct toy_result)] = { 0 };
    struct audit_event event;

    cr_assert_eq(C_VerifyInit(session, &mechanism, key), CKR_OK);
    cr_assert_eq(C_Verify(session, data, 4, wrong, sizeof(wrong)),
                 CKR_SIGNATURE_INVALID);
    event = only_event(AUDIT_VERIFY, "C_Verify", CKR_SIGNATURE_INVALID);
    check_operation(&event, 4 + sizeof(wrong), 0);
}

Test(call_record, calls_that_are_no_operation_are_recorded)
{
    CK_ATTRIBUTE template = { CKA_LABEL, data, 4 };
    CK_BYTE random[16];
    CK_OBJECT_HANDLE made;
    struct audit_event event;

    cr_assert_eq(C_GenerateRandom(session, random, sizeof(random)), CKR_OK);
    event = only_event(AUDIT_RANDOM, "C_GenerateRandom", CKR_OK);
    cr_assert_eq(event.bytes_out, sizeof(random));
    cr_assert_eq(C_CreateObject(session, &template, 1, &made), CKR_OK);
    (void)only_event(AUDIT_CREATE, "C_CreateObject", CKR_OK);
    cr_assert_eq(C_DestroyObject(session, made), CKR_OK);
    event = only_event(AUDIT_DESTROY, "C_DestroyObject", CKR_OK);
    cr_assert_eq(event.key, made);
    cr_assert_eq(C_Login(session, CKU_USER, data, 4), CKR_OK);
    (void)only_event(AUDIT_LOGIN, "C_Login", CKR_OK);
    cr_assert_eq(C_Logout(session), CKR_OK);
    (void)only_event(AUDIT_LOGOUT, "C_Logout", CKR_OK);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    (void)only_event(AUDIT_CLOSE, "C_CloseSession", CKR_OK);
    session = router_session(1);
    (void)only_event(AUDIT_OPEN, "C_OpenSession", CKR_OK);
}

Test(call_record, a_key_that_a_digest_takes_in_is_recorded)
{
    CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
    struct audit_event event;
    CK_BYTE digest[64];
    CK_ULONG length = sizeof(digest);

    cr_assert_eq(C_DigestInit(session, &sha256), CKR_OK);
    cr_assert_eq(C_DigestUpdate(session, data, 4), CKR_OK);
    cr_assert_eq(n_events, 0);
    cr_assert_eq(C_DigestKey(session, key), CKR_OK);
    event = only_event(AUDIT_DIGEST, "C_DigestKey", CKR_OK);
    cr_assert_eq(event.key, key);
    cr_assert_eq(C_DigestFinal(session, digest, &length), CKR_OK);
    event = only_event(AUDIT_DIGEST, "C_DigestFinal", CKR_OK);
    cr_assert_eq(event.key, 0);
}

Test(call_record, a_search_is_recorded_when_it_begins)
{
    CK_OBJECT_HANDLE objects[2];

    cr_assert_eq(router_find_all(session, objects, 2), 1);
    (void)only_event(AUDIT_FIND, "C_FindObjectsInit", CKR_OK);
}

TestSuite(call_record_group, .init = group_start, .fini = finish,
          .timeout = 60);

Test(call_record_group, the_member_is_the_one_that_answered)
{
    struct toy_result result;

    instance_set_sink(&sink);
    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    group_lose(FUNCTION_C_Sign);
    cr_assert_eq(router_sign(group_session, "data", &result), CKR_OK);
    cr_assert_eq(only_event(AUDIT_SIGN, "C_Sign", CKR_OK).member, 1);
}

/* -- Nothing secret ------------------------------------------------------- */

/* A record holds no address of the application's: what is there cannot come
 * into the log by mistake. */
static bool
points_to(const struct audit_event *event, const void *secret)
{
    return memmem(event, sizeof(*event), &secret, sizeof(secret)) != NULL;
}

Test(call_record, holds_nothing_secret_and_no_way_to_it)
{
    CK_BYTE pin[] = "a secret PIN", iv[16] = "sixteen bytes.", out[64];
    CK_MECHANISM cbc = { CKM_AES_CBC, iv, sizeof(iv) };
    CK_ATTRIBUTE template = { CKA_VALUE, data, sizeof(data) };
    const void *secrets[] = { pin, iv, out, data, &cbc, &template };
    CK_OBJECT_HANDLE made;
    CK_ULONG length = sizeof(out);

    cr_assert_eq(C_Login(session, CKU_USER, pin, sizeof(pin) - 1), CKR_OK);
    cr_assert_eq(C_CreateObject(session, &template, 1, &made), CKR_OK);
    cr_assert_eq(C_DecryptInit(session, &cbc, key), CKR_OK);
    cr_assert_eq(C_Decrypt(session, data, 16, out, &length), CKR_OK);
    cr_assert_eq(n_events, 3);
    for (size_t i = 0; i < n_events; i++)
        for (size_t k = 0; k < sizeof(secrets) / sizeof(secrets[0]); k++)
            cr_assert_not(points_to(&events[i], secrets[k]), "%s, %zu",
                          events[i].function, k);
}
