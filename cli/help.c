/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tool says of itself and of its commands; the command help. */
#include "cli/help.h"

#include "cli/memory.h"
#include "cli/message.h"
#include "cli/request.h"
#include "common/cleanup.h"

#include <stdio.h>

void
help_print_all(FILE *stream)
{
    (void)fputs("usage: p11mux COMMAND [OPTION]... [OPERAND]\n"
                "\n"
                "p11mux puts the PKCS#11 modules of several vendors behind one."
                " This tool shows\nwhat stands behind it and finds out what is"
                " wrong.\n"
                "\n"
                "Commands:\n",
                stream);
    for (size_t i = 0; i < n_commands; i++)
        (void)fprintf(stream, "  %-17s %s\n", commands[i].name,
                      commands[i].help);
    (void)fputs("\n"
                "\"p11mux help COMMAND\" says more about one of them, the man "
                "page p11mux(1) about\nall.\n"
                "\n"
                "Exit status:\n"
                "  0  all is well\n"
                "  1  something is wrong\n"
                "  2  the command line is not understood\n",
                stream);
}

static void
print_option(const struct option_facts *facts, FILE *stream)
{
    char text[40];

    (void)snprintf(text, sizeof(text), "%c%c%s--%s%s%s",
                   facts->letter == 0 ? ' ' : '-',
                   facts->letter == 0 ? ' ' : facts->letter,
                   facts->letter == 0 ? "  " : ", ", facts->name,
                   facts->argument == NULL ? "" : " ",
                   facts->argument == NULL ? "" : facts->argument);
    (void)fprintf(stream, "  %-25s %s\n", text, facts->help);
}

void
help_print_command(const struct command *command, FILE *stream)
{
    (void)fprintf(stream, "usage: p11mux %s%s%s%s\n\n%s\n\n%s", command->name,
                  command->options == 0 ? "" : " [OPTION]...",
                  command->operands[0] == '\0' ? "" : " ", command->operands,
                  command->help, command->about);
    if (command->options != 0)
        (void)fputs("\nOptions:\n", stream);
    for (int i = 0; i < N_OPTIONS; i++)
        if ((command->options & OPTION_BIT(i)) != 0)
            print_option(&option_facts[i], stream);
    (void)fprintf(stream,
                  "\n"
                  "Exit status:\n"
                  "  0  all is well\n"
                  "  1  %s\n"
                  "  2  the command line is not understood\n",
                  command->wrong);
}

enum status
help_refuse(const char *before, const char *first, const char *second)
{
    bool is_family = command_is_family(first);
    CLEANUP(freep)
    char *name = is_family && second != NULL
                     ? memory_text("%s %s", first, second)
                     : memory_copy(first);
    const char *nearest = command_nearest(name);

    if (is_family && second == NULL)
        message_error("%s\"%s\" needs another word behind it; \"p11mux help\" "
                      "lists them all",
                      before, first);
    else if (nearest != NULL)
        message_error("%sthere is no command \"%s\"; did you mean \"%s\"?",
                      before, name, nearest);
    else
        message_error("%sthere is no command \"%s\"; \"p11mux help\" lists "
                      "them all",
                      before, name);
    return STATUS_USAGE;
}

enum status
cmd_help(const struct request *request)
{
    const char *second = request->n_operands > 1 ? request->operands[1] : NULL;
    const struct command *command;

    if (request->n_operands == 0) {
        help_print_all(stdout);
        return STATUS_FINE;
    }
    command = command_find(request->operands[0], second);
    if (command == NULL || command_count_words(command) != request->n_operands)
        return help_refuse("help: ", request->operands[0], second);
    help_print_command(command, stdout);
    return STATUS_FINE;
}
