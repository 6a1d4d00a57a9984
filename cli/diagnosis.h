/* SPDX-License-Identifier: BSD-3-Clause */
/* Why a module is down or shows nothing, as far as can be seen from outside. */
#ifndef CLI_DIAGNOSIS_H
#define CLI_DIAGNOSIS_H

#include "backends/backend.h"

/* The caller frees the texts. */
struct diagnosis {
    char *why;
    char *todo; /* NULL: `why` says it, or nobody knows */
};

/* Of a module that is not up. */
void diagnosis_of_down(const struct backend *backend,
                       const struct backend_status *status,
                       struct diagnosis *out);

#endif
