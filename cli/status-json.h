/* SPDX-License-Identifier: BSD-3-Clause */
/* What `p11mux status --json` prints. */
#ifndef CLI_STATUS_JSON_H
#define CLI_STATUS_JSON_H

#include "cli/json.h"
#include "cli/total.h"

/* Members of the object that is open. */
void status_json_total(struct json *json, const struct total *total);

/* The list of the processes, each with what it shows of the token. */
void status_json_processes(struct json *json, const struct gathering *gathering,
                           const char *label);

#endif
