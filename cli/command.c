/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands of the tool. */
#include "cli/command.h"

#include "cli/audit-filter.h"
#include "cli/choice.h"
#include "cli/move-choice.h"
#include "cli/request.h"

#include <limits.h>

#define EVERYWHERE                                                             \
    (OPTION_BIT(OPTION_CONFIG) | OPTION_BIT(OPTION_JSON) |                     \
     OPTION_BIT(OPTION_VERBOSE) | OPTION_BIT(OPTION_HELP))

/* Of those about what is on a token. */
#define ON_TOKEN                                                               \
    (EVERYWHERE | OPTION_BIT(OPTION_LOGIN) | OPTION_BIT(OPTION_PIN_SOURCE))

/* Of those that need no configuration. */
#define ALONE (OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_HELP))

/* Of those that all running processes obey. */
#define FOR_ALL                                                                \
    (ALONE | OPTION_BIT(OPTION_CONFIG) | OPTION_BIT(OPTION_ALL_TOKENS) |       \
     OPTION_BIT(OPTION_WAIT))

/* Of those about a member of a group, which they obey too. */
#define FOR_MEMBER (ALONE | OPTION_BIT(OPTION_CONFIG) | OPTION_BIT(OPTION_WAIT))

/* Of those that may need one to know which log is meant. */
#define OF_LOG (ALONE | OPTION_BIT(OPTION_CONFIG))

const struct command commands[] = {
#include "cli/commands.def"

#include "cli/commands-audit.def"

#include "cli/commands-certs.def"

#include "cli/commands-migrate.def"
    { .name = "help",
      .operands = "[COMMAND]",
      .most_operands = 2,
      .options = OPTION_BIT(OPTION_HELP),
      .help = "explain a command",
      .about = "Without COMMAND: list the commands.\n",
      .wrong = "the explanation cannot be written",
      .run = cmd_help },
};

const size_t n_commands = sizeof(commands) / sizeof(commands[0]);
