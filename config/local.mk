# SPDX-License-Identifier: BSD-3-Clause
# config/: libp11mux_la_SOURCES += config/noun.c config/noun.h
