# SPDX-License-Identifier: BSD-3-Clause
# Tests of certificates that tokens have no room for.
certificate_sources = tests/certificate-fixture.c tests/certificate-fixture.h

spill_sources = tests/spill-fixture.c tests/spill-fixture.h \
	tests/modules/fault.h $(certificate_sources) $(fixture_sources)
check_PROGRAMS += tests/test-spill tests/test-spill-object
tests_test_spill_SOURCES = tests/test-spill.c $(spill_sources)
tests_test_spill_LDADD = $(LDADD) $(CRYPTO_LIBS)
tests_test_spill_object_SOURCES = tests/test-spill-object.c $(spill_sources)
tests_test_spill_object_LDADD = $(LDADD) $(CRYPTO_LIBS)
check_PROGRAMS += tests/test-spill-room
tests_test_spill_room_SOURCES = tests/test-spill-room.c $(spill_sources)
tests_test_spill_room_LDADD = $(LDADD) $(CRYPTO_LIBS)
check_PROGRAMS += tests/test-spill-copy
tests_test_spill_copy_SOURCES = tests/test-spill-copy.c $(spill_sources)
tests_test_spill_copy_LDADD = $(LDADD) $(CRYPTO_LIBS)
# A copy of SQLite is mapped as AddressSanitizer does not allow.
if !ADDRESS_SANITIZED
check_PROGRAMS += tests/test-spill-fork
endif
tests_test_spill_fork_SOURCES = tests/test-spill-fork.c tests/child.c \
	tests/child.h $(spill_sources)
tests_test_spill_fork_LDADD = $(LDADD) $(CRYPTO_LIBS)

# Hundreds of processes that are killed.
if !ADDRESS_SANITIZED
check_PROGRAMS += tests/test-spill-crash
endif
tests_test_spill_crash_SOURCES = tests/test-spill-crash.c tests/child.c \
	tests/child.h tests/sqlite-end.c tests/sqlite-end.h $(spill_sources)
tests_test_spill_crash_LDADD = $(LDADD) $(CRYPTO_LIBS) $(SQLITE_LIBS)

check_PROGRAMS += tests/stress/spill
tests_stress_spill_SOURCES = tests/stress/spill.c tests/child.c tests/child.h \
	$(certificate_sources) $(fixture_sources)
tests_stress_spill_LDADD = libp11mux.la $(CRYPTO_LIBS)

# SoftHSM on a full disk.
check_PROGRAMS += tests/stress/spill-full
tests_stress_spill_full_SOURCES = tests/stress/spill-full.c $(own_mounts) \
	$(certificate_sources) $(fixture_sources)
tests_stress_spill_full_LDADD = libp11mux.la $(CRYPTO_LIBS)
