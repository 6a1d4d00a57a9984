#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A process with raised privileges does not let its caller's environment choose
# the configuration; without them it does.
set -eu
program=${P11MUX_BUILDDIR:?is where print-config-path was built}/tests/print-config-path
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

mistakes=0
# expect PROGRAM OUTPUT: what it prints with the environment as it is.
expect() {
    got=$("$1") || true
    [ "$got" = "$2" ] || {
        echo "$1 printed $got, not $2 (P11MUX_CONF=${P11MUX_CONF-})"
        mistakes=1
    }
}

plain=$folder/plain
raised=$folder/raised
cp "$program" "$plain"
cp "$program" "$raised"
chgrp 65534 "$raised"
chmod 2755 "$raised"
mkdir -p "$folder/xdg/p11mux" "$folder/home/.config/p11mux"
touch "$folder/named.conf" "$folder/xdg/p11mux/p11mux.conf" \
    "$folder/home/.config/p11mux/p11mux.conf"
unset P11MUX_CONF XDG_CONFIG_HOME HOME
of_system=$("$plain")

export HOME="$folder/home"
expect "$plain" "$folder/home/.config/p11mux/p11mux.conf"
expect "$raised" "$of_system"
export XDG_CONFIG_HOME="$folder/xdg"
expect "$plain" "$folder/xdg/p11mux/p11mux.conf"
expect "$raised" "$of_system"
export P11MUX_CONF="$folder/named.conf"
expect "$plain" "$folder/named.conf"
expect "$raised" "$of_system"
[ "$mistakes" -eq 0 ]
