/* SPDX-License-Identifier: BSD-3-Clause */
/* An application's callback for PINs, registered with p11-kit. */
#ifndef TESTS_PIN_CALLBACK_H
#define TESTS_PIN_CALLBACK_H

#include <stddef.h>

/* What it was asked for last: "PIN-SOURCE URI user". */
extern char pin_callback_asked[256];

/* Answers with these bytes, which stay where they are; NULL: with no PIN. */
void pin_callback_register(const char *pin_source, const void *bytes,
                           size_t length);
void pin_callback_unregister(void);

#endif
