#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Java's SunPKCS11 before p11mux: keytool makes keys and certificates on the
# tokens, and Sign.java works with them.
tokens="soft client nss opencryptoki tpm several"

before() {
    compile Sign
}

# Java makes keys in a session before it stores them, which a TPM cannot.
make_pair_elsewhere() {
    uri="pkcs11:token=$label;object=$1"
    export GNUTLS_PIN="$pin"
    printf 'cn = "%s"\nexpiration_days = 9\n' "$1" >template
    ok p11tool --provider "$mux" --batch --login --generate-privkey "$2" \
        --bits "$3" --label "$1" --id "$4" --outfile public.pem "$uri"
    ok certtool --provider "$mux" --generate-self-signed --template template \
        --load-privkey "$uri;type=private" --load-pubkey public.pem \
        --outfile made.pem
    ok p11tool --provider "$mux" --batch --login --write --label "$1" \
        --id "$4" --load-certificate made.pem "$uri"
}

try_pair() {
    ok store -exportcert -rfc -alias "$1" -file "$1.pem"
    ok openssl verify -CAfile "$1.pem" "$1.pem"
    ok store -certreq -alias "$1" -file request.pem
    ok openssl req -in request.pem -verify -noout
}

make_pairs() {
    if [ "$token" = tpm ]; then
        make_pair_elsewhere ec ecdsa 256 01
        make_pair_elsewhere rsa rsa 2048 02
        return
    fi
    ! token_can ec || make_pair ec -keyalg EC -groupname secp256r1
    make_pair rsa -keyalg RSA -keysize 2048
}

# What Sign.java tries. It cannot use RSA keys that NSS has stored, with
# p11mux or without: their private halves have no public exponent. A TPM imports no public keys of EC.
choose_words() {
    case $token in
    soft | several) echo rsa ec verify session aes digest derive ;;
    client) echo rsa ec verify session digest ;;
    nss) echo ec verify session aes derive ;;
    opencryptoki) echo rsa verify session aes digest ;;
    tpm) echo rsa ec digest ;;
    esac
}

# A slot that the configuration does not name has a number that Java can take.
try_unlisted() {
    SOFTHSM2_CONF=$softhsm_conf softhsm2-util --init-token --free \
        --label unlisted --pin "$pin" --so-pin "$so_pin" >"$said" 2>&1 ||
        fixture_fail "cannot make a second token"
    slot_of unlisted
    [ "$slot" -lt 2147483648 ] || fixture_fail "the slot's number is $slot"
    write_provider "$slot" >provider.cfg
    ok store -genkeypair -alias other -dname CN=other -keyalg EC
    ok store -list
    says '^other, PrivateKeyEntry'
    says 'contains 1 entr'
}

try() {
    slot_of "$label"
    write_provider "$slot" >provider.cfg
    ok store -list
    says 'contains 0 entries'
    make_pairs
    ok store -list
    says '^rsa, PrivateKeyEntry'
    words=$(choose_words)
    for alias in ec rsa; do
        case $words in *$alias*) try_pair "$alias" ;; esac
    done
    ok java $quick -cp "$CLIENTS_FOLDER" Sign provider.cfg "$pin" $words
    says '^all is well'
    ok store -delete -alias rsa
    ok store -list
    says_not '^rsa,'
    [ "$token" != soft ] || try_unlisted
}

. "$(dirname "$0")/keystore.sh"
. "$(dirname "$0")/lib.sh"
fixture_need java javac keytool pkcs11-tool openssl p11tool certtool
clients_run "$@"
