# SPDX-License-Identifier: BSD-3-Clause
# Tests of session pools: toy tokens on a test's clock, then whole programs.
check_LTLIBRARIES += tests/libpool.la
tests_libpool_la_LDFLAGS = $(AM_LDFLAGS)
tests_libpool_la_SOURCES = tests/pool-fixture.c tests/pool-fixture.h \
	tests/pool-call.c tests/pool-call.h tests/timeline.c \
	tests/timeline.h tests/waiting.c tests/waiting.h
# For those that want to know who waits; others take no waiting.o along.
pool_ldflags = $(AM_LDFLAGS) -Wl,--wrap=wake_wait \
	-Wl,-u,__wrap_wake_wait
pool_ldadd = tests/libpool.la $(router_ldadd)

check_PROGRAMS += tests/test-pool-burst
tests_test_pool_burst_LDADD = $(pool_ldadd)
tests_test_pool_burst_LDFLAGS = $(pool_ldflags)

check_PROGRAMS += tests/test-pool-growth
tests_test_pool_growth_LDADD = $(pool_ldadd)
tests_test_pool_growth_LDFLAGS = $(pool_ldflags)

check_PROGRAMS += tests/test-pool-queue
tests_test_pool_queue_SOURCES = tests/test-pool-queue.c tests/heard.c \
	tests/heard.h
tests_test_pool_queue_LDADD = $(pool_ldadd)
tests_test_pool_queue_LDFLAGS = $(pool_ldflags)

check_PROGRAMS += tests/test-pool-anchor
tests_test_pool_anchor_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-pool-time
tests_test_pool_time_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-pool-reload
tests_test_pool_reload_LDADD = $(pool_ldadd)
tests_test_pool_reload_LDFLAGS = $(pool_ldflags)

check_PROGRAMS += tests/test-pool-alive
tests_test_pool_alive_LDADD = $(pool_ldadd)

hang_sources = tests/hang-fixture.c tests/hang-fixture.h tests/heard.c \
	tests/heard.h
hang_ldflags = $(AM_LDFLAGS) -Wl,--wrap=wake_wait,--wrap=condition_wait \
	-Wl,--wrap=watch_look_once -Wl,--wrap=hang_tend

check_PROGRAMS += tests/test-watch
tests_test_watch_SOURCES = tests/test-watch.c $(hang_sources)
tests_test_watch_LDADD = $(pool_ldadd)
tests_test_watch_LDFLAGS = $(hang_ldflags)

check_PROGRAMS += tests/test-watch-wait
tests_test_watch_wait_SOURCES = tests/test-watch-wait.c $(hang_sources)
tests_test_watch_wait_LDADD = $(pool_ldadd)
tests_test_watch_wait_LDFLAGS = $(hang_ldflags)

check_PROGRAMS += tests/test-group-slow
tests_test_group_slow_SOURCES = tests/test-group-slow.c $(hang_sources)
tests_test_group_slow_LDADD = $(pool_ldadd)
tests_test_group_slow_LDFLAGS = $(hang_ldflags)

check_PROGRAMS += tests/test-group-hang
tests_test_group_hang_SOURCES = tests/test-group-hang.c $(hang_sources)
tests_test_group_hang_LDADD = $(pool_ldadd)
tests_test_group_hang_LDFLAGS = $(hang_ldflags)

check_PROGRAMS += tests/test-change-hang
tests_test_change_hang_SOURCES = tests/test-change-hang.c $(hang_sources)
tests_test_change_hang_LDADD = $(pool_ldadd)
tests_test_change_hang_LDFLAGS = $(hang_ldflags)

check_PROGRAMS += tests/test-pool-clean
tests_test_pool_clean_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-pool-objects
tests_test_pool_objects_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-pool-search
tests_test_pool_search_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-pool-cancel
tests_test_pool_cancel_LDADD = $(pool_ldadd)
tests_test_pool_cancel_LDFLAGS = $(pool_ldflags)

