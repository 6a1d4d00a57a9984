# SPDX-License-Identifier: BSD-3-Clause
# What `make check` builds and runs. One line for each test:
#
#   check_PROGRAMS += tests/test-noun
#       a criterion test, made of tests/test-noun.c (other sources:
#       tests_test_noun_SOURCES = tests/test-noun.c tests/fixture.c) and linked
#       with libp11mux.la and criterion. Its cases run side by side; where they
#       may not, add `serial_tests += tests/test-noun` too.
#   check_PROGRAMS += tests/stress/noun
#   tests_stress_noun_LDADD = libp11mux.la
#       a plain program that ends with status 0 when all is well (77: cannot
#       run here, with the reason as its last line). Also runs under
#       ThreadSanitizer, which criterion cannot.
#   dist_check_SCRIPTS += tests/check-noun.sh
#       a script: status 0, 77 or other as above; its output is shown when it
#       fails. Scripts that start real applications are in tests/clients/.
#   check_LTLIBRARIES += tests/modules/noun.la
#   tests_modules_noun_la_LDFLAGS = $(test_module_ldflags)
#   tests_modules_noun_la_CFLAGS = $(test_module_cflags)
#       a token for tests, made of tests/modules/noun.c, found at run time as
#       $P11MUX_TEST_MODULES/noun.so.
#   bench_programs += tests/bench/noun
#       built and run by `make bench` only.
#   long_scripts += tests/long/noun.sh
#       a script that takes minutes: `make check-long`, check.sh --long.
#   fuzz_programs += tests/fuzz/noun
#       a libFuzzer harness made of tests/fuzz/noun.c; `make fuzz` builds them
#       where configure was run with CC=clang and --enable-sanitizers=
#       address,undefined,fuzzer; `make check-fuzz` runs each for FUZZ_SECONDS
#       on tests/fuzz/noun.corpus/ (add its files to EXTRA_DIST).
#   valgrind_tests += tests/test-noun
#       a test that has much to do with memory and few cases (each takes a
#       second there): `make check-valgrind` runs it under valgrind.
#   slow_tests = tests/check-noun.sh
#       one that takes many seconds, of whatever kind: begun before the others,
#       in this order.
#   alone_tests += tests/check-noun.sh
#       one that cannot run beside others, of whatever kind: run when they have
#       ended. What it uses should be its own instead.
#   EXTRA_DIST += tests/noun.conf
#       data that a test reads from $P11MUX_SRCDIR.
#
# All of them run with
#   P11MUX_SRCDIR, P11MUX_BUILDDIR  the two folders, absolute
#   P11MUX_MODULE, P11MUX_TOOL      p11mux.so and p11mux as built
#   P11MUX_TEST_MODULES             the folder of the test modules
#   HOME, TMPDIR                    empty folders of their own
# and with none of P11MUX_CONF, XDG_CONFIG_HOME and the like.
# As many run at a time as there are processors (`make check JOBS=1`: one).
# `make check ONLY=pool` runs those with "pool" in their name; check-unit,
# check-stress and check-scripts run one kind, and build only what that needs.

serial_tests =
slow_tests = tests/check-migrate-killed.sh tests/test-replicate-killed \
	tests/check-group-kill.sh tests/clients/migrate-outage.sh \
	tests/check-migrate-canary.sh tests/clients/crypto11.sh \
	tests/check-migrate-bury.sh tests/test-differential \
	tests/test-audit-codes tests/clients/crypto11-pool.sh \
	tests/clients/java.sh tests/check-control.sh tests/test-store-crash \
	tests/test-store-postgresql tests/test-spill-crash \
	tests/clients/nginx-pool.sh tests/clients/pkcs11-tool.sh \
	tests/test-store-move-on-postgresql tests/check-doctor.sh \
	tests/check-certs-kill.sh tests/clients/apache.sh \
	tests/clients/p11-kit.sh tests/clients/nginx-audit.sh \
	tests/clients/nginx.sh tests/clients/java-pool.sh tests/check-format.sh \
	tests/stress/backend tests/stress/pause tests/stress/store-restart
