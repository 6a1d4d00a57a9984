/* SPDX-License-Identifier: BSD-3-Clause */
/* SoftHSM through p11mux: its tokens' folder is moved away and back, and its
 * limit of sessions lowered, while threads sign; and requests that it cannot
 * bear (7.2). */
#include "tests/fixture.h"
#include "tests/modules/fault.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { N_THREADS = 4, TOO_LONG = 300, POISON = 1000 };

static struct module *module;
static const CK_FUNCTION_LIST *list;
static CK_SLOT_ID slot;
static CK_SESSION_HANDLE session;
static struct fixture_pair pair;
static const char *tokens;
static __typeof__(&fault_add) add;
static __typeof__(&fault_load) load;

static void
setup(void)
{
    struct module *fault;

    (void)fixture_softhsm("soft");
    tokens = fixture_path("soft/tokens");
    fixture_softhsm_token("web");
    fixture_setenv("P11MUX_FAULT_MODULE", "%s", FIXTURE_SOFTHSM);
    fault = module_open(fixture_test_module("fault"));
    add = module_symbol(fault, "fault_add");
    load = module_symbol(fault, "fault_load");
    fixture_config("modules = ( { name = \"soft\"; path = \"%s\"; } );\n"
                   "tokens = ( { label = \"web\"; "
                   "pool = { mode = \"operation\"; }; "
                   "members = ( { module = \"soft\"; "
                   "match = \"pkcs11:token=web\"; } ); } );\n"
                   "others = \"hide\"; state_dir = \"%s\";\n",
                   fixture_test_module("fault"), fixture_make_folder("state"));
    module = module_open(fixture_p11mux());
    list = module->list;
    fixture_initialize(module, NULL);
    slot = fixture_slot(list, "web");
    session = fixture_session(list, slot, FIXTURE_PIN);
    pair = fixture_make_rsa(list, session, "key");
}

static void
finish(void)
{
    list->C_Finalize(NULL);
    module_close(module);
}

TestSuite(reconnect_real, .init = setup, .fini = finish, .timeout = 120);

static CK_RV
sign(CK_SESSION_HANDLE its, CK_ULONG length)
{
    static CK_BYTE data[TOO_LONG];
    CK_BYTE signature[512];
    CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
    CK_ULONG room = sizeof(signature);
    CK_RV rv = list->C_SignInit(its, &mechanism, pair.private_key);

    return rv != CKR_OK ? rv
                        : list->C_Sign(its, data, length, signature, &room);
}

/* Conformance 6: the code goes through as it is, and takes nothing down. */
Test(reconnect_real, poison_takes_nothing_down)
{
    CK_SESSION_INFO info;

    for (int i = 0; i < POISON; i++)
        cr_assert_eq(sign(session, TOO_LONG), CKR_GENERAL_ERROR);
    cr_assert_eq(list->C_GetSessionInfo(session, &info), CKR_OK);
    cr_assert_eq(sign(session, 32), CKR_OK);
}

/* -- A folder that goes and comes -------------------------------------------
 */

static _Atomic(bool) is_over;
static _Atomic(unsigned long) n_signed, n_failed;
static _Atomic(CK_RV) odd;

/* Whether an application would know what to make of it. */
static bool
is_expected(CK_RV rv)
{
    return rv == CKR_OK || rv == CKR_DEVICE_REMOVED;
}

static void *
sign_on(void *unused)
{
    CK_SESSION_HANDLE its;

    if (list->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &its) !=
        CKR_OK)
        return unused;
    while (!atomic_load(&is_over)) {
        CK_RV rv = sign(its, 32);

        atomic_fetch_add(rv == CKR_OK ? &n_signed : &n_failed, 1);
        if (!is_expected(rv))
            atomic_store(&odd, rv);
    }
    return unused;
}

static void
wait_for(_Atomic(unsigned long) *counter, unsigned long more)
{
    unsigned long until = atomic_load(counter) + more;

    while (atomic_load(counter) < until)
        (void)sched_yield();
}

static pthread_t threads[N_THREADS];

static void
begin_signing(void)
{
    for (int i = 0; i < N_THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, sign_on, NULL), 0);
    wait_for(&n_signed, 100);
}

static void
end_signing(void)
{
    atomic_store(&is_over, true);
    for (int i = 0; i < N_THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    cr_assert_eq(atomic_load(&odd), CKR_OK, "0x%lx", atomic_load(&odd));
    cr_assert_eq(sign(session, 32), CKR_OK);
}

Test(reconnect_real, a_folder_moved_away_and_back_needs_no_restart)
{
    const char *away = fixture_path("away");

    begin_signing();
    for (int round = 0; round < 3; round++) {
        wait_for(&n_signed, 100);
        cr_assert_eq(rename(tokens, away), 0);
        wait_for(&n_failed, 100);
        cr_assert_eq(rename(away, tokens), 0);
        wait_for(&n_signed, 100);
    }
    end_signing();
}

/* The device gives no more sessions, and has ended one of them: what is left
 * goes round, and nobody is refused. */
Test(reconnect_real, a_limit_that_is_lowered_is_no_failure)
{
    begin_signing();
    cr_assert(add("C_OpenSession * return CKR_SESSION_COUNT"));
    cr_assert(add("C_Sign 10 return CKR_SESSION_CLOSED"));
    wait_for(&n_signed, 200);
    cr_assert(load("reset"));
    wait_for(&n_signed, 200);
    end_signing();
    cr_assert_eq(atomic_load(&n_failed), 0);
}
