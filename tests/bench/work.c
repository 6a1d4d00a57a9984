/* SPDX-License-Identifier: BSD-3-Clause */
/* What the benchmark does with a module, over and over. */
#include "tests/bench/work.h"

#include "tests/fixture.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { MAX_THREADS = 64, DIGEST_LENGTH = 32, CHUNK = 1000, MOST_KEYS = 100000 };

struct runner {
    struct work *work;
    long count;
    unsigned n_sessions;
    pthread_barrier_t *line;
    struct cost cost;
    pthread_t thread;
};

const char *
work_name(enum work_kind kind)
{
    static const char *const names[WORK_KINDS] = {
        [WORK_SESSION_INFO] = "GetSessionInfo",
        [WORK_SIGN] = "SignInit + Sign",
        [WORK_OPEN_SIGN_CLOSE] = "Open + SignInit + Sign + Close",
        [WORK_FIND_AND_READ] = "find by id + GetAttributeValue",
        [WORK_FIND_ALL] = "find all of 100,000",
        [WORK_FIND_ONE] = "find one of 100,000",
        [WORK_SIGN_EACH] = "SignInit + Sign, each time another key",
    };

    return names[kind];
}

static void
expect(CK_RV rv, const char *what)
{
    if (rv != CKR_OK)
        fixture_fail("%s: 0x%lx", what, rv);
}

/* -- The operations ---------------------------------------------------------
 */

static void
sign_with(const struct work *work, CK_SESSION_HANDLE session,
          CK_OBJECT_HANDLE key)
{
    CK_MECHANISM mechanism = { work->mechanism, NULL, 0 };
    CK_BYTE digest[DIGEST_LENGTH] = { 1 }, signature[256];
    CK_ULONG length = sizeof(signature);

    expect(work->list->C_SignInit(session, &mechanism, key), "C_SignInit");
    expect(work->list->C_Sign(session, digest, sizeof(digest), signature,
                              &length),
           "C_Sign");
}

static void
sign(const struct work *work, CK_SESSION_HANDLE session)
{
    sign_with(work, session, work->key);
}

static CK_SESSION_HANDLE
open_session(const struct work *work)
{
    CK_SESSION_HANDLE session = 0;

    expect(work->list->C_OpenSession(work->slot, CKF_SERIAL_SESSION, NULL, NULL,
                                     &session),
           "C_OpenSession");
    return session;
}

static void
open_sign_close(const struct work *work)
{
    CK_SESSION_HANDLE session = open_session(work);

    sign(work, session);
    expect(work->list->C_CloseSession(session), "C_CloseSession");
}

/* All that match, in chunks; returns the last one. */
static CK_OBJECT_HANDLE
find(const struct work *work, CK_SESSION_HANDLE session, CK_ATTRIBUTE *template,
     CK_ULONG count)
{
    CK_OBJECT_HANDLE objects[CHUNK], last = 0;
    CK_ULONG found;

    expect(work->list->C_FindObjectsInit(session, template, count),
           "C_FindObjectsInit");
    do {
        expect(work->list->C_FindObjects(session, objects, CHUNK, &found),
               "C_FindObjects");
        if (found > 0)
            last = objects[found - 1];
    } while (found > 0);
    expect(work->list->C_FindObjectsFinal(session), "C_FindObjectsFinal");
    return last;
}

static CK_OBJECT_HANDLE
find_one(const struct work *work, CK_SESSION_HANDLE session, CK_BYTE last_byte)
{
    CK_BYTE id[4] = { 0, 0, 0, last_byte };
    CK_ATTRIBUTE template = { CKA_ID, id, sizeof(id) };

    return find(work, session, &template, 1);
}

static void
find_keys(struct work *work, CK_SESSION_HANDLE session)
{
    CK_ULONG found = 0;

    work->keys = malloc(MOST_KEYS * sizeof(*work->keys));
    if (work->keys == NULL)
        fixture_fail("no memory");
    expect(work->list->C_FindObjectsInit(session, NULL, 0),
           "C_FindObjectsInit");
    expect(work->list->C_FindObjects(session, work->keys, MOST_KEYS, &found),
           "C_FindObjects");
    expect(work->list->C_FindObjectsFinal(session), "C_FindObjectsFinal");
    work->n_keys = found;
}

static void
sign_with_next(struct work *work, CK_SESSION_HANDLE session)
{
    sign_with(work, session, work->keys[work->next_key]);
    work->next_key = (work->next_key + 1) % work->n_keys;
}

static void
find_and_read(const struct work *work, CK_SESSION_HANDLE session)
{
    CK_BYTE label[64];
    CK_ATTRIBUTE attribute = { CKA_LABEL, label, sizeof(label) };

    expect(work->list->C_GetAttributeValue(session, find_one(work, session, 1),
                                           &attribute, 1),
           "C_GetAttributeValue");
}