# Calls that take 20 ms hang there; many processes wait for one file here.
alone_tests = tests/stress/watch tests/stress/spill
bench_programs =
fuzz_programs =
long_scripts =
valgrind_tests =
EXTRA_PROGRAMS += $(bench_programs) $(fuzz_programs)
EXTRA_DIST += $(long_scripts) tests/run.sh tests/leaks.supp \
	tests/no-criterion/criterion/criterion.h

test_module_ldflags = $(AM_LDFLAGS) -module -avoid-version -shared \
	-rpath /nowhere -Wl,-Bsymbolic
test_module_cflags = $(AM_CFLAGS) -fvisibility=default

check_PROGRAMS += tests/test-cryptoki
tests_test_cryptoki_SOURCES = tests/test-cryptoki.c tests/cryptoki-ours.c \
	tests/cryptoki-p11-kit.c tests/cryptoki-facts.h tests/cryptoki-facts.def

check_PROGRAMS += tests/test-names
valgrind_tests += tests/test-names

dist_check_SCRIPTS += tests/check-names.sh
dist_check_SCRIPTS += tests/check-layers.sh tests/check-headers.sh \
	tests/check-spdx.sh tests/check-sizes.sh tests/check-lists.sh \
	tests/check-format.sh \
	tests/check-man.sh tests/check-entries.sh tests/check-exports.sh \
	tests/check-runner.sh

# Test modules: tokens that do what a test wants.
module_sources = tests/modules/answer.h tests/modules/argument.h \
	tests/modules/functions.def tests/modules/functions-crypto.def \
	tests/modules/functions-3.def

check_LTLIBRARIES += tests/modules/null.la
tests_modules_null_la_SOURCES = tests/modules/null.c \
	tests/modules/null-object.c tests/modules/null.h $(module_sources)
tests_modules_null_la_LDFLAGS = $(test_module_ldflags)
tests_modules_null_la_CFLAGS = $(test_module_cflags)

check_LTLIBRARIES += tests/modules/record.la
tests_modules_record_la_SOURCES = tests/modules/record.c \
	tests/modules/record-note.c tests/modules/record-answer.c \
	tests/modules/record-token.c tests/modules/record-call.h \
	tests/modules/record.h $(module_sources)
tests_modules_record_la_LDFLAGS = $(test_module_ldflags)
tests_modules_record_la_CFLAGS = $(test_module_cflags)

fault_sources = tests/modules/fault.c tests/modules/fault-list.c \
	tests/modules/fault-rule.c tests/modules/fault-script.c \
	tests/modules/fault-word.c tests/modules/fault-device.c \
	tests/modules/fault-vendor.c tests/modules/fault-handle.c \
	tests/modules/fault-token.c tests/modules/fault-mechanism.c \
	tests/modules/fault-call.h tests/modules/fault.h common/names.c \
	$(module_sources)

check_LTLIBRARIES += tests/modules/fault.la
tests_modules_fault_la_SOURCES = tests/modules/fault-interface.c \
	$(fault_sources)
tests_modules_fault_la_LDFLAGS = $(test_module_ldflags)
tests_modules_fault_la_CFLAGS = $(test_module_cflags)

# The same, but it exports no C_GetInterface.
check_LTLIBRARIES += tests/modules/fault-old.la
tests_modules_fault_old_la_SOURCES = $(fault_sources)
tests_modules_fault_old_la_LDFLAGS = $(test_module_ldflags)
tests_modules_fault_old_la_CFLAGS = $(test_module_cflags)

# What tests stand on: tests/fixture.h.
fixture_sources = tests/fixture.h tests/fixture-folder.c \
	tests/fixture-module.c tests/fixture-token.c tests/fixture-key.c

check_PROGRAMS += tests/test-null
tests_test_null_SOURCES = tests/test-null.c $(fixture_sources)
check_PROGRAMS += tests/test-record
tests_test_record_SOURCES = tests/test-record.c tests/modules/record.h \
	$(fixture_sources)

