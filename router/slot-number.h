/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Slot numbers of tokens that no rule names: 0x10000 and 24 bits of a hash
 * of what the token is, so that they are the same in every process; what
 * collides keeps the order of first sight, in a file that the tool writes
 * (DESIGN 2).
 */
#ifndef ROUTER_SLOT_NUMBER_H
#define ROUTER_SLOT_NUMBER_H

#include "common/cryptoki.h"
#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { SLOT_NUMBER_FIRST = 0x10000, SLOT_NUMBER_BITS = 24 };

struct slot_numbers;

/*
 * Reads `state_dir`/slots where it is there and trusted. NULL: no memory; a
 * file that cannot be used is said in the log and left alone.
 */
struct slot_numbers *slot_numbers_new(const char *state_dir);
void slot_numbers_free(struct slot_numbers *numbers);

/* The number of a token; the same each time. 0: no memory. */
CK_SLOT_ID slot_numbers_get(struct slot_numbers *numbers, const char *identity);

/* Gives a token this number, whatever the file says; in a forked child. False:
 * no memory. */
bool slot_numbers_put(struct slot_numbers *numbers, CK_SLOT_ID slot,
                      const char *identity);

/* A token became another one in its place: its number goes with it, and what
 * it was has none. False: no memory. */
bool slot_numbers_move(struct slot_numbers *numbers, const char *from,
                       const char *to);

/* Writes what the file does not hold yet; true when there is nothing to
 * write. */
bool slot_numbers_save(const struct slot_numbers *numbers, struct error *error);

/*
 * A token's identity as one line of text, in memory of the caller's: the
 * module entry's name, manufacturer, model, serial and label, and for the
 * second and further present ones of the same identity a number (DESIGN 2).
 * NULL: no memory.
 */
char *slot_identity(const char *module, const CK_TOKEN_INFO *info,
                    unsigned ordinal);

#endif
