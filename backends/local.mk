# SPDX-License-Identifier: BSD-3-Clause
# backends/: libp11mux_la_SOURCES += backends/noun.c backends/noun.h
libp11mux_la_SOURCES += backends/backend.c backends/backend.h \
	backends/backend-private.h backends/candidate.c \
	backends/candidate.h backends/certificate.h \
	backends/certificate-change.c backends/certificate-facts.c \
	backends/certificate-facts.h backends/certificate-make.c \
	backends/certificate-parts.c backends/certificate-selection.c \
	backends/certificate-selection.h backends/certificate-set.c \
	backends/environment.c backends/environment.h \
	backends/door.c backends/door.h backends/gate.c backends/image.c backends/image.h backends/interface.c \
	backends/interface.h backends/launch.c backends/launch.h \
	backends/library.c backends/library.h backends/library-registry.h \
	backends/library-state.c backends/list.c backends/list.h \
	backends/load.c backends/overflow.c backends/overflow.h \
	backends/overflow-find.c backends/overflow-keep.c \
	backends/overflow-memory.c backends/overflow-object.c \
	backends/overflow-private.h backends/overflow-session.c \
	backends/overflow-slot.c backends/p11-kit.c backends/p11-kit.h \
	backends/profile.c backends/profile.h \
	backends/recursion.c backends/restart.c \
	backends/recursion.h backends/roster.c backends/roster.h \
	backends/set.c backends/set.h backends/set-start.c backends/sigpipe.c \
	backends/sigpipe.h backends/start.c backends/start.h \
	backends/start-turn.c backends/start-turn.h
