/* SPDX-License-Identifier: BSD-3-Clause */
/* The process's memory, for a command that has keys in it. */
#ifndef CLI_SECRET_HEAP_H
#define CLI_SECRET_HEAP_H

#include "common/error.h"

#include <stdbool.h>

/*
 * From now on OpenSSL wipes all that it frees, also what modules free through
 * it; the numbers of its private keys lie in locked pages; and the process
 * leaves no core. Only before OpenSSL has allocated anything.
 */
bool secret_heap_begin(struct error *error);

/* Registers that memory was copied through have nothing of it any more: a
 * thread that is started begins with those of who starts it, and may store them
 * on its stack. */
void secret_heap_leave_registers(void);

/* After the last key has been freed. */
void secret_heap_end(void);

#endif
