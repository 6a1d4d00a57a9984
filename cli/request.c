/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the command line. */
#include "cli/request.h"

#include "cli/memory.h"
#include "cli/message.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct option_facts option_facts[N_OPTIONS] = {
    [OPTION_CONFIG] = { "config", 'c', "FILE",
                        "read FILE, not the configuration that applies" },
    [OPTION_AS] = { "as", 0, "USER",
                    "do it with the rights of USER (only root may)" },
    [OPTION_NO_MODULES] = { "no-modules", 0, NULL,
                            "look at the file only, start no module" },
    [OPTION_LABELS] = { "labels", 0, NULL,
                        "print the labels alone, one a line" },
    [OPTION_LOGIN] = { "login", 'l', NULL,
                       "log in first, with the token's pin or one that is "
                       "asked for" },
    [OPTION_PIN_SOURCE] = { "pin-source", 0, "SOURCE",
                            "log in with the PIN in file:PATH, env:NAME, ..." },
    [OPTION_SO] = { "so", 0, NULL, "as the security officer, with so_pin" },
    [OPTION_FORCE] = { "force", 0, NULL,
                       "try also when a wrong PIN would lock the token" },
    [OPTION_KEY] = { "key", 'k', "KEY",
                     "the file with the key, or the verifier key" },
    [OPTION_NAME] = { "name", 0, "NAME",
                      "what the key and its log are called (HOST/p11mux)" },
    [OPTION_SINCE] = { "since", 0, "FILE",
                       "it has only grown since the checkpoint in FILE" },
    [OPTION_FROM] = { "since", 0, "TIME", "not what was before TIME" },
    [OPTION_UNTIL] = { "until", 0, "TIME", "only what was before TIME" },
    [OPTION_TOKEN] = { "token", 0, "LABEL", "of this token" },
    [OPTION_OF_KEY] = { "key", 0, "KEY",
                        "with this key: label, id, or begin of fingerprint" },
    [OPTION_EVENT] = { "event", 0, "EVENT", "sign, login, ..." },
    [OPTION_OUTCOME] = { "outcome", 0, "OUTCOME",
                         "success, failure or denied" },
    [OPTION_USER] = { "user", 0, "USER", "of this user, by name or number" },
    [OPTION_EXE] = { "exe", 0, "PROGRAM", "of this program, by name or path" },
    [OPTION_RUN] = { "run", 0, "RUN", "of the process with this run" },
    [OPTION_LIMIT] = { "limit", 'n', "COUNT", "only the last COUNT of them" },
    [OPTION_FOLLOW] = { "follow", 'f', NULL,
                        "go on with what is appended, until Ctrl-C" },
    [OPTION_BY] = { "by", 0, "WHAT",
                    "event, token, key, program, user or hour" },
    [OPTION_HTML] = { "html", 0, "FILE", "write the page to FILE" },
    [OPTION_VERIFIER] = { "verifier", 0, "KEY",
                          "the verifier key, or the file that has it" },
    [OPTION_KEPT] = { "kept", 0, "FILE",
                      "it has only grown since the checkpoint in FILE" },
    [OPTION_REST] = { "rest", 0, NULL, "older files were removed on purpose" },
    [OPTION_NEXT] = { "next", 0, "KEY",
                      "the key in the file KEY takes its place" },
    [OPTION_MOVED] = { "moved", 0, "OLD", "it was moved to OLD already" },
    [OPTION_IF_LARGER] = { "if-larger", 0, "SIZE",
                           "only if it has as much as SIZE, such as 64MiB" },
    [OPTION_ID] = { "id", 0, "HEX", "the CKA_ID, in hexadecimal" },
    [OPTION_LABEL] = { "label", 0, "LABEL", "the label" },
    [OPTION_SUBJECT] = { "subject", 0, "NAME",
                         "the certificate's subject, as the list shows it" },
    [OPTION_SHA256] = { "sha256", 0, "HEX",
                        "how the SHA-256 of the certificate begins" },
    [OPTION_ALL] = { "all", 0, NULL, "also where several fit" },
    [OPTION_ALL_TOKENS] = { "all", 0, NULL, "all tokens" },
    [OPTION_WAIT] = { "wait", 0, "TIME",
                      "how long processes have to do it (30s)" },
    [OPTION_FORCE_DRAIN] = { "force", 0, NULL,
                             "also the last member that can serve" },
    [OPTION_COPY_FROM] = { "from", 0, "TOKEN", "the token that has them" },
    [OPTION_COPY_TO] = { "to", 0, "TOKEN", "the token that gets them" },
    [OPTION_KEY_FILE] = { "key", 0, "FILE", "the file that has the key" },
    [OPTION_CERTIFICATE] = { "cert", 0, "FILE",
                             "a file with certificates for it; may be "
                             "repeated" },
    [OPTION_PASSPHRASE] = { "passphrase", 0, "SOURCE",
                            "what opens FILE: in file:PATH, env:NAME, ..." },
    [OPTION_EXTRACTABLE] = { "extractable", 0, NULL,
                             "the key may leave the token again, wrapped" },
    [OPTION_MEMBER] = { "member", 0, "MEMBER",
                        "to this member of a group alone" },
    [OPTION_MIGRATE_FROM] = { "from", 0, "URL",
                              "the store that has them (store.url)" },
    [OPTION_MIGRATE_TO] = { "to", 0, "URL", "the store that gets them" },
    [OPTION_FINISH] = { "finish", 0, NULL,
                        "then end the writing of the one that has them" },
    [OPTION_DRY_RUN] = { "dry-run", 0, NULL, "only say what would be done" },
    [OPTION_PLAN] = { "plan", 0, NULL,
                      "copy nothing; say what can be copied, and how" },
    [OPTION_CLASS] = { "class", 0, "CLASS",
                       "private-key, public-key, secret-key, certificate or "
                       "data" },
    [OPTION_JOBS] = { "jobs", 0, "COUNT",
                      "how many are worked on at a time (4)" },
    [OPTION_REPORT] = { "report", 0, "FILE",
                        "write the same as a page to FILE" },
    [OPTION_THROUGH_HOST] = { "through-host", 0, NULL,
                              "also keys that are not sensitive, in the "
                              "clear" },
    [OPTION_PROMETHEUS] = { "prometheus", 0, NULL,
                            "print it for Prometheus, in its text format" },
    [OPTION_OUTPUT] = { "output", 'o', "FILE",
                        "write that to FILE, which is replaced at once" },
    [OPTION_WATCH] = { "watch", 'w', NULL,
                       "show it again and again, with rates, until q" },
    [OPTION_INTERVAL] = { "interval", 0, "TIME",
                          "how often that is, such as 500ms (1s)" },
    [OPTION_QUIET_FOR] = { "quiet-for", 0, "TIME",
                           "only if the old member was not used so long" },
    [OPTION_PROCESSES] = { "processes", 0, NULL, "each process for itself" },
    [OPTION_JSON] = { "json", 'j', NULL, "print JSON, for programs" },
    [OPTION_VERBOSE] = { "verbose", 'v', NULL,
                         "also show what p11mux logs meanwhile" },
    [OPTION_HELP] = { "help", 'h', NULL, "show this and end" },
};