check_PROGRAMS += tests/test-pool-session
tests_test_pool_session_LDADD = $(pool_ldadd)
tests_test_pool_session_LDFLAGS = $(pool_ldflags)

check_PROGRAMS += tests/test-virtual-login
tests_test_virtual_login_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/stress/watch
tests_stress_watch_LDADD = tests/libpool.la tests/librouter.la \
	libp11mux-face.la libp11mux.la

check_PROGRAMS += tests/test-group-queue
tests_test_group_queue_LDADD = $(pool_ldadd)
tests_test_group_queue_LDFLAGS = $(pool_ldflags)
check_PROGRAMS += tests/test-group-time
tests_test_group_time_LDADD = $(pool_ldadd)
tests_test_group_time_LDFLAGS = $(pool_ldflags)

bench_programs += tests/bench/group
tests_bench_group_LDADD = $(router_ldadd)
bench_programs += tests/bench/fail-over
tests_bench_fail_over_SOURCES = tests/bench/fail-over.c $(fixture_sources)
tests_bench_fail_over_LDADD = libp11mux.la
bench_programs += tests/bench/migration
tests_bench_migration_SOURCES = tests/bench/migration.c $(fixture_sources)
tests_bench_migration_LDADD = libp11mux.la
bench_programs += tests/bench/search
tests_bench_search_SOURCES = tests/bench/search.c $(fixture_sources)
tests_bench_search_LDADD = libp11mux.la

check_PROGRAMS += tests/stress/group
tests_stress_group_SOURCES = tests/stress/group.c tests/paused.c tests/paused.h
tests_stress_group_LDADD = tests/libpool.la tests/librouter.la \
	libp11mux-face.la libp11mux.la

check_PROGRAMS += tests/stress/pool
tests_stress_pool_LDADD = tests/libpool.la tests/librouter.la \
	libp11mux-face.la libp11mux.la

check_PROGRAMS += tests/stress/pool-softhsm
tests_stress_pool_softhsm_SOURCES = tests/stress/pool-softhsm.c \
	tests/modules/fault.h $(fixture_sources)
tests_stress_pool_softhsm_LDADD = libp11mux.la

check_PROGRAMS += tests/test-reconnect
tests_test_reconnect_SOURCES = tests/test-reconnect.c \
	tests/reconnect-fixture.c tests/reconnect-fixture.h
tests_test_reconnect_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-reconnect-busy
tests_test_reconnect_busy_SOURCES = tests/test-reconnect-busy.c \
	tests/reconnect-fixture.c tests/reconnect-fixture.h
tests_test_reconnect_busy_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-reconnect-login
tests_test_reconnect_login_SOURCES = tests/test-reconnect-login.c \
	tests/reconnect-fixture.c tests/reconnect-fixture.h
tests_test_reconnect_login_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-reconnect-kill
tests_test_reconnect_kill_SOURCES = tests/test-reconnect-kill.c \
	tests/reconnect-fixture.c tests/reconnect-fixture.h
tests_test_reconnect_kill_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-reconnect-module
tests_test_reconnect_module_LDADD = $(router_ldadd)

check_PROGRAMS += tests/test-reconnect-real
tests_test_reconnect_real_SOURCES = tests/test-reconnect-real.c \
	tests/modules/fault.h $(fixture_sources)

# Counters of members that hang, and of those that are lost.
check_PROGRAMS += tests/test-counters-hang
tests_test_counters_hang_SOURCES = tests/test-counters-hang.c \
	$(hang_sources) $(counters_fixture)
tests_test_counters_hang_LDADD = $(pool_ldadd)
tests_test_counters_hang_LDFLAGS = $(hang_ldflags)
check_PROGRAMS += tests/test-counters-lost
tests_test_counters_lost_SOURCES = tests/test-counters-lost.c \
	tests/reconnect-fixture.c tests/reconnect-fixture.h $(counters_fixture)
tests_test_counters_lost_LDADD = $(pool_ldadd)
