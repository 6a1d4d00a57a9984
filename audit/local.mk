# SPDX-License-Identifier: BSD-3-Clause
# audit/: libp11mux_la_SOURCES += audit/noun.c audit/noun.h
# The proof that a log was not changed.
libp11mux_la_SOURCES += audit/base64.c audit/base64.h audit/chain.c \
	audit/chain.h audit/checkpoint.c audit/checkpoint.h audit/copy.c \
	audit/copy.h audit/fault.h audit/key-chain.c audit/key-chain.h \
	audit/key-change.c audit/key-change.h \
	audit/lines.c audit/lines.h audit/link.c \
	audit/link.h audit/manifest.c audit/manifest.h audit/note.c \
	audit/note.h audit/note-key.c audit/note-key.h audit/note-text.c \
	audit/note-text.h audit/pieces.c audit/pieces.h audit/proof.c audit/proof.h audit/rotation.c \
	audit/rotation.h audit/run-table.c audit/run-table.h \
	audit/sequence.c audit/sequence.h audit/sequence-find.c \
	audit/signer.c audit/signer.h audit/signer-inside.h \
	audit/signer-list.c audit/signer-list.h audit/signer-load.c \
	audit/signer-read.c audit/signer-state.c audit/signer-state.h \
	audit/source.c audit/source.h audit/tree.c audit/tree.h \
	audit/verify.c audit/verify.h audit/verify-checkpoints.c \
	audit/verify-private.h audit/verify-text.c \
	audit/verify-text.h audit/word-text.c audit/word-text.h

# The log of who used which key.
libp11mux_la_SOURCES += audit/event.h \
	audit/batch.c audit/batch.h \
	audit/fields.c audit/fields.h \
	audit/flusher.c audit/flusher.h \
	audit/line.c audit/line.h \
	audit/log.c audit/log.h \
	audit/announcement.c audit/announcement.h \
	audit/clerk.c audit/clerk.h \
	audit/config-watch.c audit/config-watch.h \
	audit/key-file.c audit/key-file.h \
	audit/log-file.c audit/log-file.h \
	audit/message.c audit/message.h audit/message-form.h \
	audit/message-journal.c audit/message-syslog.c \
	audit/log-place.c audit/log-place.h \
	audit/program.c audit/program.h \
	audit/relay.c audit/relay.h \
	audit/relay-queue.c audit/relay-queue.h \
	audit/relay-socket.c audit/relay-socket.h \
	audit/run.c audit/run.h audit/run-behind.c audit/run-private.h \
	audit/sealer.c audit/sealer.h \
	audit/trouble.c audit/trouble.h \
	audit/view.c audit/view.h

# What only those have who are linked with $(ZLIB_LIBS).
gzip_sources = audit/source-gzip.c audit/source-gzip.h
