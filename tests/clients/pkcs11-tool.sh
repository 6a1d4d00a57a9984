#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# OpenSC's pkcs11-tool does with p11mux all that it does with each vendor's
# module: keys, signatures, objects, PINs, tokens; and says the same.
tokens="soft client nss opencryptoki tpm several trust"

tool() {
    pkcs11-tool --module "$mux" --token-label "$label" "$@"
}

user() {
    tool --login --pin "$pin" "$@"
}

# Makes the key pair TYPE with the id ID and exports its public key.
make_key() {
    ok user --keypairgen --key-type "$1" --id "$2" --label "key-$2" \
        --usage-sign
    case $1 in
    EC:*)
        ok tool --list-objects --type pubkey --id "$2"
        fixture_public_key "$said" "$2.der"
        ;;
    *) ok tool --read-object --type pubkey --id "$2" --output-file "$2.der" ;;
    esac
    ok openssl pkey -pubin -inform DER -in "$2.der" -out "$2.pem"
}

# openCryptoki's token has RSA with SHA-1 only.
try_rsa() {
    hash=SHA256
    [ "$token" != opencryptoki ] || hash=SHA1
    make_key rsa:2048 01
    ok user --sign --mechanism "$hash-RSA-PKCS" --id 01 \
        --input-file message --output-file signature
    ok openssl dgst "-$hash" -verify 01.pem -signature signature message
    ok user --verify --mechanism "$hash-RSA-PKCS" --id 01 \
        --input-file message --signature-file signature
    says 'Signature is valid'
    ok user --verify --mechanism "$hash-RSA-PKCS" --id 01 \
        --input-file digest --signature-file signature
    says 'Invalid signature'
}

try_decrypt() {
    ok user --keypairgen --key-type rsa:2048 --id 07 --usage-decrypt
    ok tool --read-object --type pubkey --id 07 --output-file 07.der
    ok openssl pkeyutl -encrypt -pubin -inkey 07.der -keyform DER \
        -in digest -out ciphertext
    ok user --decrypt --mechanism RSA-PKCS --id 07 \
        --input-file ciphertext --output-file plaintext
    ok cmp digest plaintext
}

try_ec() {
    make_key EC:prime256v1 02
    ok user --sign --mechanism ECDSA --id 02 --input-file digest \
        --output-file signature --signature-format openssl
    ok openssl dgst -sha256 -verify 02.pem -signature signature message
}

try_aes() {
    iv=000102030405060708090a0b0c0d0e0f
    ok user --keygen --key-type AES:32 --id 03 --label secret
    ok user --encrypt --mechanism AES-CBC-PAD --iv "$iv" --id 03 \
        --input-file message --output-file ciphertext
    ok user --decrypt --mechanism AES-CBC-PAD --iv "$iv" --id 03 \
        --input-file ciphertext --output-file plaintext
    ok cmp message plaintext
    ! token_can wrap || try_wrap
    ok user --list-objects --type secrkey
    says 'secret'
    ok user --delete-object --type secrkey --id 03
    ok user --list-objects --type secrkey
    says_not 'secret'
}

# A key leaves the token wrapped, comes back, and is the same.
try_wrap() {
    ok user --keygen --key-type AES:16 --id 08 --extractable
    ok user --wrap --mechanism AES-KEY-WRAP --id 03 --application-id 08 \
        --output-file wrapped
    ok user --unwrap --mechanism AES-KEY-WRAP --id 03 --application-id 09 \
        --key-type AES: --input-file wrapped --extractable
    for id in 08 09; do
        ok user --encrypt --mechanism AES-CBC-PAD --iv "$iv" --id "$id" \
            --input-file message --output-file "$id.out"
    done
    ok cmp 08.out 09.out
}

try_certificate() {
    ok openssl req -x509 -newkey rsa:2048 -nodes -keyout imported.pem \
        -subj /CN=client -outform DER -out certificate.der
    ok user --write-object certificate.der --type cert --id 04 --label paper
    ok tool --read-object --type cert --id 04 --output-file back.der
    ok cmp certificate.der back.der
    ok tool --list-objects --type cert
    says 'label: *paper'
    says 'subject: .*CN=client'
    ok user --delete-object --type cert --id 04
    no tool --read-object --type cert --id 04 --output-file back.der
    says 'object not found'
}