bench_sources = tests/bench/subject.c tests/bench/subject.h \
	tests/bench/settings.c tests/bench/settings.h \
	tests/bench/work.c tests/bench/work.h $(fixture_sources)
bench_programs += tests/bench/calls tests/bench/pool tests/bench/audit
tests_bench_calls_SOURCES = tests/bench/calls.c $(bench_sources)
tests_bench_calls_LDADD = libp11mux.la
tests_bench_pool_SOURCES = tests/bench/pool.c $(bench_sources)
tests_bench_pool_LDADD = libp11mux.la
tests_bench_audit_SOURCES = tests/bench/audit.c $(bench_sources)
tests_bench_audit_LDADD = libp11mux.la

fixture_fault_sources = tests/fixture-fault.h tests/fixture-fault.c \
	tests/modules/fault.h tests/modules/record.h $(fixture_sources)
check_PROGRAMS += tests/test-fault
tests_test_fault_SOURCES = tests/test-fault.c $(fixture_fault_sources)
check_PROGRAMS += tests/test-fault-token
tests_test_fault_token_SOURCES = tests/test-fault-token.c \
	$(fixture_fault_sources)
check_PROGRAMS += tests/test-fault-device
tests_test_fault_device_SOURCES = tests/test-fault-device.c \
	$(fixture_fault_sources)
check_PROGRAMS += tests/test-fault-list
tests_test_fault_list_SOURCES = tests/test-fault-list.c \
	$(fixture_fault_sources)

check_PROGRAMS += tests/fixture-check
tests_fixture_check_SOURCES = tests/fixture-check.c $(fixture_sources)
check_PROGRAMS += tests/test-fixture
tests_test_fixture_SOURCES = tests/test-fixture.c tests/modules/fault.h \
	$(fixture_sources)
dist_check_SCRIPTS += tests/check-fixtures.sh
EXTRA_DIST += tests/sanitized.h tests/fixture.sh tests/link.sh tests/with-opencryptoki.sh tests/with-tpm.sh \
	tests/with-p11-kit-server.sh

# common/
folder_sources = tests/fixture.h tests/fixture-folder.c
check_PROGRAMS += tests/test-error tests/test-clock tests/test-text
check_PROGRAMS += tests/test-birth
tests_test_birth_SOURCES = tests/test-birth.c tests/child.c tests/child.h
check_PROGRAMS += tests/test-guard
tests_test_guard_SOURCES = tests/test-guard.c $(folder_sources)
# The order of locks is checked in this test however the rest is built.
check_PROGRAMS += tests/test-wake
check_PROGRAMS += tests/test-thread tests/test-worker
check_PROGRAMS += tests/test-origin
check_PROGRAMS += tests/test-lock
tests_test_lock_SOURCES = tests/test-lock.c common/lock.c
tests_test_lock_CPPFLAGS = $(AM_CPPFLAGS) -DP11MUX_STRICT=1
# It breaks the rules to see what happens; clang would see it first.
tests_test_lock_CFLAGS = $(AM_CFLAGS) -Wno-thread-safety
check_PROGRAMS += tests/test-secret
mapping_sources = tests/mapping.c tests/mapping.h $(folder_sources)
tests_test_secret_SOURCES = tests/test-secret.c $(mapping_sources)
tests_test_secret_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=munmap
check_PROGRAMS += tests/test-pages
tests_test_pages_SOURCES = tests/test-pages.c $(mapping_sources)
tests_test_pages_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=munmap
check_PROGRAMS += tests/test-crypto
tests_test_crypto_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=OSSL_LIB_CTX_new \
	-Wl,--wrap=OSSL_PROVIDER_load
