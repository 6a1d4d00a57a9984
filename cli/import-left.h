/* SPDX-License-Identifier: BSD-3-Clause */
/* A key that may be on its token though its making was not answered well. Its
 * name was free before. */
#ifndef CLI_IMPORT_LEFT_H
#define CLI_IMPORT_LEFT_H

#include "cli/importing.h"

enum import_left {
    IMPORT_LEFT_NONE,
    IMPORT_LEFT_ONE, /* of which nothing is known but its name */
    IMPORT_LEFT_UNKNOWN
};

/* There is none only where the member has shown all. */
enum import_left import_left_find(const struct import_target *target,
                                  const struct identity *identity,
                                  CK_OBJECT_HANDLE *out);

#endif
