# SPDX-License-Identifier: BSD-3-Clause
# Tests of router/: the entry functions over tokens that live in the test.
check_LTLIBRARIES += tests/librouter.la
tests_librouter_la_LDFLAGS = $(AM_LDFLAGS)
tests_librouter_la_SOURCES = tests/router-fixture.c tests/router-fixture.h \
	tests/toy.c tests/toy.h tests/toy-inside.h tests/toy-crypto.c \
	tests/toy-object.c tests/toy-state.c tests/toy-token.c $(fixture_sources)
# Objects of its own: other tests build the fixture without libtool.
tests_librouter_la_CFLAGS = $(AM_CFLAGS)
router_ldadd = tests/librouter.la libp11mux-face.la $(LDADD)

check_PROGRAMS += tests/test-session
tests_test_session_LDADD = $(router_ldadd)

check_PROGRAMS += tests/test-object tests/test-object-map \
	tests/test-object-identity tests/test-object-owner
check_PROGRAMS += tests/stress/stress-object
tests_stress_stress_object_LDADD = libp11mux.la
check_PROGRAMS += tests/test-template tests/test-outcome tests/test-operation
tests_test_outcome_LDADD = $(router_ldadd)
tests_test_operation_SOURCES = tests/test-operation.c $(mapping_sources)
tests_test_operation_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=munmap

check_PROGRAMS += tests/test-process

check_PROGRAMS += tests/test-login-memory tests/test-turn
tests_test_turn_LDADD = $(router_ldadd)

check_PROGRAMS += tests/test-pool tests/test-rotate
tests_test_pool_LDADD = $(router_ldadd)
tests_test_rotate_LDADD = $(router_ldadd)

check_PROGRAMS += tests/test-handle-scope tests/test-login-scope
tests_test_login_scope_LDADD = $(router_ldadd)
tests_test_handle_scope_LDADD = $(router_ldadd)
check_PROGRAMS += tests/test-validation tests/test-dual
tests_test_validation_LDADD = $(router_ldadd)
tests_test_dual_LDADD = $(router_ldadd)

state_fixture = tests/state-fixture.c tests/state-fixture.h
check_PROGRAMS += tests/test-state tests/test-state-refused \
	tests/test-state-real
tests_test_state_SOURCES = tests/test-state.c $(state_fixture)
tests_test_state_refused_SOURCES = tests/test-state-refused.c $(state_fixture)
tests_test_state_refused_LDADD = $(router_ldadd)
tests_test_state_real_SOURCES = tests/test-state-real.c $(fixture_sources)
tests_test_state_LDADD = $(router_ldadd)

check_PROGRAMS += tests/test-search tests/test-search-mixed
tests_test_search_LDADD = $(router_ldadd)
tests_test_search_mixed_LDADD = $(router_ldadd)

group_fixture = tests/group-fixture.c tests/group-fixture.h
check_PROGRAMS += tests/test-repeat tests/test-repeat-not
tests_test_repeat_SOURCES = tests/test-repeat.c $(group_fixture)
tests_test_repeat_LDADD = $(router_ldadd)
tests_test_repeat_not_SOURCES = tests/test-repeat-not.c $(group_fixture)
tests_test_repeat_not_LDADD = $(router_ldadd)

check_PROGRAMS += tests/test-group-face
tests_test_group_face_LDADD = $(router_ldadd)
check_PROGRAMS += tests/test-group-write
tests_test_group_write_LDADD = $(router_ldadd)
check_PROGRAMS += tests/test-group-usage
tests_test_group_usage_SOURCES = tests/test-group-usage.c $(group_fixture)
tests_test_group_usage_LDADD = $(router_ldadd)
check_PROGRAMS += tests/test-unique-id
tests_test_unique_id_LDADD = $(router_ldadd)
check_PROGRAMS += tests/test-group-login
tests_test_group_login_LDADD = $(router_ldadd)
check_PROGRAMS += tests/test-group-pin
tests_test_group_pin_LDADD = $(router_ldadd)
check_PROGRAMS += tests/test-group-twin
tests_test_group_twin_LDADD = $(router_ldadd)
check_PROGRAMS += tests/test-mender
tests_test_mender_SOURCES = tests/test-mender.c $(group_fixture)
tests_test_mender_LDADD = $(router_ldadd)
check_PROGRAMS += tests/test-merge
tests_test_merge_SOURCES = tests/test-merge.c $(group_fixture)
tests_test_merge_LDADD = $(router_ldadd)
check_PROGRAMS += tests/test-choice
check_PROGRAMS += tests/test-tie
tests_test_tie_SOURCES = tests/test-tie.c $(group_fixture)
tests_test_tie_LDADD = $(router_ldadd)
tests_test_choice_SOURCES = tests/test-choice.c $(group_fixture)
tests_test_choice_LDADD = $(router_ldadd)

balance_fixture = tests/balance-fixture.c tests/balance-fixture.h
check_PROGRAMS += tests/test-balance tests/test-balance-key
tests_test_balance_SOURCES = tests/test-balance.c $(balance_fixture)
tests_test_balance_LDADD = $(router_ldadd)
tests_test_balance_key_SOURCES = tests/test-balance-key.c $(balance_fixture)
tests_test_balance_key_LDADD = $(router_ldadd)

check_PROGRAMS += tests/test-fail-over
tests_test_fail_over_SOURCES = tests/test-fail-over.c tests/group-steps.c \
	tests/group-steps.h $(group_fixture)
tests_test_fail_over_LDADD = tests/libpool.la $(router_ldadd)

check_PROGRAMS += tests/test-group-search
tests_test_group_search_LDADD = $(router_ldadd)

