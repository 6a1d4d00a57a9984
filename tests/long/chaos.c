/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Members of a group go away and come back, and hang for a while, at random,
 * while threads sign and verify (tests/clients/load.h): no operation fails as
 * long as one member lives, no signature is wrong, all go on when a member is
 * back. How long calls took is printed.
 *
 * chaos P11MUX LABEL PIN KEY FAULT ROUNDS SEED MEMBER:WHAT:NAME...
 *
 * FAULT is a command: "FAULT WHAT NAME" is what WHAT says, "kill" or "stop";
 * "FAULT back NAME" undoes it, "FAULT await" returns when every member is used
 * again, and "FAULT confirm" when the operator sees it too. NAME belongs to the
 * member MEMBER, a number; each but the last member has one that kills it.
 */
#include "tests/clients/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SOME = 64, FEW = 8, FIRST = 8, MOST_FAULTS = 16, LENGTH = 512 };

struct fault {
    unsigned member;
    char what[8];
    char name[16];
};

static struct fault faults[MOST_FAULTS];
static unsigned n_faults;
static const char *command;
static unsigned random_state;
static double longest_late, longest_return;

static double
now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void
run(const char *what, const char *name)
{
    char text[LENGTH];
    int status;

    (void)snprintf(text, sizeof(text), "%s %s %s", command, what, name);
    status = system(text);
    if (status != 0)
        fixture_fail("%s: status %d", text, status);
}

static const struct fault *
draw(void)
{
    random_state = random_state * 1103515245 + 12345;
    return &faults[(random_state >> 16) % n_faults];
}

static void
read_fault(const char *text)
{
    struct fault *fault = &faults[n_faults++];

    if (n_faults > MOST_FAULTS ||
        sscanf(text, "%u:%7[a-z]:%15[a-z]", &fault->member, fault->what,
               fault->name) != 3)
        fixture_fail("%s is not MEMBER:WHAT:NAME", text);
}

/* -- One round ---------------------------------------------------------------
 */

/* A member dies when it is the one that answers, so that all see it: a call
 * that loses two members one after the other fails (R7.6). So those before it
 * die first; what killed them. */
static unsigned
kill_those_before(const struct fault *fault, const struct fault **out)
{
    for (unsigned i = 0; i < fault->member; i++) {
        do
            out[i] = draw();
        while (out[i]->member != i || strcmp(out[i]->what, "kill") != 0);
        run(out[i]->what, out[i]->name);
        load_wait_for_each();
    }
    return fault->member;
}

static void
strike(const struct fault *fault)
{
    const struct fault *others[MOST_FAULTS];
    unsigned n_others = kill_those_before(fault, others);
    bool hangs = strcmp(fault->what, "stop") == 0;
    double late, back;

    run(fault->what, fault->name);
    /* Those that are inside what hangs stay there; others go elsewhere. */
    load_wait_until(load_count_well, load_count_well() + SOME,
                    "nobody goes elsewhere");
    if (hangs) {
        late = load_try(FEW);
        longest_late = late > longest_late ? late : longest_late;
    } else {
        load_wait_for_each();
    }
    run("back", fault->name);
    for (unsigned i = 0; i < n_others; i++)
        run("back", others[i]->name);
    back = now();
    run("await", "");
    back = now() - back;
    longest_return = back > longest_return ? back : longest_return;
    printf("   used again after %.1f s\n", back);
    run("confirm", "");
    load_wait_for_each();
}

static void
go(unsigned n_rounds)
{
    for (unsigned i = 0; i < n_rounds; i++) {
        /* Each of them once, and then as it comes. */
        const struct fault *fault = i < n_faults ? &faults[i] : draw();

        printf("%u: %s %s\n", i + 1, fault->what, fault->name);
        (void)fflush(stdout);
        strike(fault);
    }
}

int
main(int count, char **arguments)
{
    const CK_FUNCTION_LIST *list;
    struct module *mux;

    if (count <= FIRST)
        fixture_fail("usage: chaos P11MUX LABEL PIN KEY FAULT ROUNDS SEED "
                     "MEMBER:WHAT:NAME...");
    command = arguments[5];
    random_state = (unsigned)strtoul(arguments[7], NULL, 10);
    for (int i = FIRST; i < count; i++)
        read_fault(arguments[i]);
    mux = module_open(arguments[1]);
    list = mux->list;
    fixture_initialize(mux, NULL);
    load_begin(list, arguments[2], arguments[3], arguments[4], true);
    load_wait_for_each();
    go((unsigned)strtoul(arguments[6], NULL, 10));
    load_end();
    if (list->C_Finalize(NULL) != CKR_OK)
        fixture_fail("C_Finalize fails");
    module_close(mux);
    printf("%lu signatures by %d threads, each verified by OpenSSL and by the "
           "group, %lu failed\n",
           load_count_well(), LOAD_THREADS, load_count_failed());
    load_print_times();
    printf("%.1f ms at most for a call that came while a member hung\n",
           longest_late * 1000);
    printf("%.1f s at most until a member was up that had come back\n",
           longest_return);
    return 0;
}
