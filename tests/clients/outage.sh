#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What serves a token is killed and started again under sixteen threads that
# sign (tests/clients/outage.c): a TPM with its resource manager, and p11-kit's
# server with the processes that serve for it. Nobody restarts the program.
tokens="tpm client"

try() {
    ok pkcs11-tool --module "$mux" --token-label "$label" --login --pin "$pin" \
        --keypairgen --key-type EC:prime256v1 --id 01 --label demo
    ok "$P11MUX_BUILDDIR/tests/clients/outage" "$mux" "$label" "$pin" demo \
        "$DEVICE off" "$DEVICE on"
    says '^each of 16 threads signs again'
    sed "s/^/$token: /" "$said" >>"$CLIENTS_FOLDER/said"
    # It was said when the device went, and when it was back.
    [ -s "$mux_log" ] || fixture_fail "$token: p11mux has said nothing"
    rm "$mux_log"
}

. "$(dirname "$0")/lib.sh"
clients_run "$@"
[ ! -e "$fixture_folder/said" ] || cat "$fixture_folder/said"
