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

/* The process is about to take over what is in `config`, lent from now on, but
 * for so many settings that wait for a restart. In any thread. False when the
 * record of that cannot be kept and it `denies` what is not: nothing is to be
 * taken over then, and nothing is lent. */
bool config_watch_take(struct config_watch *watch, const struct config *config,
                       size_t n_waiting, struct audit_log *log, bool denies);

/* The process has read another file, or another text in it, than for the run
 * before: the record of that. */
void config_watch_compare(const struct config *config, struct audit_log *log);

#endif
