/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads sign on a token of p11mux (load.h) while its device goes and comes
 * back, once for each OFF and ON: outage P11MUX LABEL PIN KEY OFF ON
 * [OFF ON]... [THEN], where all but the first four are commands, THEN for when
 * all threads work again with the handles that they have. How long that took is
 * printed.
 *
 * outage --unnoticed P11MUX ...: of a group, where OFF and ON change its
 * members: nothing may fail, each signature is verified, and how long a call
 * took at most is printed.
 *
 * outage --listed P11MUX ...: the same, and after each OFF and ON every object
 * of the token is there once, with the handle that it had.
 */
#include "tests/clients/load.h"
#include "tests/clients/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SOME = 64 };

static bool is_unnoticed;

/* What was there at the beginning; NULL: nobody asked for that. */
static struct roster *roster;
static const CK_FUNCTION_LIST *list;
static CK_SESSION_HANDLE session;

static double
now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void
run(const char *command)
{
    int status = system(command);

    if (status != 0)
        fixture_fail("%s: status %d", command, status);
}

/* The device goes, something fails, it comes back, and everybody signs. */
static void
go_and_return(const char *off, const char *on)
{
    unsigned long well, failed = load_count_failed();
    double back;

    run(off);
    load_wait_until(load_count_failed, failed + 1, "nothing fails");
    well = load_count_well();
    run(on);
    back = now();
    load_wait_until(load_count_well, well + 1, "the token does not sign again");
    printf("the first signature %.1f s after the device was back\n",
           now() - back);
    load_wait_for_each();
    printf("each of %d threads signs again, %.1f s after it was back; %lu "
           "signatures, %lu failures meanwhile\n",
           LOAD_THREADS, now() - back, load_count_well(),
           load_count_failed() - failed);
    (void)fflush(stdout);
}

/* All objects are there, as they were. */
static void
look(const char *when)
{
    struct roster *now_there;

    if (roster == NULL)
        return;
    now_there = roster_read(list, session);
    roster_compare(roster, now_there, when);
    roster_free(now_there);
}

/* Members change, and everybody signs all the time. */
static void
go_unnoticed(const char *off, const char *on)
{
    unsigned long before = load_count_well(), meanwhile;

    run(off);
    load_wait_for_each();
    load_wait_until(load_count_well, load_count_well() + SOME,
                    "the others do not go on");
    look(off);
    meanwhile = load_count_well();
    run(on);
    load_wait_for_each();
    load_wait_until(load_count_well, meanwhile + SOME, "all do not go on");
    look(on);
    printf("%lu signatures meanwhile\n", load_count_well() - before);
    (void)fflush(stdout);
}

static void
finish(const char *then)
{
    if (then != NULL)
        run(then);
    if (is_unnoticed)
        load_wait_for_each();
    load_end();
    if (roster != NULL)
        printf("each of %zu objects kept its handle\n", roster_count(roster));
    roster_free(roster);
    if (is_unnoticed)
        printf("%lu signatures by %d threads, each verified, %lu failed; "
               "a call took %.0f ms at most\n",
               load_count_well(), LOAD_THREADS, load_count_failed(),
               load_longest() * 1000);
}

/* The option, if there is one. */
static bool
read_option(const char *word)
{
    bool is_listed = strcmp(word, "--listed") == 0;

    is_unnoticed = is_listed || strcmp(word, "--unnoticed") == 0;
    return is_listed;
}

int
main(int count, char **arguments)
{
    enum { FIRST = 5 };
    struct module *mux;
    bool is_listed = count > 1 && read_option(arguments[1]);
    int next = FIRST;

    if (is_unnoticed) {
        arguments++;
        count--;
    }
    if (count < FIRST + 2)
        fixture_fail("usage: outage [--unnoticed | --listed] P11MUX LABEL PIN "
                     "KEY OFF ON [OFF ON]... [THEN]");
    mux = module_open(arguments[1]);
    list = mux->list;
    fixture_initialize(mux, NULL);
    load_begin(list, arguments[2], arguments[3], arguments[4], is_unnoticed);
    session = fixture_session(list, fixture_slot(list, arguments[2]), NULL);
    if (is_listed)
        roster = roster_read(list, session);
    load_wait_until(load_count_well, SOME, "the token does not sign");
    for (; next + 1 < count; next += 2)
        (is_unnoticed ? go_unnoticed : go_and_return)(arguments[next],
                                                      arguments[next + 1]);
    finish(next < count ? arguments[next] : NULL);
    if (list->C_Finalize(NULL) != CKR_OK)
        fixture_fail("C_Finalize fails");
    module_close(mux);
    return 0;
}
