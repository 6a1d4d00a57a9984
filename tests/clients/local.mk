# SPDX-License-Identifier: BSD-3-Clause
# tests/clients/: real applications before p11mux, real modules behind it.
EXTRA_DIST += tests/clients/lib.sh tests/clients/pykcs11.py \
	tests/clients/Sign.java tests/clients/lost-server.py \
	tests/clients/two-clients.py \
	tests/clients/in-open-folder.sh tests/clients/web.sh \
	tests/clients/tls-load.py tests/clients/keystore.sh \
	tests/clients/Crowd.java tests/clients/crowd_test.go \
	tests/clients/python-fork.py tests/clients/audit-events.py \
	tests/clients/fill-token.py tests/clients/find-keys.py

check_PROGRAMS += tests/clients/thousand-sessions
tests_clients_thousand_sessions_SOURCES = tests/clients/thousand-sessions.c \
	$(fixture_sources)
tests_clients_thousand_sessions_LDADD = libp11mux.la

check_PROGRAMS += tests/clients/outage
load_sources = tests/clients/load.c tests/clients/load.h $(fixture_sources)
tests_clients_outage_SOURCES = tests/clients/outage.c \
	tests/clients/roster.c tests/clients/roster.h $(load_sources)
tests_clients_outage_LDADD = libp11mux.la

check_PROGRAMS += tests/long/chaos
tests_long_chaos_SOURCES = tests/long/chaos.c $(load_sources)
tests_long_chaos_LDADD = libp11mux.la

dist_check_SCRIPTS += tests/clients/outage.sh tests/clients/group.sh \
	tests/clients/group-real.sh \
	tests/clients/group-search.sh tests/clients/stopped.sh \
	tests/clients/migrate-outage.sh \
	tests/clients/pkcs11-tool.sh tests/clients/p11tool.sh \
	tests/clients/openssl.sh tests/clients/nss.sh \
	tests/clients/ssh.sh tests/clients/pykcs11.sh tests/clients/java.sh \
	tests/clients/crypto11.sh tests/clients/p11-kit.sh \
	tests/clients/nginx.sh tests/clients/nginx-pool.sh \
	tests/clients/nginx-audit.sh tests/clients/audit-events.sh \
	tests/clients/apache.sh tests/clients/no-pin.sh \
	tests/clients/java-pool.sh tests/clients/crypto11-pool.sh \
	tests/clients/thousand-sessions.sh tests/clients/python-fork.sh \
	tests/clients/rsyslog.sh tests/clients/certificates.sh \
	tests/clients/certificates-full.sh tests/clients/certificates-nginx.sh
