#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# nginx with keys on tokens: a master that reads its configuration as root and
# forks, workers of another user that sign; reloads and kills while clients
# come and go.
#
# SoftHSM rewrites the token's file at each login, and whoever starts in that
# moment sees no token; libp11 then waits for ever for a session. A pool that
# keeps its login does not help: each worker logs in once. So one worker only
# for its tokens, and none of them behind p11-kit's server, with p11mux or
# without. And without tpm2-pkcs11, which cannot be used after a fork.
tokens="soft nss opencryptoki several"

# Many clients at once, after one of each kind.
try_handshakes() {
    try_each
    says '^[0-9]+$'
    started=
    for client in 1 2 3 4 5 6 7 8 9 10 11 12; do
        ask >"client.$client" 2>&1 &
        started="$started $!"
    done
    for client in $started; do
        wait "$client" || web_complain "$(cat client.*)"
    done
    for answer in $(sort -u client.*); do
        case " $(workers) " in
        *" $answer "*) ;;
        *) web_complain "$answer is none of the workers $(workers)" ;;
        esac
    done
}

try_reload() {
    load_start 2
    for reload in 1 2 3; do
        load_goes_on 5
        web_reload
    done
    load_stop
    no_failures "a reload"
    try_handshakes
}

# Killed while it works; only connections that it had may fail.
try_kill() {
    load_start 2
    for round in 1 2; do
        load_goes_on 5
        set -- $(workers)
        kill -KILL "$1"
        fixture_wait_until 30 are_replaced "$1" ||
            web_complain "the worker $1 is not replaced"
    done
    load_stop
    try_handshakes
}

try() {
    web_prepare
    count=2
    case $token in soft | several) count=1 ;; esac
    web_start nginx
    try_handshakes
    try_reload
    try_kill
    web_stop
}

. "$(dirname "$0")/web.sh"
. "$(dirname "$0")/lib.sh"
web_need nginx
clients_run "$@"
