/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that make, change, find and destroy certificates of two tokens, in
 * the store and in sessions, while others initialise the tokens and look what
 * their serial numbers are. A plain program, since it also runs under
 * ThreadSanitizer.
 */
#include "backends/overflow.h"
#include "config/config.h"
#include "tests/fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_THREADS = 4, N_TURNS = 60, N_SLOTS = 2, N_SERIALS = 2 };

static const CK_FUNCTION_LIST_3_2 *list;
static atomic_uint n_wrong, n_done;

/* Counts an answer and says which one was wrong. */
static void
expect_ok(CK_RV rv, const char *what)
{
    if (rv == CKR_OK) {
        atomic_fetch_add(&n_done, 1);
        return;
    }
    atomic_fetch_add(&n_wrong, 1);
    fprintf(stderr, "%s: 0x%lx\n", what, rv);
}

static void
expect(bool is_so, const char *what)
{
    if (is_so) {
        atomic_fetch_add(&n_done, 1);
        return;
    }
    atomic_fetch_add(&n_wrong, 1);
    fprintf(stderr, "%s\n", what);
}

struct sheet {
    CK_OBJECT_CLASS object_class;
    CK_CERTIFICATE_TYPE type;
    CK_BBOOL token;
    char label[32];
    CK_ATTRIBUTE attributes[6];
};

static char value[] = "0\3abc", subject[] = "subject";

/* A certificate whose label no other one of the thread has. */
static void
fill(struct sheet *sheet, bool is_token, size_t thread, size_t turn)
{
    *sheet = (struct sheet){
        CKO_CERTIFICATE, CKC_X_509, is_token ? CK_TRUE : CK_FALSE, "", { { 0 } }
    };
    snprintf(sheet->label, sizeof(sheet->label), "%zu %zu %d", thread, turn,
             is_token);
    sheet->attributes[0] =
        (CK_ATTRIBUTE){ CKA_LABEL, sheet->label, strlen(sheet->label) };
    sheet->attributes[1] =
        (CK_ATTRIBUTE){ CKA_TOKEN, &sheet->token, sizeof(sheet->token) };
    sheet->attributes[2] = (CK_ATTRIBUTE){ CKA_CLASS, &sheet->object_class,
                                           sizeof(sheet->object_class) };
    sheet->attributes[3] = (CK_ATTRIBUTE){ CKA_CERTIFICATE_TYPE, &sheet->type,
                                           sizeof(sheet->type) };
    sheet->attributes[4] =
        (CK_ATTRIBUTE){ CKA_VALUE, value, sizeof(value) - 1 };
    sheet->attributes[5] =
        (CK_ATTRIBUTE){ CKA_SUBJECT, subject, sizeof(subject) - 1 };
}

static CK_ULONG
count_found(CK_SESSION_HANDLE session, struct sheet *sheet)
{
    CK_OBJECT_HANDLE found[2];
    CK_ULONG count = 0;

    expect_ok(list->C_FindObjectsInit(session, sheet->attributes, 2),
              "a search does not begin");
    expect_ok(list->C_FindObjects(session, found, 2, &count),
              "a search does not find");
    expect_ok(list->C_FindObjectsFinal(session), "a search does not end");
    return count;
}

/* An object of the token may go at any time, one of the session may not. */
static void
live(CK_SESSION_HANDLE session, bool is_token, size_t thread, size_t turn)
{
    const CK_RV gone = is_token ? CKR_OBJECT_HANDLE_INVALID : CKR_OK;
    CK_OBJECT_HANDLE object;
    struct sheet sheet;
    CK_ULONG found;
    CK_RV rv;

    fill(&sheet, is_token, thread, turn);
    expect_ok(list->C_CreateObject(session, sheet.attributes, 6, &object),
              "no object is made");
    found = count_found(session, &sheet);
    expect(found == 1 || (is_token && found == 0), "not found once");
    strcat(sheet.label, "!");
    sheet.attributes[0].ulValueLen++;
    rv = list->C_SetAttributeValue(session, object, sheet.attributes, 1);
    expect(rv == CKR_OK || rv == gone, "not changed");
    found = count_found(session, &sheet);
    expect(found == 1 || (is_token && found == 0), "not found by its new name");
    rv = list->C_DestroyObject(session, object);
    expect(rv == CKR_OK || rv == gone, "not destroyed");
    /* What went with its serial number comes back with it. */
    expect(count_found(session, &sheet) == 0 || rv != CKR_OK,
           "found after its end");
}

static void *
work(void *argument)
{
    size_t thread = (size_t)(uintptr_t)argument;

    for (size_t turn = 0; turn < N_TURNS; turn++) {
        CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
        CK_SLOT_ID slot = (thread + turn) % N_SLOTS;

        expect_ok(list->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                      NULL, NULL, &session),
                  "no session is opened");
        live(session, true, thread, turn);
        live(session, false, thread, turn);
        expect_ok(list->C_CloseSession(session), "a session does not close");
    }
    return NULL;
}

static void *
disturb(void *argument)
{
    (void)argument;
    for (size_t turn = 0; turn < N_TURNS; turn++) {
        expect_ok(overflow_init_token(0), "a token is not emptied");
        expect_ok(overflow_see(1, fixture_text("%zu", turn % N_SERIALS)),
                  "a token is not seen");
    }
    return NULL;
}

int
main(void)
{
    static const struct config_certificates settings = { .max = 0 };
    static const struct overflow_slot slots[N_SLOTS] = { { "a", &settings },
                                                         { "b", &settings } };
    const char *url =
        fixture_text("sqlite:%s/certificates.db", fixture_make_folder("store"));
    pthread_t threads[N_THREADS + 1];
    struct backend *backend;
    struct store *store;
    struct error error;

    if (!store_new(url, (gid_t)-1, &store, &error))
        fixture_fail("%s", error.text);
    backend = overflow_begin(store, slots, N_SLOTS);
    list = backend_functions(backend);
    overflow_see(0, NULL);
    overflow_see(1, "0");
    for (size_t i = 0; i <= N_THREADS; i++)
        pthread_create(&threads[i], NULL, i == N_THREADS ? disturb : work,
                       (void *)(uintptr_t)i);
    for (size_t i = 0; i <= N_THREADS; i++)
        pthread_join(threads[i], NULL);
    overflow_end();
    backend_free(backend);
    store_free(store);
    printf("%u right, %u wrong\n", n_done, n_wrong);
    return n_wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
