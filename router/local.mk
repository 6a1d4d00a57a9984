# SPDX-License-Identifier: BSD-3-Clause
# router/: libp11mux_la_SOURCES += router/noun.c router/noun.h
libp11mux_la_SOURCES += router/mechanism.c router/mechanism.h \
	router/mechanism-copy.c router/mechanism-copy.h \
	router/mechanism-finish.c router/mechanism-part.c \
	router/mechanism-shape.c router/mechanism-shape-plain.c \
	router/mechanism-table.c router/mechanism-table.h
