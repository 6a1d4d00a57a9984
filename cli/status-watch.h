/* SPDX-License-Identifier: BSD-3-Clause */
/* What `p11mux status --watch` shows: the pools, with rates and how they have
 * been lately. */
#ifndef CLI_STATUS_WATCH_H
#define CLI_STATUS_WATCH_H

#include "common/error.h"
#include "config/config.h"

#include <stdbool.h>
#include <stdint.h>

/* Until whoever looks at it has enough. False with `error`: there is no
 * terminal. */
bool status_watch(const struct config *config, const char *label,
                  uint64_t interval_ms, struct error *error);

#endif
