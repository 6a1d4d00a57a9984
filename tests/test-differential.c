/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each conversation is played twice, in processes of their own and with
 * copies of the same tokens: with the vendor's module, and with p11mux in
 * front of it. An application must not be able to tell the difference.
 */
#include "tests/differential/differences.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { SHOWN = 20 };

/* A run: a folder of its own with the tokens, and what it writes. */
struct run {
    const char *folder;
    const char *transcript;
    pid_t pid;
};

/*
 * Whose a leak is can only be seen with the whole stack, which takes long:
 * in the conversation where the vendor's module leaks.
 */
static void
unwind_slowly(void)
{
    const char *options = getenv("ASAN_OPTIONS");

    fixture_setenv("ASAN_OPTIONS", "%s:fast_unwind_on_malloc=0",
                   options == NULL ? "" : options);
}

static struct run
run_start(const char *name, const char *vendor, const char *module,
          const char *reserved, const char *conversation)
{
    struct run run = { .folder = fixture_path("%s", name),
                       .transcript = fixture_path("%s.transcript", name) };
    const char *words[] = { fixture_text("%s/tests/differential/play",
                                         getenv("P11MUX_BUILDDIR")),
                            "-r",
                            reserved,
                            vendor,
                            module,
                            conversation,
                            run.transcript,
                            NULL };
    char *argv[sizeof(words) / sizeof(words[0])];

    memcpy(argv, words, sizeof(argv));
    fflush(NULL);
    errno = posix_spawn(&run.pid, words[0], NULL, NULL, argv, environ);
    if (errno != 0)
        fixture_fail("%s: %s", words[0], strerror(errno));
    return run;
}

static int
run_wait(const struct run *run)
{
    int status;

    while (waitpid(run->pid, &status, 0) < 0)
        if (errno != EINTR)
            fixture_fail("waitpid: %s", strerror(errno));
    return status;
}

static void
run_check(const struct run *run, int status)
{
    if (status != 0) {
        fixture_run("tail", "-n", "3", run->transcript, NULL);
        cr_assert_fail("the run in %s ended with 0x%x after this", run->folder,
                       (unsigned)status);
    }
}

/* -- Tokens --------------------------------------------------------------- */

/* Where one run of a vendor's module finds its tokens. */
static const char *
softhsm_configure(const char *name)
{
    return fixture_write(fixture_text("%s.conf", name), 0600,
                         "directories.tokendir = %s\n"
                         "objectstore.backend = file\n"
                         "log.level = ERROR\n",
                         fixture_path("%s/tokens", name));
}

static const char *
nss_arguments(const char *name)
{
    return fixture_text("configdir='sql:%s' certPrefix='' keyPrefix='' "
                        "secmod='' flags= cryptoTokenDescription='generic' "
                        "dbTokenDescription='alpha'",
                        fixture_path("%s", name));
}

static void
copy_tokens(const char *name)
{
    fixture_run("cp", "-a", fixture_path("prepared"), fixture_path("%s", name),
                NULL);
}

static void
prepare(const char *vendor, const char *module, const char *reserved)
{
    struct run run = run_start("prepared", vendor, module, reserved, "prepare");

    run_check(&run, run_wait(&run));
    copy_tokens("direct");
    copy_tokens("through");
}

/* What is in front of it; the module's entry is up to the vendor. */
static void
configure(const char *module_entry, const char *tokens)
{
    fixture_config("modules = ( { name = \"vendor\"; %s } );\n"
                   "tokens = ( %s );\n"
                   "state_dir = \"%s\";\n"
                   "log = { level = \"info\"; target = \"file:%s\"; };\n",
                   module_entry, tokens, fixture_make_folder("state"),
                   fixture_path("log"));
}

/* -- Comparing ------------------------------------------------------------ */

static void
compare(const char *vendor, const char *conversation, struct run direct,
        struct run through)
{
    int direct_status = run_wait(&direct);
    int through_status = run_wait(&through);
    bool is_same;

    run_check(&direct, direct_status);
    run_check(&through, through_status);
    is_same =
        transcript_compare(&(struct comparison){ .vendor = vendor,
                                                 .conversation = conversation,
                                                 .direct = direct.transcript,
                                                 .through = through.transcript,
                                                 .differences = differences,
                                                 .shown = SHOWN });
    fflush(stdout);
    cr_assert(is_same, "%s %s: p11mux can be told from the module", vendor,
              conversation);
}

static const char rule[] = "{ label = \"alpha\"; pool = { mode = \"none\"; }; "
                           "members = ( { module = "
                           "\"vendor\"; match = \"pkcs11:token=alpha\"; } "
                           "); }";

static void
compare_softhsm(const char *conversation, const char *tokens)
{
    struct run direct;

    if (strcmp(conversation, "edwards") == 0)
        unwind_slowly();
    fixture_softhsm("prepared");
    fixture_softhsm_token("alpha");
    fixture_softhsm_token("beta");
    prepare("softhsm", FIXTURE_SOFTHSM, "");
    fixture_setenv("SOFTHSM2_CONF", "%s", softhsm_configure("direct"));
    direct = run_start("direct", "softhsm", FIXTURE_SOFTHSM, "", conversation);
    unsetenv("SOFTHSM2_CONF");
    configure(fixture_text("path = \"%s\"; env = { SOFTHSM2_CONF = \"%s\"; };",
                           FIXTURE_SOFTHSM, softhsm_configure("through")),
              tokens);
    compare("softhsm", conversation, direct,
            run_start("through", "softhsm", fixture_p11mux(), "",
                      conversation));
}

static void
compare_nss(const char *conversation)
{
    struct run direct;

    fixture_nss("prepared", FIXTURE_PIN);
    prepare("nss", FIXTURE_NSS, nss_arguments("prepared"));
    direct = run_start("direct", "nss", FIXTURE_NSS, nss_arguments("direct"),
                       conversation);
    configure(fixture_text("path = \"%s\"; init_args = \"%s\";", FIXTURE_NSS,
                           nss_arguments("through")),
              rule);
    compare("nss", conversation, direct,
            run_start("through", "nss", fixture_p11mux(), "", conversation));
}

#define SOFTHSM(name)                                                          \
    Test(differential, softhsm_##name##_are_the_same)                          \
    {                                                                          \
        compare_softhsm(#name, rule);                                          \
    }
#define NSS(name)                                                              \
    Test(differential, nss_##name##_are_the_same)                              \
    {                                                                          \
        compare_nss(#name);                                                    \
    }
#define BOTH(name) SOFTHSM(name) NSS(name)
#include "tests/differential/conversations.def"

/* Tokens that no rule names. */
Test(differential, softhsm_slots_without_rules_are_the_same)
{
    compare_softhsm("slots", "");
}

Test(differential, softhsm_sessions_without_rules_are_the_same)
{
    compare_softhsm("sessions", "");
}

Test(differential, softhsm_administration_without_rules_is_the_same)
{
    compare_softhsm("administration", "");
}
