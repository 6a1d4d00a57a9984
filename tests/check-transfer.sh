#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What openCryptoki can give to others and take from them: tests/test-transfer.c
# on a token of its own.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
fixture_need "$P11MUX_BUILDDIR/tests/test-transfer"
exec "$folder/with-opencryptoki.sh" "$P11MUX_BUILDDIR/tests/test-transfer" \
    --filter='opencryptoki/*' -j1