tests_test_crypto_LDADD = $(LDADD) $(CRYPTO_LIBS)
check_PROGRAMS += tests/test-crypto-engine
tests_test_crypto_engine_SOURCES = tests/test-crypto-engine.c $(folder_sources)
tests_test_crypto_engine_LDADD = $(LDADD) $(CRYPTO_LIBS)
check_PROGRAMS += tests/test-file tests/test-file-trust
tests_test_file_SOURCES = tests/test-file.c $(folder_sources)
tests_test_file_trust_SOURCES = tests/test-file-trust.c $(folder_sources)
check_PROGRAMS += tests/test-log tests/test-log-socket
tests_test_log_SOURCES = tests/test-log.c $(folder_sources)
tests_test_log_socket_SOURCES = tests/test-log-socket.c tests/daemons.c \
	tests/daemons.h $(folder_sources)
check_PROGRAMS += tests/stress/stress-log tests/stress/stress-lock
tests_stress_stress_log_LDADD = libp11mux.la
tests_stress_stress_lock_LDADD = libp11mux.la

# The configuration.
config_sources = tests/config-expect.c tests/config-expect.h tests/fixture.h \
	tests/fixture-folder.c
check_PROGRAMS += tests/test-config-change
tests_test_config_change_SOURCES = tests/test-config-change.c $(config_sources)
check_PROGRAMS += tests/test-config-pin
tests_test_config_pin_SOURCES = tests/test-config-pin.c $(config_sources)
check_PROGRAMS += tests/test-duration tests/test-match tests/test-config \
	tests/test-config-file tests/test-config-mistakes \
	tests/test-config-sample tests/test-config-values \
	tests/test-config-class tests/test-config-group
tests_test_config_SOURCES = tests/test-config.c $(config_sources)
tests_test_config_file_SOURCES = tests/test-config-file.c $(config_sources)
tests_test_config_mistakes_SOURCES = tests/test-config-mistakes.c \
	$(config_sources)
tests_test_config_sample_SOURCES = tests/test-config-sample.c $(config_sources)
tests_test_config_values_SOURCES = tests/test-config-values.c $(config_sources)
tests_test_config_class_SOURCES = tests/test-config-class.c $(config_sources)
tests_test_config_group_SOURCES = tests/test-config-group.c $(config_sources)
valgrind_tests += tests/test-match tests/test-config tests/test-config-mistakes \
	tests/test-config-values

check_PROGRAMS += tests/print-keys tests/print-config-path tests/print-pin
tests_print_keys_LDADD = libp11mux.la
tests_print_config_path_LDADD = libp11mux.la
dist_check_SCRIPTS += tests/check-keys.sh tests/check-privileges.sh

include tests/fuzz/local.mk
include tests/differential/local.mk
include tests/clients/local.mk
long_scripts += tests/long/crypto11.sh tests/long/nginx-pool.sh \
	tests/long/apache.sh tests/long/java-pool.sh tests/long/audit.sh \
	tests/long/report.sh tests/long/chaos.sh tests/long/migrate.sh
EXTRA_DIST += tests/long/mixed.py

check_PROGRAMS += tests/test-mechanism
tests_test_mechanism_SOURCES = tests/test-mechanism.c \
	tests/mechanism-fixture.c tests/mechanism-fixture.h \
	tests/mechanism-rows.c

check_PROGRAMS += tests/test-mechanism-finish
tests_test_mechanism_finish_SOURCES = tests/test-mechanism-finish.c \
	tests/mechanism-fixture.c tests/mechanism-fixture.h \
	tests/mechanism-rows.c

check_PROGRAMS += tests/test-mechanism-copy
tests_test_mechanism_copy_SOURCES = tests/test-mechanism-copy.c \
	tests/mechanism-fixture.c tests/mechanism-fixture.h \
	tests/mechanism-rows.c
tests_test_mechanism_copy_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc

# Identities and public keys.
key_fixture = tests/key-fixture.c tests/key-fixture.h
fake_objects = tests/fake-objects.c tests/fake-objects.h $(key_fixture)
check_PROGRAMS += tests/test-public-key tests/test-identity \
	tests/test-identity-match tests/test-identity-memory \
	tests/test-identity-tokens
