/* SPDX-License-Identifier: BSD-3-Clause */
/* What the command line asks a command for. */
#ifndef CLI_REQUEST_H
#define CLI_REQUEST_H

#include "cli/command.h"

#include <stdbool.h>

enum option_id {
    OPTION_CONFIG,
    OPTION_AS,
    OPTION_NO_MODULES,
    OPTION_LABELS,
    OPTION_LOGIN,
    OPTION_PIN_SOURCE,
    OPTION_SO,
    OPTION_FORCE,
    OPTION_KEY,
    OPTION_NAME,
    OPTION_SINCE,
    OPTION_FROM,
    OPTION_UNTIL,
    OPTION_TOKEN,
    OPTION_OF_KEY,
    OPTION_EVENT,
    OPTION_OUTCOME,
    OPTION_USER,
    OPTION_EXE,
    OPTION_RUN,
    OPTION_LIMIT,
    OPTION_FOLLOW,
    OPTION_BY,
    OPTION_HTML,
    OPTION_VERIFIER,
    OPTION_KEPT,
    OPTION_REST,
    OPTION_MOVED,
    OPTION_NEXT,
    OPTION_IF_LARGER,
    OPTION_ID,
    OPTION_LABEL,
    OPTION_SUBJECT,
    OPTION_SHA256,
    OPTION_ALL,
    OPTION_ALL_TOKENS,
    OPTION_WAIT,
    OPTION_FORCE_DRAIN,
    OPTION_COPY_FROM,
    OPTION_COPY_TO,
    OPTION_KEY_FILE,
    OPTION_CERTIFICATE,
    OPTION_PASSPHRASE,
    OPTION_EXTRACTABLE,
    OPTION_MEMBER,
    OPTION_MIGRATE_FROM,
    OPTION_MIGRATE_TO,
    OPTION_FINISH,
    OPTION_DRY_RUN,
    OPTION_PLAN,
    OPTION_CLASS,
    OPTION_JOBS,
    OPTION_REPORT,
    OPTION_THROUGH_HOST,
    OPTION_WATCH,
    OPTION_INTERVAL,
    OPTION_QUIET_FOR,
    OPTION_PROCESSES,
    OPTION_PROMETHEUS,
    OPTION_OUTPUT,
    OPTION_JSON,
    OPTION_VERBOSE,
    OPTION_HELP,
    N_OPTIONS
};

#define OPTION_BIT(option) (UINT64_C(1) << (option))

/* Facts about an option, for getopt and for the help. */
struct option_facts {
    const char *name;     /* a command takes one with the name */
    char letter;          /* 0: none; of one option only */
    const char *argument; /* as shown: "FILE"; NULL: it takes none */
    const char *help;
};

extern const struct option_facts option_facts[N_OPTIONS];

/* An option with its value; lent. */
struct given {
    enum option_id option;
    const char *value;
};

struct request {
    const struct command *command;
    bool is_given[N_OPTIONS];
    const char *values[N_OPTIONS]; /* the last of each that takes one; lent */
    struct given *given;           /* all of them, as they were given */
    size_t n_given;
    char *const *operands; /* lent */
    int n_operands;
};

/* Reads what follows the last word of the command's name in argv[0]. False,
 * with a sentence on stderr, when it is not what the command takes. */
bool request_read(const struct command *command, int argc, char **argv,
                  struct request *out);
void request_clear(struct request *request);

#endif
