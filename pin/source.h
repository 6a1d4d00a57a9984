/* SPDX-License-Identifier: BSD-3-Clause */
/* Where a PIN comes from: a file, a variable, a command, a credential, or the
 * application that registered with p11-kit. */
#ifndef PIN_SOURCE_H
#define PIN_SOURCE_H

#include "common/error.h"
#include "common/secret.h"
#include "config/config.h"

#include <stdbool.h>

/* What pin_source_name writes at most. */
enum { PIN_SOURCE_NAME_LENGTH = 256 };

/*
 * Reads the PIN anew. `token_uri` says which token it is for, to an application
 * that is asked; NULL: the source's own URI does. The secret is wiped before,
 * and the caller wipes it after. False with error->rv CKR_FUNCTION_FAILED
 * (CKR_HOST_MEMORY where there is no memory): never CKR_PIN_INCORRECT, since no
 * token has seen anything. May take 10 seconds and call the application: no
 * lock is held meanwhile.
 */
bool pin_read(const struct config_pin *source, const char *token_uri,
              struct secret *out, struct error *error);

/*
 * What can be said of a source without reading the PIN: that it is there, that
 * this user may read it and nobody else change it. False with a sentence. A
 * command is not run, and an application is not asked.
 */
bool pin_check(const struct config_pin *source, struct error *error);

/* Whether it only has to be there where an application or a service runs: a
 * variable, a credential, a PIN that the application gives. */
bool pin_is_elsewhere(const struct config_pin *source);

/* The source for a message, without a command's arguments and what a URI may
 * hold: "file:/PATH", "command:/PROGRAM". Returns `out`. */
const char *pin_source_name(const struct config_pin *source,
                            char out[PIN_SOURCE_NAME_LENGTH]);

#endif
