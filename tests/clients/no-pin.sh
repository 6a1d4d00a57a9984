#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Applications that do not know the PIN of their token, which p11mux logs in
# itself: OpenSC's and GnuTLS's tools, OpenSSL, nginx and Apache. None of them
# is given a PIN, nor asks for one.
tokens="soft nss opencryptoki"

user() {
    pkcs11-tool --module "$mux" --token-label "$label" "$@"
}

gnutls() {
    program=$1
    shift
    "$program" --provider "$mux" "$@"
}

# What no PIN was given for: a key is made, found, used, and removed.
try_opensc() {
    mechanism=SHA256-RSA-PKCS
    [ "$token" != opencryptoki ] || mechanism=SHA1-RSA-PKCS
    ok user --keypairgen --key-type rsa:2048 --id 05 --label own --usage-sign
    ok user --list-objects --type privkey
    says 'label: *own'
    ok user --read-object --type pubkey --id 05 --output-file own.der
    ok user --sign --mechanism "$mechanism" --id 05 --input-file message \
        --output-file signature
    hash=${mechanism%-RSA-PKCS}
    ok openssl dgst "-$hash" -verify own.der -keyform DER \
        -signature signature message
    ok user --delete-object --type privkey --id 05
    ok user --list-objects --type privkey
    says_not 'label: *own'
}

# One who knows the PIN gives it, and a wrong one is none.
try_with_pin() {
    ok user --list-slots
    says_not 'login required'
    ok user --login --pin "$known" --list-objects --type privkey
    no user --login --pin 99999 --list-objects
    says 'CKR_PIN_INCORRECT'
}

try_gnutls() {
    printf 'cn = "nobody"\nexpiration_days = 9\n' >template
    ok gnutls p11tool --batch --list-privkeys "pkcs11:token=$label"
    says 'object=rsa;type=private'
    ok gnutls certtool --generate-self-signed --template template \
        --load-privkey "$(key_uri rsa)" --load-pubkey public.pem \
        --outfile made.pem
    ok openssl verify -CAfile made.pem made.pem
}

try_openssl() {
    ok openssl x509 -in rsa.pem -noout -pubkey
    cp "$said" public.pem
    OPENSSL_CONF=openssl.cnf ok openssl dgst -sha256 -engine pkcs11 \
        -keyform engine -sign "$(key_uri rsa)" -out signature message
    ok openssl dgst -sha256 -verify public.pem -signature signature message
}

try_web() {
    web_start "$1"
    load_start 2
    load_goes_on 10
    web_reload
    load_goes_on 10
    load_stop
    no_failures "a reload"
    web_stop
}

try() {
    known=$pin pin=
    echo "a message for $token" >message
    (umask 077 && echo "$known" >pin)
    token_settings="auto_login = true; pin = \"file:$fixture_folder/pin\";"
    clients_configure
    web_prepare
    try_opensc
    try_with_pin
    try_openssl
    try_gnutls
    count=2
    [ "$token" != soft ] || count=1
    try_web nginx
    try_web apache
}

. "$(dirname "$0")/web.sh"
. "$(dirname "$0")/lib.sh"
web_need nginx apache2 p11tool certtool
clients_run "$@"
