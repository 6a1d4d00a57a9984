/* SPDX-License-Identifier: BSD-3-Clause */
/* A store in PostgreSQL: what only that has, what it cannot do, and what it
 * says of it. */
#include "tests/child.h"
#include "tests/heard.h"
#include "tests/postgresql-fixture.h"
#include "tests/store-fixture.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

TestSuite(store_postgresql, .init = store_setup, .fini = store_finish,
          .timeout = 120);

/* The store of another user, or of the same one with another url. */
static void
use_url(const char *url)
{
    struct error error = { .rv = CKR_OK };

    store_free(store);
    cr_assert(store_new(url, (gid_t)-1, &store, &error), "%s", error.text);
}

/* -- Values --------------------------------------------------------------- */

Test(store_postgresql, a_value_is_there_once_and_goes_with_its_last_object)
{
    uint64_t first = certificate_add(1);
    uint64_t second = certificate_add(1);

    cr_assert_eq(postgresql_ask("SELECT count(*) FROM value"), 1);
    cr_assert_eq(store_destroy(store, life, first), STORE_DONE);
    cr_assert_eq(postgresql_ask("SELECT count(*) FROM value"), 1);
    cr_assert_eq(store_change(store, life, second,
                              &(CK_ATTRIBUTE)WITH_TEXT(CKA_VALUE, "another"),
                              1),
                 STORE_DONE);
    cr_assert_eq(postgresql_ask("SELECT count(*) FROM value"), 1);
    cr_assert_eq(store_destroy(store, life, second), STORE_DONE);
    cr_assert_eq(postgresql_ask("SELECT count(*) FROM value"), 0);
}

/* Longer than what an index takes, and the same for that length. */
Test(store_postgresql, long_attributes_are_found)
{
    static char text[20000];
    CK_ATTRIBUTE label = { CKA_LABEL, text, sizeof(text) };
    uint64_t number, other;

    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + i * i % 23);
    cr_assert_eq(store_create(store, life, &label, 1, &number), STORE_DONE);
    text[sizeof(text) - 1] ^= 1;
    cr_assert_eq(store_create(store, life, &label, 1, &other), STORE_DONE);
    cr_assert_str_eq(store_found(&label, 1),
                     fixture_text("%llu", (unsigned long long)other));
}

static uint64_t now; /* where the clock stands */

static uint64_t
standing(void)
{
    return now;
}

/* The clock stands, and now it is so much later. */
static void
later(uint64_t milliseconds)
{
    now = clock_now() + milliseconds * 1000 * 1000;
    clock_set_source(standing);
}

/* -- Servers that do not answer ------------------------------------------- */

Test(store_postgresql, a_server_that_was_stopped_is_found_again)
{
    (void)certificate_add(1);
    postgresql_stop();
    heard_begin();
    cr_assert_eq(try_count(), STORE_UNREACHABLE);
    cr_assert_eq(try_create(2), STORE_UNREACHABLE);
    cr_assert_eq(try_count(), STORE_UNREACHABLE);
    cr_assert(store_said(heard_end(), "check that the server runs"));
    postgresql_start();
    later(1250);
    cr_assert(certificate_is_there(1));
    cr_assert_eq(try_create(2), STORE_DONE);
    clock_set_source(NULL);
}

Test(store_postgresql,
     a_server_that_is_down_is_left_alone_for_longer_and_longer)
{
    static const unsigned pauses[] = { 1250,  2500,  5000, 10000,
                                       20000, 30000, 30000 };

    postgresql_stop();
    later(0);
    heard_begin();
    cr_assert_eq(try_count(), STORE_UNREACHABLE);
    for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
        cr_assert_gt(deadline_remaining_ms(store->links.next_try),
                     pauses[i] * 4 / 5 - 2);
        cr_assert_leq(deadline_remaining_ms(store->links.next_try), pauses[i]);
        cr_assert_eq(store->links.n_failures, i + 1);
        cr_assert_eq(try_count(), STORE_UNREACHABLE, "it is not tried");
        cr_assert_eq(store->links.n_failures, i + 1);
        later(pauses[i]);
        cr_assert_eq(try_count(), STORE_UNREACHABLE);
    }
    cr_assert(store_said(heard_end(), "check that the server runs"));
    postgresql_start();
    cr_assert_eq(try_count(), STORE_UNREACHABLE, "it is not tried yet");
    later(30000);
    cr_assert_eq(try_count(), STORE_DONE);
    cr_assert_eq(store->links.n_failures, 0);
    clock_set_source(NULL);
}

Test(store_postgresql, a_restart_between_two_searches_is_not_noticed)
{
    (void)certificate_add(1);
    postgresql_stop();
    postgresql_start();
    cr_assert(certificate_is_there(1));
}