try_data() {
    ok user --write-object message --type data --label note \
        --application-label p11mux
    ok user --read-object --type data --label note \
        --application-label p11mux --output-file back
    ok cmp message back
    ok user --delete-object --type data --label note \
        --application-label p11mux
    no user --read-object --type data --label note --output-file back
    says 'object not found'
}

try_pins() {
    no tool --list-objects --login --pin 99999
    says 'CKR_PIN_INCORRECT'
    no tool --change-pin --pin 99999 --new-pin 567890
    says 'CKR_PIN_INCORRECT'
    ok tool --change-pin --pin "$pin" --new-pin 567890
    no user --list-objects
    says 'CKR_PIN_INCORRECT'
    ok tool --change-pin --pin 567890 --new-pin "$pin"
    ok user --list-objects
}

# A token that was not there when p11mux was configured.
try_free() {
    ok pkcs11-tool --module "$mux" --list-slots
    slot=$(sed -n '/^Slot /h; /uninitialized/{ g; s/.*(\(0x[0-9a-f]*\)).*/\1/p; }' \
        "$said")
    ok pkcs11-tool --module "$mux" --slot "$slot" --init-token --label fresh \
        --so-pin "$so_pin"
    says 'Token successfully initialized'
    fresh="--module $mux --token-label fresh"
    no pkcs11-tool $fresh --init-pin --login --login-type so \
        --so-pin 99999999 --new-pin 4321
    says 'CKR_PIN_INCORRECT'
    ok pkcs11-tool $fresh --init-pin --login --login-type so \
        --so-pin "$so_pin" --new-pin 4321
    ok pkcs11-tool $fresh --login --pin 4321 \
        --keypairgen --key-type EC:prime256v1 --id 06 --label first
    ok pkcs11-tool $fresh --list-objects
    says 'label: *first'
    ok tool --list-objects
    says_not 'label: *first'
}

# Runs pkcs11-tool with ARGUMENT... on the module PATH and keeps what it says
# and its status in the file NAME, less what may differ: numbers of slots and
# objects, and flags that SoftHSM does not initialise (seen through p11-kit).
listen() {
    name=$1 path=$2 seen=$3
    shift 3
    direct pkcs11-tool --module "$path" --token-label "$seen" "$@" \
        >"$said" 2>&1
    echo "status $?" >>"$said"
    sed "s/^Using slot .*//; s/^Object [0-9]*,/Object,/
        s/\\(ES3*-ECB,.*\\), other flags=0x[0-9a-f]*/\\1/" "$said" >"$name"
}

# What the application does with ARGUMENT... is the same without p11mux.
same() {
    listen through "$mux" "$label" "$@"
    listen alone "$vendor" "$vendor_label" "$@"
    ok diff alone through
}

try_same() {
    vendor_label=$label
    [ "$token" != trust ] || vendor_label='System Trust'
    same --list-mechanisms
    same --list-objects
    token_can rsa || return 0
    same --list-objects --login --pin "$pin"
    same --test --login --pin "$pin"
    grep -q 'RSA-X-509: OK' through || fixture_fail "$token: has tested no key"
    for path in "$mux" "$vendor"; do
        ok direct pkcs11-tool --module "$path" --token-label "$label" \
            --login --pin "$pin" --sign --mechanism RSA-PKCS --id 01 \
            --input-file message --output-file "$(basename "$path").signature"
    done
    ok cmp "$(basename "$mux").signature" "$(basename "$vendor").signature"
}

try() {
    echo "a message for $token" >message
    openssl dgst -sha256 -binary -out digest message
    ok pkcs11-tool --module "$mux" --show-info
    says 'Manufacturer *p11mux'
    ok pkcs11-tool --module "$mux" --list-slots
    says "token label *: $label\$"
    if token_can rsa; then
        try_rsa
        try_decrypt
    fi
    ! token_can ec || try_ec
    ! token_can aes || try_aes
    ! token_can cert || try_certificate
    ! token_can data || try_data
    ! token_can direct || try_same
    ! token_can rsa || try_pins
    ok pkcs11-tool --module "$mux" --test-fork
    says_not 'p11-kit:'
    # A child cannot use a TPM's connection; it goes on without the module.
    [ "$token" != tpm ] || {
        ok grep 'module "tpm" is not used: .* after a fork' "$mux_log"
        excuse 'module "tpm" is not used: .* after a fork'
    }
    ! token_can free || try_free
}

. "$(dirname "$0")/lib.sh"
fixture_need pkcs11-tool openssl
clients_run "$@"
