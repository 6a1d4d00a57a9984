#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# An application with raised privileges that loads p11mux.so does not let its
# caller's environment say which modules are loaded into it; one without does.
set -eu
program=${P11MUX_BUILDDIR:?is where print-tokens was built}/tests/print-tokens
module=${P11MUX_MODULE:-$P11MUX_BUILDDIR/.libs/p11mux.so}
tokens=${P11MUX_TEST_MODULES:-$P11MUX_BUILDDIR/tests/modules/.libs}
folder=$(mktemp -d "${TMPDIR:-/tmp}/p11mux-XXXXXX")
trap 'rm -rf "$folder"' EXIT

[ "$(id -u)" -eq 0 ] || {
    echo "only root can make a set-group-ID program of another group"
    exit 77
}
if findmnt -n -o OPTIONS -T "$folder" | grep -qw nosuid ||
    grep -q '^NoNewPrivs:[^0]*1' /proc/self/status; then
    echo "set-group-ID programs have no effect here"
    exit 77
fi

# The same program twice; the second one belongs to a group of its own.
cp "$program" "$folder/plain"
cp "$program" "$folder/raised"
chgrp 65534 "$folder/raised"
chmod 2755 "$folder/raised"
export P11MUX_CONF="$folder/p11mux.conf"
export HOME="$folder"
cat >"$P11MUX_CONF" <<END
modules = ( { name = "null"; path = "$tokens/null.so"; } );
END

mistakes=0
expect() {
    got=$("$folder/$1" "$module" 2>/dev/null | tr -s ' \n' '  ') || true
    case $got in
    $2) ;;
    *)
        echo "$1 prints \"$got\", not \"$2\"$3"
        mistakes=1
        ;;
    esac
}
expect plain "0x0 null " ""
expect raised "0x[0-9a-f]* *" ""
case $got in
*null*)
    echo "raised loads what P11MUX_CONF names: $got"
    mistakes=1
    ;;
esac
# Not even as far as its mistakes.
echo "modules = (" >"$P11MUX_CONF"
expect plain "0x5 " " with a mistake in the file"
expect raised "0x0 *" " with a mistake in the file"
[ "$mistakes" -eq 0 ]
