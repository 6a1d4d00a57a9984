#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The commands that copy between members are killed at each of their steps, and at
# calls of their modules, too: p11mux group sync at every third one of 600, which
# takes a quarter of an hour, those of p11mux migrate at each that writes.
export KILL_EVERY=1
cd "$(dirname "$0")/.." || exit
KILL_CALLS=new ./check-migrate-killed.sh && KILL_CALLS_EVERY=3 KILL_ALL=yes \
    ./check-group-kill.sh
