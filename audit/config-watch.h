/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether the configuration file is still what a process has read, and the
 * record of it when it is not. */
#ifndef AUDIT_CONFIG_WATCH_H
#define AUDIT_CONFIG_WATCH_H

#include "audit/log.h"
#include "common/crypto.h"

#include <sys/stat.h>

struct config_state {
    bool is_known; /* false: there is no file, or no hash of it */
    unsigned char hash[SHA256_LENGTH];
};

struct config_watch {
    _Atomic(const struct config *) config; /* lent */
    const struct config *known;            /* its taking over was told of */
    struct config_state last;              /* that was seen or told of */
    struct stat seen;
};

void config_watch_begin(struct config_watch *watch,
                        const struct config *config);

/* Appends a record for each change; a file that may not be read has none. */
void config_watch_look(struct config_watch *watch, struct audit_log *log);

/* The process has taken over what is in `config`, lent from now on; where
 * something of it waits for a restart, that is only told. In any thread. */
void config_watch_take(struct config_watch *watch, const struct config *config,
                       bool is_whole, struct audit_log *log);

/* The process has read another file, or another text in it, than for the run
 * before: the record of that. */
void config_watch_compare(const struct config *config, struct audit_log *log);

#endif