# Members of one module.
check_PROGRAMS += tests/test-group-together tests/test-group-folder
tests_test_group_together_SOURCES = tests/test-group-together.c $(group_fixture)
tests_test_group_together_LDADD = $(router_ldadd)
tests_test_group_folder_SOURCES = tests/test-group-folder.c $(fixture_sources)

check_PROGRAMS += tests/test-settle
tests_test_settle_LDADD = $(router_ldadd)

check_PROGRAMS += tests/test-call tests/test-open
tests_test_call_LDADD = $(router_ldadd)
tests_test_cancelled_LDADD = $(router_ldadd)
tests_test_open_LDADD = $(router_ldadd)

check_PROGRAMS += tests/test-login-race \
	tests/test-login-automatic tests/test-login-pool tests/test-tender
tests_test_login_pool_LDADD = $(router_ldadd)
tests_test_cancelled_pool_LDADD = $(router_ldadd)
tests_test_login_race_LDADD = $(router_ldadd)
tests_test_login_automatic_LDADD = $(router_ldadd)
tests_test_tender_LDADD = $(router_ldadd)

check_PROGRAMS += tests/test-cancel
tests_test_cancel_LDADD = $(router_ldadd)

check_PROGRAMS += tests/test-call-record tests/test-call-withheld
tests_test_call_record_SOURCES = tests/test-call-record.c $(group_fixture)
tests_test_call_record_LDADD = $(router_ldadd)
check_PROGRAMS += tests/test-call-lost
tests_test_call_lost_SOURCES = tests/test-call-lost.c $(group_fixture)
tests_test_call_lost_LDADD = $(router_ldadd)
tests_test_call_withheld_LDADD = $(router_ldadd)

EXTRA_DIST += tests/old/slots-0.1.0
check_PROGRAMS += tests/test-placement tests/test-slot-number
tests_test_placement_LDADD = $(router_ldadd)
tests_test_slot_number_LDADD = $(router_ldadd)

check_PROGRAMS += tests/test-slot-list tests/test-slot-trouble \
	tests/test-slot-event
tests_test_slot_list_LDADD = $(router_ldadd)
tests_test_slot_trouble_LDADD = $(router_ldadd)
tests_test_slot_event_LDADD = $(router_ldadd)

check_PROGRAMS += tests/test-instance tests/test-instance-inside
tests_test_instance_LDADD = $(router_ldadd)
tests_test_instance_inside_LDADD = $(router_ldadd)
check_PROGRAMS += tests/test-instance-fork
tests_test_instance_fork_LDADD = $(router_ldadd)
# A child's AddressSanitizer waits for the allocator's locks of its parent's
# other threads.
if !SANITIZED
check_PROGRAMS += tests/test-instance-fork-threads tests/test-fork-matrix
endif
tests_test_instance_fork_threads_LDADD = $(router_ldadd)

child_sources = tests/child.c tests/child.h
tests_test_follow_SOURCES = tests/test-follow.c $(child_sources)
tests_test_follow_LDADD = $(router_ldadd)
tests_test_follow_object_SOURCES = tests/test-follow-object.c $(child_sources)
tests_test_follow_object_LDADD = $(router_ldadd)
check_PROGRAMS += tests/test-consumers
tests_test_consumers_SOURCES = tests/test-consumers.c $(child_sources)
tests_test_consumers_LDADD = $(router_ldadd)
tests_test_fork_matrix_SOURCES = tests/test-fork-matrix.c $(child_sources)
tests_test_fork_matrix_LDADD = $(router_ldadd)
tests_test_follow_pool_SOURCES = tests/test-follow-pool.c $(child_sources)
tests_test_follow_pool_LDADD = $(router_ldadd)
tests_test_follow_slot_SOURCES = tests/test-follow-slot.c $(child_sources)
tests_test_follow_slot_LDADD = $(router_ldadd)

# AddressSanitizer waits, in the child, for locks of threads that are no more.
if !ADDRESS_SANITIZED
check_PROGRAMS += tests/stress/fork tests/test-follow tests/test-follow-object \
	tests/test-follow-pool tests/test-follow-slot
endif
tests_stress_fork_SOURCES = tests/stress/fork.c $(child_sources)
tests_stress_fork_LDADD = tests/librouter.la libp11mux-face.la libp11mux.la

check_PROGRAMS += tests/stress/stress-session
tests_stress_stress_session_LDADD = libp11mux.la

# What processes show of themselves.
counters_fixture = tests/counters-fixture.c tests/counters-fixture.h \
	cli/gathering.c cli/memory.c cli/message.c cli/shown.c cli/total.c
check_PROGRAMS += tests/test-counters
tests_test_counters_SOURCES = tests/test-counters.c tests/child.c \
	tests/child.h $(counters_fixture)
tests_test_counters_LDADD = $(pool_ldadd)
check_PROGRAMS += tests/test-counters-file
tests_test_counters_file_SOURCES = tests/test-counters-file.c tests/child.c \
	tests/child.h tests/heard.c tests/heard.h $(counters_fixture)
tests_test_counters_file_LDADD = $(pool_ldadd)
check_PROGRAMS += tests/stress/counters
tests_stress_counters_SOURCES = tests/stress/counters.c $(counters_fixture)
tests_stress_counters_LDADD = tests/libpool.la tests/librouter.la \
	libp11mux-face.la libp11mux.la
check_PROGRAMS += tests/stress/counters-full
tests_stress_counters_full_SOURCES = tests/stress/counters-full.c \
	tests/heard.c tests/heard.h $(own_mounts) $(fixture_sources)
tests_stress_counters_full_LDADD = libp11mux.la
