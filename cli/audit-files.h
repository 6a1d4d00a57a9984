/* SPDX-License-Identifier: BSD-3-Clause */
/* The files of the audit log that a command is about: its operands, or the one
 * that the configuration names. */
#ifndef CLI_AUDIT_FILES_H
#define CLI_AUDIT_FILES_H

#include "cli/request.h"

#include <stdint.h>

struct audit_files {
    char *configured;
    const char *const *paths;
    size_t n_paths;
    char *key; /* that signs, as the configuration says of its log; or NULL */
    uint64_t sinks; /* that get copies of its checkpoints, besides syslog */
    uint64_t rotate_bytes; /* as the configuration says of its log; 0: never */
};

/* Takes the operands from number `first` on; lends the request, and *out must
 * stay where it is. False, with a sentence on stderr, when there is no file. */
bool audit_files_find(const struct request *request, int first,
                      struct audit_files *out);
void audit_files_clear(struct audit_files *files);

#endif
