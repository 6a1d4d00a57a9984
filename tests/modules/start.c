/* SPDX-License-Identifier: BSD-3-Clause */
/* A module without tokens for tests of how modules are started. */
#include "tests/modules/start.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern struct start_script start_script;

struct start_script start_script = {
    .manufacturer = "p11mux",
    .description = "start module for tests",
};

static pthread_key_t key;

/* As OpenSSL's: runs when the thread ends, and takes its time. */
static void
end_thread(void *unused)
{
    (void)unused;
    for (int i = 0; i < 100; i++)
        sched_yield();
    start_script.n_threads_ended++;
}

__attribute__((constructor)) static void
start_load(void)
{
    const char *variable = getenv("P11MUX_TEST_START");

    pthread_key_create(&key, end_thread);
    sem_init(&start_script.entered, 0, 0);
    sem_init(&start_script.go_on, 0, 0);
    snprintf(start_script.loaded_with, START_TEXT, "%s",
             variable == NULL ? "" : variable);
}

static void
note_args(const CK_C_INITIALIZE_ARGS *args)
{
    const char *variable = getenv("P11MUX_TEST_START");
    unsigned call = start_script.n_initialize;

    snprintf(start_script.variable, START_TEXT, "%s",
             variable == NULL ? "" : variable);
    pthread_getname_np(pthread_self(), start_script.thread,
                       sizeof(start_script.thread));
    pthread_sigmask(SIG_BLOCK, NULL, &start_script.mask);
    start_script.had_args = args != NULL;
    if (args == NULL)
        return;
    start_script.had_callbacks =
        args->CreateMutex != NULL || args->DestroyMutex != NULL ||
        args->LockMutex != NULL || args->UnlockMutex != NULL;
    start_script.had_reserved = args->pReserved != NULL;
    snprintf(start_script.reserved, START_TEXT, "%s",
             args->pReserved == NULL ? "" : (const char *)args->pReserved);
    if (call < START_ANSWERS)
        start_script.flags[call] = args->flags;
}

__attribute__((destructor)) static void
start_unload(void)
{
    pthread_key_delete(key);
}

static void
enter(struct start_census *census)
{
    unsigned n_inside, most;

    if (census == NULL)
        return;
    n_inside = atomic_fetch_add(&census->n_inside, 1) + 1;
    most = atomic_load(&census->most);
    while (most < n_inside &&
           !atomic_compare_exchange_weak(&census->most, &most, n_inside))
        continue;
    for (int i = 0; i < 300; i++)
        sched_yield();
}

static void
leave(struct start_census *census)
{
    if (census != NULL)
        atomic_fetch_sub(&census->n_inside, 1);
}

static CK_RV
initialize(CK_VOID_PTR init_args)
{
    CK_RV answer = START_AS_USUAL;
    unsigned call;

    note_args(init_args);
    pthread_setspecific(key, &start_script);
    call = start_script.n_initialize++;
    if (start_script.is_held) {
        sem_post(&start_script.entered);
        while (sem_wait(&start_script.go_on) != 0)
            continue;
    }
    if (call < start_script.n_answers)
        answer = start_script.answers[call];
    if (answer != START_AS_USUAL)
        return answer;
    if (start_script.is_initialized)
        return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    start_script.is_initialized = true;
    return CKR_OK;
}

CK_RV
C_Initialize(CK_VOID_PTR init_args)
{
    struct start_census *census = start_script.census;
    CK_RV rv;

    enter(census);
    rv = initialize(init_args);
    leave(census);
    return rv;
}

static void
note_order(void)
{
    const char *count = getenv("P11MUX_TEST_FINALIZED");
    char next[START_TEXT];

    start_script.order = count == NULL ? 1 : (unsigned)atoi(count) + 1;
    snprintf(next, sizeof(next), "%u", start_script.order);
    setenv("P11MUX_TEST_FINALIZED", next, 1);
}

static CK_RV
finalize(CK_VOID_PTR reserved)
{
    start_script.n_finalize++;
    /* Those that are counted may fork amid this, and setenv has a lock. */
    if (start_script.census == NULL)
        note_order();
    if (reserved != NULL)
        return CKR_ARGUMENTS_BAD;
    if (start_script.finalize_answer != CKR_OK)
        return start_script.finalize_answer;
    if (!start_script.is_initialized)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    start_script.is_initialized = false;
    return CKR_OK;
}

CK_RV
C_Finalize(CK_VOID_PTR reserved)
{
    struct start_census *census = start_script.census;
    CK_RV rv;

    enter(census);
    rv = finalize(reserved);
    leave(census);
    return rv;
}

static void
pad(unsigned char *field, size_t length, const char *text)
{
    memset(field, ' ', length);
    memcpy(field, text, strnlen(text, length));
}

CK_RV
C_GetInfo(CK_INFO_PTR info)
{
    if (start_script.info_answer != CKR_OK)
        return start_script.info_answer;
    memset(info, 0, sizeof(*info));
    info->cryptokiVersion = (CK_VERSION){ 3, 2 };
    pad(info->manufacturerID, sizeof(info->manufacturerID),
        start_script.manufacturer);
    pad(info->libraryDescription, sizeof(info->libraryDescription),
        start_script.description);
    return CKR_OK;
}

/* NULL where there is nothing, as some modules do in spite of the standard. */
static CK_FUNCTION_LIST list = {
    .version = { 2, 40 },
    .C_Initialize = C_Initialize,
    .C_Finalize = C_Finalize,
    .C_GetInfo = C_GetInfo,
    .C_GetFunctionList = C_GetFunctionList,
};

CK_RV
C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR out)
{
    *out = &list;
    return CKR_OK;
}
