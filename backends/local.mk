# SPDX-License-Identifier: BSD-3-Clause
# backends/: libp11mux_la_SOURCES += backends/noun.c backends/noun.h
