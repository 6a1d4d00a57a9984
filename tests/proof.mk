# SPDX-License-Identifier: BSD-3-Clause
# Tests of audit/: the proof that a log was not changed.
proof_sources = tests/proof-fixture.c tests/proof-fixture.h tests/fixture.h \
	tests/fixture-folder.c
check_PROGRAMS += tests/test-audit-mutations
tests_test_audit_mutations_SOURCES = tests/test-audit-mutations.c \
	$(proof_sources)
check_PROGRAMS += tests/test-audit-tree tests/test-audit-note \
	tests/test-audit-verify tests/test-audit-torn
valgrind_tests += tests/test-audit-note tests/test-audit-verify
tests_test_audit_torn_SOURCES = tests/test-audit-torn.c $(proof_sources)
tests_test_audit_verify_SOURCES = tests/test-audit-verify.c $(proof_sources)
check_PROGRAMS += tests/test-audit-signer
tests_test_audit_signer_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=nanosleep
tests_test_audit_signer_SOURCES = tests/test-audit-signer.c \
	tests/audit-reader.c tests/audit-reader.h $(proof_sources)
check_PROGRAMS += tests/test-audit-copy
tests_test_audit_copy_SOURCES = tests/test-audit-copy.c tests/daemons.c \
	tests/daemons.h tests/heard.c tests/heard.h $(proof_sources)

# A log for scripts, and scripts that try the tool with it.
check_PROGRAMS += tests/print-log
tests_print_log_SOURCES = tests/print-log.c $(proof_sources)
tests_print_log_LDADD = libp11mux.la
dist_check_SCRIPTS += tests/check-audit.sh tests/check-units.sh tests/check-rotate.sh \
	tests/check-checkpoints.sh
EXTRA_DIST += tests/old/audit-change-0.1.0.jsonl \
	tests/old/audit-change-0.1.0.jsonl.checkpoint \
	tests/old/audit-change-0.1.0.jsonl.checkpoints \
	tests/old/audit-change-0.1.0.pub tests/old/audit-change-0.1.0.next.pub
EXTRA_DIST += tests/audit.py tests/old/audit-0.1.0.pub \
	tests/old/audit-0.1.0.jsonl tests/old/audit-0.1.0.jsonl.checkpoint \
	tests/old/audit-0.1.0.jsonl.checkpoints \
	tests/old/audit-0.1.0.jsonl.tree tests/old/audit-0.1.0.tlog-proof \
	tests/old/audit-rotated-0.1.0.pub \
	tests/old/audit-rotated-0.1.0.jsonl \
	tests/old/audit-rotated-0.1.0.jsonl.1.gz \
	tests/old/audit-rotated-0.1.0.jsonl.2 \
	tests/old/audit-rotated-0.1.0.jsonl.checkpoint \
	tests/old/audit-rotated-0.1.0.jsonl.checkpoints \
	tests/old/audit-rotated-0.1.0.jsonl.manifest \
	tests/old/audit-rotated-0.1.0.jsonl.tree

bench_programs += tests/bench/verify tests/bench/report
tests_bench_report_SOURCES = tests/bench/report.c $(fixture_sources)
tests_bench_report_LDADD = libp11mux.la
tests_bench_verify_SOURCES = tests/bench/verify.c $(proof_sources)
tests_bench_verify_LDADD = libp11mux.la

# Logs with older files.
rotated_sources = tests/rotated.c tests/rotated.h $(gzip_sources) \
	$(proof_sources)
check_PROGRAMS += tests/test-audit-older
tests_test_audit_older_SOURCES = tests/test-audit-older.c $(rotated_sources)
tests_test_audit_older_LDADD = $(LDADD) $(ZLIB_LIBS)
check_PROGRAMS += tests/test-audit-rotation
tests_test_audit_rotation_SOURCES = tests/test-audit-rotation.c \
	$(rotated_sources)
tests_test_audit_rotation_LDADD = $(LDADD) $(ZLIB_LIBS)
check_PROGRAMS += tests/test-audit-interrupted
tests_test_audit_interrupted_SOURCES = tests/test-audit-interrupted.c \
	$(child_sources) $(rotated_sources)
tests_test_audit_interrupted_LDADD = $(LDADD) $(ZLIB_LIBS)
tests_test_audit_interrupted_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=link \
	-Wl,--wrap=rename -Wl,--wrap=unlink -Wl,--wrap=fchmod -Wl,--wrap=write
check_PROGRAMS += tests/test-audit-spread
tests_test_audit_spread_SOURCES = tests/test-audit-spread.c $(rotated_sources)
tests_test_audit_spread_LDADD = $(LDADD) $(ZLIB_LIBS)
