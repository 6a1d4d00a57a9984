# SPDX-License-Identifier: BSD-3-Clause
# common/: libp11mux_la_SOURCES += common/noun.c common/noun.h
libp11mux_la_SOURCES += common/cryptoki.h common/names.c common/names.def \
	common/names.h
