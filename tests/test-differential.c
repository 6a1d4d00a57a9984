/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each conversation is played several times, in processes of their own and with
 * copies of the same tokens: with the vendor's module, and with p11mux in
 * front of it in each mode of its pools, and of two that are a group; those
 * about objects also with a store of certificates. An application must not be
 * able to tell the difference.
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

#define RULE(mode)                                                             \
    "{ label = \"alpha\"; pool = { mode = \"" mode "\"; }; members = "         \
    "( { module = \"vendor\"; match = \"pkcs11:token=alpha\"; } ); }"
#define RULE_WITH(certificates)                                                \
    "{ label = \"alpha\"; certificates = { " certificates " }; members = "     \
    "( { module = \"vendor\"; match = \"pkcs11:token=alpha\"; } ); }"

/* How p11mux is in front of it. In the last one two members have the same keys:
 * another module has a copy of the tokens. */
static const struct way {
    const char *name; /* of the run */
    const char *tokens;
    const struct difference *const *differences;
    bool has_second;
} ways[] = {
    { "none", RULE("none"), differences_alone, false },
    { "session", RULE("session"), differences_kept, false },
    { "operation", RULE("operation"), differences_lent, false },
    { "group",
      "{ label = \"alpha\"; mode = \"failover\"; write = \"primary\"; "
      "members = ( "
      "{ module = \"vendor\"; match = \"pkcs11:token=alpha\"; }, "
      "{ module = \"second\"; match = \"pkcs11:token=alpha\"; } ); }",
      differences_grouped, true },
};

/* Where certificates may be outside of the token: it has room for them, or they
 * all are. */
static const struct way hybrid = { "hybrid", RULE_WITH("mode = \"hybrid\";"),
                                   differences_overflowing, false };
static const struct way store = {
    "store", RULE_WITH("mode = \"store\"; needs_login = false;"),
    differences_stored, false
};

/* As it is by itself. */
static const struct way without_rules = { "unruled", "", differences_lent,
                                          false };

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

static const char *
copy_tokens(const char *name)
{
    fixture_run("cp", "-a", fixture_path("prepared"), fixture_path("%s", name),
                NULL);
    return name;
}

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

/* -- Vendors -------------------------------------------------------------- */

static void
softhsm_prepare(void)
{
    struct run run;

    fixture_softhsm("prepared");
    fixture_softhsm_token("alpha");
    fixture_softhsm_token("beta");
    run = run_start("prepared", "softhsm", FIXTURE_SOFTHSM, "", "prepare");
    run_check(&run, run_wait(&run));
}

static struct run
softhsm_start(const char *conversation)
{
    struct run run;

    fixture_setenv("SOFTHSM2_CONF", "%s", softhsm_configure("direct"));
    run = run_start("direct", "softhsm", FIXTURE_SOFTHSM, "", conversation);
    unsetenv("SOFTHSM2_CONF");
    return run;
}

static const char *
softhsm_entry(const char *name)
{
    return fixture_text("path = \"%s\"; env = { SOFTHSM2_CONF = \"%s\"; };",
                        FIXTURE_SOFTHSM, softhsm_configure(name));
}

static void
nss_prepare(void)
{
    struct run run;

    fixture_nss("prepared", FIXTURE_PIN);
    run = run_start("prepared", "nss", FIXTURE_NSS, nss_arguments("prepared"),
                    "prepare");
    run_check(&run, run_wait(&run));
}

static struct run
nss_start(const char *conversation)
{
    return run_start("direct", "nss", FIXTURE_NSS, nss_arguments("direct"),
                     conversation);
}

static const char *
nss_entry(const char *name)
{
    return fixture_text("path = \"%s\"; init_args = \"%s\";", FIXTURE_NSS,
                        nss_arguments(name));
}

static const struct vendor {
    const char *name;
    void (*prepare)(void);
    struct run (*start)(const char *conversation); /* the module alone */
    const char *(*entry)(const char *name);        /* in our configuration */
} softhsm = { "softhsm", softhsm_prepare, softhsm_start, softhsm_entry },
  nss = { "nss", nss_prepare, nss_start, nss_entry };

/* -- Comparing ------------------------------------------------------------ */

static const char *
second_entry(const struct vendor *vendor, const struct way *way)
{
    if (!way->has_second)
        return "";
    return fixture_text(", { name = \"second\"; %s }",
                        vendor->entry(
                            copy_tokens(fixture_text("%s.second", way->name))));
}

