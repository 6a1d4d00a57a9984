# SPDX-License-Identifier: BSD-3-Clause
# tests/fuzz/: see tests/local.mk for what a harness is.
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer

fuzz_programs += tests/fuzz/config
tests_fuzz_config_LDADD = libp11mux.la
tests_fuzz_config_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += tests/fuzz/config.corpus/modules.conf \
	tests/fuzz/config.corpus/tokens.conf

fuzz_programs += tests/fuzz/match
tests_fuzz_match_LDADD = libp11mux.la
tests_fuzz_match_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += tests/fuzz/match.corpus/all tests/fuzz/match.corpus/query

fuzz_programs += tests/fuzz/audit
tests_fuzz_audit_LDADD = libp11mux.la
tests_fuzz_audit_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += tests/fuzz/audit.corpus/checkpoint tests/fuzz/audit.corpus/key \
	tests/fuzz/audit.corpus/log tests/fuzz/audit.corpus/proof \
	tests/fuzz/audit.corpus/manifest

fuzz_programs += tests/fuzz/entry
tests_fuzz_entry_SOURCES = tests/fuzz/entry.c cli/audit-entry.c \
	cli/audit-glance.c cli/memory.c cli/moment.c cli/utf8.c \
	tests/entry-fixture.c tests/entry-fixture.h
tests_fuzz_entry_LDADD = libp11mux.la $(JANSSON_LIBS)
tests_fuzz_entry_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += tests/fuzz/entry.corpus/piece tests/fuzz/entry.corpus/record \
	tests/fuzz/entry.corpus/glance \
	tests/fuzz/entry.corpus/time
