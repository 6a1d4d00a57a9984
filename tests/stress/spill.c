/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Eight threads that create, find, read and destroy certificates of one SoftHSM
 * token that is to have few of them; eight such processes where all of them are
 * in the store, since SoftHSM's own processes disturb each other. So do its
 * threads: asked directly, in one of five such runs it refuses a certificate
 * (CKR_GENERAL_ERROR, CKR_TEMPLATE_INCONSISTENT) or does not find it, so that
 * one thread at a time asks it. What a thread keeps is there in the end, once
 * and as it was made. A plain program, since it also runs under
 * ThreadSanitizer.
 */
#include "tests/certificate-fixture.h"
#include "tests/child.h"
#include "tests/fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SLOT = 7,
    PROCESSES = 8,
    THREADS = 8,
    TURNS = 4, /* of each thread; every second certificate is kept */
    WORKERS = PROCESSES * THREADS,
    CERTIFICATES = WORKERS * TURNS,
    MOST_FOUND = 2,
    MOST_SECONDS = 100
};

static struct certificate_fixture certificates[CERTIFICATES];
static const CK_FUNCTION_LIST_3_2 *list;
static unsigned process;
static int ready[2], go[2];
static atomic_uint n_wrong;

static void
expect(bool is_so, const char *what, unsigned number)
{
    if (is_so)
        return;
    atomic_fetch_add(&n_wrong, 1);
    fprintf(stderr, "certificate %u: %s\n", number, what);
}

static CK_ULONG
find(CK_SESSION_HANDLE session, unsigned number, CK_ATTRIBUTE_TYPE type,
     CK_OBJECT_HANDLE *out)
{
    struct certificate_template template;
    CK_OBJECT_HANDLE found[MOST_FOUND];
    CK_ULONG n_found = 0;
    CK_ATTRIBUTE *wanted;

    certificate_template(&certificates[number], CK_TRUE, &template);
    wanted = template.attributes;
    while (wanted->type != type)
        wanted++;
    expect(list->C_FindObjectsInit(session, wanted, 1) == CKR_OK,
           "no search begins", number);
    expect(list->C_FindObjects(session, found, MOST_FOUND, &n_found) == CKR_OK,
           "no search finds", number);
    expect(list->C_FindObjectsFinal(session) == CKR_OK, "no search ends",
           number);
    if (n_found > 0)
        *out = found[0];
    return n_found;
}

static void
check(CK_SESSION_HANDLE session, unsigned number)
{
    const struct certificate_fixture *certificate = &certificates[number];
    CK_BYTE value[4096];
    CK_ATTRIBUTE read = { CKA_VALUE, value, sizeof(value) };
    CK_OBJECT_HANDLE object = 0, same = 0;

    expect(find(session, number, CKA_ID, &object) == 1,
           "is not found once by its CKA_ID", number);
    expect(find(session, number, CKA_VALUE, &same) == 1 && same == object,
           "is not the same by its value", number);
    expect(list->C_GetAttributeValue(session, object, &read, 1) == CKR_OK &&
               read.ulValueLen == certificate->value_length &&
               memcmp(value, certificate->value, read.ulValueLen) == 0,
           "has another value", number);
}

static bool
is_kept(unsigned number)
{
    return number % 2 == 0;
}

/* Where others are at the store for longer than a call waits, it changes
 * nothing and says so. */
static CK_RV
create_patiently(CK_SESSION_HANDLE session, unsigned number,
                 CK_OBJECT_HANDLE *out)
{
    CK_RV rv;

    do
        rv = certificate_create(list, session, &certificates[number], out);
    while (rv == CKR_FUNCTION_FAILED);
    return rv;
}

static CK_RV
destroy_patiently(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
    CK_RV rv;

    do
        rv = list->C_DestroyObject(session, object);
    while (rv == CKR_FUNCTION_FAILED);
    return rv;
}

static void
live(CK_SESSION_HANDLE session, unsigned number)
{
    CK_OBJECT_HANDLE object = 0, found = 0;
    CK_RV rv = create_patiently(session, number, &object);

    expect(rv == CKR_OK, fixture_text("is not made: 0x%lx", rv), number);
    check(session, number);
    if (is_kept(number))
        return;
    expect(destroy_patiently(session, object) == CKR_OK, "is not destroyed",
           number);
    expect(find(session, number, CKA_ID, &found) == 0, "is found after its end",
           number);
}

