/* SPDX-License-Identifier: BSD-3-Clause */
/* What tests of PIN sources share. */
#ifndef TESTS_PIN_FIXTURE_H
#define TESTS_PIN_FIXTURE_H

#include "pin/source.h"

/* A source as the configuration writes it, "file:/PATH"; lent. */
const struct config_pin *pin_of(const char *text);

/* The source has this PIN, of `length` bytes. */
void expect_pin_bytes(const char *source, const void *bytes, size_t length);
void expect_pin(const char *source, const char *pin);

/* It has none, and the message is this, or begins with it where that ends with
 * "*"; no part of it is "SECRET". */
void expect_no_pin(const char *source, const char *message);

#endif