tests_test_public_key_SOURCES = tests/test-public-key.c $(key_fixture)
tests_test_identity_SOURCES = tests/test-identity.c $(fake_objects)
tests_test_identity_match_SOURCES = tests/test-identity-match.c \
	$(fake_objects)
tests_test_identity_memory_SOURCES = tests/test-identity-memory.c \
	$(fake_objects)
tests_test_identity_memory_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc \
	-Wl,--wrap=calloc -Wl,--wrap=realloc
tests_test_identity_tokens_SOURCES = tests/test-identity-tokens.c \
	tests/identity-token.c tests/identity-token.h $(key_fixture) \
	$(fixture_sources)

# Copies between tokens.
transfer_fixture = tests/transfer-token.c tests/transfer-token.h \
	tests/transfer-ends.c tests/transfer-ends.h $(key_fixture) $(fixture_sources)
check_PROGRAMS += tests/test-transfer tests/test-transfer-mend \
	tests/test-transfer-journal tests/test-transfer-fault \
	tests/test-transfer-reason tests/test-transfer-verify \
	tests/test-transfer-cleartext tests/test-transfer-limit \
	tests/test-transfer-seal \
	tests/test-transfer-enforced tests/test-transfer-pattern \
	tests/test-transfer-traits \
	tests/test-catalogue \
	tests/transfer-opencryptoki
tests_transfer_opencryptoki_SOURCES = tests/transfer-opencryptoki.c \
	$(software_sources) $(transfer_fixture)
tests_test_transfer_journal_SOURCES = tests/test-transfer-journal.c \
	tests/child.c tests/child.h $(fixture_sources)
valgrind_tests += tests/test-transfer-journal
tests_test_transfer_SOURCES = tests/test-transfer.c $(transfer_fixture)
tests_test_transfer_mend_SOURCES = tests/test-transfer-mend.c \
	$(transfer_fixture)
tests_test_transfer_verify_SOURCES = tests/test-transfer-verify.c \
	$(transfer_fixture)
tests_test_transfer_enforced_SOURCES = tests/test-transfer-enforced.c \
	$(transfer_fixture)
tests_test_transfer_pattern_SOURCES = tests/test-transfer-pattern.c \
	$(transfer_fixture)
tests_test_transfer_limit_SOURCES = tests/test-transfer-limit.c \
	$(transfer_fixture)
tests_test_transfer_seal_SOURCES = tests/test-transfer-seal.c \
	$(transfer_fixture)
tests_test_transfer_cleartext_SOURCES = tests/test-transfer-cleartext.c \
	$(transfer_fixture)
tests_test_transfer_traits_SOURCES = tests/test-transfer-traits.c \
	$(transfer_fixture)
tests_test_catalogue_SOURCES = tests/test-catalogue.c $(transfer_fixture)
tests_test_transfer_reason_SOURCES = tests/test-transfer-reason.c \
	$(transfer_fixture)
tests_test_transfer_fault_SOURCES = tests/test-transfer-fault.c \
	$(transfer_fixture)
dist_check_SCRIPTS += tests/check-transfer.sh
# A process that is killed at each of its steps.
victim_sources = tests/victim.c tests/victim.h
replicate_fixture = tests/replicate-fixture.c tests/replicate-fixture.h \
	$(fixture_sources)
check_PROGRAMS += tests/test-replicate tests/test-replicate-change \
	tests/test-replicate-doubt tests/test-replicate-door \
	tests/test-replicate-undo
tests_test_replicate_SOURCES = tests/test-replicate.c $(replicate_fixture)
tests_test_replicate_change_SOURCES = tests/test-replicate-change.c \
	$(replicate_fixture)
tests_test_replicate_doubt_SOURCES = tests/test-replicate-doubt.c \
	$(replicate_fixture)
tests_test_replicate_undo_SOURCES = tests/test-replicate-undo.c \
	$(replicate_fixture)
tests_test_replicate_door_SOURCES = tests/test-replicate-door.c \
	$(replicate_fixture)
