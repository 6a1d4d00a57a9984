/* SPDX-License-Identifier: BSD-3-Clause */
/* Who is measured: a token reached in one of several ways. */
#include "tests/bench/subject.h"

#include "tests/bench/settings.h"
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

enum task { TASK_WORK, TASK_COUNT, TASK_MEMORY, TASK_END };

struct order {
    enum task task;
    struct load load;
    bool after_signing;
};

static const struct way_facts {
    const char *name;
    const char *pool; /* of p11mux; NULL: another module */
    bool is_counted;
    const char *mode;       /* of a group; NULL: it is none */
    const char *durability; /* of the audit log; NULL: there is none */
} ways[WAYS] = {
    [WAY_DIRECT] = { .name = "direct" },
    [WAY_NONE] = { .name = "p11mux `none`", .pool = "mode = \"none\";" },
    [WAY_OPERATION] = { .name = "p11mux `operation`",
                        .pool = "mode = \"operation\";" },
    [WAY_PROXY] = { .name = "p11-kit-proxy" },
    [WAY_SPY] = { .name = "pkcs11-spy" },
    [WAY_TWO] = { .name = "p11mux `operation`",
                  .pool = "mode = \"operation\"; size = 2;" },
    [WAY_COUNTED] = { .name = "counted",
                      .pool = "mode = \"operation\";",
                      .is_counted = true },
    [WAY_TWO_COUNTED] = { .name = "counted",
                          .pool = "mode = \"operation\"; size = 2;",
                          .is_counted = true },
    [WAY_AUDITED] = { .name = "audit `write`",
                      .pool = "mode = \"operation\";",
                      .durability = "write" },
    [WAY_AUDITED_DISK] = { .name = "audit `disk`",
                           .pool = "mode = \"operation\";",
                           .durability = "disk" },
    [WAY_AUDITED_BUFFER] = { .name = "audit `buffer`",
                             .pool = "mode = \"operation\";",
                             .durability = "buffer" },
    [WAY_GROUP_NONE] = { .name = "group, `none`",
                         .pool = "mode = \"none\";",
                         .mode = "failover" },
    [WAY_GROUP] = { .name = "group, `operation`",
                    .pool = "mode = \"operation\";",
                    .mode = "failover" },
    [WAY_BALANCE_NONE] = { .name = "balance, `none`",
                           .pool = "mode = \"none\";",
                           .mode = "balance" },
    [WAY_BALANCE] = { .name = "balance, `operation`",
                      .pool = "mode = \"operation\";",
                      .mode = "balance" },
    [WAY_SPY_FILE] = { .name = "pkcs11-spy, to a file" },
};

static const struct token_facts {
    const char *name;
    const char *label;
    bool is_softhsm;
} tokens[TOKEN_KINDS] = {
    [TOKEN_NULL] = { "null", "null", false },
    [TOKEN_NULL_MANY] = { "null", "null", false },
    [TOKEN_SOFTHSM] = { "SoftHSM, P-256", "bench", true },
    [TOKEN_SOFTHSM_RSA] = { "SoftHSM, RSA-2048", "bench-rsa", true },
};

const char *
way_name(enum way way)
{
    return ways[way].name;
}

const char *
token_name(enum token_kind kind)
{
    return tokens[kind].name;
}

static const char *
module_of(enum token_kind kind)
{
    return tokens[kind].is_softhsm ? FIXTURE_SOFTHSM
                                   : fixture_test_module("null");
}

/* -- Tokens ------------------------------------------------------------------
 */

static void
make_keys(void)
{
    struct module *module = module_open(FIXTURE_SOFTHSM);
    struct fixture_pair pair;
    CK_BYTE id[4] = { 0, 0, 0, 1 }; /* that work.c looks for */
    CK_ATTRIBUTE attribute = { CKA_ID, id, sizeof(id) };
    CK_SESSION_HANDLE session;

    fixture_initialize(module, NULL);
    session = fixture_session(module->list, fixture_slot(module->list, "bench"),
                              FIXTURE_PIN);
    pair = fixture_make_ec(module->list, session, "bench");
    if (module->list->C_SetAttributeValue(session, pair.private_key, &attribute,
                                          1) != CKR_OK)
        fixture_fail("a key's CKA_ID cannot be set");
    session =
        fixture_session(module->list, fixture_slot(module->list, "bench-rsa"),
                        FIXTURE_PIN);
    (void)fixture_make_rsa(module->list, session, "bench-rsa");
    (void)module->list->C_Finalize(NULL);
}

