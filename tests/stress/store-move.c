/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A store is moved while processes read and write it all the time, and what
 * moves it is killed in between: no read misses a certificate, and what a
 * writer knows to be kept is in the other store. From SQLite to the place under
 * test.
 */
#include "store/move.h"
#include "tests/store-fixture.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WRITERS = 4, READERS = 2, KILLED = 4, FIXED = 600, BETWEEN = 5 };

/* What processes tell each other. */
struct told {
    uint64_t life;
    atomic_uint kept[WRITERS]; /* rounds that a writer knows to be kept */
    atomic_uint refused;       /* writers that the first one has sent away */
    atomic_uint read[READERS];
    atomic_bool is_over;
};

static struct told *told;
static const char *from, *to;

static unsigned
number_of(unsigned writer, unsigned round, unsigned which)
{
    return FIXED + (round * WRITERS + writer) * 2 + which;
}

static struct store *
open_at(const char *url)
{
    struct error error = { .rv = CKR_OK };
    struct store *opened;

    if (!store_new(url, (gid_t)-1, &opened, &error))
        fixture_fail("%s", error.text);
    return opened;
}

/* Another process than those that use it: a child of one that did has a SQLite
 * of its own, which AddressSanitizer does not allow. */
static void
run_filler(unsigned number)
{
    const struct store_owner owner = { "token", NULL };

    (void)number;
    store = open_at(from);
    if (store_find_life(store, &owner, &life, NULL) != STORE_DONE)
        fixture_fail("the token has no life");
    for (unsigned i = 0; i < FIXED; i++)
        (void)certificate_add(i);
    told->life = life;
}

/* -- Those who use it ----------------------------------------------------- */

/* As a program that was started anew. */
static void
go_over(void)
{
    atomic_fetch_add(&told->refused, 1);
    store_free(store);
    store = open_at(to);
}

/* While another one is at it, or the other store is verified. */
static bool
is_to_wait(enum store_result result)
{
    return result == STORE_LOCKED || result == STORE_UNREACHABLE;
}

static uint64_t
add_patiently(unsigned number)
{
    struct certificate certificate;
    enum store_result result;
    uint64_t object;

    certificate_make(number, &certificate);
    while ((result = store_create(store, life, certificate.attributes,
                                  certificate.count, &object)) != STORE_DONE) {
        if (result == STORE_READ_ONLY)
            go_over();
        else if (!is_to_wait(result))
            fixture_fail("certificate %u: result %d", number, (int)result);
    }
    return object;
}

static void
destroy_patiently(uint64_t object)
{
    enum store_result result;

    while ((result = store_destroy(store, life, object)) != STORE_DONE) {
        if (result == STORE_READ_ONLY)
            go_over();
        else if (!is_to_wait(result))
            fixture_fail("what was made is not there: %d", (int)result);
    }
}

static void
run_writer(unsigned writer)
{
    store = open_at(from);
    for (unsigned round = 0; !atomic_load(&told->is_over); round++) {
        (void)add_patiently(number_of(writer, round, 0));
        destroy_patiently(add_patiently(number_of(writer, round, 1)));
        atomic_store(&told->kept[writer], round + 1);
    }
}

static void
run_reader(unsigned reader)
{
    store = open_at(from);
    for (unsigned i = 0; !atomic_load(&told->is_over); i++) {
        if (!certificate_is_there(i % FIXED))
            fixture_fail("certificate %u is missing", i % FIXED);
        atomic_store(&told->read[reader], i);
    }
}

/* -- What moves it -------------------------------------------------------- */

/* As somebody who runs it again where the server did not answer in time, or
 * others kept the store locked for long. */
static void
do_patiently(enum store_result (*step)(struct move *move), struct move *move,
             const char *what)
{
    enum store_result result;

    while (is_to_wait(result = step(move)))
        continue;
    if (result != STORE_DONE)
        fixture_fail("%s: result %d", what, (int)result);
}

static void
run_passes(unsigned number)
{
    struct move move = { .from = open_at(from), .to = open_at(to) };

    (void)number;
    do_patiently(move_begin, &move, "it does not begin");
    while (!atomic_load(&told->is_over))
        do_patiently(move_pass, &move, "a pass fails");
}

