#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A token that is to have three certificates gets a chain of five: each
# application finds all of them, and Java, NSS, GnuTLS and a TLS server follow
# the chain from the token into the store.
tokens="soft nss"
nss_settings='instance = "own";'
token_settings='certificates = { mode = "hybrid"; max = 3; };'
authorities="root one two three"

# NAME SIGNER: a certificate authority in files.
make_authority() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout "$1.key" -subj "/CN=$1" -out "$1.request" &&
        if [ "$1" = "$2" ]; then
            openssl x509 -req -in "$1.request" -signkey "$1.key" -days 9 \
                -set_serial 1 -extfile authority.extensions -out "$1.pem"
        else
            sign_request "$1" "$2" authority
        fi &&
        openssl x509 -in "$1.pem" -outform DER -out "$1.der"
}

# NAME SIGNER KIND
sign_request() {
    openssl x509 -req -in "$1.request" -CA "$2.pem" -CAkey "$2.key" -days 9 \
        -set_serial 0x$(openssl rand -hex 8) -extfile "$3.extensions" \
        -out "$1.pem"
}

before() {
    echo 'basicConstraints = critical, CA:true' >authority.extensions
    signer=root
    for name in $authorities; do
        make_authority "$name" "$signer" >made 2>&1 || {
            cat made
            fixture_fail "OpenSSL makes no authority $name"
        }
        signer=$name
    done
}

gnutls() {
    GNUTLS_PIN=$pin p11tool --provider "$mux" --batch "$@"
}

tool() {
    pkcs11-tool --module "$mux" --token-label "$label" "$@"
}

nss() {
    action=$1
    shift
    certutil "$action" -d "sql:$fixture_folder/database" -f passwords "$@"
}

# NUMBER: through p11mux there are so many certificates.
shows() {
    ok tool --list-objects --type cert
    [ "$(grep -c '^Certificate Object' "$said")" -eq "$1" ] || {
        cat "$said"
        fixture_fail "$token: does not show $1 certificates"
    }
}

# NUMBER: and so many on the token itself.
has() {
    case $token in
    soft)
        direct pkcs11-tool --module "$vendor" --list-objects --type cert \
            --token-label soft >"$said" 2>&1
        number=$(grep -c '^Certificate Object' "$said")
        ;;
    nss)
        certutil -L -d "sql:$fixture_folder/nss" >"$said" 2>&1
        number=$(grep -c ' [a-zA-Z]*,[a-zA-Z]*,[a-zA-Z]* *$' "$said")
        ;;
    esac
    [ "$number" -eq "$1" ] || {
        cat "$said"
        fixture_fail "$token: has $number certificates, not $1"
    }
}

# The authorities by pkcs11-tool and p11tool, read and deleted by the other.
try_objects() {
    number=1
    for name in $authorities; do
        case $number in
        1 | 3) ok tool --login --pin "$pin" --write-object "$name.der" \
            --type cert --id "a$number" --label "$name" ;;
        *) ok gnutls --login --write --load-certificate "$name.pem" \
            --id "a$number" --label "$name" "$uri" ;;
        esac
        number=$((number + 1))
    done
    shows 4
    has 3
    number=1
    for name in $authorities; do
        ok tool --read-object --type cert --id "a$number" --output-file back
        ok cmp back "$name.der"
        ok gnutls --export "$uri;object=$name;type=cert" --outfile back.pem
        ok openssl x509 -in back.pem -outform DER -out back
        ok cmp back "$name.der"
        number=$((number + 1))
    done
    ok gnutls --list-all-certs "$uri"
    [ "$(grep -c 'Type: X.509' "$said")" -eq 4 ] ||
        fixture_fail "$token: p11tool does not list 4 certificates"
    ok tool --login --pin "$pin" --delete-object --type cert --id a4
    shows 3
    has 3
    for name in root one two; do
        ok gnutls --login --delete "$uri;object=$name;type=cert"
    done
    shows 0
    has 0
}

