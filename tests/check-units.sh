#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# systemd takes the units in etc/, and the service is closed to what it does not
# need, and not to what it needs.
set -eu
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
fixture_need systemd-analyze
fixture_begin
cd "$fixture_folder"
units=${P11MUX_BUILDDIR:?is where the units were made}/etc
for name in p11mux-status p11mux-audit-checkpoint; do
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
done

# The log of another user, which has become large, with what is left of root.
[ "$(id -u)" -eq 0 ] || exit 0
fixture_need setpriv
capabilities=$(sed -n 's/^CapabilityBoundingSet=//p' "$name.service" |
    tr 'A-Z' 'a-z' | sed 's/cap_/+/g; s/ /,/g')
cp "$P11MUX_SRCDIR/tests/old/audit-0.1.0.jsonl" log
chown 65534 log
chmod 660 log
cat >p11mux.conf <<END
modules = ( { name = "none"; path = "/nowhere.so"; } );
audit = { file = "$PWD/log"; rotate_size = "1KiB"; };
END
"$P11MUX_TOOL" audit keygen key >public
setpriv --bounding-set="-all,$capabilities" "$P11MUX_TOOL" audit checkpoint \
    --config p11mux.conf --key key
[ -s log.1 ] || fixture_fail "the log was not moved aside"
got=$(stat -c '%u %a' log)
[ "$got" = "65534 660" ] || fixture_fail "the new log is of $got"
"$P11MUX_TOOL" audit verify --key public log
