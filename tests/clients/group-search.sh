#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Searches on a group of SoftHSM and NSS: a key that is on both is found once,
# by its label, its id and among all; two keys with one id and one label stay
# two (R7.8), and each signs for itself.
tokens="several"

# Debian's own, which finds Debian's packages.
python=/usr/bin/python3

# NAME ALGORITHM OPTION: a key pair of OpenSSL's.
make_key() {
    ok openssl genpkey -algorithm "$2" -pkeyopt "$3" -out "$1.pem"
    ok openssl pkey -in "$1.pem" -outform DER -out "$1.privkey"
    ok openssl pkey -in "$1.pem" -pubout -outform DER -out "$1.pubkey"
}

# NAME LABEL ID TOKEN...: puts it there.
import() {
    name=$1 key_label=$2 id=$3
    shift 3
    for to in "$@"; do
        for type in privkey pubkey; do
            ok pkcs11-tool --module "$mux" --token-label "$to" --login \
                --pin "$pin" --write-object "$name.$type" --type "$type" \
                --id "$id" --label "$key_label" --usage-sign
        done
    done
}

# What searches find, of private and of public keys.
find_keys() {
    printf '%s\n' all 'id 01' 'label both-ec' 'id 02' 'label both-rsa' 'id 03' \
        'label twin' 'id 04' >searches
    "$python" -B "$source/tests/clients/find-keys.py" "$mux" pair "$pin" \
        <searches >found 2>"$said" || clients_complain $? succeed find-keys.py
    diff - found >"$said" <<END || clients_complain 1 succeed searching
all: 4 4
id 01: 1 1
label both-ec: 1 1
id 02: 1 1
label both-rsa: 1 1
id 03: 2 2
label twin: 2 2
id 04: 0 0
END
}

# MECHANISM OPTION...: makes `signature`.
sign() {
    mechanism=$1
    shift
    ok pkcs11-tool --module "$mux" --token-label pair --login --pin "$pin" \
        --sign --mechanism "$mechanism" --signature-format openssl \
        --input-file hash --output-file signature "$@"
}

# NAME OPTION...: whether that is this key's.
is_by() {
    name=$1
    shift
    openssl pkeyutl -verify -inkey "$name.pem" -in hash -sigfile signature \
        "$@" >"$said" 2>&1
}

try() {
    curve=ec_paramgen_curve:P-256
    make_key ec EC "$curve"
    make_key one EC "$curve"
    make_key other EC "$curve"
    make_key rsa RSA rsa_keygen_bits:2048
    openssl rand 32 >hash
    import ec both-ec 01 soft nss
    import rsa both-rsa 02 soft nss
    import one twin 03 soft
    import other twin 03 nss
    config_write "$(config_soft; config_nss)" "{ label = \"pair\";
        mode = \"failover\"; members = (
        { module = \"soft\"; match = \"pkcs11:token=soft\"; },
        { module = \"nss\"; match = \"pkcs11:token=nss\"; } ); },"
    find_keys
    sign ECDSA --id 01
    is_by ec || fixture_fail "the signature is another key's"
    sign RSA-PKCS --id 02
    is_by rsa -pkeyopt rsa_padding_mode:pkcs1 ||
        fixture_fail "the RSA signature is another key's"
    sign ECDSA --id 03
    is_by one || is_by other || fixture_fail "neither twin has signed"
    ! { is_by one && is_by other; } || fixture_fail "both twins have signed"
}

. "$(dirname "$0")/lib.sh"
fixture_need "$python"
"$python" -c 'import PyKCS11' 2>/dev/null ||
    fixture_skip "PyKCS11 is not installed"
clients_run "$@"
