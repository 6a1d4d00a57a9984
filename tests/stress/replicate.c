/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that make and destroy objects on two groups over the same two
 * modules, which come in another order in each, and each of which lets one call
 * in at a time: nobody waits for somebody who waits for him. A plain program,
 * since it also runs under ThreadSanitizer.
 */
#include "tests/fixture.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { GROUPS = 2, THREADS = 4, TURNS = 2 };

/* ThreadSanitizer sees only half of what libraries do that were not built
 * with it. */
const char *__tsan_default_suppressions(void);

__attribute__((visibility("default"), used)) const char *
__tsan_default_suppressions(void)
{
    return "race:libsofthsm2.so\nrace:behind.so\nrace:libbotan\n";
}

static CK_BBOOL yes = CK_TRUE;
static const CK_FUNCTION_LIST *list;

static void
check(const char *what, CK_RV rv)
{
    if (rv != CKR_OK)
        fixture_fail("%s: 0x%lx", what, rv);
}

static const char *
member(const char *module, const char *token)
{
    return fixture_text("{ module = \"%s\"; match = \"pkcs11:token=%s\"; }",
                        module, token);
}

static void
configure(void)
{
    static const char *const tokens[] = { "one", "two", "three", "four" };
    const char *rest = "mode = \"failover\"; write = \"replicate\"; "
                       "call_budget = \"60s\"; "
                       "pool = { size = 3; wait = \"60s\"; };";

    fixture_softhsm("soft");
    for (unsigned i = 0; i < 4; i++)
        fixture_softhsm_token(tokens[i]);
    fixture_make_folder("state");
    fixture_config("modules = ( { name = \"soft\"; path = \"%s\";\n"
                   "    serialise = \"backend\"; },\n"
                   "  { name = \"other\"; path = \"%s\";\n"
                   "    serialise = \"backend\"; } );\n"
                   "tokens = ( { label = \"there\"; slot = 0; %s\n"
                   "    members = ( %s, %s ); },\n"
                   "  { label = \"back\"; slot = 1; %s\n"
                   "    members = ( %s, %s ); } );\n"
                   "others = \"hide\"; state_dir = \"%s\";\n",
                   FIXTURE_SOFTHSM, fixture_copy(FIXTURE_SOFTHSM, "behind.so"),
                   rest, member("soft", "one"), member("other", "two"), rest,
                   member("other", "three"), member("soft", "four"),
                   fixture_path("state"));
}

/* -- One thread -----------------------------------------------------------
 */

struct user {
    CK_SLOT_ID slot;
    char name[16];
    pthread_t thread;
};

static CK_OBJECT_HANDLE
make_key(CK_SESSION_HANDLE session, const char *name)
{
    CK_ULONG length = 32;
    CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
    CK_ATTRIBUTE template[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_EXTRACTABLE, &yes, sizeof(yes) },
        { CKA_ID, (void *)(uintptr_t)name, strlen(name) },
        { CKA_LABEL, (void *)(uintptr_t)name, strlen(name) },
        { CKA_VALUE_LEN, &length, sizeof(length) },
    };
    CK_OBJECT_HANDLE key;

    check("C_GenerateKey",
          list->C_GenerateKey(session, &mechanism, template, 5, &key));
    return key;
}

static CK_OBJECT_HANDLE
make_data(CK_SESSION_HANDLE session, const char *name)
{
    CK_OBJECT_CLASS object_class = CKO_DATA;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_LABEL, (void *)(uintptr_t)name, strlen(name) },
        { CKA_VALUE, (void *)(uintptr_t)name, strlen(name) },
    };
    CK_OBJECT_HANDLE data;

    check("C_CreateObject", list->C_CreateObject(session, template, 4, &data));
    return data;
}

static void
expect_found(CK_SESSION_HANDLE session, const char *name, CK_ULONG wanted)
{
    CK_ATTRIBUTE label = { CKA_LABEL, (void *)(uintptr_t)name, strlen(name) };
    CK_OBJECT_HANDLE found[8];
    CK_ULONG count = 0;

    check("C_FindObjectsInit", list->C_FindObjectsInit(session, &label, 1));
    check("C_FindObjects", list->C_FindObjects(session, found, 8, &count));
    check("C_FindObjectsFinal", list->C_FindObjectsFinal(session));
    if (count != wanted)
        fixture_fail("%s: %lu objects, not %lu", name, count, wanted);
}

static void *
user_run(void *argument)
{
    const struct user *user = argument;
    CK_SESSION_HANDLE session;

    check("C_OpenSession",
          list->C_OpenSession(user->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION,
                              NULL, NULL, &session));
    for (int i = 0; i < TURNS; i++) {
        CK_OBJECT_HANDLE key = make_key(session, user->name);
        CK_OBJECT_HANDLE data = make_data(session, user->name);

        expect_found(session, user->name, 2);
        check("C_DestroyObject", list->C_DestroyObject(session, key));
        if (i < TURNS - 1)
            check("C_DestroyObject", list->C_DestroyObject(session, data));
    }
    check("C_CloseSession", list->C_CloseSession(session));
    return NULL;
}

/* -- All of them ----------------------------------------------------------
 */

/* Each thread has left one, which its group shows once. */
int
main(void)
{
    CK_SESSION_HANDLE sessions[GROUPS];
    struct user users[THREADS];
    struct module *mux;

    configure();
    mux = module_open(fixture_p11mux());
    list = mux->list;
    fixture_initialize(mux, NULL);
    for (unsigned i = 0; i < GROUPS; i++)
        sessions[i] = fixture_session(list, i, FIXTURE_PIN);
    for (unsigned i = 0; i < THREADS; i++) {
        users[i].slot = i % GROUPS;
        (void)snprintf(users[i].name, sizeof(users[i].name), "user %u", i);
        if (pthread_create(&users[i].thread, NULL, user_run, &users[i]) != 0)
            fixture_fail("no thread");
    }
    for (unsigned i = 0; i < THREADS; i++)
        (void)pthread_join(users[i].thread, NULL);
    for (unsigned i = 0; i < THREADS; i++)
        expect_found(sessions[users[i].slot], users[i].name, 1);
    check("C_Finalize", list->C_Finalize(NULL));
    module_close(mux);
    puts("1 passed, 0 failed, 0 skipped");
    return 0;
}
