/* SPDX-License-Identifier: BSD-3-Clause */
/* Who is measured: a token reached in one of several ways. */
#include "tests/bench/subject.h"

#include "tests/fixture.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static const char proxy[] = "/usr/lib/x86_64-linux-gnu/p11-kit-proxy.so";
static const char spy[] = "/usr/lib/x86_64-linux-gnu/pkcs11/pkcs11-spy.so";
static const char p11_kit_modules[] = "/usr/share/p11-kit/modules";

static const char *softhsm_configuration;

struct subject {
    pid_t pid;
    int to; /* orders */
    int from;
};

struct order {
    enum work_kind kind;
    unsigned threads;
    long count;
};

const char *
way_name(enum way way)
{
    static const char *const names[WAYS] = { "direct", "p11mux",
                                             "p11-kit-proxy", "pkcs11-spy" };

    return names[way];
}

const char *
token_name(enum token_kind kind)
{
    static const char *const names[TOKEN_KINDS] = { "null", "null", "SoftHSM" };

    return names[kind];
}

static const char *
module_of(enum token_kind kind)
{
    return kind == TOKEN_SOFTHSM ? FIXTURE_SOFTHSM
                                 : fixture_test_module("null");
}

/* -- Tokens ------------------------------------------------------------------
 */

static void
make_key(void)
{
    struct module *module = module_open(FIXTURE_SOFTHSM);
    CK_MECHANISM mechanism = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
    CK_BYTE curve[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
    CK_BYTE id[4] = { 0, 0, 0, 1 };
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE public_template[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_EC_PARAMS, curve, sizeof(curve) },
    };
    CK_ATTRIBUTE private_template[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_ID, id, sizeof(id) },
        { CKA_SIGN, &yes, sizeof(yes) },
    };
    CK_OBJECT_HANDLE public_key, private_key;
    CK_SESSION_HANDLE session;

    fixture_initialize(module, NULL);
    session = fixture_session(module->list, fixture_slot(module->list, "bench"),
                              FIXTURE_PIN);
    if (module->list->C_GenerateKeyPair(session, &mechanism, public_template, 2,
                                        private_template, 3, &public_key,
                                        &private_key) != CKR_OK)
        fixture_fail("SoftHSM makes no key");
    (void)module->list->C_Finalize(NULL);
}

void
subject_make_tokens(void)
{
    softhsm_configuration = fixture_softhsm("softhsm");
    fixture_softhsm_token("bench");
    make_key();
}

/* -- The way to the token
 * ------------------------------------------------------ */

/* p11-kit's own list of modules, as this process alone sees it, becomes the
 * one module. */
static bool
prepare_proxy(enum token_kind kind, const char *module)
{
    const char *folder = fixture_make_folder(fixture_text("p11-kit-%d", kind));

    fixture_write(fixture_text("p11-kit-%d/one.module", kind), 0644,
                  "module: %s\n", module);
    return unshare(CLONE_NEWNS) == 0 &&
           mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount(folder, p11_kit_modules, NULL, MS_BIND, NULL) == 0;
}

static const char *
prepare_way(enum token_kind kind, enum way way)
{
    const char *module = module_of(kind);

    if (kind == TOKEN_NULL_MANY)
        fixture_setenv("P11MUX_NULL_OBJECTS", "100000");
    fixture_setenv("SOFTHSM2_CONF", "%s", softhsm_configuration);
    switch (way) {
    case WAY_P11MUX:
        fixture_config("modules = ( { name = \"m\"; path = \"%s\"; } );",
                       module);
        return fixture_p11mux();
    case WAY_PROXY:
        return access(proxy, R_OK) == 0 && prepare_proxy(kind, module) ? proxy
                                                                       : NULL;
    case WAY_SPY:
        fixture_setenv("PKCS11SPY", "%s", module);
        fixture_setenv("PKCS11SPY_OUTPUT", "/dev/null");
        return access(spy, R_OK) == 0 ? spy : NULL;
    default:
        return module;
    }
}

/* -- The process
 * ------------------------------------------------------------------ */

static void
serve(enum token_kind kind, enum way way, int from, int to)
{
    const char *path = prepare_way(kind, way);
    struct work work = { .list = NULL };
    struct module *module;
    struct order order;
    double ready = path != NULL ? 1 : 0;

    if (path == NULL) {
        (void)!write(to, &ready, sizeof(ready));
        return;
    }
    module = module_open(path);
    fixture_initialize(module, NULL);
    work.list = module->list;
    work.slot =
        fixture_slot(work.list, kind == TOKEN_SOFTHSM ? "bench" : "null");
    work_prepare(&work,
                 fixture_session(work.list, work.slot,
                                 kind == TOKEN_SOFTHSM ? FIXTURE_PIN : NULL));
    (void)!write(to, &ready, sizeof(ready));
    while (read(from, &order, sizeof(order)) == sizeof(order) &&
           order.kind != WORK_KINDS) {
        double result;

        work.kind = order.kind;
        result = work_measure(&work, order.threads, order.count);
        (void)!write(to, &result, sizeof(result));
    }
    (void)work.list->C_Finalize(NULL);
}

struct subject *
subject_new(enum token_kind kind, enum way way)
{
    struct subject *subject = calloc(1, sizeof(*subject));
    int orders[2], results[2];
    double ready = 0;

    if (subject == NULL || pipe(orders) != 0 || pipe(results) != 0)
        fixture_fail("no memory or no pipes");
    subject->pid = fork();
    if (subject->pid == 0) {
        close(orders[1]);
        close(results[0]);
        serve(kind, way, orders[0], results[1]);
        _exit(0);
    }
    close(orders[0]);
    close(results[1]);
    subject->to = orders[1];
    subject->from = results[0];
    if (read(subject->from, &ready, sizeof(ready)) != sizeof(ready))
        fixture_fail("%s on %s does not start", way_name(way),
                     token_name(kind));
    if (ready == 1)
        return subject;
    subject_free(subject);
    return NULL;
}

double
subject_measure(struct subject *subject, enum work_kind kind, unsigned threads,
                long count)
{
    struct order order = { kind, threads, count };
    double result = 0;

    if (write(subject->to, &order, sizeof(order)) != sizeof(order) ||
        read(subject->from, &result, sizeof(result)) != sizeof(result))
        fixture_fail("a measured process ended");
    return result;
}

/* It is told to end: closing its pipe would not do, since processes that were
 * started later have the other end too. */
void
subject_free(struct subject *subject)
{
    struct order end = { WORK_KINDS, 0, 0 };

    if (subject == NULL)
        return;
    (void)!write(subject->to, &end, sizeof(end));
    close(subject->to);
    close(subject->from);
    (void)waitpid(subject->pid, NULL, 0);
    free(subject);
}
