/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Eight processes with more sessions in use than their device has in all: each
 * signs with a key of its own from several threads. None is refused, and the
 * device never has more sessions than it can.
 */
#include "tests/fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PROCESSES = 8,
    THREADS = 4,
    SESSIONS = 4,    /* of each thread */
    SIGNATURES = 25, /* in each session */
    DEVICE_SESSIONS = 16
};

/* ThreadSanitizer sees only half of what libraries do that were not built
 * with it. */
const char *__tsan_default_suppressions(void);

__attribute__((visibility("default"), used)) const char *
__tsan_default_suppressions(void)
{
    return "race:libsoftokn3.so\nrace:libfreebl\nrace:libsoftokn\n"
           "race:libsqlite3.so\nrace:libnspr4.so\nrace:libnssutil3.so\n";
}

static const CK_SLOT_ID slot = 1;

static void
check(const char *what, CK_RV rv)
{
    if (rv != CKR_OK)
        fixture_fail("%s: 0x%lx", what, rv);
}

static void
configure(void)
{
    const char *script = fixture_write("script", 0600, "device %s %d\n",
                                       fixture_path("device"), DEVICE_SESSIONS);

    fixture_config(
        "modules = ( { name = \"device\"; path = \"%s\";\n"
        "  init_args = \"module=%s script=%s %s\"; } );\n"
        "tokens = ( { label = \"shared\"; members = ( { module = \"device\";\n"
        "  match = \"pkcs11:token=nss\"; } );\n"
        "  pool = { mode = \"operation\"; wait = \"60s\"; }; } );\n",
        fixture_test_module("fault"), FIXTURE_NSS, script,
        fixture_nss("nss", FIXTURE_PIN));
}

static CK_SESSION_HANDLE
session_open(const CK_FUNCTION_LIST *list)
{
    CK_SESSION_HANDLE session;

    check("C_OpenSession",
          list->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session));
    return session;
}

/* -- One process ------------------------------------------------------------
 */

struct user {
    const CK_FUNCTION_LIST *list;
    const char *key;
    pthread_t thread;
};

/* All sessions are open at the same time. */
static void *
user_run(void *argument)
{
    const struct user *user = argument;
    CK_SESSION_HANDLE sessions[SESSIONS];
    struct fixture_pair pair;

    for (int i = 0; i < SESSIONS; i++)
        sessions[i] = session_open(user->list);
    for (int i = 0; i < SESSIONS; i++) {
        pair = fixture_find_pair(user->list, sessions[i], user->key);
        for (int n = 0; n < SIGNATURES; n++)
            if (!fixture_sign_check(user->list, sessions[i], pair))
                fixture_fail("a wrong signature of the key %s", user->key);
    }
    for (int i = 0; i < SESSIONS; i++)
        check("C_CloseSession", user->list->C_CloseSession(sessions[i]));
    return NULL;
}

static void
process_run(const char *key)
{
    struct module *mux = module_open(fixture_p11mux());
    struct user users[THREADS];
    CK_SESSION_HANDLE first;

    fixture_initialize(mux, NULL);
    first = fixture_session(mux->list, slot, FIXTURE_PIN);
    for (int i = 0; i < THREADS; i++) {
        users[i] = (struct user){ .list = mux->list, .key = key };
        if (pthread_create(&users[i].thread, NULL, user_run, &users[i]) != 0)
            fixture_fail("no thread");
    }
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(users[i].thread, NULL);
    check("C_CloseSession", mux->list->C_CloseSession(first));
    check("C_Finalize", mux->list->C_Finalize(NULL));
    module_close(mux);
}

/* Every process's key. */
static void
keys_make(const char *unused)
{
    struct module *mux = module_open(fixture_p11mux());
    CK_SESSION_HANDLE session;

    (void)unused;
    fixture_initialize(mux, NULL);
    session = fixture_session(mux->list, slot, FIXTURE_PIN);
    for (int i = 0; i < PROCESSES; i++)
        fixture_make_ec(mux->list, session, fixture_text("key-%d", i));
    check("C_Finalize", mux->list->C_Finalize(NULL));
    module_close(mux);
}

/* -- All processes ----------------------------------------------------------
 */

/* The module is loaded in children only, each on its own. */
static pid_t
child_start(void (*run)(const char *), const char *key)
{
    pid_t child = fork();

    if (child < 0)
        fixture_fail("no process");
    if (child == 0) {
        run(key);
        exit(0);
    }
    return child;
}

static void
child_wait(pid_t child)
{
    int status;

    if (waitpid(child, &status, 0) != child || status != 0)
        fixture_fail("a process ended with status 0x%x", (unsigned)status);
}

/* What the device says of its sessions. */
static void
device_check(void)
{
    unsigned long opened, refused;
    unsigned most;
    FILE *file = fopen(fixture_path("device"), "re");

    if (file == NULL || fscanf(file, "opened %lu refused %lu most %u", &opened,
                               &refused, &most) != 3)
        fixture_fail("the device has had no sessions");
    fclose(file);
    if (most != DEVICE_SESSIONS)
        fixture_fail("at most %u sessions of %d", most, DEVICE_SESSIONS);
    printf("%d signatures of %d processes; the device's sessions: %lu opened, "
           "%lu refused, %u at once\n",
           PROCESSES * THREADS * SESSIONS * SIGNATURES, PROCESSES, opened,
           refused, most);
}

int
main(void)
{
    pid_t children[PROCESSES];

    configure();
    child_wait(child_start(keys_make, NULL));
    for (int i = 0; i < PROCESSES; i++)
        children[i] = child_start(process_run, fixture_text("key-%d", i));
    for (int i = 0; i < PROCESSES; i++)
        child_wait(children[i]);
    device_check();
    return 0;
}
