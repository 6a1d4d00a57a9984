#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# systemd takes the units in etc/, and the service is closed to what it does not
# need.
set -eu
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
fixture_need systemd-analyze
fixture_begin
cd "$fixture_folder"
units=${P11MUX_BUILDDIR:?is where the units were made}/etc
name=p11mux-audit-checkpoint
sed "s,^ExecStart=[^ ]*,ExecStart=${P11MUX_TOOL:?is the tool}," \
    "$units/$name.service" >"$name.service"
cp "${P11MUX_SRCDIR:?is the source}/etc/$name.timer" .
if grep -n '=[^#]*@[a-z]*dir@' "$name.service"; then
    fixture_fail "a path was not filled in"
fi
# It also looks at the host's own units: only what it says of these counts.
systemd-analyze verify --man=no "./$name.service" "./$name.timer" >out 2>&1 || true
if grep -e "$name" out; then
    exit 1
fi
# 0 is best; an ordinary service has 9.6.
systemd-analyze security --offline=yes --threshold=25 "./$name.service" \
    >out 2>&1 || {
    tail -n 1 out
    exit 1
}