/* The conversation with p11mux in front. */
static struct run
start_through(const struct vendor *vendor, const struct way *way,
              const char *conversation)
{
    const char *name = way->name;

    (void)copy_tokens(name);
    fixture_setenv(
        "P11MUX_CONF", "%s",
        fixture_write(fixture_text("%s.p11mux.conf", name), 0600,
                      "modules = ( { name = \"vendor\"; %s }%s );\n"
                      "tokens = ( %s );\n"
                      "state_dir = \"%s\";\n"
                      "log = { level = \"info\"; target = \"file:%s\"; };\n",
                      vendor->entry(name), second_entry(vendor, way),
                      way->tokens,
                      fixture_make_folder(fixture_text("%s.state", name)),
                      fixture_path("%s.log", name)));
    return run_start(name, vendor->name, fixture_p11mux(), "", conversation);
}

static bool
is_same(const struct vendor *vendor, const struct way *way,
        const char *conversation, const struct run *direct,
        const struct run *through)
{
    return transcript_compare(
        &(struct comparison){ .vendor = vendor->name,
                              .conversation = conversation,
                              .way = way->name,
                              .direct = direct->transcript,
                              .through = through->transcript,
                              .differences = way->differences,
                              .shown = SHOWN });
}

enum { MOST_WAYS = sizeof(ways) / sizeof(ways[0]) };

/* A group has all slots of both modules but one, and initialises no token
 * (R6.19). */
static const char *const not_of_groups[] = { "initialize", "slots",
                                             "administration" };

static size_t
ways_of(const char *conversation)
{
    for (size_t i = 0; i < sizeof(not_of_groups) / sizeof(not_of_groups[0]);
         i++)
        if (strcmp(conversation, not_of_groups[i]) == 0)
            return MOST_WAYS - 1;
    return MOST_WAYS;
}

/* All of them at the same time. */
static void
compare(const struct vendor *vendor, const char *conversation,
        const struct way *chosen, size_t n_ways)
{
    struct run direct, through[MOST_WAYS];
    int status, statuses[MOST_WAYS];

    if (strcmp(conversation, "edwards") == 0 && vendor == &softhsm)
        unwind_slowly();
    vendor->prepare();
    (void)copy_tokens("direct");
    direct = vendor->start(conversation);
    for (size_t i = 0; i < n_ways; i++)
        through[i] = start_through(vendor, &chosen[i], conversation);
    status = run_wait(&direct);
    for (size_t i = 0; i < n_ways; i++)
        statuses[i] = run_wait(&through[i]);
    run_check(&direct, status);
    for (size_t i = 0; i < n_ways; i++) {
        bool same;

        run_check(&through[i], statuses[i]);
        same = is_same(vendor, &chosen[i], conversation, &direct, &through[i]);
        fflush(stdout);
        cr_expect(same, "%s %s %s: p11mux can be told from the module",
                  vendor->name, conversation, chosen[i].name);
    }
}

#define SOFTHSM(name)                                                          \
    Test(differential, softhsm_##name##_are_the_same)                          \
    {                                                                          \
        compare(&softhsm, #name, ways, ways_of(#name));                        \
    }
#define NSS(name)                                                              \
    Test(differential, nss_##name##_are_the_same)                              \
    {                                                                          \
        compare(&nss, #name, ways, MOST_WAYS - 1);                             \
    }
#define BOTH(name) SOFTHSM(name) NSS(name)
#include "tests/differential/conversations.def"

#define HYBRID(vendor, name)                                                   \
    Test(differential, vendor##_##name##_with_a_store_are_the_same)            \
    {                                                                          \
        compare(&vendor, #name, &hybrid, 1);                                   \
    }
HYBRID(softhsm, objects)
HYBRID(softhsm, attributes)
HYBRID(softhsm, searches)
HYBRID(softhsm, certificates)
HYBRID(softhsm, templates)
HYBRID(nss, objects)
HYBRID(nss, certificates)
HYBRID(nss, templates)

/* Certificates that are never the token's. */
Test(differential, softhsm_certificates_in_the_store_are_the_same)
{
    compare(&softhsm, "certificates", &store, 1);
}

Test(differential, softhsm_templates_in_the_store_are_the_same)
{
    compare(&softhsm, "templates", &store, 1);
}

/* Tokens that no rule names. */
Test(differential, softhsm_slots_without_rules_are_the_same)
{
    compare(&softhsm, "slots", &without_rules, 1);
}

Test(differential, softhsm_sessions_without_rules_are_the_same)
{
    compare(&softhsm, "sessions", &without_rules, 1);
}

Test(differential, softhsm_administration_without_rules_is_the_same)
{
    compare(&softhsm, "administration", &without_rules, 1);
}
