# SPDX-License-Identifier: BSD-3-Clause
# common/: libp11mux_la_SOURCES += common/noun.c common/noun.h
libp11mux_la_SOURCES += common/cryptoki.h common/functions.def common/names.c common/names.def \
	common/names.h

libp11mux_la_SOURCES += common/back-off.c common/back-off.h
libp11mux_la_SOURCES += common/birth.c common/birth.h
libp11mux_la_SOURCES += common/cancel.h common/cleanup.h common/clock.c \
	common/clock.h common/copy.c common/copy.h common/crypto.c \
	common/crypto.h common/daemon.c common/daemon.h common/der.c \
	common/der.h common/error.c common/error.h common/file-trust.c \
	common/file.c common/file.h common/guard.c common/guard.h \
	common/lock.c common/lock.h common/log.c common/log.h \
	common/log-target.c common/log-target.h common/origin.c \
	common/origin.h common/pages.c common/pages.h common/secret.c \
	common/secret.h common/text.c common/text.h common/thread.c \
	common/thread.h common/wake.c common/wake.h common/worker.c common/worker.h
