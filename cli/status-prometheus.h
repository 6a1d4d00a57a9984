/* SPDX-License-Identifier: BSD-3-Clause */
/* What `p11mux status --prometheus` prints. */
#ifndef CLI_STATUS_PROMETHEUS_H
#define CLI_STATUS_PROMETHEUS_H

#include "cli/gathering.h"

#include <stdio.h>

/* In the text format of Prometheus; of each process for itself, or their
 * sum. */
void status_write_prometheus(const struct gathering *gathering,
                             const char *label, bool each, FILE *stream);

#endif
