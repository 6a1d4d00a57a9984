/* SPDX-License-Identifier: BSD-3-Clause */
/* A store that is moved into another one: from a database of each kind into one
 * in SQLite, and the other way round. */
#include "store/move.h"
#include "tests/heard.h"
#include "tests/store-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(store_move, .timeout = 120);

/* -- Two stores ----------------------------------------------------------- */

static const char *place;   /* of the store under test */
static const char *another; /* beside it */

static void
prepare(void)
{
    place = store_place_url();
    another = fixture_text("sqlite:%s", fixture_path("another.db"));
}

static struct store *
open_at(const char *url)
{
    struct error error = { .rv = CKR_OK };
    struct store *opened;

    cr_assert(store_new(url, (gid_t)-1, &opened, &error), "%s", error.text);
    return opened;
}

/* Those that a test works on: `store` and `life` of the fixture. */
static void
use(const char *url)
{
    const struct store_owner owner = { "token", NULL };

    store_free(store);
    store = open_at(url);
    cr_assert_eq(store_find_life(store, &owner, &life, NULL), STORE_DONE);
}

static struct move
move_make(const char *from, const char *to)
{
    return (struct move){ .from = open_at(from), .to = open_at(to) };
}

static void
move_end(struct move *move)
{
    store_free(move->from);
    store_free(move->to);
}

static void
expect_same(struct move *move)
{
    struct move_difference difference;

    cr_assert_eq(move_compare(move, &difference), STORE_DONE);
    cr_assert_eq(difference.n_rows, 0);
    cr_assert_eq(difference.n_values, 0);
}

static void
move_all(const char *from, const char *to)
{
    struct move move = move_make(from, to);

    cr_assert_eq(move_begin(&move), STORE_DONE);
    cr_assert_eq(move_pass(&move), STORE_DONE);
    cr_assert_eq(move_close(&move), STORE_DONE);
    expect_same(&move);
    cr_assert_eq(move_open(&move), STORE_DONE);
    move_end(&move);
}

/* -- What is moved -------------------------------------------------------- */

enum { MANY = 1200, GAP = 7 };

/* With gaps between the numbers, and a life that is gone. */
static uint64_t
fill(void)
{
    const struct store_owner gone = { "gone", NULL };
    uint64_t last = 0, number;

    cr_assert_eq(store_find_life(store, &gone, &number, NULL), STORE_DONE);
    cr_assert_eq(store_begin_life(store, &gone, &number), STORE_DONE);
    for (unsigned i = 0; i < MANY; i++)
        last = certificate_add(i);
    for (uint64_t i = 1; i <= last; i += GAP)
        cr_assert_eq(store_destroy(store, life, i), STORE_DONE);
    cr_assert_eq(store_destroy(store, life, last),
                 last % GAP == 1 ? STORE_ABSENT : STORE_DONE);
    return last;
}

static void
expect_moved(const char *from, const char *to)
{
    const struct store_owner fresh = { "fresh", NULL };
    const struct store_owner gone = { "gone", NULL };
    uint64_t before, after, last, gone_life, number;
    const char *found;

    use(from);
    last = fill();
    found = store_found(NULL, 0);
    before = life;
    cr_assert_eq(store_find_life(store, &gone, &gone_life, NULL), STORE_DONE);
    move_all(from, to);
    use(to);
    cr_assert_eq(life, before);
    cr_assert_str_eq(store_found(NULL, 0), found);
    for (unsigned i = 0; i < MANY; i += 100)
        cr_assert_eq(certificate_is_there(i), (i + 1) % GAP != 1);
    cr_assert_eq(store_find_life(store, &gone, &number, NULL), STORE_DONE);
    cr_assert_eq(number, gone_life);
    cr_assert_gt(certificate_add(1), last, "a number is not used again");
    cr_assert_eq(store_find_life(store, &fresh, &after, NULL), STORE_DONE);
    cr_assert_gt(after, gone_life);
    store_free(store);
}

Test(store_move, keeps_all_and_its_numbers)
{
    prepare();
    expect_moved(place, another);
}

Test(store_move, keeps_all_and_its_numbers_the_other_way_round)
{
    prepare();
    expect_moved(another, place);
}

Test(store_move, a_pass_takes_what_was_written_meanwhile)
{
    const struct store_owner other = { "other", "0001" };
    CK_ATTRIBUTE changed[] = { WITH_TEXT(CKA_LABEL, "changed"),
                               WITH_TEXT(CKA_VALUE, "another value") };
    struct move move;
    uint64_t first, second, number;

    prepare();
    use(place);
    first = certificate_add(1);
    second = certificate_add(2);
    move = move_make(place, another);
    cr_assert_eq(move_begin(&move), STORE_DONE);
    cr_assert_eq(move_pass(&move), STORE_DONE);
    cr_assert_eq(move.tally.n_made, 2);
    cr_assert_eq(move.tally.n_lives, 1);
    cr_assert_eq(store_change(store, life, first, changed, 2), STORE_DONE);
    cr_assert_eq(store_destroy(store, life, second), STORE_DONE);
    cr_assert_eq(store_begin_life(store, &other, &life), STORE_DONE);
    number = certificate_add(3);
    cr_assert_eq(move_pass(&move), STORE_DONE);
    cr_assert_eq(move.tally.n_made, 3);
    cr_assert_eq(move.tally.n_lives, 2);
    cr_assert_eq(move.tally.n_changed, 1);
    cr_assert_eq(move.tally.n_removed, 1);
    expect_same(&move);
    cr_assert_eq(store_begin_life(store, &other, &life), STORE_DONE);
    cr_assert_eq(move_close(&move), STORE_DONE);
    expect_same(&move);
    cr_assert_eq(move_open(&move), STORE_DONE);
    use(another);
    cr_assert_str_eq(store_found(changed, 2),
                     fixture_text("%llu", (unsigned long long)first));
    cr_assert_gt(certificate_add(4), number);
    move_end(&move);
}

