#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What serves a token is killed and started again under sixteen threads that
# sign (tests/clients/outage.c): a TPM, its resource manager and both, and what
# serves for p11-kit's server, alone and with the server. Nobody restarts the
# program.
tokens="tpm client"

try() {
    ok pkcs11-tool --module "$mux" --token-label "$label" --login --pin "$pin" \
        --keypairgen --key-type EC:prime256v1 --id 01 --label demo
    case $token in
    tpm) set -- "$DEVICE off abrmd" "$DEVICE on abrmd" \
        "$DEVICE off swtpm" "$DEVICE on swtpm" ;;
    client) set -- "$DEVICE off remote" true ;;
    esac
    ok "$P11MUX_BUILDDIR/tests/clients/outage" "$mux" "$label" "$pin" demo \
        "$@" "$DEVICE off" "$DEVICE on"
    says '^each of 16 threads signs again'
    sed "s/^/$token: /" "$said" >>"$CLIENTS_FOLDER/said"
    # It was said when the device went, and when it was back.
    [ -s "$mux_log" ] || fixture_fail "$token: p11mux has said nothing"
    rm "$mux_log"
}

. "$(dirname "$0")/lib.sh"
clients_run "$@"
[ ! -e "$fixture_folder/said" ] || cat "$fixture_folder/said"
