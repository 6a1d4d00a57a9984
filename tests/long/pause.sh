#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Pauses under load (tests/long/pause.c). In about one of ten runs a call is held
# until pool.wait, by a race that is not found yet: this is where it shows.
exec "${P11MUX_BUILDDIR:?is the build folder}/tests/long/pause"