# A key pair of Java's whose certificate becomes a chain of five.
try_keystore() {
    slot_of "$label"
    write_provider "$slot" >provider.cfg
    make_pair server -keyalg EC -groupname secp256r1
    has 1
    ok store -certreq -alias server -file server.request
    echo 'subjectAltName = DNS:localhost' >server.extensions
    ok sign_request server three server
    cat server.pem three.pem two.pem one.pem root.pem >chain.pem
    ok store -importcert -noprompt -alias server -file chain.pem
    shows 5
    has 3
    ok store -list -v -alias server
    says 'Certificate chain length: 5'
    ok store -list -rfc -alias server
    cp "$said" listed
    ok openssl crl2pkcs7 -nocrl -certfile chain.pem -out chain.p7
    ok openssl crl2pkcs7 -nocrl -certfile listed -out listed.p7
    ok cmp chain.p7 listed.p7
}

# NSS's own chain, and one more certificate by it.
try_nss() {
    printf '%s\n' "$label:$pin" >passwords
    mkdir database
    ok certutil -N -d "sql:$fixture_folder/database" --empty-password
    ok modutil -dbdir "sql:$fixture_folder/database" -force -add p11mux \
        -libfile "$mux"
    ok nss -L -h "$label"
    ok openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key \
        -subj /CN=other -days 9 -out other.pem
    ok nss -A -h "$label" -n other -t ,, -i other.pem
    shows 6
    has 3
    ok nss -L -h "$label" -n "$label:other" -a
    cp "$said" listed
    ok openssl x509 -in listed -out back.pem
    ok cmp back.pem other.pem
    ok nss -D -h "$label" -n "$label:other"
    shows 5
}

server_listens() {
    fixture_is_gone "$fixture_pid" ||
        grep -qs '^ACCEPT .*:[0-9]*$' "$fixture_folder/server.log"
}

# All certificates that GnuTLS finds on the token, in no order.
gather() {
    ok gnutls --list-all-certs "$uri"
    for url in $(sed -n 's/^[[:space:]]*URL: //p' "$said"); do
        gnutls --export "$url"
    done
}

# A server whose key is on the token, and which builds its chain of what is
# there; its client knows the root alone.
try_server() {
    config_engine "$mux" '' >openssl.cnf
    gather >gathered.pem
    [ "$(grep -c BEGIN gathered.pem)" -eq 5 ] ||
        fixture_fail "$token: p11tool does not export 5 certificates"
    ok gnutls --export "$uri;object=server;type=cert" --outfile leaf.pem
    OPENSSL_CONF=$fixture_folder/openssl.cnf fixture_start server \
        openssl s_server -accept 127.0.0.1:0 -www -cert leaf.pem \
        -cert_chain gathered.pem -build_chain -no-CAfile -no-CApath \
        -key "org.openssl.engine:pkcs11:$uri;id=%73%65%72%76%65%72;type=private"
    fixture_wait_until 30 server_listens
    port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "$fixture_folder/server.log")
    [ -n "$port" ] || {
        cat "$fixture_folder/server.log"
        fixture_fail "$token: s_server does not listen"
    }
    printf 'GET / HTTP/1.0\r\n\r\n' >get
    openssl s_client -connect "127.0.0.1:$port" -CAfile root.pem \
        -verify_return_error -verify_hostname localhost -ign_eof \
        <get >"$said" 2>&1 || clients_complain $? succeed s_client
    says 'Verify return code: 0 \(ok\)'
    says '^HTTP/1.0 200 ok'
    says ' 3 s:CN = one'
    kill "$fixture_pid"
    fixture_wait_until 30 fixture_is_gone "$fixture_pid" ||
        fixture_fail "$token: s_server does not end"
}

try_deletion() {
    ok store -delete -alias server
    ok store -list
    says_not '^server,'
    shows 0
    has 0
}

try() {
    uri="pkcs11:token=$label"
    mkdir -m 700 state
    cp "$CLIENTS_FOLDER"/*.pem "$CLIENTS_FOLDER"/*.der \
        "$CLIENTS_FOLDER"/*.key .
    try_objects
    try_keystore
    try_nss
    try_server
    try_deletion
}

. "$(dirname "$0")/keystore.sh"
. "$(dirname "$0")/lib.sh"
fixture_need java keytool pkcs11-tool p11tool openssl certutil modutil \
    "$engine_module"
clients_run "$@"
