/* SPDX-License-Identifier: BSD-3-Clause */
/* The file of a key that signs: one line, which its owner alone may read. */
#ifndef AUDIT_KEY_FILE_H
#define AUDIT_KEY_FILE_H

#include "audit/note-key.h"

/* Refused where anybody else may read or change the file. */
bool key_file_read(const char *path, struct note_key **out,
                   struct error *error);

/* Whether this process may not even look at it: then it is not meant to. */
bool key_file_is_closed(const char *path);

#endif