void
subject_make_tokens(void)
{
    softhsm_configuration = fixture_softhsm("softhsm");
    fixture_softhsm_token("bench");
    fixture_softhsm_token("bench-rsa");
    make_keys();
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

const char *
subject_audit_path(enum way way)
{
    return fixture_path("audit-%d.jsonl", way);
}

static const char *
prepare_p11mux(enum token_kind kind, enum way way)
{
    const char *module = module_of(kind);

    if (ways[way].is_counted) {
        fixture_setenv("P11MUX_FAULT_MODULE", "%s", module);
        module = fixture_test_module("fault");
    }
    settings_write(&(struct settings){ .module = module,
                                       .label = tokens[kind].label,
                                       .pool = ways[way].pool,
                                       .durability = ways[way].durability,
                                       .audit_path = subject_audit_path(way),
                                       .mode = ways[way].mode });
    return fixture_p11mux();
}

static const char *
prepare_way(enum token_kind kind, enum way way)
{
    const char *module = module_of(kind);

    if (kind == TOKEN_NULL_MANY)
        fixture_setenv("P11MUX_NULL_OBJECTS", "100000");
    fixture_setenv("SOFTHSM2_CONF", "%s", softhsm_configuration);
    if (ways[way].pool != NULL)
        return prepare_p11mux(kind, way);
    switch (way) {
    case WAY_PROXY:
        return access(proxy, R_OK) == 0 && prepare_proxy(kind, module) ? proxy
                                                                       : NULL;
    case WAY_SPY:
    case WAY_SPY_FILE:
        fixture_setenv("PKCS11SPY", "%s", module);
        fixture_setenv("PKCS11SPY_OUTPUT", "%s",
                       way == WAY_SPY ? "/dev/null" : fixture_path("spy.log"));
        return access(spy, R_OK) == 0 ? spy : NULL;
    default:
        return module;
    }
}

/* -- The process
 * ------------------------------------------------------------------ */

static unsigned long (*count_calls)(const char *function);

static void
answer(int to, const void *result, size_t length)
{
    (void)!write(to, result, length);
}

static void
obey(struct work *work, const struct order *order, int to)
{
    struct cost cost;
    double bytes;
    unsigned long count;

    switch (order->task) {
    case TASK_WORK:
        cost = work_measure(work, &order->load);
        answer(to, &cost, sizeof(cost));
        break;
    case TASK_COUNT:
        count = count_calls("C_OpenSession");
        answer(to, &count, sizeof(count));
        break;
    default:
        bytes = work_measure_memory(work, order->load.sessions,
                                    order->after_signing);
        answer(to, &bytes, sizeof(bytes));
        break;
    }
}

static void
serve(enum token_kind kind, enum way way, int from, int to)
{
    const char *path = prepare_way(kind, way);
    struct work work = { .list = NULL };
    struct module *module;
    struct order order;
    bool is_possible = path != NULL;

    if (!is_possible) {
        answer(to, &is_possible, sizeof(is_possible));
        return;
    }
    module = module_open(path);
    fixture_initialize(module, NULL);
    if (ways[way].is_counted)
        count_calls = (__typeof__(count_calls))
            module_symbol(module_open(fixture_test_module("fault")),
                          "fault_count");
    work.list = module->list;
    work.slot = fixture_slot(work.list, tokens[kind].label);
    work_prepare(&work,
                 fixture_session(work.list, work.slot,
                                 tokens[kind].is_softhsm ? FIXTURE_PIN : NULL));
    answer(to, &is_possible, sizeof(is_possible));
    while (read(from, &order, sizeof(order)) == sizeof(order) &&
           order.task != TASK_END)
        obey(&work, &order, to);
    (void)work.list->C_Finalize(NULL);
}

struct subject *
subject_new(enum token_kind kind, enum way way)
{
    struct subject *subject = calloc(1, sizeof(*subject));
    int orders[2], results[2];
    bool is_possible;

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
    if (read(subject->from, &is_possible, sizeof(is_possible)) !=
        sizeof(is_possible))
        fixture_fail("%s on %s does not start", way_name(way),
                     token_name(kind));
    if (is_possible)
        return subject;
    subject_free(subject);
    return NULL;
}

static void
tell(struct subject *subject, const struct order *order)
{
    if (write(subject->to, order, sizeof(*order)) != sizeof(*order))
        fixture_fail("a measured process ended");
}

static void
hear(struct subject *subject, void *out, size_t length)
{
    if (read(subject->from, out, length) != (ssize_t)length)
        fixture_fail("a measured process ended");
}

static void
ask(struct subject *subject, const struct order *order, void *out,
    size_t length)
{
    tell(subject, order);
    hear(subject, out, length);
}

struct cost
subject_measure_both(struct subject *const subjects[2], const struct load *load)
{
    struct order order = { .task = TASK_WORK, .load = *load };
    struct cost costs[2];

    for (unsigned i = 0; i < 2; i++)
        tell(subjects[i], &order);
    for (unsigned i = 0; i < 2; i++)
        hear(subjects[i], &costs[i], sizeof(costs[i]));
    return (struct cost){ (costs[0].cpu_ns + costs[1].cpu_ns) / 2,
                          (costs[0].wall_ns + costs[1].wall_ns) / 2 };
}

struct cost
subject_measure(struct subject *subject, const struct load *load)
{
    struct order order = { .task = TASK_WORK, .load = *load };
    struct cost cost;

    ask(subject, &order, &cost, sizeof(cost));
    return cost;
}

unsigned long
subject_count_opened(struct subject *subject)
{
    struct order order = { .task = TASK_COUNT };
    unsigned long count;

    ask(subject, &order, &count, sizeof(count));
    return count;
}

double
subject_measure_memory(struct subject *subject, unsigned sessions,
                       bool after_signing)
{
    struct order order = { .task = TASK_MEMORY,
                           .load.sessions = sessions,
                           .after_signing = after_signing };
    double bytes;

    ask(subject, &order, &bytes, sizeof(bytes));
    return bytes;
}

/* It is told to end: closing its pipe would not do, since processes that were
 * started later have the other end too. */
void
subject_free(struct subject *subject)
{
    struct order end = { .task = TASK_END };

    if (subject == NULL)
        return;
    (void)!write(subject->to, &end, sizeof(end));
    close(subject->to);
    close(subject->from);
    (void)waitpid(subject->pid, NULL, 0);
    free(subject);
}
