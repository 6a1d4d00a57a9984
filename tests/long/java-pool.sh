#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The same as tests/clients/java-pool.sh, for longer.
export JAVA_ROUNDS=200
exec "${P11MUX_SRCDIR:-$(dirname "$0")/../..}/tests/clients/java-pool.sh"
