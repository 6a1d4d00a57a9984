# SPDX-License-Identifier: BSD-3-Clause
# cli/: p11mux_SOURCES += cli/noun.c cli/noun.h; a command also has its row in
# a file cli/commands*.def.
bin_PROGRAMS += p11mux
p11mux_SOURCES = \
	cli/account.c cli/account.h \
	cli/audit-checkpoint.c \
	cli/audit-damage.c cli/audit-damage.h \
	cli/audit-detail.c cli/audit-detail.h \
	cli/audit-entry.c cli/audit-entry.h \
	cli/audit-files.c cli/audit-files.h \
	cli/audit-filter.c cli/audit-filter.h \
	cli/audit-follow.c cli/audit-follow.h \
	cli/audit-glance.c cli/audit-glance.h \
	cli/audit-key.c cli/audit-key.h \
	cli/audit-keygen.c \
	cli/audit-prove.c \
	cli/audit-report.c \
	cli/audit-rotate.c \
	cli/audit-row.c cli/audit-row.h \
	cli/audit-show.c \
	cli/audit-stats.c \
	cli/audit-tail.c cli/audit-tail.h \
	cli/audit-tally.c cli/audit-tally.h \
	cli/audit-verify.c \
	cli/certificate.c cli/certificate.h \
	cli/buried.c cli/buried.h \
	cli/certificate-file.c cli/certificate-file.h \
	cli/certificate-hint.c cli/certificate-hint.h \
	cli/certs-add.c \
	cli/certs-capacity.c \
	cli/certs-copy.c \
	cli/certs-export.c \
	cli/certs-list.c cli/certs-migrate.c \
	cli/certs-rebalance.c \
	cli/certs-remove.c \
	cli/certs-verify.c \
	cli/chain.c cli/chain.h \
	cli/chart.c cli/chart.h \
	cli/check.c \
	cli/choice.c cli/choice.h \
	cli/command.c cli/command.h cli/commands.def cli/commands-audit.def \
	cli/commands-certs.def cli/commands-migrate.def cli/command-find.c \
	cli/configuration.c cli/configuration.h \
	cli/control.c \
	cli/copy-row.c cli/copy-row.h \
	cli/copying.c cli/copying.h cli/copying-make.c cli/copying-mend.c \
	cli/control.h cli/control-member.c \
	cli/control-order.c cli/control-order.h \
	cli/control-reach.c cli/control-reach.h \
	cli/control-reload.c cli/control-reload.h \
	cli/crash.c cli/crash.h \
	cli/diagnosis.c cli/diagnosis.h \
	cli/doctor.c \
	cli/dossier.c cli/dossier.h \
	cli/dossier-administration.c \
	cli/dossier-failures.c \
	cli/dossier-gaps.c \
	cli/dossier-keys.c \
	cli/dossier-latency.c \
	cli/dossier-time.c \
	cli/dossier-users.c \
	cli/dossier-verdict.c \
	cli/ending.c cli/ending.h \
	cli/event-class.c cli/event-class.h \
	cli/examine.h \
	cli/examine-checkpoints.c \
	cli/examine-control.c cli/examine-copies.c \
	cli/examine-file.c \
	cli/examine-modules.c \
	cli/examine-p11-kit.c \
	cli/examine-pins.c \
	cli/examine-places.c cli/examine-probes.c \
	cli/examine-rules.c \
	cli/examine-softhsm.c \
	cli/examine-store.c \
	cli/examine-tokens.c \
	cli/finding.c cli/finding.h \
	cli/group.c cli/group.h \
	cli/group-objects.c cli/group-objects.h \
	cli/group-sync.c \
	cli/handles.c cli/handles.h \
	cli/help.c cli/help.h \
	cli/hex.c cli/hex.h \
	cli/holder.c cli/holder.h \
	cli/holding.c cli/holding.h \
	cli/holding-create.c cli/holding-create.h \
	cli/holding-row.c cli/holding-row.h \
	cli/import-certificates.c \
	cli/import-journal.c cli/import-journal.h \
	cli/import-left.c cli/import-left.h \
	cli/import-row.c cli/import-row.h \
	cli/import-wish.c cli/import-wish.h \
	cli/importing.c cli/importing.h \
	cli/json.c cli/json.h \
	cli/key-bundle.c cli/key-bundle.h cli/key-bundle-private.h \
	cli/key-bundle-pem.c cli/key-bundle-pkcs12.c \
	cli/key-info.c cli/key-info.h \
	cli/key-rank.c cli/key-rank.h \
	cli/key-ring.c cli/key-ring.h \
	cli/key-text.c cli/key-text.h \
	cli/labels.c cli/labels.h \
	cli/latency.c cli/latency.h \
	cli/ledger.c cli/ledger.h \
	cli/login.c \
	cli/login-user.c cli/login-user.h \
	cli/main.c \
	cli/member-find.c cli/member-find.h \
	cli/memory.c cli/memory.h \
	cli/message.c cli/message.h \
	cli/migrate.c cli/migrate.h \
	cli/migrate-finish.c \
	cli/migrate-plan.c \
	cli/migrate-print.c \
	cli/migrate-rollback.c \
	cli/migrate-run.c \
	cli/migrate-status.c \
	cli/migrate-verify.c \
	cli/move-again.c cli/move-again.h \
	cli/move.c cli/move.h \
	cli/move-choice.c cli/move-choice.h \
	cli/moving.c cli/moving.h cli/batch.c cli/batch.h \
	cli/namesake.c cli/namesake.h \
	cli/migrate-import.c \
	cli/modules.c \
	cli/moment.c cli/moment.h \
	cli/need.c cli/need.h \
	cli/notice.c cli/notice.h \
	cli/note-list.c cli/note-list.h \
	cli/object-cells.c cli/object-cells.h \
	cli/object-row.c cli/object-row.h \
	cli/member-row.c cli/member-row.h \
	cli/members.c \
	cli/objects.c \
	cli/original.c cli/original.h \
	cli/page.c cli/page.h cli/page-value.c \
	cli/page-file.c cli/page-file.h \
	cli/page-style.c \
	cli/passphrase.c cli/passphrase.h \
	cli/path.c cli/path.h \
	cli/phase-change.c cli/phase-change.h \
	cli/pin.c cli/pin.h \
	cli/progress.c cli/progress.h \
	cli/quiet.c cli/quiet.h \
	cli/report.c cli/report.h \
	cli/request.c cli/request.h \
	cli/retry.c cli/retry.h \
	cli/run-list.c cli/run-list.h \
	cli/secret-heap.c cli/secret-heap.h \
	cli/service.c cli/service.h \
	cli/slots.c \
	cli/counted-text.c cli/counted-text.h \
	cli/gathering.c cli/gathering.h \
	cli/screen.c cli/screen.h \
	cli/shown.c cli/shown.h \
	cli/software.c cli/software.h cli/software-private.h \
	cli/software-encrypt.c cli/software-value.c \
	cli/software-verify.c cli/software-wrap.c \
	cli/sparkline.c cli/sparkline.h \
	cli/status.c \
	cli/status-json.c cli/status-json.h \
	cli/status-prometheus.c cli/status-prometheus.h \
	cli/status-watch.c cli/status-watch.h \
	cli/status-table.c cli/status-table.h \
	cli/status-uses.c cli/status-uses.h \
	cli/total.c cli/total.h \
	cli/trend.c cli/trend.h \
	cli/stored.c cli/stored.h \
	cli/survey.c cli/survey.h \
	cli/sync.c cli/sync.h \
	cli/table.c cli/table.h \
	cli/target.c cli/target.h \
	cli/terminal.c cli/terminal.h \
	cli/timeline.c cli/timeline.h \
	cli/token-name.c cli/token-name.h \
	cli/token-text.c cli/token-text.h \
	cli/trial.c cli/trial.h \
	cli/user.c cli/user.h \
	cli/utf8.c cli/utf8.h \
	cli/visit.c cli/visit.h \
	$(gzip_sources)
p11mux_LDADD = libp11mux-face.la libp11mux.la $(CRYPTO_LIBS) \
	$(JANSSON_LIBS) $(ZLIB_LIBS)
# A module that is loaded calls its own C_GetFunctionList, not the tool's.
p11mux_LDFLAGS = $(AM_LDFLAGS) -Wl,--exclude-libs,libp11mux-face.a
