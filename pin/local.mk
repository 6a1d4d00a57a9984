# SPDX-License-Identifier: BSD-3-Clause
# pin/: libp11mux_la_SOURCES += pin/noun.c pin/noun.h
libp11mux_la_SOURCES += pin/callback.c pin/callback.h \
	pin/child.c pin/child.h \
	pin/command.c pin/command.h \
	pin/file.c pin/file.h \
	pin/line.c pin/line.h \
	pin/source.c pin/source.h
