#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The same as tests/stress/audit, audit-kill and test-audit-mutations: a million
# records, a thousand processes killed, and two thousand mutations of each kind,
# of ten thousand records.
set -e
programs=${P11MUX_BUILDDIR:?is where the programs were built}/tests
"$programs/stress/audit" --long
"$programs/stress/audit-kill" --long
P11MUX_TEST_ROUNDS=2000 P11MUX_TEST_LINES=10000 \
    "$programs/test-audit-mutations"
