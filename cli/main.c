/* SPDX-License-Identifier: BSD-3-Clause */
/* p11mux, the operator's tool: finds the command and runs it. */
#include "audit/source-gzip.h"
#include "cli/command.h"
#include "cli/ending.h"
#include "cli/help.h"
#include "cli/message.h"
#include "cli/request.h"
#include "common/error.h"
#include "common/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What an option of the tool itself does; the name of a command is no
 * option. */
static bool
is_word(const char *word, const char *name, char letter)
{
    return strcmp(word, name) == 0 ||
           (word[0] == '-' && word[1] == letter && word[2] == '\0');
}

static enum status
refuse(const char *first, const char *second)
{
    if (first[0] != '-')
        return help_refuse("", first, second);
    message_error("option \"%s\" is not understood here; options stand behind "
                  "the command: p11mux COMMAND %s",
                  first, first);
    return STATUS_USAGE;
}

static enum status
run(int argc, char **argv)
{
    enum status status = STATUS_FINE;
    const struct command *command;
    struct request request;
    int n_words;

    if (argc < 2) {
        help_print_all(stderr);
        return STATUS_USAGE;
    }
    if (is_word(argv[1], "--version", 'V')) {
        (void)puts("p11mux " PACKAGE_VERSION);
        return STATUS_FINE;
    }
    if (is_word(argv[1], "--help", 'h')) {
        help_print_all(stdout);
        return STATUS_FINE;
    }
    command = command_find(argv[1], argv[2]);
    if (command == NULL)
        return refuse(argv[1], argv[2]);
    n_words = command_count_words(command);
    if (!request_read(command, argc - n_words, argv + n_words, &request))
        return STATUS_USAGE;
    if (request.is_given[OPTION_VERBOSE])
        (void)log_open(LOG_LEVEL_INFO, "stderr", NULL);
    if (request.is_given[OPTION_HELP])
        help_print_command(command, stdout);
    else
        status = command->run(&request);
    request_clear(&request);
    return status;
}

int
main(int argc, char **argv)
{
    enum status status;

    /* What would be logged, the commands say themselves and better. */
    (void)log_open(LOG_LEVEL_NONE, "stderr", NULL);
    source_use_gzip();
    status = run(argc, argv);
    log_close();
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        message_error("what was found cannot be written: %s",
                      error_reason(errno));
        status = STATUS_WRONG;
    }
    ending_exit((int)status);
}
