# SPDX-License-Identifier: BSD-3-Clause
# Tests of what the operator's tool asks of running processes.
paused_sources = tests/paused.c tests/paused.h

check_PROGRAMS += tests/test-pause
tests_test_pause_SOURCES = tests/test-pause.c $(paused_sources) \
	$(counters_fixture)
tests_test_pause_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-control
tests_test_control_SOURCES = tests/test-control.c $(paused_sources)
tests_test_control_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-control-reconnect
tests_test_control_reconnect_SOURCES = tests/test-control-reconnect.c \
	$(paused_sources)
tests_test_control_reconnect_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-drain
tests_test_drain_SOURCES = tests/test-drain.c $(paused_sources) \
	$(counters_fixture)
tests_test_drain_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-failback
tests_test_failback_SOURCES = tests/test-failback.c $(paused_sources)
tests_test_failback_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-reload
tests_test_reload_SOURCES = tests/test-reload.c $(paused_sources) \
	$(audited_sources) $(child_sources)
tests_test_reload_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-slot-change
tests_test_slot_change_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-control-hang
tests_test_control_hang_SOURCES = tests/test-control-hang.c $(paused_sources) \
	$(hang_sources)
tests_test_control_hang_LDADD = $(pool_ldadd)
tests_test_control_hang_LDFLAGS = $(hang_ldflags)

check_PROGRAMS += tests/stress/pause
tests_stress_pause_SOURCES = tests/stress/pause.c $(paused_sources)
tests_stress_pause_LDADD = tests/libpool.la tests/librouter.la \
	libp11mux-face.la libp11mux.la

dist_check_SCRIPTS += tests/check-control.sh tests/check-reload.sh \
	tests/check-members.sh
check_PROGRAMS += tests/control-load
tests_control_load_SOURCES = tests/control-load.c $(fixture_sources)

check_PROGRAMS += tests/stress/reload
tests_stress_reload_SOURCES = tests/stress/reload.c $(paused_sources)
tests_stress_reload_LDADD = $(tests_stress_pause_LDADD)
