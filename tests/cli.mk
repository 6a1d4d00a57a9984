# SPDX-License-Identifier: BSD-3-Clause
# Tests of cli/: its parts, and the tool as people use it.
check_PROGRAMS += tests/test-json tests/test-table
report_sources = cli/json.c cli/memory.c cli/moment.c cli/page.c \
	cli/page-style.c cli/page-value.c cli/report.c cli/table.c cli/utf8.c
tests_test_json_SOURCES = tests/test-json.c $(report_sources)
tests_test_table_SOURCES = tests/test-table.c $(report_sources)
valgrind_tests += tests/test-json tests/test-table

# Reading the audit log.
check_PROGRAMS += tests/test-moment tests/test-audit-entry tests/test-latency
tests_test_latency_SOURCES = tests/test-latency.c cli/latency.c cli/memory.c
tests_test_moment_SOURCES = tests/test-moment.c cli/moment.c
tests_test_audit_entry_SOURCES = tests/test-audit-entry.c cli/audit-entry.c \
	cli/audit-glance.c cli/memory.c cli/utf8.c
tests_test_audit_entry_LDADD = $(LDADD) $(JANSSON_LIBS)
valgrind_tests += tests/test-audit-entry
check_PROGRAMS += tests/test-audit-glance
tests_test_audit_glance_SOURCES = tests/test-audit-glance.c \
	tests/entry-fixture.c tests/entry-fixture.h cli/audit-detail.c \
	cli/audit-entry.c \
	cli/audit-glance.c cli/memory.c cli/utf8.c
tests_test_audit_glance_LDADD = $(LDADD) $(JANSSON_LIBS)
dist_check_SCRIPTS += tests/check-audit-show.sh tests/check-audit-stats.sh \
	tests/check-report.sh
EXTRA_DIST += tests/report.py tests/report-log.py \
	tests/report-look.py

dist_check_SCRIPTS += tests/check-group-sync.sh tests/check-group-kill.sh

# Commands that are killed at their steps: every other one, in tests/long each.
check_PROGRAMS += tests/victim
tests_victim_SOURCES = tests/victim-command.c $(victim_sources) \
	$(fixture_sources)
EXTRA_DIST += tests/kill.sh
long_scripts += tests/long/kill.sh

dist_check_SCRIPTS += tests/check-migrate-plan.sh tests/check-migrate-run.sh \
	tests/check-migrate-jobs.sh \
	tests/check-migrate-kill.sh tests/check-migrate-phase.sh \
	tests/check-migrate-namesakes.sh tests/check-migrate-meanwhile.sh \
	tests/check-migrate-bury.sh \
	tests/check-migrate-calls.sh tests/check-migrate-canary.sh \
	tests/check-migrate-killed.sh tests/check-quickstart.sh
EXTRA_DIST += tests/migrate.sh
check_PROGRAMS += tests/test-batch
tests_test_batch_SOURCES = tests/test-batch.c cli/batch.c cli/memory.c \
	cli/move-again.c cli/original.c
check_PROGRAMS += tests/test-moving
tests_test_moving_SOURCES = tests/test-moving.c cli/moving.c cli/memory.c \
	cli/retry.c
check_PROGRAMS += tests/test-sync
tests_test_sync_SOURCES = tests/test-sync.c cli/sync.c cli/original.c \
	cli/retry.c cli/memory.c
dist_check_SCRIPTS += tests/check-group.sh tests/check-certs.sh tests/check-certs-kill.sh \
	tests/check-certs-migrate.sh tests/check-certs-verify.sh
dist_check_SCRIPTS += tests/check-tool.sh tests/check-doctor.sh tests/check-login.sh \
	tests/check-commands.sh
EXTRA_DIST += tests/tool.sh

# The audit report.
check_PROGRAMS += tests/test-group tests/test-timeline tests/test-page
tests_test_group_SOURCES = tests/test-group.c cli/group.c cli/latency.c \
	cli/memory.c
tests_test_timeline_SOURCES = tests/test-timeline.c cli/timeline.c \
	cli/memory.c
account_sources = cli/account.c cli/audit-damage.c cli/audit-detail.c \
	cli/audit-entry.c \
	cli/audit-filter.c cli/audit-glance.c cli/event-class.c cli/group.c \
	cli/latency.c cli/memory.c cli/message.c cli/moment.c cli/note-list.c \
	cli/request.c cli/run-list.c cli/timeline.c cli/utf8.c
check_PROGRAMS += tests/test-account
tests_test_account_SOURCES = tests/test-account.c $(account_sources) \
	$(fixture_sources)
tests_test_account_LDADD = $(LDADD) $(JANSSON_LIBS)
tests_test_page_SOURCES = tests/test-page.c cli/chart.c cli/page.c \
	cli/page-style.c \
	cli/page-value.c cli/latency.c cli/memory.c cli/moment.c \
	cli/timeline.c cli/utf8.c
valgrind_tests += tests/test-group tests/test-page

# Certificates.
check_PROGRAMS += tests/test-chain
tests_test_chain_SOURCES = tests/test-chain.c cli/chain.c cli/memory.c
valgrind_tests += tests/test-chain

# What processes do with their tokens.
dist_check_SCRIPTS += tests/check-status.sh
EXTRA_DIST += tests/prometheus.py tests/watch.py
check_PROGRAMS += tests/status-worker
tests_status_worker_SOURCES = tests/status-worker.c $(fixture_sources)
tests_status_worker_LDADD = libp11mux.la
check_PROGRAMS += tests/test-sparkline tests/test-total
tests_test_sparkline_SOURCES = tests/test-sparkline.c cli/sparkline.c
tests_test_total_SOURCES = tests/test-total.c cli/memory.c cli/message.c \
	cli/shown.c cli/total.c cli/trend.c
valgrind_tests += tests/test-total

# Keys in files.
check_PROGRAMS += tests/test-key-bundle
key_bundle_sources = cli/key-bundle.c cli/key-bundle-pem.c \
	cli/key-bundle-pkcs12.c cli/certificate-file.c cli/memory.c \
	cli/message.c cli/passphrase.c cli/terminal.c
tests_test_key_bundle_SOURCES = tests/test-key-bundle.c \
	tests/key-forms.c tests/key-forms.h \
	$(key_bundle_sources) $(fixture_sources)

# Keys that OpenSSL has, on their way to a token.
software_sources = cli/software.c cli/software-encrypt.c \
	cli/software-value.c \
	cli/software-verify.c cli/software-wrap.c cli/key-info.c \
	tests/software-fixture.c \
	tests/software-fixture.h
check_PROGRAMS += tests/test-software tests/test-software-wrap \
	tests/test-software-transfer
tests_test_software_SOURCES = tests/test-software.c $(software_sources)
tests_test_software_wrap_SOURCES = tests/test-software-wrap.c \
	$(software_sources)
tests_test_software_transfer_SOURCES = tests/test-software-transfer.c \
	$(software_sources) $(transfer_fixture)
dist_check_SCRIPTS += tests/check-import.sh tests/check-import-group.sh
EXTRA_DIST += tests/import.sh tests/memory.py
