# SPDX-License-Identifier: BSD-3-Clause
# router/: where a call is decided.
libp11mux_la_SOURCES += \
	router/attempt.c router/attempt.h \
	router/attributes.c router/attributes.h \
	router/balance.c router/balance.h \
	router/call.c router/call.h \
	router/calls.def \
	router/call-count.c router/call-count.h \
	router/choice.c router/choice.h \
	router/cancel.c router/cancel.h \
	router/drain.c router/drain.h \
	router/rest.c router/rest.h \
	router/control-member.c \
	router/control.c router/control.h router/control-private.h \
	router/control-look.c \
	router/control-note.c router/control-note.h \
	router/control-command.c router/control-line.h \
	router/control-page.c router/control-page.h \
	router/counted.h router/counters.def \
	router/counters.c router/counters.h \
	router/counters-file.c router/counters-file.h \
	router/runtime-folder.c router/runtime-folder.h \
	router/counters-layout.h \
	router/counts.c router/counts.h \
	router/facts.c router/facts.h \
	router/holding.c router/holding.h \
	router/fail-over.c router/fail-over.h \
	router/finish.c \
	router/follow.c router/follow.h \
	router/found.c router/found.h \
	router/group-face.c router/group-face.h \
	router/handle.h \
	router/hang.c router/hang.h \
	router/info.c router/info.h \
	router/instance.c router/instance.h \
	router/lengths.c router/lengths.h \
	router/life.c router/life.h \
	router/loss.c router/loss.h router/login.c router/login.h \
	router/login-end.c router/login-bounds.c router/login-call.c router/login-group.c router/login-left-out.c router/login-member.c router/login-so.c router/login-try.c router/login-private.h \
	router/login-memory.c router/login-memory.h \
	router/login-state.h \
	router/migration.c router/migration.h \
	router/migration-look.c router/migration-look.h \
	router/migration-phase.c router/migration-phase.h \
	router/mode.c router/mode.h \
	router/member-probe.c router/member-probe.h \
	router/member-refresh.c router/member-refresh.h \
	router/member-restart.c router/member-restart.h \
	router/member-state.c router/member-state.h \
	router/member-trial.c router/member-trial.h \
	router/mender.c router/mender.h \
	router/hidden.c router/hidden.h \
	router/merge.c router/merge.h \
	router/merge-object.c router/merge-object.h \
	router/refusal.c router/refusal.h \
	router/object-look.c router/known.c router/known.h \
	router/unproven.c router/unproven.h \
	router/tombstone.c router/tombstone.h \
	router/burial.c router/burial.h \
	router/uses.c router/uses.h \
	router/object.c router/object.h \
	router/object-again.c router/object-again.h \
	router/object-cell.c router/object-cell.h \
	router/object-describe.c \
	router/object-end.c \
	router/object-home.c \
	router/object-identity.c \
	router/object-follow.c router/object-follow.h \
	router/object-leave.c \
	router/object-map.c router/object-map.h \
	router/offer.c router/offer.h \
	router/open.c router/open.h \
	router/operation.c router/operation.h \
	router/operation-again.c router/operation-again.h \
	router/outcome.c router/outcome.h \
	router/pause.c router/pause.h \
	router/placement.c router/placement.h \
	router/pool.c router/pool.h router/pool-private.h \
	router/pool-alive.c router/pool-apart.c router/pool-check.c router/pool-drain.c router/pool-grow.c router/pool-keeper.c \
	router/pool-open.c router/pool-queue.c router/pool-rest.c router/pool-sum.c \
	router/pool-take.c router/pool-tend.c \
	router/process.c router/process.h \
	router/proven.c router/proven.h \
	router/record.c router/record.h router/record-before.c \
	router/record-transfer.c \
	router/record-event.c router/record-event.h \
	router/register.c router/register.h \
	router/reload.c router/reload.h \
	router/replica.c router/replica.h router/replica-functions.c \
	router/replicate.c router/replicate.h router/replicate-private.h \
	router/replicate-change.c router/replicate-copy.c router/replicate-mend.c \
	router/replicate-former.c router/replicate-undo.c \
	router/repeat.c router/repeat.h router/repeat-private.h \
	router/route.c router/route.h router/route-member.c router/route-take.c \
	router/scan.c router/scan.h \
	router/search.c router/search.h \
	router/session.c router/session.h \
	router/session-end.c router/session-end.h \
	router/session-follow.c router/session-follow.h \
	router/session-notice.c router/session-notice.h \
	router/settle.c router/settle.h \
	router/slot-change.c router/slot-change.h \
	router/slot-follow.c router/slot-follow.h \
	router/slot-list.c router/slot-list.h \
	router/slot-number.c router/slot-number.h \
	router/slot-state.c router/slot-state.h \
	router/room.c router/room.h \
	router/spill.c router/spill.h router/spill-private.h \
	router/spill-copy.c router/spill-derive.c router/spill-first.c \
	router/spill-full.c router/spill-kept.c router/spill-merge.c \
	router/spill-note.c router/spill-open.c router/spill-place.c \
	router/state.c router/state.h \
	router/state-folder.c router/state-folder.h \
	router/state-lock.c router/state-lock.h \
	router/template.c router/template.h \
	router/trail.c router/trail.h \
	router/translate.c \
	router/tally.h \
	router/tender.c router/tender.h \
	router/tie.c router/tie.h \
	router/token.c router/token.h \
	router/turn.c router/turn.h \
	router/unique-id.c router/unique-id.h \
	router/validation.c router/validation.h \
	router/watch.c router/watch.h router/watch-look.c router/watch-slow.c \
	router/watch-private.h \
	router/write.c router/write.h \
	router/phase.c router/phase.h

# Mechanisms and identities.
libp11mux_la_SOURCES += router/mechanism.c router/mechanism.h \
	router/mapped-file.c router/mapped-file.h \
	router/mechanism-copy.c router/mechanism-copy.h \
	router/mechanism-finish.c router/mechanism-part.c \
	router/mechanism-shape.c router/mechanism-shape-plain.c \
	router/mechanism-table.c router/mechanism-table.h
libp11mux_la_SOURCES += router/identity.c router/identity.h \
	router/identity-material.c \
	router/identity-read.c router/identity-read.h \
	router/identity-find.c router/identity-twin.c \
	router/public-key.c router/public-key.h \
	router/public-key-ec.c router/public-key-parts.h \
	router/public-key-info.c \
	router/values.c router/values.h \
	router/catalogue.c router/catalogue.h

# Copies from one member to another.
libp11mux_la_SOURCES += router/transfer/traits.c router/transfer/traits.h \
	router/transfer/traits-copy.c router/transfer/traits-form.c \
	router/transfer/traits-read.c \
	router/transfer/cleartext.c router/transfer/cleartext.h \
	router/transfer/channel.c router/transfer/channel.h \
	router/transfer/journal.c router/transfer/journal.h \
	router/transfer/journal-about.c \
	router/transfer/journal-lock.c \
	router/transfer/journal-read.c router/transfer/journal-private.h \
	router/transfer/ladder.c router/transfer/ladder.h \
	router/transfer/mend.c router/transfer/mend.h \
	router/transfer/outcome.c router/transfer/outcome.h \
	router/transfer/pattern.c router/transfer/pattern.h \
	router/transfer/proof.c router/transfer/proof.h \
	router/transfer/sight.h \
	router/transfer/transfer-copy.c \
	router/transfer/transfer-form.c router/transfer/transfer-repeat.c \
	router/transfer/transfer.c router/transfer/transfer.h \
	router/transfer/transfer-admit.c router/transfer/transfer-private.h