# Some hundred processes that are killed.
if !ADDRESS_SANITIZED
check_PROGRAMS += tests/test-replicate-killed
endif
tests_test_replicate_killed_SOURCES = tests/test-replicate-killed.c \
	tests/child.c tests/child.h $(victim_sources) $(replicate_fixture)
check_PROGRAMS += tests/stress/replicate
tests_stress_replicate_SOURCES = tests/stress/replicate.c $(fixture_sources)
tests_stress_replicate_LDADD = libp11mux.la

# Where PINs come from.
pin_sources = tests/pin-fixture.c tests/pin-fixture.h tests/fixture.h \
	tests/fixture-folder.c
check_PROGRAMS += tests/test-pin-file tests/test-pin-source \
	tests/test-pin-command tests/test-pin-memory
tests_test_pin_file_SOURCES = tests/test-pin-file.c $(pin_sources)
tests_test_pin_source_SOURCES = tests/test-pin-source.c \
	tests/pin-callback.c tests/pin-callback.h $(pin_sources)
tests_test_pin_source_LDADD = $(LDADD) $(P11KIT_LIBS)
tests_test_pin_command_SOURCES = tests/test-pin-command.c $(pin_sources)
tests_test_pin_memory_SOURCES = tests/test-pin-memory.c $(pin_sources)
check_PROGRAMS += tests/stress/stress-pin
tests_stress_stress_pin_LDADD = libp11mux.la

include tests/overflow.mk
include tests/router.mk
include tests/pool.mk
include tests/control.mk
include tests/migrate.mk
include tests/face.mk
include tests/audit.mk
include tests/store.mk
include tests/database.mk
include tests/proof.mk
include tests/cli.mk

# Modules that only start and end, and one with many lists: backends/.
check_LTLIBRARIES += tests/modules/start.la tests/modules/offer.la
tests_modules_start_la_SOURCES = tests/modules/start.c tests/modules/start.h
tests_modules_start_la_LDFLAGS = $(test_module_ldflags)
tests_modules_start_la_CFLAGS = $(test_module_cflags)
tests_modules_offer_la_LDFLAGS = $(test_module_ldflags)
tests_modules_offer_la_CFLAGS = $(test_module_cflags)

backend_sources = tests/backend-fixture.c tests/backend-fixture.h \
	tests/modules/start.h $(fixture_sources)
check_PROGRAMS += tests/test-list tests/test-profile
check_PROGRAMS += tests/test-library
tests_test_library_SOURCES = tests/test-library.c $(backend_sources)
check_PROGRAMS += tests/test-p11-kit
tests_test_p11_kit_SOURCES = tests/test-p11-kit.c tests/p11-kit-fixture.c \
	tests/p11-kit-fixture.h $(backend_sources)
check_PROGRAMS += tests/test-backend
tests_test_backend_SOURCES = tests/test-backend.c $(backend_sources)
check_PROGRAMS += tests/test-backend-retry
tests_test_backend_retry_SOURCES = tests/test-backend-retry.c \
	$(backend_sources)
check_PROGRAMS += tests/test-start-turn
tests_test_start_turn_SOURCES = tests/test-start-turn.c $(backend_sources)
check_PROGRAMS += tests/test-backend-turn
tests_test_backend_turn_SOURCES = tests/test-backend-turn.c tests/heard.c \
	tests/heard.h $(backend_sources)
check_PROGRAMS += tests/test-backend-instance
tests_test_backend_instance_SOURCES = tests/test-backend-instance.c \
	$(backend_sources)
check_PROGRAMS += tests/test-backend-fork
tests_test_backend_fork_SOURCES = tests/test-backend-fork.c $(backend_sources)
check_PROGRAMS += tests/test-backend-gate
tests_test_backend_gate_SOURCES = tests/test-backend-gate.c $(backend_sources)
check_PROGRAMS += tests/test-backend-real
tests_test_backend_real_SOURCES = tests/test-backend-real.c $(backend_sources)
check_PROGRAMS += tests/stress/backend
tests_stress_backend_SOURCES = tests/stress/backend.c $(backend_sources)
tests_stress_backend_LDADD = libp11mux.la
check_PROGRAMS += tests/stress/start
tests_stress_start_SOURCES = tests/stress/start.c $(backend_sources)
tests_stress_start_LDADD = libp11mux.la
check_PROGRAMS += tests/stress/device
tests_stress_device_SOURCES = tests/stress/device.c $(fixture_sources)
tests_stress_device_LDADD = libp11mux.la

