/* SPDX-License-Identifier: BSD-3-Clause */
/* A file whose first line is a PIN. */
#ifndef PIN_FILE_H
#define PIN_FILE_H

#include "common/error.h"
#include "common/secret.h"

/* Also checks who may change and who may read it; see pin_read. An empty file
 * is an empty PIN. */
bool pin_file_read(const char *path, struct secret *out, struct error *error);

/* The same without a line of it being read, as far as a file can be judged. */
bool pin_file_check(const char *path, struct error *error);

#endif
