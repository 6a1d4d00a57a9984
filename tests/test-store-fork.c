/* SPDX-License-Identifier: BSD-3-Clause */
/* A store that was open at a fork: the child and the parent go on, and neither
 * loses what the other wrote. */
#include "store/sqlite-library.h"
#include "tests/child.h"
#include "tests/sqlite-fixture.h"
#include "tests/store-fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

TestSuite(store_fork, .init = store_setup, .fini = store_finish, .timeout = 60);

/* Wakes up the other side. */
static int to_child[2], to_parent[2];

static void
meet_and_make(void)
{
    char byte;

    CHILD_EXPECT(try_create(2) == STORE_DONE);
    CHILD_EXPECT(write(to_parent[1], "x", 1) == 1);
    CHILD_EXPECT(read(to_child[0], &byte, 1) == 1);
    CHILD_EXPECT(try_create(4) == STORE_DONE);
}

/* SQLite by itself lets the last one who goes remove the log of transactions,
 * and has a child believe that its parent's locks are its own. */
Test(store_fork, what_a_child_writes_stays_when_all_others_have_gone)
{
    pid_t child;
    char byte;

    (void)certificate_add(1);
    cr_assert_eq(pipe(to_child) | pipe(to_parent), 0);
    child = child_fork(meet_and_make);
    cr_assert_eq(read(to_parent[0], &byte, 1), 1);
    (void)certificate_add(3);
    store_free(store);
    store = NULL;
    /* Closes it as the last one would. */
    cr_assert_eq(sqlite_ask("SELECT count(*) FROM object"), 3);
    cr_assert_eq(write(to_child[1], "x", 1), 1);
    cr_assert(child_is_content(child));
    cr_assert_eq(sqlite_ask("SELECT count(*) FROM object"), 4);
    cr_assert_eq(sqlite_ask("SELECT count(*) FROM pragma_integrity_check "
                            "WHERE integrity_check <> 'ok'"),
                 0);
    store = store_open();
}

static void
make_one(void)
{
    CHILD_EXPECT(try_create(10) == STORE_DONE);
}

static void
make_one_and_fork(void)
{
    make_one();
    CHILD_EXPECT(child_run(make_one));
    make_one();
}

Test(store_fork, children_of_children_write_too)
{
    size_t count;

    (void)certificate_add(1);
    cr_assert(child_run(make_one_and_fork));
    cr_assert_eq(try_create(2), STORE_DONE);
    cr_assert_eq(store_count(store, life, &count), STORE_DONE);
    cr_assert_eq(count, 5);
}

static void
free_it(void)
{
    store_free(store);
}

static const void *parents_step;

static const void *
its_step(void)
{
    struct error error = { .rv = CKR_OK };
    const struct sqlite_library *library = sqlite_library_get(&error);

    CHILD_EXPECT(library != NULL);
    return (const void *)(uintptr_t)library->step;
}

static void
close_all_and_make_one(void)
{
    closefrom(100);
    make_one();
    CHILD_EXPECT(its_step() != parents_step);
}

static void
make_one_and_fork_one_that_closes(void)
{
    make_one();
    parents_step = its_step();
    CHILD_EXPECT(child_run(close_all_and_make_one));
}

Test(store_fork, a_child_that_closed_its_descriptors_has_a_copy_of_its_own)
{
    (void)certificate_add(1);
    cr_assert(child_run(make_one_and_fork_one_that_closes));
    cr_assert_eq(sqlite_ask("SELECT count(*) FROM object"), 3);
}

Test(store_fork, a_child_that_frees_it_takes_nothing_from_its_parent)
{
    (void)certificate_add(1);
    cr_assert(child_run(free_it));
    cr_assert_eq(try_create(2), STORE_DONE);
    cr_assert_eq(sqlite_ask("SELECT count(*) FROM object"), 2);
}
