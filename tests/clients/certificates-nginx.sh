#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# nginx whose key is on a token that is to have one certificate, and whose chain
# of three is in the store but for that one: p11mux certs writes the chain that
# nginx sends, and a client that knows the root alone verifies it. The workers are
# of the group that may use the store.
tokens="soft nss"
token_settings='certificates = { mode = "hybrid"; max = 1; };'
top_settings='group = "www-data";'

# NAME SIGNER [OPTION...]: a certificate for a request in files.
sign_request() {
    name=$1 signer=$2
    shift 2
    ok openssl x509 -req -in "$name.request" -days 9 \
        -set_serial "0x$(openssl rand -hex 8)" -extfile "$name.extensions" \
        -out "$name.pem" "$@" \
        $([ "$name" = "$signer" ] && echo -signkey "$name.key" ||
            echo -CA "$signer.pem" -CAkey "$signer.key")
}

# NAME SIGNER: an authority in files.
make_authority() {
    printf '%s\n' 'basicConstraints = critical, CA:true' \
        'subjectKeyIdentifier = hash' >"$1.extensions"
    ok openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout "$1.key" -subj "/CN=$1" -out "$1.request"
    sign_request "$1" "$2"
}

# The key on the token, and its certificate by the second authority.
make_server() {
    ok pkcs11-tool --module "$mux" --token-label "$label" --login --pin "$pin" \
        --keypairgen --key-type EC:prime256v1 --id 0a --label ec
    OPENSSL_CONF=$fixture_folder/openssl.cnf ok openssl req -new \
        -engine pkcs11 -keyform engine -key "$(key_uri ec)" -subj /CN=server \
        -out server.request
    printf '%s\n' 'subjectAltName = DNS:localhost' \
        'authorityKeyIdentifier = keyid' >server.extensions
    sign_request server two
}

# Where each is, the leaf with the key's id.
add_chain() {
    printf %s "$pin" >pin
    chmod 600 pin
    cat one.pem two.pem server.pem >all.pem
    ok "$P11MUX_TOOL" certs add "$label" all.pem --label chain \
        --pin-source file:pin
    says 'CN=one: added on the token'
    says 'CN=two: added in the store'
    says 'CN=server: added in the store, id 0a'
    ok "$P11MUX_TOOL" certs export "$label" --id 0a
    cp "$said" ec.pem
    cat server.pem two.pem one.pem >chain.pem
    ok cmp ec.pem chain.pem
    cp one.pem authorities.pem
    identities=ec
}

# The whole chain comes, and nothing is known but its root.
verify() {
    printf 'GET / HTTP/1.0\r\n\r\n' >get
    openssl s_client -connect "127.0.0.1:$port" -CAfile one.pem -showcerts \
        -verify_return_error -verify_hostname localhost -ign_eof \
        <get >"$said" 2>&1 || clients_complain $? succeed s_client
    says 'Verify return code: 0 \(ok\)'
    says '^ 1 s:CN = two'
    says '^HTTP/1.1 200 OK'
}

try() {
    mkdir state
    chgrp www-data state
    chmod 2770 state
    config_engine "$mux" >openssl.cnf
    make_authority one one
    make_authority two one
    make_server
    add_chain
    hand_over
    count=1
    web_start nginx
    verify
    web_reload
    verify
    web_stop
}

. "$(dirname "$0")/web.sh"
. "$(dirname "$0")/lib.sh"
web_need nginx
clients_run "$@"
