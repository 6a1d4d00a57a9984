/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Plays one conversation with a module and writes its transcript:
 *
 *     play [-r RESERVED] VENDOR MODULE CONVERSATION TRANSCRIPT
 *
 * VENDOR says which module answers in the end: softhsm or nss. Where its
 * tokens are is up to the environment and, with -r, C_Initialize.
 */
#include "tests/differential/conversation.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    void (*play)(struct talk *talk);
} conversations[] = {
    { "prepare", prepare_tokens },
    { "prepare-twins", prepare_twins },
    { "neighbour", talk_as_neighbour },
#define BOTH(name) { #name, talk_of_##name },
#define SOFTHSM    BOTH
#define NSS        BOTH
#include "tests/differential/conversations.def"
};

static void
play(struct talk *talk)
{
    for (size_t i = 0; i < sizeof(conversations) / sizeof(conversations[0]);
         i++)
        if (strcmp(conversations[i].name, talk->conversation) == 0) {
            conversations[i].play(talk);
            return;
        }
    fixture_fail("there is no conversation \"%s\"", talk->conversation);
}

int
main(int argc, char **argv)
{
    const char *reserved = "";
    struct module *module;
    struct talk *talk;
    FILE *out;
    int option;

    while ((option = getopt(argc, argv, "r:")) != -1) {
        if (option != 'r')
            return 2;
        reserved = optarg;
    }
    if (argc - optind != 4) {
        fprintf(stderr, "usage: play [-r RESERVED] VENDOR MODULE CONVERSATION "
                        "TRANSCRIPT\n");
        return 2;
    }
    argv += optind;
    out = fopen(argv[3], "we");
    if (out == NULL)
        fixture_fail("%s: %s", argv[3], strerror(errno));
    module = module_open(argv[1]);
    talk = talk_new(argv[2], argv[0], module, reserved, out);
    play(talk);
    talk_free(talk);
    /* The module stays: what it keeps until the end is no leak of ours. */
    fclose(out);
    return 0;
}
