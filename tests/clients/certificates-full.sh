#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A token that has as many objects as it can have, 2,048, and says that the host
# is out of memory: the certificates after that are in the store, and applications
# find everything.
tokens="opencryptoki"
token_settings='certificates = { mode = "hybrid"; };'
python=/usr/bin/python3

before() {
    for name in one two three; do
        openssl req -x509 -newkey rsa:2048 -nodes -keyout "$name.key" \
            -subj "/CN=$name" -days 9 -out "$name.pem" >made 2>&1 || {
            cat made
            fixture_fail "OpenSSL makes no certificate $name"
        }
        openssl x509 -in "$name.pem" -outform DER -out "$name.der"
    done
}

# MODULE ARGUMENT...
tool() {
    module=$1
    shift
    pkcs11-tool --module "$module" --token-label "$label" "$@"
}

# MODULE NUMBER: it shows so many certificates.
shows() {
    ok tool "$1" --list-objects --type cert
    [ "$(grep -c '^Certificate Object' "$said")" -eq "$2" ] || {
        cat "$said"
        fixture_fail "$token: $1 does not show $2 certificates"
    }
}

# NAME ID
write() {
    ok tool "$mux" --login --pin "$pin" --write-object \
        "$CLIENTS_FOLDER/$1.der" --type cert --id "$2" --label "$1"
}

try() {
    mkdir -m 700 state
    write one a1
    ok "$python" -B "$source/tests/clients/fill-token.py" "$mux" "$label" \
        "$pin"
    says '^2047 objects, then CKR_HOST_MEMORY'
    no tool "$vendor" --login --pin "$pin" --write-object \
        "$CLIENTS_FOLDER/two.der" --type cert --id a2 --label two
    says 'CKR_HOST_MEMORY'
    write two a2
    write three a3
    shows "$vendor" 1
    shows "$mux" 3
    ok "$P11MUX_TOOL" certs capacity "$label"
    for name in one two three; do
        ok tool "$mux" --read-object --type cert --label "$name" \
            --output-file back
        ok cmp back "$CLIENTS_FOLDER/$name.der"
    done
    GNUTLS_PIN=$pin ok p11tool --provider "$mux" --batch --list-all-certs \
        "pkcs11:token=$label"
    [ "$(grep -c 'Type: X.509' "$said")" -eq 3 ] ||
        fixture_fail "$token: p11tool does not list 3 certificates"
    # What the store has can be deleted where the token is full.
    ok tool "$mux" --login --pin "$pin" --delete-object --type cert --id a3
    shows "$mux" 2
    # And when there is room again, the token has the next one.
    ok "$python" -B "$source/tests/clients/fill-token.py" "$mux" "$label" \
        "$pin" empty
    write three a3
    shows "$vendor" 2
    printf %s "$pin" >pin
    chmod 600 pin
    ok "$P11MUX_TOOL" certs rebalance "$label" --pin-source file:pin
    says 'moved'
    shows "$vendor" 3
    shows "$mux" 3
}

. "$(dirname "$0")/lib.sh"
fixture_need "$python" p11tool openssl
"$python" -c 'import PyKCS11' 2>/dev/null ||
    fixture_skip "PyKCS11 is not installed"
clients_run "$@"
