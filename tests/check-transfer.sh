#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What openCryptoki can give to others and take from them: tests/transfer-opencryptoki.c
# on a token of its own.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
fixture_need "$P11MUX_BUILDDIR/tests/transfer-opencryptoki"
fixture_begin
log=$fixture_folder/log
status=0
fixture_run "$folder/with-opencryptoki.sh" \
    "$P11MUX_BUILDDIR/tests/transfer-opencryptoki" -j1 --color=never \
    >"$log" 2>&1 || status=$?
cat "$log"
[ "$status" -eq 0 ] || exit "$status"
# No test at all is a success to criterion.
grep -q 'Tested: [1-9]' "$log" || fixture_fail "no test was run"
