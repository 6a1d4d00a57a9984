/* SPDX-License-Identifier: BSD-3-Clause */
/* A process is killed at each of its system calls on the store, in the middle
 * of writes too: what others find there is what was before or what comes
 * after. */
#include "store/move.h"
#include "tests/child.h"
#include "tests/sqlite-end.h"
#include "tests/sqlite-fixture.h"
#include "tests/store-fixture.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(store_crash, .timeout = 240);

/* The object that each victim finds: in an empty store it is the first. */
enum { FIRST = 1 };

/* -- Before, the victim, and after ---------------------------------------- */

static const struct store_owner owner = { "token", NULL };

static CK_ATTRIBUTE changed[] = { WITH_TEXT(CKA_LABEL, "changed"),
                                  WITH_TEXT(CKA_VALUE, "another value") };

static void
prepare(void)
{
    store_setup();
    CHILD_EXPECT(certificate_add(1) == FIRST);
    store_free(store);
}

static size_t
count(void)
{
    size_t n = 0;

    CHILD_EXPECT(store_count(store, life, &n) == STORE_DONE);
    return n;
}

static void
victim_create(void)
{
    (void)certificate_add(2);
}

static void
judge_create(void)
{
    CHILD_EXPECT(count() == (certificate_is_there(2) ? 2 : 1));
}

static void
victim_change(void)
{
    CHILD_EXPECT(store_change(store, life, FIRST, changed, 2) == STORE_DONE);
}

static void
judge_change(void)
{
    struct certificate certificate;
    bool is_new = *store_found(changed, 2) != '\0';

    certificate_make(1, &certificate);
    if (is_new) {
        *certificate_get(&certificate, CKA_LABEL) = changed[0];
        *certificate_get(&certificate, CKA_VALUE) = changed[1];
    }
    CHILD_EXPECT(
        certificate_is(FIRST, certificate.attributes, certificate.count));
}

static void
victim_destroy(void)
{
    CHILD_EXPECT(store_destroy(store, life, FIRST) == STORE_DONE);
}

static void
judge_destroy(void)
{
    struct store_object object;
    enum store_result result = store_read(store, life, FIRST, &object);

    CHILD_EXPECT(count() == (result == STORE_DONE ? 1 : 0));
    store_object_clear(&object);
}

static void
victim_begin(void)
{
    CHILD_EXPECT(store_begin_life(store, &owner, &life) == STORE_DONE);
}

static void
judge_begin(void)
{
    CHILD_EXPECT(count() == (life == 1 ? 1 : 0));
}

/* -- The same of a move ---------------------------------------------------- */

static const char *
another(const char *suffix)
{
    return fixture_path("another.db%s", suffix);
}

static struct store *
open_another(void)
{
    struct error error = { .rv = CKR_OK };
    struct store *opened;

    CHILD_EXPECT(store_new(fixture_text("sqlite:%s", another("")), (gid_t)-1,
                           &opened, &error));
    return opened;
}

static bool
is_moved(struct store *which)
{
    struct store_standing standing;

    CHILD_EXPECT(move_look(which, &standing) == STORE_DONE);
    free(standing.peer);
    return standing.use == STORE_MOVED;
}

/* As the command does it. */
static void
victim_move(void)
{
    struct move move = { .from = store_open(), .to = open_another() };

    CHILD_EXPECT(move_begin(&move) == STORE_DONE);
    CHILD_EXPECT(move_pass(&move) == STORE_DONE);
    CHILD_EXPECT(move_close(&move) == STORE_DONE);
    CHILD_EXPECT(move_open(&move) == STORE_DONE);
    store_free(move.from);
    store_free(move.to);
}

/* Whoever has the other one has all of it, or none of its own. */
static bool
is_there_for_all(void)
{
    struct store *first = store;
    bool is_there;

    store = open_another();
    is_there = try_count() == STORE_DONE && count() == 1;
    if (is_there)
        CHILD_EXPECT(certificate_is_there(1));
    store_free(store);
    store = first;
    return is_there;
}

static void
judge_move(void)
{
    struct store *looked = store_open();
    bool was_moved = is_moved(looked);

    store_free(looked);
    /* The first one is read at any time. */
    CHILD_EXPECT(count() == 1 && certificate_is_there(1));
    CHILD_EXPECT((try_create(2) == STORE_DONE) == !was_moved);
    if (!was_moved || !is_there_for_all()) {
        CHILD_EXPECT(!is_there_for_all());
        victim_move();
    }
    store_free(store);
    store = open_another();
    CHILD_EXPECT(count() == (was_moved ? 1 : 2));
    CHILD_EXPECT(certificate_is_there(1));
    CHILD_EXPECT(certificate_is_there(2) == !was_moved);
    CHILD_EXPECT(certificate_add(3) > (was_moved ? FIRST : FIRST + 1));
}

struct victim {
    void (*run)(void);
    void (*judge)(void);
};

static const struct victim *victim;
static long calls;
static bool is_new; /* the victim makes the store too */

static void
run_victim(void)
{
    if (is_new)
        sqlite_end_after(calls);
    store_setup();
    if (!is_new)
        sqlite_end_after(calls);
    victim->run();
    sqlite_end_never();
    store_free(store);
}

static void
judge(void)
{
    store_setup();
    victim->judge();
    store_free(store);
}

/* True when it was killed. */
static bool
kill_victim(void)
{
    pid_t child = child_fork(run_victim);
    int status = 0;

    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : status == 0,
              "call %ld: status %#x", calls, (unsigned)status);
    return WIFSIGNALED(status);
}

static void
begin_anew(void)
{
    static const char *const suffixes[] = { "", "-wal", "-shm" };

    for (size_t i = 0; i < 3; i++) {
        (void)unlink(sqlite_path(suffixes[i]));
        (void)unlink(another(suffixes[i]));
    }
    if (!is_new)
        cr_assert(child_run(prepare));
}

static void
kill_everywhere(const struct victim *which)
{
    bool was_killed = true;

    victim = which;
    for (calls = 0; was_killed; calls++) {
        begin_anew();
        was_killed = kill_victim();
        cr_assert(child_run(judge), "after call %ld", calls);
        cr_assert_eq(sqlite_ask("SELECT count(*) FROM pragma_integrity_check "
                                "WHERE integrity_check <> 'ok'"),
                     0);
        cr_assert_eq(sqlite_ask("SELECT count(*) FROM value WHERE id NOT IN "
                                "(SELECT value FROM object)"),
                     0);
    }
    cr_assert_gt(calls, 5, "it was killed at %ld calls only", calls - 1);
}

Test(store_crash, while_one_is_made)
{
    kill_everywhere(&(struct victim){ victim_create, judge_create });
}

Test(store_crash, while_one_is_changed)
{
    kill_everywhere(&(struct victim){ victim_change, judge_change });
}

Test(store_crash, while_one_is_destroyed)
{
    kill_everywhere(&(struct victim){ victim_destroy, judge_destroy });
}

Test(store_crash, while_a_token_is_initialised)
{
    kill_everywhere(&(struct victim){ victim_begin, judge_begin });
}

Test(store_crash, while_it_is_moved)
{
    kill_everywhere(&(struct victim){ victim_move, judge_move });
}

static void
make_nothing(void)
{
}

static void
judge_new(void)
{
    CHILD_EXPECT(count() == 0);
    CHILD_EXPECT(certificate_add(1) == FIRST);
}

Test(store_crash, while_the_store_is_made)
{
    is_new = true;
    kill_everywhere(&(struct victim){ make_nothing, judge_new });
}
