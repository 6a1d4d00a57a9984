#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The same as tests/stress/audit and audit-kill: a million records, and a
# thousand processes killed.
set -e
programs=${P11MUX_BUILDDIR:?is where the programs were built}/tests/stress
"$programs/audit" --long
"$programs/audit-kill" --long
