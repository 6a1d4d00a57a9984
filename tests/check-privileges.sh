#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A process with raised privileges does not let its caller's environment choose
# the configuration, nor a PIN; without them it does.
set -eu
programs=${P11MUX_BUILDDIR:?is where print-config-path was built}/tests
program=$programs/print-config-path
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

# expect_pin PROGRAM SOURCE PATTERN
expect_pin() {
    got=$("$1" "$2") || true
    case $got in
    $3) ;;
    *)
        echo "$1 $2 printed $got, not $3"
        mistakes=1
        ;;
    esac
}

rm "$plain" "$raised"
cp "$programs/print-pin" "$plain"
cp "$programs/print-pin" "$raised"
chgrp 65534 "$raised"
chmod 2755 "$raised"
export WEB_PIN=1234 CREDENTIALS_DIRECTORY="$folder/home"
echo 4321 >"$folder/home/web"
chmod 600 "$folder/home/web"
expect_pin "$plain" env:WEB_PIN 1234
expect_pin "$raised" env:WEB_PIN "*is not looked at in a process with raised privileges*"
expect_pin "$plain" credential:web 4321
expect_pin "$raised" credential:web "*CREDENTIALS_DIRECTORY is not set*"
expect_pin "$plain" "command:/usr/bin/printenv WEB_PIN" 1234
expect_pin "$raised" "command:/usr/bin/printenv WEB_PIN" "*it ends with status 1;*"
expect_pin "$raised" "command:/usr/bin/printenv PATH" "/usr/sbin:/usr/bin:/sbin:/bin"
[ "$mistakes" -eq 0 ]
