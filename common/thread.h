/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads of p11mux's own. */
#ifndef COMMON_THREAD_H
#define COMMON_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Starts one that takes no signal of the application's (R4.7); false: the
 * system gives none. */
bool thread_start(pthread_t *out, void *(*run)(void *), void *context);

#endif
