# SPDX-License-Identifier: BSD-3-Clause
# doc/: dist_man_MANS += doc/man/page.N; EXTRA_DIST += doc/page.md
EXTRA_DIST += doc/architecture.md doc/formats.md doc/groups.md doc/locking.md doc/migration.md \
	doc/performance.md doc/style.md
dist_man_MANS += doc/man/p11mux.conf.5 doc/man/p11mux.1 doc/man/p11mux-audit.1 \
	doc/man/p11mux-audit.5 doc/man/p11mux-certs.1 doc/man/p11mux-control.1 doc/man/p11mux-migrate.1 \
	doc/man/p11mux-status.1
