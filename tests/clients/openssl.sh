#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# OpenSSL 3 with libp11's engine before p11mux: signatures, certificates and
# TLS with keys on tokens; the same where the engine is the default for
# everything, so that p11mux's own use of OpenSSL could come back into it.
#
# Without tpm2-pkcs11, which cannot live under this engine (nor does it without
# p11mux): tpm2-tss has OpenSSL make ephemeral keys, and OpenSSL's tool makes
# any engine that is configured responsible for those.
tokens="soft client nss opencryptoki several"

routed() {
    OPENSSL_CONF=$fixture_folder/openssl.cnf openssl "$@"
}

make_key() {
    ok pkcs11-tool --module "$mux" --token-label "$label" --login \
        --pin "$pin" --keypairgen --key-type "$1" --id "$2" --label "$3"
}

# A key by a URI of OpenSSL's, or by the option -engine, which alone makes the
# engine the default for everything.
use_key() {
    key="pkcs11:token=$label;object=$1;type=private"
    engine='-engine pkcs11 -keyform engine'
    [ -n "$default" ] || {
        key="org.openssl.engine:pkcs11:$key"
        engine=
    }
}

try_key() {
    use_key "$1"
    ok routed req -x509 $engine -key "$key" \
        -subj /CN=localhost -days 1 -out "$1.pem"
    ok openssl verify -CAfile "$1.pem" "$1.pem"
    ok openssl x509 -in "$1.pem" -noout -pubkey
    cp "$said" "$1.public"
    ok routed dgst -sha256 $engine -sign "$key" \
        -out signature message
    ok openssl dgst -sha256 -verify "$1.public" -signature signature message
    no openssl dgst -sha256 -verify "$1.public" -signature signature "$1.pem"
    ok routed req -new $engine -key "$key" \
        -subj /CN=requested -out request.pem
    ok openssl req -in request.pem -verify -noout
}

try_pss() {
    ok routed dgst -sha256 $engine -sign "$key" \
        -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest \
        -out signature message
    ok openssl dgst -sha256 -verify "$1.public" \
        -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest \
        -signature signature message
}

server_listens() {
    fixture_is_gone "$fixture_pid" ||
        grep -qs '^ACCEPT .*:[0-9]*$' "$fixture_folder/server.log"
}

# A server whose key is on the token, and clients of both versions of TLS.
try_tls() {
    use_key "$1"
    rm -f server.log # the one before would say that this one listens
    OPENSSL_CONF=$fixture_folder/openssl.cnf fixture_start server \
        openssl s_server -accept 127.0.0.1:0 $engine -key "$key" \
        -cert "$1.pem" -www
    fixture_wait_until 30 server_listens
    port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "$fixture_folder/server.log")
    [ -n "$port" ] || {
        cat "$fixture_folder/server.log"
        fixture_fail "$token: s_server does not listen"
    }
    for version in -tls1_2 -tls1_3 -tls1_3; do
        printf 'GET / HTTP/1.0\r\n\r\n' >get
        openssl s_client -connect "127.0.0.1:$port" "$version" -CAfile "$1.pem" \
            -verify_return_error -ign_eof <get >"$said" 2>&1 ||
            clients_complain $? succeed s_client "$version"
        says 'Verify return code: 0 \(ok\)'
        says '^HTTP/1.0 200 ok'
    done
    kill "$fixture_pid"
    fixture_wait_until 30 fixture_is_gone "$fixture_pid" ||
        fixture_fail "$token: s_server does not end"
}

# What is no key of a token goes on as ever.
try_rest() {
    ok routed dgst -sha256 message
    says "$(openssl dgst -sha256 -r message | cut -d ' ' -f 1)"
    ok routed genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out rsa.key
    ok routed genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
        -out ec.key
    for own in rsa ec; do
        ok routed dgst -sha256 -sign "$own.key" -out signature message
        ok openssl dgst -sha256 -prverify "$own.key" -signature signature \
            message
    done
}

# [DEFAULT]: all of it, with the engine as the default for these algorithms.
try_all() {
    default=${1:-}
    config_engine "$mux" "$default" >openssl.cnf
    ! token_can ec || try_key ec
    try_key rsa
    try_pss rsa
    ! token_can ec || try_tls ec
    try_tls rsa
}

try() {
    echo "a message for $token" >message
    make_key rsa:2048 01 rsa
    ! token_can ec || make_key EC:prime256v1 02 ec
    try_all
    try_all ALL
    try_rest
}

. "$(dirname "$0")/lib.sh"
fixture_need openssl pkcs11-tool "$engine_module"
clients_run "$@"
