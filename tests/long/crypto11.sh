#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# All tests of crypto11, with p11mux and without: tests/clients/crypto11.sh.
export CRYPTO11_TESTS=all
exec "${P11MUX_SRCDIR:-$(dirname "$0")/../..}/tests/clients/crypto11.sh"