static CK_SESSION_HANDLE
open_session(void)
{
    CK_SESSION_HANDLE session = 0;

    if (list->C_OpenSession(SLOT, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
                            NULL, &session) != CKR_OK)
        fixture_fail("no session is opened");
    return session;
}

static void *
work(void *argument)
{
    unsigned first = (unsigned)(uintptr_t)argument * TURNS;
    CK_SESSION_HANDLE session = open_session();

    for (unsigned i = 0; i < TURNS; i++)
        live(session, first + i);
    expect(list->C_CloseSession(session) == CKR_OK, "the session stays", first);
    return NULL;
}

static CK_SESSION_HANDLE
start(void)
{
    CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };

    if (list->C_Initialize(&arguments) != CKR_OK)
        fixture_fail("C_Initialize");
    return fixture_session((const CK_FUNCTION_LIST *)list, SLOT, FIXTURE_PIN);
}

static void
run_process(void)
{
    pthread_t threads[THREADS];
    char begun = 0;

    (void)start();
    CHILD_EXPECT(write(ready[1], &begun, 1) == 1);
    CHILD_EXPECT(read(go[0], &begun, 1) == 1);
    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work,
                       (void *)(uintptr_t)(process * THREADS + i));
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHILD_EXPECT(list->C_Finalize(NULL) == CKR_OK);
    CHILD_EXPECT(n_wrong == 0);
}

/* One after the other: SoftHSM does not come up beside a process that comes
 * up. */
static void
begin_all(pid_t *children, unsigned n_processes)
{
    char begun[PROCESSES] = { 0 };

    if (pipe(ready) != 0 || pipe(go) != 0)
        fixture_fail("no pipes");
    for (process = 0; process < n_processes; process++) {
        children[process] = child_fork(run_process);
        if (read(ready[0], begun, 1) != 1)
            fixture_fail("a process does not begin");
    }
    if (write(go[1], begun, n_processes) != (ssize_t)n_processes)
        fixture_fail("the processes do not go on");
}

static void
configure(const char *name, const char *settings)
{
    fixture_softhsm(name);
    fixture_softhsm_token("web");
    fixture_config("modules = ( { name = \"soft\"; path = \"%s\";\n"
                   "serialise = \"backend\"; } );\n"
                   "tokens = ( { label = \"web\"; slot = %d; members = ( "
                   "{ module = \"soft\"; match = \"pkcs11:token=web\"; } );\n"
                   "certificates = { %s }; } );\n"
                   "state_dir = \"%s\";\n",
                   FIXTURE_SOFTHSM, SLOT, settings,
                   fixture_make_folder(fixture_text("state-%s", name)));
}

/* In a process of its own: the next ones have no parent that had a store. */
static void
check_all(void)
{
    CK_SESSION_HANDLE session = start();
    CK_OBJECT_HANDLE gone = 0;

    for (unsigned i = 0; i < process * THREADS * TURNS; i++)
        if (is_kept(i))
            check(session, i);
        else
            expect(find(session, i, CKA_ID, &gone) == 0, "has come back", i);
    CHILD_EXPECT(list->C_Finalize(NULL) == CKR_OK);
    CHILD_EXPECT(n_wrong == 0);
}

static void
run(const char *name, const char *settings, unsigned n_processes)
{
    pid_t children[PROCESSES];

    configure(name, settings);
    begin_all(children, n_processes);
    for (unsigned i = 0; i < n_processes; i++)
        expect(child_is_content(children[i]), "its process has failed",
               i * THREADS * TURNS);
    expect(child_run(check_all), "this, or one after it, is not as it was made",
           0);
}

int
main(void)
{
    alarm(MOST_SECONDS);
    for (unsigned i = 0; i < CERTIFICATES; i++)
        certificates[i] = certificate_make(i);
    list = module_open(fixture_p11mux())->list_3_2;
    run("hybrid", "mode = \"hybrid\"; max = 8;", 1);
    run("store", "mode = \"store\";", PROCESSES);
    return n_wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
