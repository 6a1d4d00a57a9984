#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs a command beside a p11-kit server for one module:
# with-p11-kit-server.sh PROVIDER COMMAND...
#
# The command finds P11_KIT_SERVER_ADDRESS and, in P11_KIT_CLIENT, the module
# that asks the server; and DEVICE: "$DEVICE off" kills the server and what serves
# for it, "$DEVICE on" starts it again; "$DEVICE off remote" kills what serves
# alone, for which the server makes another one; "$DEVICE stop remote" and
# "$DEVICE go remote" let that hang for a while. P11_KIT_DEVICE is the same
# command. Status 77 where p11-kit is missing.
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"

[ $# -gt 1 ] || fixture_fail "a provider and a command are missing"
client=/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so
fixture_need p11-kit "$client" setsid
provider=$1
shift

fixture_begin
socket=$fixture_folder/server
server="setsid p11-kit server --foreground --name $socket
    --provider $provider pkcs11:"
# shellcheck disable=SC2086 # a list of words
XDG_RUNTIME_DIR=$fixture_folder fixture_start server $server
echo "$fixture_pid" >"$fixture_folder/device.server"

# What serves is a child for each connection, which outlives the server.
server_end() {
    status=$?
    kill -- "-$(cat "$fixture_folder/device.server")" 2>/dev/null
    (exit "$status")
    fixture_end
}
trap server_end EXIT

server_serves() {
    fixture_is_gone "$fixture_pid" || [ -S "$socket" ]
}
fixture_wait_until 10 server_serves && ! fixture_is_gone "$fixture_pid" || {
    cat "$fixture_folder/server.log" >&2
    fixture_fail "p11-kit server does not serve"
}
# A command of its own: what uses the device may be any program.
export DEVICE="$fixture_folder/device"
cat >"$DEVICE" <<END
#!/bin/sh
${SOFTHSM2_CONF:+export SOFTHSM2_CONF=$SOFTHSM2_CONF}
fixture_folder=$fixture_folder fixture_pids=
. "$folder/fixture.sh"
is_on() { [ -S "$socket" ]; }
server=\$(cat "\$fixture_folder/device.server")
# What serves, one for each client.
remotes() { cat "/proc/\$server/task/\$server/children"; }
signal_remote() {
    for child in \$(remotes); do
        kill -s "\$1" "\$child" || exit
    done
}
# Who is killed answers until it is gone.
await_end() {
    for pid; do
        fixture_wait_until 10 fixture_is_gone "\$pid" || exit
    done
}
case "\$*" in
off)
    all="\$server \$(remotes)"
    kill -s KILL -- "-\$server" || exit
    await_end \$all
    rm -f "$socket"
    ;;
"off remote")
    all=\$(remotes)
    signal_remote KILL
    await_end \$all
    ;;
"stop remote") signal_remote STOP ;;
"go remote") signal_remote CONT ;;
on)
    XDG_RUNTIME_DIR=$fixture_folder fixture_start server $(echo $server)
    echo "\$fixture_pid" >"\$fixture_folder/device.server"
    fixture_wait_until 10 is_on || exit
    ;;
esac
END
chmod +x "$DEVICE"
export P11_KIT_DEVICE="$DEVICE"
export P11_KIT_SERVER_ADDRESS="unix:path=$socket" P11_KIT_CLIENT=$client
fixture_run "$@"
