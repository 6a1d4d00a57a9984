# SPDX-License-Identifier: BSD-3-Clause
# One conversation with a vendor's module and with p11mux in front of it:
# tests/test-differential runs tests/differential/play twice and compares.
check_PROGRAMS += tests/differential/play tests/test-differential
tests_differential_play_SOURCES = tests/differential/play.c \
	tests/differential/ask-all.c tests/differential/ask-key.c \
	tests/differential/ask-message.c tests/differential/ask-object.c \
	tests/differential/ask-operation.c tests/differential/ask-session.c \
	tests/differential/ask-slot.c tests/differential/ask.h \
	tests/differential/cipher.c tests/differential/cipher.h \
	tests/differential/conversation.h \
	tests/differential/conversations.def tests/differential/material-prime.c \
	tests/differential/material-prime.h tests/differential/material.c \
	tests/differential/material.h tests/differential/prepare.c \
	tests/differential/signing.c tests/differential/signing.h \
	tests/differential/symbol.c tests/differential/symbol.h \
	tests/differential/keys.c tests/differential/keys.h \
	tests/differential/talk-digests.c \
	tests/differential/talk-administration.c \
	tests/differential/talk-cancelling.c \
	tests/differential/talk-messages.c \
	tests/differential/talk-interleaving.c \
	tests/differential/talk-recovery.c \
	tests/differential/talk-refusals.c tests/differential/talk-wrapping.c \
	tests/differential/talk-derivation.c \
	tests/differential/talk-errors.c tests/differential/talk-keys.c \
	tests/differential/talk-encryption.c \
	tests/differential/talk-signatures.c \
	tests/differential/talk-attributes.c \
	tests/differential/talk-certificates.c \
	tests/differential/talk-neighbours.c \
	tests/differential/talk-templates.c tests/certificate-rows.def \
	$(sheet_sources) \
	tests/differential/talk-objects.c tests/differential/talk-searches.c \
	tests/differential/talk-initialize.c tests/differential/talk-logins.c \
	tests/differential/talk-sessions.c tests/differential/talk-slots.c \
	tests/differential/talk.c tests/differential/talk.h \
	tests/differential/template.c tests/differential/template.h \
	tests/differential/zeros.def \
	tests/fixture-folder.c tests/fixture-module.c tests/fixture-token.c \
	tests/fixture.h
tests_test_differential_SOURCES = tests/test-differential.c \
	tests/differential/differences.c \
	tests/differential/differences-grouped.c \
	tests/differential/differences-pooled.c \
	tests/differential/differences-stored.c \
	tests/differential/differences.h \
	tests/differential/transcript.c tests/differential/transcript.h \
	$(fixture_sources)
check_PROGRAMS += tests/test-transcript
tests_test_transcript_SOURCES = tests/test-transcript.c \
	tests/differential/transcript.c tests/differential/transcript.h \
	$(folder_sources)

# SoftHSM throws exceptions, and clang's AddressSanitizer looks only at the
# start for who throws.
if SANITIZED
tests_differential_play_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--no-as-needed,-l:libstdc++.so.6,--as-needed
endif
