/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Control of the start module: it has no tokens, answers C_Initialize and
 * C_Finalize as told and notes how they were called. A test finds the variable
 * `start_script` by dlsym; a copy of the file has its own.
 */
#ifndef TESTS_MODULES_START_H
#define TESTS_MODULES_START_H

#include "common/cryptoki.h"

#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { START_ANSWERS = 8, START_TEXT = 128 };

/* How many modules that are told of it are in C_Initialize or C_Finalize; they
 * stay there for a while, so that others may come. */
struct start_census {
    atomic_uint n_inside;
    atomic_uint most;
};

struct start_script {
    /* Told. Beyond the answers, and where one is START_AS_USUAL: CKR_OK, or
     * CKR_CRYPTOKI_ALREADY_INITIALIZED as the standard says. */
    CK_RV answers[START_ANSWERS];
    unsigned n_answers;
    CK_RV finalize_answer;
    bool is_held; /* C_Initialize posts `entered`, then waits for `go_on` */
    sem_t entered;
    sem_t go_on;
    struct start_census *census; /* NULL: nobody counts, else no `order` */
    const char *manufacturer;
    const char *description;
    CK_RV info_answer;

    /* Noted. */
    bool is_initialized;
    atomic_uint n_initialize;
    atomic_uint n_finalize;
    atomic_uint n_threads_ended; /* of those that called C_Initialize */
    atomic_uint order; /* of the last C_Finalize among all start modules */
    CK_FLAGS flags[START_ANSWERS]; /* of each C_Initialize */
    bool had_args;
    bool had_callbacks;
    bool had_reserved;
    char reserved[START_TEXT];
    char variable[START_TEXT]; /* $P11MUX_TEST_START as C_Initialize saw it */
    char loaded_with[START_TEXT]; /* the same when the module was loaded */
    char thread[16];
    sigset_t mask;
};

#define START_AS_USUAL (~0UL)

#endif
