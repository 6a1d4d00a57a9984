/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys of checkpoints, as the command line names them. */
#ifndef CLI_AUDIT_KEY_H
#define CLI_AUDIT_KEY_H

#include "audit/note-key.h"
#include "cli/request.h"

/* The key that an option names; *out is NULL where it is not given. The first,
 * of --key, signs, or else the one of the file `configured` (NULL: none), and
 * is refused where others may read its file; the second verifies and is a text
 * or a file. */
bool audit_key_read(const struct request *request, const char *configured,
                    struct note_key **out, struct error *error);
bool audit_key_read_verifier(const struct request *request,
                             enum option_id option, struct note_key **out,
                             struct error *error);

#endif