static void
do_once(struct work *work, CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info;

    switch (work->kind) {
    case WORK_SESSION_INFO:
        expect(work->list->C_GetSessionInfo(session, &info),
               "C_GetSessionInfo");
        break;
    case WORK_SIGN:
        sign(work, session);
        break;
    case WORK_OPEN_SIGN_CLOSE:
        open_sign_close(work);
        break;
    case WORK_FIND_AND_READ:
        find_and_read(work, session);
        break;
    case WORK_FIND_ALL:
        (void)find(work, session, NULL, 0);
        break;
    case WORK_SIGN_EACH:
        sign_with_next(work, session);
        break;
    default:
        (void)find_one(work, session, 77);
        break;
    }
}

/* -- Measuring ---------------------------------------------------------------
 */

void
work_prepare(struct work *work, CK_SESSION_HANDLE session)
{
    CK_OBJECT_CLASS private_key = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE template = { CKA_CLASS, &private_key, sizeof(private_key) };
    CK_KEY_TYPE type = CKK_EC;
    CK_ATTRIBUTE wanted = { CKA_KEY_TYPE, &type, sizeof(type) };

    work->key = find(work, session, &template, 1);
    if (work->key == 0)
        work->key = find_one(work, session, 1);
    if (work->key == 0)
        fixture_fail("no key to sign with");
    work->mechanism = CKM_ECDSA;
    if (work->list->C_GetAttributeValue(session, work->key, &wanted, 1) ==
            CKR_OK &&
        type == CKK_RSA)
        work->mechanism = CKM_RSA_PKCS;
}

static double
read_clock(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static CK_SESSION_HANDLE *
open_sessions(const struct work *work, unsigned n)
{
    CK_SESSION_HANDLE *sessions = calloc(n, sizeof(*sessions));

    if (sessions == NULL)
        fixture_fail("no memory");
    for (unsigned i = 0; i < n; i++)
        sessions[i] = open_session(work);
    return sessions;
}

static void
close_sessions(const struct work *work, CK_SESSION_HANDLE *sessions, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        expect(work->list->C_CloseSession(sessions[i]), "C_CloseSession");
    free(sessions);
}

static void *
run(void *argument)
{
    struct runner *runner = argument;
    struct work *work = runner->work;
    CK_SESSION_HANDLE *sessions = open_sessions(work, runner->n_sessions);
    unsigned next = 0;
    double cpu, wall;

    if (work->kind == WORK_SIGN_EACH && work->keys == NULL)
        find_keys(work, sessions[0]);

    do_once(work, sessions[0]);
    (void)pthread_barrier_wait(runner->line);
    wall = read_clock(CLOCK_MONOTONIC);
    cpu = read_clock(CLOCK_THREAD_CPUTIME_ID);
    for (long i = 0; i < runner->count; i++) {
        do_once(work, sessions[next]);
        next = next + 1 == runner->n_sessions ? 0 : next + 1;
    }
    runner->cost.cpu_ns = read_clock(CLOCK_THREAD_CPUTIME_ID) - cpu;
    (void)pthread_barrier_wait(runner->line);
    runner->cost.wall_ns = read_clock(CLOCK_MONOTONIC) - wall;
    close_sessions(work, sessions, runner->n_sessions);
    return NULL;
}

struct cost
work_measure(struct work *work, const struct load *load)
{
    struct runner runners[MAX_THREADS];
    double n_all = (double)load->count * load->threads;
    struct cost cost = { 0, 0 };
    pthread_barrier_t line;

    work->kind = load->kind;
    (void)pthread_barrier_init(&line, NULL, load->threads);
    for (unsigned i = 0; i < load->threads; i++) {
        runners[i] =
            (struct runner){ .work = work,
                             .count = load->count,
                             .n_sessions = load->sessions / load->threads,
                             .line = &line };
        if (pthread_create(&runners[i].thread, NULL, run, &runners[i]) != 0)
            fixture_fail("no thread");
    }
    for (unsigned i = 0; i < load->threads; i++) {
        (void)pthread_join(runners[i].thread, NULL);
        cost.cpu_ns += runners[i].cost.cpu_ns / n_all;
        if (runners[i].cost.wall_ns / n_all > cost.wall_ns)
            cost.wall_ns = runners[i].cost.wall_ns / n_all;
    }
    (void)pthread_barrier_destroy(&line);
    return cost;
}

static double
count_bytes(void)
{
    struct mallinfo2 info = mallinfo2();

    return (double)(info.uordblks + info.hblkhd);
}

double
work_measure_memory(const struct work *work, unsigned sessions,
                    bool after_signing)
{
    double before = count_bytes(), bytes;
    CK_SESSION_HANDLE *opened = open_sessions(work, sessions);

    for (unsigned i = 0; after_signing && i < sessions; i++)
        sign(work, opened[i]);
    bytes = count_bytes() - before - (double)malloc_usable_size(opened);
    close_sessions(work, opened, sessions);
    return bytes / sessions;
}
