# SPDX-License-Identifier: BSD-3-Clause
# Tests of store/: each over every kind of database.
store_sources = tests/store-fixture.c tests/store-fixture.h tests/fixture.h \
	tests/fixture-folder.c
sqlite_sources = tests/store-place-sqlite.c $(store_sources)

check_PROGRAMS += tests/test-store tests/test-store-find
tests_test_store_SOURCES = tests/test-store.c $(sqlite_sources)
tests_test_store_find_SOURCES = tests/test-store-find.c $(sqlite_sources)

check_PROGRAMS += tests/test-store-move
tests_test_store_move_SOURCES = tests/test-store-move.c tests/heard.c \
	tests/heard.h $(sqlite_sources)

# As earlier releases wrote it.
EXTRA_DIST += tests/old/certificates-0.1.0.db \
	tests/old/certificates-0.1.0.sql

# What only SQLite has.
sqlite_look_sources = tests/sqlite-fixture.c tests/sqlite-fixture.h \
	$(sqlite_sources)
check_PROGRAMS += tests/test-store-sqlite tests/test-store-trouble
tests_test_store_sqlite_SOURCES = tests/test-store-sqlite.c \
	$(sqlite_look_sources)
tests_test_store_sqlite_LDADD = $(LDADD) $(SQLITE_LIBS)
tests_test_store_trouble_SOURCES = tests/test-store-trouble.c tests/child.c \
	tests/child.h tests/heard.c tests/heard.h $(sqlite_look_sources)
tests_test_store_trouble_LDADD = $(LDADD) $(SQLITE_LIBS)
# Some hundred processes that are killed, which take AddressSanitizer a minute.
if !ADDRESS_SANITIZED
check_PROGRAMS += tests/test-store-crash
endif
tests_test_store_crash_SOURCES = tests/test-store-crash.c \
	tests/sqlite-end.c tests/sqlite-end.h tests/child.c \
	tests/child.h $(sqlite_look_sources)
tests_test_store_crash_LDADD = $(LDADD) $(SQLITE_LIBS)

check_PROGRAMS += tests/stress/store
tests_stress_store_SOURCES = tests/stress/store.c $(sqlite_sources)
tests_stress_store_LDADD = libp11mux.la
check_PROGRAMS += tests/stress/store-move
tests_stress_store_move_SOURCES = tests/stress/store-move.c $(sqlite_sources)
tests_stress_store_move_LDADD = libp11mux.la
check_PROGRAMS += tests/stress/store-full
tests_stress_store_full_SOURCES = tests/stress/store-full.c $(sqlite_sources)
tests_stress_store_full_LDADD = libp11mux.la

# A copy of SQLite is mapped as AddressSanitizer does not allow.
if !ADDRESS_SANITIZED
check_PROGRAMS += tests/test-store-fork
endif
tests_test_store_fork_SOURCES = tests/test-store-fork.c tests/child.c \
	tests/child.h $(sqlite_look_sources)
tests_test_store_fork_LDADD = $(LDADD) $(SQLITE_LIBS)

bench_programs += tests/bench/store
tests_bench_store_SOURCES = tests/bench/store.c tests/bench/certificates.c \
	tests/bench/certificates.h $(sqlite_sources)
tests_bench_store_LDADD = libp11mux.la $(CRYPTO_LIBS)

# PostgreSQL, where this build has it.
postgresql_sources = tests/store-place-postgresql.c \
	tests/postgresql-fixture.c tests/postgresql-fixture.h tests/daemons.c \
	tests/daemons.h $(store_sources)
postgresql_flags = $(AM_CPPFLAGS) $(POSTGRESQL_CFLAGS)
if POSTGRESQL
check_PROGRAMS += tests/test-store-on-postgresql \
	tests/test-store-find-on-postgresql tests/test-store-postgresql \
	tests/test-store-url tests/stress/store-on-postgresql tests/stress/store-restart
# A server has a second for each statement, which so many sanitized processes on
# two cores leave it not always.
if !SANITIZED
check_PROGRAMS += tests/test-store-move-on-postgresql \
	tests/stress/store-move-on-postgresql
endif
endif
if POSTGRESQL
bench_programs += tests/bench/store-postgresql
endif
tests_bench_store_postgresql_SOURCES = tests/bench/store-postgresql.c \
	tests/bench/certificates.c tests/bench/certificates.h \
	$(postgresql_sources)
tests_bench_store_postgresql_CPPFLAGS = $(postgresql_flags)
tests_bench_store_postgresql_LDADD = libp11mux.la $(CRYPTO_LIBS) \
	$(POSTGRESQL_LIBS)
tests_test_store_on_postgresql_SOURCES = tests/test-store.c \
	$(postgresql_sources)
tests_test_store_on_postgresql_CPPFLAGS = $(postgresql_flags)
tests_test_store_on_postgresql_LDADD = $(LDADD) $(POSTGRESQL_LIBS)
tests_test_store_find_on_postgresql_SOURCES = tests/test-store-find.c \
	$(postgresql_sources)
tests_test_store_find_on_postgresql_CPPFLAGS = $(postgresql_flags)
tests_test_store_find_on_postgresql_LDADD = $(LDADD) $(POSTGRESQL_LIBS)
tests_test_store_move_on_postgresql_SOURCES = tests/test-store-move.c \
	tests/heard.c tests/heard.h $(postgresql_sources)
tests_test_store_move_on_postgresql_CPPFLAGS = $(postgresql_flags)
tests_test_store_move_on_postgresql_LDADD = $(LDADD) $(POSTGRESQL_LIBS)
tests_test_store_postgresql_SOURCES = tests/test-store-postgresql.c \
	tests/child.c tests/child.h tests/heard.c tests/heard.h \
	$(postgresql_sources)
tests_test_store_postgresql_CPPFLAGS = $(postgresql_flags)
tests_test_store_postgresql_LDADD = $(LDADD) $(POSTGRESQL_LIBS)
tests_test_store_url_SOURCES = tests/test-store-url.c tests/fixture.h \
	tests/fixture-folder.c
tests_stress_store_on_postgresql_SOURCES = tests/stress/store.c \
	$(postgresql_sources)
tests_stress_store_on_postgresql_CPPFLAGS = $(postgresql_flags)
tests_stress_store_on_postgresql_LDADD = libp11mux.la $(POSTGRESQL_LIBS)
tests_stress_store_move_on_postgresql_SOURCES = tests/stress/store-move.c \
	$(postgresql_sources)
tests_stress_store_move_on_postgresql_CPPFLAGS = $(postgresql_flags)
tests_stress_store_move_on_postgresql_LDADD = libp11mux.la $(POSTGRESQL_LIBS)
tests_stress_store_restart_SOURCES = tests/stress/store-restart.c \
	$(postgresql_sources)
tests_stress_store_restart_CPPFLAGS = $(postgresql_flags)
tests_stress_store_restart_LDADD = libp11mux.la $(POSTGRESQL_LIBS)
