#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A thousand sessions over a pool of two: tests/clients/thousand-sessions.c.
# With NSS, which says how many sessions it has; so does each device.
tokens="nss"
token_settings='pool = { mode = "operation"; size = 2; };'

try() {
    ok pkcs11-tool --module "$mux" --token-label nss --login --pin "$pin" \
        --keypairgen --key-type EC:prime256v1 --id 01 --label demo
    ok "$P11MUX_BUILDDIR/tests/clients/thousand-sessions" "$mux" nss "$pin" \
        demo "$softokn" nss
    says '^1000 sessions, a signature in each, on [1-3] of nss$'
}

. "$(dirname "$0")/lib.sh"
clients_run "$@"