# How the lists above are run.
unit_tests = $(filter tests/test-%,$(check_PROGRAMS))
stress_tests = $(filter tests/stress/%,$(check_PROGRAMS))

# Of the build, without those that hold quotation marks.
header_flags = -I$(abs_top_srcdir) -D_GNU_SOURCE $(STRICT_CPPFLAGS) \
	$(P11KIT_CFLAGS) $(LIBCONFIG_CFLAGS) $(CRYPTO_CFLAGS) \
	$(SQLITE_CFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS) \
	$(CRITERION_CFLAGS) $(AM_CFLAGS)

test_environment = \
	P11MUX_SRCDIR='$(abs_top_srcdir)' P11MUX_BUILDDIR='$(abs_top_builddir)' \
	P11MUX_MODULE='$(abs_top_builddir)/.libs/p11mux.so' \
	P11MUX_TOOL='$(abs_top_builddir)/p11mux' \
	P11MUX_TEST_MODULES='$(abs_top_builddir)/tests/modules/.libs' \
	P11MUX_CC='$(CC)' P11MUX_CFLAGS='$(header_flags)' \
	P11MUX_SANITIZERS='$(SANITIZERS)' P11MUX_SERIAL='$(serial_tests)' \
	P11MUX_ALONE='$(alone_tests)' P11MUX_SLOW='$(slow_tests)' \
	P11MUX_JOBS='$(JOBS)' \
	P11MUX_ONLY='$(ONLY)'
run_tests = $(test_environment) $(SHELL) $(srcdir)/tests/run.sh
slow_first = $(foreach test,$(slow_tests),$(filter $(test),$(1))) \
	$(filter-out $(slow_tests),$(1))

check-local:
	@$(run_tests) $(call slow_first,$(unit_tests) $(stress_tests) \
		$(dist_check_SCRIPTS))

# Of one kind only what ONLY asks for is built.
chosen = $(if $(ONLY),$(foreach test,$(1),$(if $(findstring \
	$(ONLY),$(test)),$(test))),$(1))
script_programs = $(filter-out $(unit_tests) $(stress_tests),$(check_PROGRAMS))

check-programs: all-am $(check_LTLIBRARIES) $(check_PROGRAMS)
check-unit: all-am $(check_LTLIBRARIES) $(script_programs) \
	$(call chosen,$(unit_tests))
	@$(run_tests) $(call slow_first,$(unit_tests))
check-stress: all-am $(check_LTLIBRARIES) $(call chosen,$(stress_tests))
	@$(run_tests) $(call slow_first,$(stress_tests))
check-scripts: all-am $(check_LTLIBRARIES) $(script_programs)
	@$(run_tests) $(call slow_first,$(dist_check_SCRIPTS))
check-long: JOBS = 1
check-long: check-programs
	@P11MUX_TEST_TIMEOUT=3600 $(run_tests) $(long_scripts)
check-valgrind: all-am $(check_LTLIBRARIES) $(valgrind_tests)
	@$(run_tests) $(valgrind_tests:%=valgrind:%)

bench: all-am $(check_LTLIBRARIES) $(bench_programs)
	@for program in $(bench_programs); do \
		$(test_environment) ./$$program || exit 1; done

fuzz: $(fuzz_programs)
check-fuzz: fuzz
	@P11MUX_FUZZ_SECONDS=$(FUZZ_SECONDS) $(run_tests) $(fuzz_programs)
FUZZ_SECONDS = 60

.PHONY: check-programs check-unit check-stress check-scripts check-long \
	check-valgrind bench fuzz check-fuzz

clean-local:
	rm -rf tests/logs
