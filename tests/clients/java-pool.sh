#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Java's SunPKCS11 with sixty-four threads that sign, with stored keys and with
# keys that last as long as their session, over a pool of two sessions and over
# devices that have very few. With JAVA_ROUNDS=1000 it goes on for longer.
tokens="soft nss"
device_limit="200 unreported"

before() {
    compile Crowd
}

# LIMIT SESSIONS SETTINGS: all threads at once on a device with that limit,
# with such a pool, and at most so many sessions.
try_crowd() {
    device_limit=$1
    token_settings="pool = { mode = \"operation\"; $3 };"
    rm -f device
    clients_configure
    ok java $quick -cp "$CLIENTS_FOLDER" Crowd provider.cfg "$pin" \
        64 "${JAVA_ROUNDS:-4}" session
    says '^all is well'
    device_at_most "$2"
}

try() {
    slot_of "$label"
    write_provider "$slot" >provider.cfg
    make_pair ec -keyalg EC -groupname secp256r1
    try_crowd '200 unreported' 3 'size = 2;'
    try_crowd 2 2
    try_crowd '1 unreported' 1
}

. "$(dirname "$0")/keystore.sh"
. "$(dirname "$0")/lib.sh"
fixture_need java javac keytool pkcs11-tool
clients_run "$@"
