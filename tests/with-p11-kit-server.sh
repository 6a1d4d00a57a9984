#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs a command beside a p11-kit server for one module:
# with-p11-kit-server.sh PROVIDER COMMAND...
#
# The command finds P11_KIT_SERVER_ADDRESS and, in P11_KIT_CLIENT, the module
# that asks the server. Status 77 where p11-kit is missing.
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"

[ $# -gt 1 ] || fixture_fail "a provider and a command are missing"
client=/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so
fixture_need p11-kit "$client" setsid
provider=$1
shift

fixture_begin
socket=$fixture_folder/server
XDG_RUNTIME_DIR=$fixture_folder fixture_start server setsid \
    p11-kit server --foreground --name "$socket" --provider "$provider" pkcs11:
server=$fixture_pid

# What serves is a child for each connection, which outlives the server.
server_end() {
    status=$?
    kill -- "-$server" 2>/dev/null
    (exit "$status")
    fixture_end
}
trap server_end EXIT

server_serves() {
    fixture_is_gone "$server" || [ -S "$socket" ]
}
fixture_wait_until 10 server_serves && ! fixture_is_gone "$server" || {
    cat "$fixture_folder/server.log" >&2
    fixture_fail "p11-kit server does not serve"
}
export P11_KIT_SERVER_ADDRESS="unix:path=$socket" P11_KIT_CLIENT=$client
fixture_run "$@"
