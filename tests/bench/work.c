/* SPDX-License-Identifier: BSD-3-Clause */
/* What the benchmark does with a module, over and over. */
#include "tests/bench/work.h"

#include "tests/fixture.h"

#include <pthread.h>
#include <time.h>

enum { MAX_THREADS = 8, DIGEST_LENGTH = 32, CHUNK = 1000 };

struct runner {
    const struct work *work;
    long count;
    double nanoseconds;
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
sign(const struct work *work, CK_SESSION_HANDLE session)
{
    CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };
    CK_BYTE digest[DIGEST_LENGTH] = { 1 }, signature[256];
    CK_ULONG length = sizeof(signature);

    expect(work->list->C_SignInit(session, &mechanism, work->key),
           "C_SignInit");
    expect(work->list->C_Sign(session, digest, sizeof(digest), signature,
                              &length),
           "C_Sign");
}

static void
open_sign_close(const struct work *work)
{
    CK_SESSION_HANDLE session;

    expect(work->list->C_OpenSession(work->slot, CKF_SERIAL_SESSION, NULL, NULL,
                                     &session),
           "C_OpenSession");
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
find_and_read(const struct work *work, CK_SESSION_HANDLE session)
{
    CK_BYTE label[64];
    CK_ATTRIBUTE attribute = { CKA_LABEL, label, sizeof(label) };

    expect(work->list->C_GetAttributeValue(session, find_one(work, session, 1),
                                           &attribute, 1),
           "C_GetAttributeValue");
}

static void
do_once(const struct work *work, CK_SESSION_HANDLE session)
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

    work->key = find(work, session, &template, 1);
    if (work->key == 0)
        work->key = find_one(work, session, 1);
    if (work->key == 0)
        fixture_fail("no key to sign with");
}

static double
thread_time(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void *
run(void *argument)
{
    struct runner *runner = argument;
    const struct work *work = runner->work;
    CK_SESSION_HANDLE session;
    double start;

    expect(work->list->C_OpenSession(work->slot, CKF_SERIAL_SESSION, NULL, NULL,
                                     &session),
           "C_OpenSession");
    do_once(work, session);
    start = thread_time();
    for (long i = 0; i < runner->count; i++)
        do_once(work, session);
    runner->nanoseconds = (thread_time() - start) / (double)runner->count;
    expect(work->list->C_CloseSession(session), "C_CloseSession");
    return NULL;
}

double
work_measure(const struct work *work, unsigned threads, long count)
{
    struct runner runners[MAX_THREADS];
    pthread_t ids[MAX_THREADS];
    double sum = 0;

    for (unsigned i = 0; i < threads; i++) {
        runners[i] = (struct runner){ work, count, 0 };
        if (pthread_create(&ids[i], NULL, run, &runners[i]) != 0)
            fixture_fail("no thread");
    }
    for (unsigned i = 0; i < threads; i++) {
        (void)pthread_join(ids[i], NULL);
        sum += runners[i].nanoseconds;
    }
    return sum / threads;
}