/* -- Who may do what ------------------------------------------------------ */

Test(store_move, one_that_is_filled_is_for_nobody)
{
    struct move move;
    size_t count;

    prepare();
    use(another);
    (void)certificate_add(1);
    move = move_make(another, place);
    cr_assert_eq(move_begin(&move), STORE_DONE);
    store_free(store);
    store = open_at(place);
    heard_begin();
    cr_assert_eq(store_count(store, life, &count), STORE_LOCKED);
    cr_assert_eq(try_create(2), STORE_LOCKED);
    cr_assert(store_said(heard_end(), "run p11mux certs migrate --finish"));
    cr_assert_eq(move_pass(&move), STORE_DONE);
    cr_assert_eq(move_close(&move), STORE_DONE);
    cr_assert_eq(try_count(), STORE_LOCKED, "until it is opened");
    cr_assert_eq(move_open(&move), STORE_DONE);
    cr_assert_eq(try_create(2), STORE_DONE);
    move_end(&move);
}

Test(store_move, one_that_was_moved_is_read_and_not_written)
{
    const struct store_owner owner = { "token", NULL };
    const struct store_owner fresh = { "fresh", NULL };
    const char *heard;
    uint64_t number;

    prepare();
    use(place);
    number = certificate_add(1);
    move_all(place, another);
    heard_begin();
    cr_assert_eq(try_create(2), STORE_READ_ONLY, "also where it is open");
    cr_assert_eq(store_destroy(store, life, number), STORE_READ_ONLY);
    cr_assert_eq(store_begin_life(store, &owner, &number), STORE_READ_ONLY);
    cr_assert_eq(store_find_life(store, &fresh, &number, NULL),
                 STORE_READ_ONLY);
    heard = heard_end();
    cr_assert(store_said(heard, "it was moved to "), "%s", heard);
    cr_assert_not_null(strstr(heard, "set store.url to that one"));
    cr_assert(certificate_is_there(1));
    heard_begin();
    use(place);
    heard = heard_end();
    cr_assert(store_said(heard, "it was moved to "), "%s", heard);
    cr_assert(certificate_is_there(1));
}

static enum store_result
begin_move(const char *from, const char *to)
{
    struct move move = move_make(from, to);
    enum store_result result = move_begin(&move);

    move_end(&move);
    return result;
}

Test(store_move, one_that_is_in_use_is_not_filled)
{
    prepare();
    use(place);
    use(another);
    heard_begin();
    cr_assert_eq(begin_move(place, another), STORE_BROKEN);
    cr_assert(store_said(heard_end(), "it is in use already"));
    (void)certificate_add(1);
}

Test(store_move, one_that_is_filled_is_not_filled_from_elsewhere)
{
    const char *third = fixture_text("sqlite:%s", fixture_path("third.db"));

    prepare();
    use(place);
    cr_assert_eq(begin_move(place, another), STORE_DONE);
    cr_assert_eq(begin_move(place, another), STORE_DONE, "it goes on");
    heard_begin();
    cr_assert_eq(begin_move(third, another), STORE_BROKEN);
    cr_assert(store_said(heard_end(), "or is filled from another one"));
    heard_begin();
    cr_assert_eq(begin_move(another, third), STORE_BROKEN);
    cr_assert(store_said(heard_end(), "it is filled itself, and not done"));
}

Test(store_move, what_was_moved_is_not_moved_elsewhere)
{
    const char *third = fixture_text("sqlite:%s", fixture_path("third.db"));

    prepare();
    use(place);
    move_all(place, another);
    heard_begin();
    cr_assert_eq(begin_move(place, third), STORE_BROKEN);
    cr_assert(store_said(heard_end(), "it was moved elsewhere; move that one"));
    cr_assert_eq(begin_move(another, third), STORE_DONE);
}

Test(store_move, somebody_who_was_overtaken_changes_nothing)
{
    struct move slow;

    prepare();
    use(place);
    (void)certificate_add(1);
    slow = move_make(place, another);
    cr_assert_eq(move_begin(&slow), STORE_DONE);
    move_all(place, another);
    use(another);
    (void)certificate_add(2);
    heard_begin();
    cr_assert_eq(move_pass(&slow), STORE_BROKEN);
    cr_assert(store_said(heard_end(), "somebody else has finished"));
    cr_assert(certificate_is_there(2));
    move_end(&slow);
}

/* In SQLite, which has paths. */
Test(store_move, one_database_of_two_names_is_not_moved)
{
    struct move move;

    prepare();
    move = move_make(another,
                     fixture_text("sqlite:%s/./another.db", fixture_folder()));
    heard_begin();
    cr_assert_eq(move_begin(&move), STORE_BROKEN);
    (void)heard_end();
    move_end(&move);
    use(another);
    (void)certificate_add(1);
}
