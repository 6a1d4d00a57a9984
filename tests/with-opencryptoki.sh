#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs a command beside a software token of openCryptoki that nobody else
# sees: with-opencryptoki.sh COMMAND...
#
# The daemon, its shared memory and all files are in mount, IPC and process
# namespaces of their own. The command finds
#   OPENCRYPTOKI_MODULE, OPENCRYPTOKI_SLOT, OPENCRYPTOKI_LABEL
#   OPENCRYPTOKI_PIN, OPENCRYPTOKI_SO_PIN
# Status 77 where namespaces or openCryptoki are not to be had.
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"

module=/usr/lib/x86_64-linux-gnu/opencryptoki/libopencryptoki.so.0

if [ "${1:-}" != --inside ]; then
    [ $# -gt 0 ] || fixture_fail "a command is missing"
    PATH=$PATH:/usr/sbin:/sbin
    fixture_need pkcsslotd pkcs11-tool unshare "$module"
    getent group pkcs11 >/dev/null ||
        fixture_skip "there is no group pkcs11; it comes with openCryptoki"
    unshare -m -i -p -f --mount-proc true 2>/dev/null ||
        fixture_skip "may not make mount, IPC and process namespaces"
    # unshare waits deaf for its child; killing it kills what is inside.
    trap 'kill -KILL "$fixture_child"; exit 143' HUP INT TERM
    fixture_run unshare -m -i -p -f --mount-proc --kill-child \
        "$folder/with-opencryptoki.sh" --inside "$@"
    exit
fi
shift

for place in /run /run/lock /dev/shm /var/lib/opencryptoki; do
    mkdir -p "$place" && mount -t tmpfs p11mux-test "$place" ||
        fixture_fail "cannot mount a file system over $place"
done

# What this script writes goes with the namespace, however it ends.
outside=${TMPDIR:-/tmp}
TMPDIR=/run
fixture_begin
TMPDIR=$outside

mkdir -p /run/opencryptoki /var/lib/opencryptoki/swtok/TOK_OBJ \
    /run/lock/opencryptoki/swtok
chgrp -R pkcs11 /run/opencryptoki /var/lib/opencryptoki /run/lock/opencryptoki
chmod -R 0770 /run/opencryptoki /var/lib/opencryptoki /run/lock/opencryptoki

fixture_start pkcsslotd pkcsslotd -f
slots_are_there() {
    fixture_is_gone "$fixture_pid" ||
        pkcs11-tool --module "$module" --list-slots 2>/dev/null |
        grep -q 'token state:\|token label'
}
fixture_wait_until 20 slots_are_there && ! fixture_is_gone "$fixture_pid" || {
    cat "$fixture_folder/pkcsslotd.log" >&2
    fixture_fail "pkcsslotd does not serve"
}

export OPENCRYPTOKI_MODULE=$module OPENCRYPTOKI_SLOT=3
export OPENCRYPTOKI_LABEL=opencryptoki
export OPENCRYPTOKI_PIN=$fixture_pin OPENCRYPTOKI_SO_PIN=$fixture_so_pin
fixture_init_token "$module" "$OPENCRYPTOKI_SLOT" "$OPENCRYPTOKI_LABEL"
fixture_run "$@"
