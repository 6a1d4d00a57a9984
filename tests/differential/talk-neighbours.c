/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates that another process makes, changes and destroys meanwhile: it
 * plays its part with the same module, and its lines are among the others. */
#include "tests/differential/conversation.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CERTIFICATE                                                            \
    "CKA_CLASS=CKO_CERTIFICATE CKA_CERTIFICATE_TYPE=CKC_X_509 CKA_PRIVATE=no " \
    "CKA_TOKEN=yes CKA_SUBJECT=@leaf.subject CKA_VALUE=@leaf.value "

extern char **environ;

/* -- The other process ------------------------------------------------------
 */

void
talk_as_neighbour(struct talk *talk)
{
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE object;

    /* Its lines are in that conversation. */
    talk->conversation = "certificates";
    talk->n_starts = 1;
    talk_step(talk, "in another process");
    ask_start(talk);
    session = ask_user_session(talk);
    ask_find(talk, session, "CKA_SUBJECT=@leaf.subject", 10);
    object = ask_find(talk, session, "CKA_LABEL='to-change", 10);
    ask_set(talk, session, object, "CKA_LABEL='changed");
    object = ask_find(talk, session, "CKA_LABEL='to-destroy", 10);
    ask_destroy(talk, session, object);
    ask_create(talk, session, CERTIFICATE "CKA_LABEL='made CKA_ID='made");
    ask_create(talk, session,
               CERTIFICATE "CKA_LABEL='mine CKA_ID='mine CKA_TOKEN=no");
    ask_find(talk, session, "CKA_SUBJECT=@leaf.subject", 10);
    ask_finalize(talk, NULL);
}

static pid_t
start_neighbour(const struct talk *talk, int out)
{
    const char *words[] = { "/proc/self/exe",
                            "-r",
                            talk->reserved,
                            talk->vendor,
                            talk->module->path,
                            "neighbour",
                            fixture_text("/dev/fd/%d", out),
                            NULL };
    char *argv[sizeof(words) / sizeof(words[0])];
    pid_t pid;

    memcpy(argv, words, sizeof(argv));
    errno = posix_spawn(&pid, words[0], NULL, NULL, argv, environ);
    if (errno != 0)
        fixture_fail("%s: %s", words[0], strerror(errno));
    return pid;
}

static void
play_neighbour(struct talk *talk)
{
    int pipes[2], status;
    char text[4096];
    ssize_t length;
    pid_t pid;

    if (pipe(pipes) != 0)
        fixture_fail("pipe: %s", strerror(errno));
    pid = start_neighbour(talk, pipes[1]);
    close(pipes[1]);
    while ((length = read(pipes[0], text, sizeof(text))) > 0)
        fwrite(text, 1, (size_t)length, talk->out);
    close(pipes[0]);
    if (waitpid(pid, &status, 0) != pid || status != 0)
        fixture_fail("the other process has ended with 0x%x", (unsigned)status);
}

/* -- This one ----------------------------------------------------------------
 */

void
talk_of_neighbours(struct talk *talk, CK_SESSION_HANDLE session)
{
    CK_OBJECT_HANDLE changed, destroyed, made;

    talk_step(talk, "before another process");
    changed = ask_create(talk, session,
                         CERTIFICATE "CKA_LABEL='to-change CKA_ID='change");
    destroyed = ask_create(talk, session,
                           CERTIFICATE "CKA_LABEL='to-destroy CKA_ID='destroy");
    play_neighbour(talk);
    talk_step(talk, "after another process");
    ask_get(talk, session, changed, "CKA_LABEL CKA_VALUE");
    ask_get(talk, session, destroyed, "CKA_LABEL");
    ask_destroy(talk, session, destroyed);
    ask_find(talk, session, "CKA_LABEL='to-change", 10);
    ask_find(talk, session, "CKA_LABEL='changed", 10);
    made = ask_find(talk, session, "CKA_LABEL='made", 10);
    ask_get(talk, session, made, "CKA_ID CKA_TOKEN CKA_VALUE");
    ask_find(talk, session, "CKA_LABEL='mine", 10);
    ask_find(talk, session, "CKA_SUBJECT=@leaf.subject", 10);
    ask_set(talk, session, made, "CKA_LABEL='ours");
    ask_destroy(talk, session, made);
    ask_destroy(talk, session, changed);
    ask_find(talk, session, "CKA_SUBJECT=@leaf.subject", 10);
}
