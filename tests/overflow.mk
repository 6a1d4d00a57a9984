# SPDX-License-Identifier: BSD-3-Clause
# Certificates outside of tokens: backends/certificate*.c, backends/overflow*.c.
sheet_sources = tests/sheet.c tests/sheet.h $(key_fixture)
check_PROGRAMS += tests/test-certificate tests/test-certificate-change
tests_test_certificate_SOURCES = tests/test-certificate.c \
	tests/certificate-rows.def $(sheet_sources)
tests_test_certificate_change_SOURCES = tests/test-certificate-change.c \
	$(sheet_sources)

overflow_fixture = tests/overflow-fixture.c tests/overflow-fixture.h \
	$(sheet_sources) $(fixture_sources)
overflow_ldflags = $(AM_LDFLAGS) -Wl,--wrap=store_find_life \
	-Wl,--wrap=store_begin_life -Wl,--wrap=store_create \
	-Wl,--wrap=store_find -Wl,--wrap=store_read -Wl,--wrap=store_change \
	-Wl,--wrap=store_destroy -Wl,--wrap=store_try
check_PROGRAMS += tests/test-overflow tests/test-overflow-find \
	tests/test-overflow-session tests/test-overflow-store
tests_test_overflow_SOURCES = tests/test-overflow.c $(overflow_fixture)
tests_test_overflow_LDFLAGS = $(overflow_ldflags)
tests_test_overflow_find_SOURCES = tests/test-overflow-find.c \
	$(overflow_fixture)
tests_test_overflow_find_LDFLAGS = $(overflow_ldflags)
tests_test_overflow_session_SOURCES = tests/test-overflow-session.c \
	$(overflow_fixture)
tests_test_overflow_session_LDFLAGS = $(overflow_ldflags)
tests_test_overflow_store_SOURCES = tests/test-overflow-store.c \
	$(overflow_fixture)
tests_test_overflow_store_LDFLAGS = $(overflow_ldflags) \
	-Wl,--wrap=crypto_sha256
check_PROGRAMS += tests/test-overflow-memory
tests_test_overflow_memory_SOURCES = tests/test-overflow-memory.c \
	$(overflow_fixture)
tests_test_overflow_memory_LDFLAGS = $(overflow_ldflags) \
	-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc

# The same conversation with SoftHSM and with the backend.
check_PROGRAMS += tests/test-overflow-differential
tests_test_overflow_differential_SOURCES = \
	tests/test-overflow-differential.c tests/overflow-differences.def \
	tests/certificate-rows.def tests/differential/transcript.c \
	tests/differential/transcript.h tests/child.c tests/child.h \
	$(overflow_fixture)
tests_test_overflow_differential_LDFLAGS = $(overflow_ldflags)

check_PROGRAMS += tests/stress/overflow
tests_stress_overflow_SOURCES = tests/stress/overflow.c $(fixture_sources)
tests_stress_overflow_LDADD = libp11mux.la
