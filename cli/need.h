/* SPDX-License-Identifier: BSD-3-Clause */
/* What modules need beside their library: services, devices, settings; by
 * profile. */
#ifndef CLI_NEED_H
#define CLI_NEED_H

#include "cli/diagnosis.h"

/* Whether something that the module needs is not there; the first one is in
 * *out, whose texts the caller frees. */
bool need_is_unmet(const struct backend *backend, struct diagnosis *out);

#endif