static enum store_result
compare(struct move *move)
{
    struct move_difference difference;
    enum store_result result = move_compare(move, &difference);

    if (result == STORE_DONE &&
        (difference.n_rows != 0 || difference.n_values != 0))
        fixture_fail("%zu rows differ, %zu values", difference.n_rows,
                     difference.n_values);
    return result;
}

static void
finish(void)
{
    struct move move = { .from = open_at(from), .to = open_at(to) };

    do_patiently(move_begin, &move, "it does not begin");
    do_patiently(move_pass, &move, "a pass fails");
    do_patiently(move_close, &move, "it is not closed");
    do_patiently(compare, &move, "they are not compared");
    do_patiently(move_open, &move, "the other one is not opened");
    store_free(move.from);
    store_free(move.to);
}

/* -- All of them ---------------------------------------------------------- */

static pid_t
begin(void (*run)(unsigned), unsigned number)
{
    pid_t child = fork();

    if (child < 0)
        fixture_fail("no process");
    if (child != 0)
        return child;
    run(number);
    _exit(0);
}

static void
wait_for_one(const atomic_uint *count, pid_t child, unsigned more)
{
    unsigned before = atomic_load(count);

    while (atomic_load(count) < before + more) {
        if (waitpid(child, NULL, WNOHANG) != 0)
            fixture_fail("a process ended by itself");
        (void)sched_yield();
    }
}

static void
let_them_work(const pid_t *writers, const pid_t *readers)
{
    for (unsigned i = 0; i < WRITERS; i++)
        wait_for_one(&told->kept[i], writers[i], BETWEEN);
    for (unsigned i = 0; i < READERS; i++)
        wait_for_one(&told->read[i], readers[i], BETWEEN);
}

static void
wait_until_all_are_gone(const pid_t *children, unsigned n)
{
    int status;

    for (unsigned i = 0; i < n; i++)
        if (waitpid(children[i], &status, 0) != children[i] || status != 0)
            fixture_fail("process %u ended with %d", i, status);
}

static void
move_meanwhile(const pid_t *writers, const pid_t *readers)
{
    for (unsigned i = 0; i < KILLED; i++) {
        pid_t mover = begin(run_passes, i);

        let_them_work(writers, readers);
        if (waitpid(mover, NULL, WNOHANG) != 0)
            fixture_fail("what moves it ended by itself");
        (void)kill(mover, SIGKILL);
        (void)waitpid(mover, NULL, 0);
    }
    finish();
    let_them_work(writers, readers);
}

static void
check_other(void)
{
    if (atomic_load(&told->refused) != WRITERS)
        fixture_fail("%u writers were sent away", atomic_load(&told->refused));
    store = open_at(to);
    for (unsigned i = 0; i < FIXED; i++)
        if (!certificate_is_there(i))
            fixture_fail("certificate %u was not moved", i);
    for (unsigned i = 0; i < WRITERS; i++)
        for (unsigned k = 0; k < atomic_load(&told->kept[i]); k++)
            if (!certificate_is_there(number_of(i, k, 0)) ||
                certificate_is_there(number_of(i, k, 1)))
                fixture_fail("round %u of writer %u is lost", k, i);
    store_free(store);
}

int
main(void)
{
    pid_t writers[WRITERS], readers[READERS], filler;

    told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (told == MAP_FAILED)
        fixture_fail("no memory");
    to = store_place_url(); /* a server is one for all of them */
    from = fixture_text("sqlite:%s", fixture_path("first.db"));
    filler = begin(run_filler, 0);
    wait_until_all_are_gone(&filler, 1);
    life = told->life;
    for (unsigned i = 0; i < WRITERS; i++)
        writers[i] = begin(run_writer, i);
    for (unsigned i = 0; i < READERS; i++)
        readers[i] = begin(run_reader, i);
    move_meanwhile(writers, readers);
    atomic_store(&told->is_over, true);
    wait_until_all_are_gone(writers, WRITERS);
    wait_until_all_are_gone(readers, READERS);
    check_other();
    puts("[====] Synthesis: Tested: 1 | Passing: 1 | Failing: 0 | Crashing: 0");
    return 0;
}
