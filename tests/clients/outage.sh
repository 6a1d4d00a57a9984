#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What serves a token is killed and started again under sixteen threads that
# sign (tests/clients/outage.c): a TPM, its resource manager and both, what
# serves for p11-kit's server, alone and with the server, and SoftHSM's folder of
# tokens. Nobody restarts the program.
tokens="tpm client soft"

try() {
    ok pkcs11-tool --module "$mux" --token-label "$label" --login --pin "$pin" \
        --keypairgen --key-type EC:prime256v1 --id 01 --label demo
    case $token in
    tpm) set -- "$DEVICE off abrmd" "$DEVICE on abrmd" \
        "$DEVICE off swtpm" "$DEVICE on swtpm" ;;
    client) set -- "$DEVICE off remote" true ;;
    soft)
        # Its folder of tokens is what is away.
        DEVICE=$fixture_folder/device
        printf '#!/bin/sh\ncase $1 in\noff) %s ;;\non) %s ;;\nesac\n' \
            "mv $fixture_folder/softhsm $fixture_folder/away" \
            "mv $fixture_folder/away $fixture_folder/softhsm" >"$DEVICE"
        chmod +x "$DEVICE"
        set --
        ;;
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
