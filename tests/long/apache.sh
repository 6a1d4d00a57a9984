#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The same as tests/clients/apache.sh, for longer.
export APACHE_RELOADS=30
exec "${P11MUX_SRCDIR:-$(dirname "$0")/../..}/tests/clients/apache.sh"
