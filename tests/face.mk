# SPDX-License-Identifier: BSD-3-Clause
# Tests of the face: p11mux.so as an application sees it, with modules of
# tests/modules behind it.
face_sources = tests/face.c tests/face.h tests/face-call.c tests/face-facts.c \
	tests/face-parameters.c tests/modules/record.h $(fixture_sources)

check_PROGRAMS += tests/test-face
tests_test_face_SOURCES = tests/test-face.c tests/face-check.c \
	tests/face-check.h $(face_sources)
check_PROGRAMS += tests/test-face-list
tests_test_face_list_SOURCES = tests/test-face-list.c $(face_sources)
check_PROGRAMS += tests/test-face-local
tests_test_face_local_SOURCES = tests/test-face-local.c $(face_sources)
check_PROGRAMS += tests/test-face-arguments
tests_test_face_arguments_SOURCES = tests/test-face-arguments.c $(face_sources)
check_PROGRAMS += tests/test-face-cancel
tests_test_face_cancel_SOURCES = tests/test-face-cancel.c $(face_sources)
check_PROGRAMS += tests/test-face-ending
tests_test_face_ending_SOURCES = tests/test-face-ending.c $(face_sources)

# The rows of SEMANTICS 1.4.
parameter_sources = tests/mechanism-rows.c tests/mechanism-fixture.h \
	$(face_sources)
check_PROGRAMS += tests/test-parameters
tests_test_parameters_SOURCES = tests/test-parameters.c $(parameter_sources)
check_PROGRAMS += tests/test-parameters-made
tests_test_parameters_made_SOURCES = tests/test-parameters-made.c \
	$(parameter_sources)
check_PROGRAMS += tests/test-parameters-nested
tests_test_parameters_nested_SOURCES = tests/test-parameters-nested.c \
	$(parameter_sources)

# Modules that hang, change, are old, and many threads.
rig_sources = tests/rig.c tests/rig.h tests/modules/fault.h \
	tests/modules/record.h $(fixture_sources)
check_PROGRAMS += tests/test-hang \
	tests/test-slots tests/test-events tests/test-old-modules \
	tests/test-vendor-handles tests/test-threads
tests_test_hang_SOURCES = tests/test-hang.c $(rig_sources)
tests_test_cancelled_threads_SOURCES = tests/test-cancelled-threads.c \
	$(rig_sources)
tests_test_slots_SOURCES = tests/test-slots.c $(rig_sources)
tests_test_events_SOURCES = tests/test-events.c $(rig_sources)
tests_test_vendor_handles_SOURCES = tests/test-vendor-handles.c $(rig_sources)
tests_test_old_modules_SOURCES = tests/test-old-modules.c tests/rig.c \
	tests/rig.h $(face_sources)
tests_test_threads_SOURCES = tests/test-threads.c tests/crowd.c \
	tests/crowd.h $(fixture_sources)

check_PROGRAMS += tests/stress/face
tests_stress_face_SOURCES = tests/stress/face.c tests/crowd.c tests/crowd.h \
	$(fixture_sources)
tests_stress_face_LDADD = libp11mux.la

# Bad modules and bad configurations.
heard_sources = tests/heard.c tests/heard.h
check_PROGRAMS += tests/test-bad-neighbours tests/test-shared-modules \
	tests/test-bad-input
tests_test_bad_neighbours_SOURCES = tests/test-bad-neighbours.c \
	$(heard_sources) $(rig_sources)
tests_test_shared_modules_SOURCES = tests/test-shared-modules.c $(rig_sources)
tests_test_bad_input_SOURCES = tests/test-bad-input.c $(heard_sources) \
	tests/modules/record.h $(fixture_sources)

check_PROGRAMS += tests/print-tokens
tests_print_tokens_LDADD =
dist_check_SCRIPTS += tests/check-raised.sh

# The heap.
check_PROGRAMS += tests/test-heap
tests_test_heap_SOURCES = tests/test-heap.c tests/heap.c tests/heap.h \
	$(fixture_sources)
tests_test_heap_empty_SOURCES = tests/test-heap-empty.c tests/heap.c \
	tests/heap.h $(face_sources)

# AddressSanitizer takes what was poisoned on a cancelled thread's stack for an
# error, and has a heap of its own, which does not fail on request.
if !SANITIZED
check_PROGRAMS += tests/test-cancelled tests/test-cancelled-threads \
	tests/test-cancelled-pool tests/test-heap-empty
endif