Test(store_postgresql, a_server_that_hangs_is_left)
{
    pid_t process = (pid_t)postgresql_ask(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'p11mux'");

    cr_assert_gt(process, 0);
    cr_assert_eq(kill(process, SIGSTOP), 0);
    heard_begin();
    cr_assert_eq(try_count(), STORE_UNREACHABLE);
    cr_assert(store_said(heard_end(), "the server does not answer"));
    cr_assert_eq(try_count(), STORE_DONE, "another one of it does");
    cr_assert_eq(kill(process, SIGCONT), 0);
}

Test(store_postgresql, a_lock_that_others_keep_is_waited_for_and_said)
{
    struct postgresql *other =
        postgresql_hold("BEGIN; SELECT * FROM version FOR UPDATE");

    heard_begin();
    cr_assert_eq(try_create(1), STORE_LOCKED);
    cr_assert_eq(try_count(), STORE_DONE, "who reads does not wait");
    cr_assert(store_said(heard_end(), "others kept it locked"));
    postgresql_release(other);
    cr_assert_eq(try_create(1), STORE_DONE);
}

/* -- Those who may not ---------------------------------------------------- */

Test(store_postgresql, who_may_only_read_it_reads_it)
{
    (void)certificate_add(1);
    (void)postgresql_ask("CREATE ROLE reader LOGIN PASSWORD 'reader';"
                         "GRANT USAGE ON SCHEMA p11mux TO reader;"
                         "GRANT SELECT ON ALL TABLES IN SCHEMA p11mux"
                         " TO reader");
    use_url(postgresql_url("reader", "reader"));
    heard_begin();
    cr_assert(certificate_is_there(1));
    cr_assert_eq(try_create(2), STORE_READ_ONLY);
    cr_assert_eq(try_create(2), STORE_READ_ONLY);
    cr_assert(store_said(heard_end(), "SELECT, INSERT, UPDATE and DELETE"));
}

Test(store_postgresql, who_may_not_read_it_is_told)
{
    (void)postgresql_ask("CREATE ROLE stranger LOGIN PASSWORD 'stranger'");
    use_url(postgresql_url("stranger", "stranger"));
    heard_begin();
    cr_assert_eq(try_count(), STORE_UNREACHABLE);
    cr_assert(store_said(heard_end(), "permission denied"));
}

Test(store_postgresql, a_server_that_takes_no_writes_is_read)
{
    (void)certificate_add(1);
    (void)postgresql_ask(
        "ALTER ROLE p11mux SET default_transaction_read_only = on");
    use_url(store_place_url());
    heard_begin();
    cr_assert(certificate_is_there(1));
    cr_assert_eq(try_create(2), STORE_READ_ONLY);
    cr_assert(store_said(heard_end(), "name a server that takes writes"));
}

Test(store_postgresql, a_wrong_password_is_said_and_not_shown)
{
    const char *heard;

    use_url(postgresql_url(POSTGRESQL_USER, "wrong%2Fpassword"));
    heard_begin();
    cr_assert_eq(try_count(), STORE_UNREACHABLE);
    cr_assert_eq(try_create(1), STORE_UNREACHABLE);
    heard = heard_end();
    cr_assert(store_said(heard, "password authentication failed"), "%s", heard);
    cr_assert_null(strstr(heard, "wrong"), "%s", heard);
}

/* -- Tables of another release -------------------------------------------- */

/* Two tokens, one of them with a serial number, three certificates, and a
 * number that was used. */
Test(store_postgresql, one_of_an_earlier_release_is_upgraded)
{
    const struct store_owner owner = { "token", NULL };
    const struct store_owner other = { "other", "0001" };
    uint64_t before;

    postgresql_run_file(fixture_text("%s/tests/old/certificates-0.1.0.sql",
                                     getenv("P11MUX_SRCDIR")));
    (void)postgresql_ask("CREATE ROLE reader LOGIN PASSWORD 'reader';"
                         "GRANT USAGE ON SCHEMA p11mux TO reader;"
                         "GRANT SELECT ON ALL TABLES IN SCHEMA p11mux"
                         " TO reader");
    use_url(store_place_url());
    cr_assert_eq(store_find_life(store, &owner, &life, NULL), STORE_DONE);
    cr_assert_eq(life, 1);
    cr_assert_str_eq(store_found(NULL, 0), "1 2");
    cr_assert(certificate_is_there(1));
    cr_assert_eq(certificate_add(3), 5, "a number is not used again");
    cr_assert_eq(store_find_life(store, &other, &before, NULL), STORE_DONE);
    cr_assert_eq(before, 2);
    cr_assert_eq(store_begin_life(store, &other, &life), STORE_DONE);
    cr_assert_eq(life, 3);
    cr_assert_eq(postgresql_ask("SELECT number FROM version"), 3);
    use_url(postgresql_url("reader", "reader"));
    cr_assert_eq(store_find_life(store, &owner, &life, NULL), STORE_DONE);
    cr_assert(certificate_is_there(1), "who might read it still may");
}

Test(store_postgresql, a_store_for_everybody_stays_one)
{
    postgresql_run_file(fixture_text("%s/tests/old/certificates-0.1.0.sql",
                                     getenv("P11MUX_SRCDIR")));
    (void)postgresql_ask("CREATE ROLE anybody LOGIN PASSWORD 'anybody';"
                         "GRANT USAGE ON SCHEMA p11mux TO PUBLIC;"
                         "GRANT SELECT ON ALL TABLES IN SCHEMA p11mux"
                         " TO PUBLIC");
    use_url(store_place_url());
    cr_assert(certificate_is_there(1));
    use_url(postgresql_url("anybody", "anybody"));
    cr_assert(certificate_is_there(1));
}

/* -- Tables that are not as they were ------------------------------------- */

Test(store_postgresql, a_later_version_is_refused_and_not_touched)
{
    (void)postgresql_ask("UPDATE version SET number = 4");
    heard_begin();
    cr_assert_eq(try_create(1), STORE_BROKEN, "also where it is open");
    cr_assert(
        store_said(heard_end(), "it is of version 4, made by a later release"));
    use_url(store_place_url());
    heard_begin();
    cr_assert_eq(try_count(), STORE_BROKEN);
    cr_assert(store_said(heard_end(), "install the later release again"));
    cr_assert_eq(postgresql_ask("SELECT number FROM version"), 4);
}

Test(store_postgresql, tables_of_something_else_are_not_touched)
{
    (void)postgresql_ask("DROP SCHEMA p11mux CASCADE; CREATE SCHEMA p11mux;"
                         "CREATE TABLE p11mux.life (other TEXT)");
    use_url(store_place_url());
    heard_begin();
    cr_assert_eq(try_count(), STORE_BROKEN);
    cr_assert(store_said(heard_end(), "not as p11mux made them"));
    cr_assert_eq(postgresql_ask("SELECT count(*) FROM pg_tables"
                                " WHERE schemaname = 'p11mux'"),
                 1);
}

struct failure {
    char state[6];
    enum store_result result;
};

static const struct failure failures[] = {
    { "53100", STORE_FULL },        { "53200", STORE_UNREACHABLE },
    { "40001", STORE_LOCKED },      { "40P01", STORE_LOCKED },
    { "55P03", STORE_LOCKED },      { "XX001", STORE_BROKEN },
    { "58030", STORE_UNREACHABLE }, { "42703", STORE_BROKEN },
};

Test(store_postgresql, each_error_of_the_server_is_what_it_should_be)
{
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        (void)postgresql_ask(fixture_text(
            "CREATE OR REPLACE FUNCTION p11mux.fail() RETURNS trigger"
            " LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'as it was told' USING ERRCODE = '%s';"
            " END $$;"
            "CREATE OR REPLACE TRIGGER fail BEFORE INSERT ON object"
            " FOR EACH ROW EXECUTE FUNCTION p11mux.fail()",
            failures[i].state));
        heard_begin();
        cr_assert_eq(try_create(1), failures[i].result, "%s",
                     failures[i].state);
        cr_assert(store_said(heard_end(), "as it was told"));
        (void)postgresql_ask("DROP TRIGGER fail ON object");
        cr_assert_eq(try_create(1), STORE_DONE, "and then no longer");
    }
    cr_assert_eq(postgresql_ask("SELECT count(*) FROM value"), 1);
}

/* -- Forks ---------------------------------------------------------------- */

static void
make_one_and_free(void)
{
    CHILD_EXPECT(try_create(2) == STORE_DONE);
    store_free(store);
}

static void
make_one(void)
{
    CHILD_EXPECT(try_create(3) == STORE_DONE);
    CHILD_EXPECT(postgresql_ask("SELECT count(*) FROM pg_stat_activity WHERE "
                                "application_name = 'p11mux'") >= 2);
}

Test(store_postgresql, a_forked_child_has_connections_of_its_own)
{
    (void)certificate_add(1);
    cr_assert(child_run(make_one_and_free));
    cr_assert(child_run(make_one));
    cr_assert_eq(try_create(4), STORE_DONE);
    cr_assert_eq(postgresql_ask("SELECT count(*) FROM object"), 4);
}
