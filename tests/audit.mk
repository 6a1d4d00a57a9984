# SPDX-License-Identifier: BSD-3-Clause
# Tests of audit/: the log that is written.
audit_reader = tests/audit-reader.c tests/audit-reader.h

check_PROGRAMS += tests/test-audit-line
valgrind_tests += tests/test-audit-line

daemon_sources = tests/daemons.c tests/daemons.h tests/fixture.h \
	tests/fixture-folder.c
check_PROGRAMS += tests/test-audit-message
valgrind_tests += tests/test-audit-message
tests_test_audit_message_SOURCES = tests/test-audit-message.c $(daemon_sources)

check_PROGRAMS += tests/test-audit-relay
tests_test_audit_relay_SOURCES = tests/test-audit-relay.c tests/child.c \
	tests/child.h tests/heard.c tests/heard.h $(daemon_sources)

audited_sources = tests/audited.c tests/audited.h $(audit_reader)
check_PROGRAMS += tests/test-audit-trail
tests_test_audit_trail_SOURCES = tests/test-audit-trail.c $(audited_sources)
tests_test_audit_trail_LDADD = $(router_ldadd) $(CRYPTO_LIBS)
check_PROGRAMS += tests/test-found
tests_test_found_SOURCES = tests/test-found.c $(audited_sources)
tests_test_found_LDADD = $(router_ldadd) $(CRYPTO_LIBS)
tests_test_found_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=identity_free
check_PROGRAMS += tests/test-audit-file
tests_test_audit_file_SOURCES = tests/test-audit-file.c $(child_sources) \
	$(audited_sources)
tests_test_audit_file_LDADD = $(router_ldadd) $(CRYPTO_LIBS)
check_PROGRAMS += tests/test-audit-trouble
tests_test_audit_trouble_SOURCES = tests/test-audit-trouble.c \
	$(child_sources) tests/heard.c tests/heard.h $(audited_sources)
tests_test_audit_trouble_LDADD = $(router_ldadd) $(CRYPTO_LIBS)
check_PROGRAMS += tests/test-audit-deny
tests_test_audit_deny_SOURCES = tests/test-audit-deny.c $(audited_sources)
tests_test_audit_deny_LDADD = $(router_ldadd) $(CRYPTO_LIBS)
check_PROGRAMS += tests/test-audit-intent
tests_test_audit_intent_SOURCES = tests/test-audit-intent.c $(child_sources) \
	$(audited_sources)
tests_test_audit_intent_LDADD = $(router_ldadd) $(CRYPTO_LIBS)
# AddressSanitizer waits, in the child, for locks of threads that are no more.
if !ADDRESS_SANITIZED
check_PROGRAMS += tests/test-audit-buffer
endif
tests_test_audit_buffer_SOURCES = tests/test-audit-buffer.c $(child_sources) \
	$(audited_sources)
tests_test_audit_buffer_LDADD = $(router_ldadd) $(CRYPTO_LIBS)

check_PROGRAMS += tests/stress/audit-sinks
tests_stress_audit_sinks_SOURCES = tests/stress/audit-sinks.c \
	tests/daemons-record.c tests/audit-reader.c tests/audit-reader.h \
	$(daemon_sources)
tests_stress_audit_sinks_LDADD = libp11mux.la $(CRYPTO_LIBS)
check_PROGRAMS += tests/test-audit-sinks
tests_test_audit_sinks_SOURCES = tests/test-audit-sinks.c tests/daemons.c \
	tests/daemons.h $(child_sources) $(audited_sources)
tests_test_audit_sinks_LDADD = $(router_ldadd) $(CRYPTO_LIBS)

check_LTLIBRARIES += tests/modules/redirect.la
tests_modules_redirect_la_LDFLAGS = $(test_module_ldflags)
tests_modules_redirect_la_CFLAGS = $(test_module_cflags)

check_PROGRAMS += tests/test-audit-secret
tests_test_audit_secret_SOURCES = tests/test-audit-secret.c \
	tests/modules/redirect.c tests/daemons.c tests/daemons-record.c \
	tests/daemons.h $(audit_reader) $(face_sources)
tests_test_audit_secret_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--export-dynamic-symbol=connect
tests_test_audit_secret_LDADD = $(LDADD) $(CRYPTO_LIBS)

# Side by side, criterion itself leaks here.
check_PROGRAMS += tests/test-audit-codes
serial_tests += tests/test-audit-codes
tests_test_audit_codes_SOURCES = tests/test-audit-codes.c \
	tests/modules/fault.h $(audit_reader) $(face_sources)
tests_test_audit_codes_LDADD = $(LDADD) $(CRYPTO_LIBS)

dist_check_SCRIPTS += tests/check-audit-places.sh
check_PROGRAMS += tests/test-audit-place
tests_test_audit_place_SOURCES = tests/test-audit-place.c $(folder_sources)
tests_test_audit_place_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fchown \
	-Wl,--wrap=linkat

# Many processes and one log, whatever comes in between.
own_mounts = tests/own-mounts.c tests/own-mounts.h
signers_sources = tests/signers.c tests/signers-check.c tests/signers.h \
	$(fixture_sources)
check_PROGRAMS += tests/stress/audit tests/stress/audit-kill \
	tests/stress/audit-full tests/stress/audit-moved \
	tests/stress/audit-rotation
tests_stress_audit_SOURCES = tests/stress/audit.c $(signers_sources)
tests_stress_audit_LDADD = libp11mux.la
tests_stress_audit_kill_SOURCES = tests/stress/audit-kill.c $(signers_sources)
tests_stress_audit_kill_LDADD = libp11mux.la
tests_stress_audit_full_SOURCES = tests/stress/audit-full.c $(audit_reader) \
	$(own_mounts) \
	$(signers_sources)
tests_stress_audit_full_LDADD = libp11mux.la $(CRYPTO_LIBS)
tests_stress_audit_moved_SOURCES = tests/stress/audit-moved.c \
	$(own_mounts) $(signers_sources)
tests_stress_audit_moved_LDADD = libp11mux.la

check_PROGRAMS += tests/test-audit-clerk
clerked_sources = tests/clerked.c tests/clerked.h $(audited_sources)
tests_test_audit_clerk_SOURCES = tests/test-audit-clerk.c $(child_sources) \
	$(clerked_sources)
tests_test_audit_clerk_LDADD = $(router_ldadd) $(CRYPTO_LIBS)
check_PROGRAMS += tests/test-audit-key
tests_test_audit_key_SOURCES = tests/test-audit-key.c $(clerked_sources)
tests_test_audit_key_LDADD = $(router_ldadd) $(CRYPTO_LIBS)
check_PROGRAMS += tests/stress/clerk
tests_stress_clerk_SOURCES = tests/stress/clerk.c $(fixture_sources)
tests_stress_clerk_LDADD = libp11mux.la $(CRYPTO_LIBS)
tests_stress_audit_rotation_SOURCES = tests/stress/audit-rotation.c \
	$(own_mounts) $(signers_sources)
tests_stress_audit_rotation_LDADD = libp11mux.la
