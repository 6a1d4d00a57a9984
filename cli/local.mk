# SPDX-License-Identifier: BSD-3-Clause
# cli/: p11mux_SOURCES += cli/noun.c cli/noun.h (and bin_PROGRAMS with main).
#bin_PROGRAMS += p11mux
p11mux_SOURCES =
p11mux_LDADD = libp11mux.la
EXTRA_PROGRAMS += p11mux
