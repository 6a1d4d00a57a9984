# SPDX-License-Identifier: BSD-3-Clause
# router/: libp11mux_la_SOURCES += router/noun.c router/noun.h
