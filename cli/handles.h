/* SPDX-License-Identifier: BSD-3-Clause */
/* The handles that a search finds. */
#ifndef CLI_HANDLES_H
#define CLI_HANDLES_H

#include "common/cryptoki.h"
#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

struct handles {
    CK_OBJECT_HANDLE *items;
    size_t n_items;
};

/* All that the template fits; *out is to be cleared, whatever comes of it. */
bool handles_find(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template,
                  CK_ULONG count, struct handles *out, struct error *error);
void handles_clear(struct handles *handles);

#endif