/* Above every letter. */
enum { FIRST_LONG = 256 };

static void
fill_options(const struct command *command, struct option *options,
             char *letters)
{
    *letters++ = ':'; /* a missing value is told apart */
    for (int i = 0; i < N_OPTIONS; i++) {
        const struct option_facts *facts = &option_facts[i];

        if ((command->options & OPTION_BIT(i)) == 0)
            continue;
        *options++ = (struct option){
            .name = facts->name,
            .has_arg =
                facts->argument == NULL ? no_argument : required_argument,
            .val = FIRST_LONG + i,
        };
        if (facts->letter == 0)
            continue;
        *letters++ = facts->letter;
        if (facts->argument != NULL)
            *letters++ = ':';
    }
    *options = (struct option){ .name = NULL };
    *letters = '\0';
}

/* The option that getopt found, or N_OPTIONS. */
static int
find_option(int found)
{
    if (found >= FIRST_LONG)
        return found - FIRST_LONG;
    for (int i = 0; i < N_OPTIONS; i++)
        if (option_facts[i].letter == found)
            return i;
    return N_OPTIONS;
}

static bool
refuse(const struct command *command, int found, const char *word)
{
    int option = found == ':' ? find_option(optopt) : N_OPTIONS;

    if (option < N_OPTIONS)
        message_error("%s: option \"%s\" needs a value: %s", command->name,
                      word, option_facts[option].argument);
    else
        message_error("%s: option \"%s\" is not understood; \"p11mux help %s\" "
                      "shows those that are",
                      command->name, word, command->name);
    return false;
}

static bool
check_operands(const struct request *request)
{
    const struct command *command = request->command;

    if (request->n_operands < command->fewest_operands) {
        message_error("%s: %s is missing; \"p11mux help %s\" says what it is",
                      command->name, command->operands, command->name);
        return false;
    }
    if (request->n_operands > command->most_operands) {
        message_error("%s: \"%s\" is one word too many; put quotes around what "
                      "has blanks in it",
                      command->name, request->operands[command->most_operands]);
        return false;
    }
    return true;
}

/* Operands that stand before options are moved behind them. */
static bool
read_options(const struct command *command, int argc, char **argv,
             struct request *out)
{
    struct option options[N_OPTIONS + 1];
    char letters[2 * N_OPTIONS + 2];
    int found;

    fill_options(command, options, letters);
    opterr = 0;
    optind = 0; /* glibc: begin anew */
    while ((found = getopt_long(argc, argv, letters, options, NULL)) != -1) {
        int option = find_option(found);

        if (found == ':' || found == '?' || option == N_OPTIONS)
            return refuse(command, found, argv[optind - 1]);
        out->is_given[option] = true;
        out->values[option] = optarg;
        out->given = memory_grow(out->given, out->n_given, sizeof(*out->given));
        out->given[out->n_given++] =
            (struct given){ (enum option_id)option, optarg };
    }
    return true;
}

bool
request_read(const struct command *command, int argc, char **argv,
             struct request *out)
{
    bool is_right;

    memset(out, 0, sizeof(*out));
    out->command = command;
    is_right = read_options(command, argc, argv, out);
    out->operands = argv + optind;
    out->n_operands = argc - optind;
    if (is_right && (out->is_given[OPTION_HELP] || check_operands(out)))
        return true;
    request_clear(out);
    return false;
}

void
request_clear(struct request *request)
{
    free(request->given);
}
