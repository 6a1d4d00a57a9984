#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux group sync is killed before and after each call of a module.
export KILL_ALL=yes
exec "$(dirname "$0")/../check-group-kill.sh"
