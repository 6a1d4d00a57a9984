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
#define GROUP                                                                  \
    "{ label = \"alpha\"; mode = \"failover\"; write = \"primary\"; "          \
    "members = ( { module = \"vendor\"; match = \"pkcs11:token=alpha\"; }, "   \
    "{ module = \"second\"; match = \"pkcs11:token=alpha\"; } ); }"
#define RULE_WITH(certificates)                                                \
    "{ label = \"alpha\"; certificates = { " certificates " }; members = "     \
    "( { module = \"vendor\"; match = \"pkcs11:token=alpha\"; } ); }"

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
softhsm_prepare(const char *name, const char *conversation)
{
    struct run run;

    fixture_softhsm(name);
    fixture_softhsm_token("alpha");
    fixture_softhsm_token("beta");
    run = run_start(name, "softhsm", FIXTURE_SOFTHSM, "", conversation);
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
nss_prepare(const char *name, const char *conversation)
{
    struct run run;

    fixture_nss(name, FIXTURE_PIN);
    run =
        run_start(name, "nss", FIXTURE_NSS, nss_arguments(name), conversation);
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
    void (*prepare)(const char *name, const char *conversation);
    struct run (*start)(const char *conversation); /* the module alone */
    const char *(*entry)(const char *name);        /* in our configuration */
} softhsm = { "softhsm", softhsm_prepare, softhsm_start, softhsm_entry },
  nss = { "nss", nss_prepare, nss_start, nss_entry };

/* -- Ways ---------------------------------------------------------------- */

/* How p11mux is in front of it. The last ones are two members that have the
 * same keys: another module has a copy of the token, or one of its own. */
static const struct way {
    const char *name; /* of the run */
    const char *tokens;
    const struct difference *const *differences;
    const struct vendor *second;
} ways[] = {
    { "none", RULE("none"), differences_alone, NULL },
    { "session", RULE("session"), differences_kept, NULL },
    { "operation", RULE("operation"), differences_lent, NULL },
    { "group", GROUP, differences_grouped, &softhsm },
    { "mixed", GROUP, differences_grouped, &nss },
};

/* Where certificates may be outside of the token: it has room for them, or they
 * all are. */
static const struct way hybrid = { "hybrid", RULE_WITH("mode = \"hybrid\";"),
                                   differences_overflowing, NULL };
static const struct way store = {
    "store", RULE_WITH("mode = \"store\"; needs_login = false;"),
    differences_stored, NULL
};

/* As it is by itself. */
static const struct way without_rules = { "unruled", "", differences_lent,
                                          NULL };

/* -- Comparing ------------------------------------------------------------ */

static const char *
second_entry(const struct vendor *vendor, const struct way *way)
{
    const char *name = fixture_text("%s.second", way->name);

    if (way->second == NULL)
        return "";
    if (way->second == vendor)
        (void)copy_tokens(name);
    else
        way->second->prepare(name, "prepare-twins");
    return fixture_text(", { name = \"second\"; %s }",
                        way->second->entry(name));
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

/* Those that are no group come first. */
enum { ALONE = 3, MOST_WAYS = sizeof(ways) / sizeof(ways[0]) };

/* How many of the ways a conversation is held in. A group has all slots of both
 * modules but one, and initialises no token (R6.19); of two vendors it is where
 * objects are found and used. */
static size_t
ways_of(const char *conversation)
{
    static const struct {
        const char *conversation;
        size_t n_ways;
    } others[] = {
        { "initialize", ALONE },     { "slots", ALONE },
        { "administration", ALONE }, { "objects", MOST_WAYS },
        { "searches", MOST_WAYS },   { "attributes", MOST_WAYS },
        { "signatures", MOST_WAYS }, { "refusals", MOST_WAYS },
        { "keys", MOST_WAYS },
    };

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (strcmp(conversation, others[i].conversation) == 0)
            return others[i].n_ways;
    return ALONE + 1;
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
    vendor->prepare("prepared", "prepare");
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
        compare(&nss, #name, ways, ALONE);                                     \
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

/* Else it would be one of them alone that is compared: they have a certificate
 * and two public keys in common, and one of them data. */
Test(differential, softhsm_and_nss_are_one_token)
{
    struct run run;

    softhsm.prepare("prepared", "prepare");
    run = start_through(&softhsm, &ways[MOST_WAYS - 1], "sessions");
    run_check(&run, run_wait(&run));
    fixture_run("sh", "-c",
                "\"$P11MUX_TOOL\" group alpha | grep '^3 of 4 objects'", NULL);
}

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
#define WITHOUT_RULES(name)                                                    \
    Test(differential, softhsm_##name##_without_rules_are_the_same)            \
    {                                                                          \
        compare(&softhsm, #name, &without_rules, 1);                           \
    }
WITHOUT_RULES(slots)
WITHOUT_RULES(sessions)
WITHOUT_RULES(administration)
