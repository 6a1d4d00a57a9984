#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# NSS before p11mux: modutil adds it to a database, certutil makes keys,
# requests and certificates on the tokens behind it. Where NSS's own module is
# behind p11mux as well, it is a second copy of a library that runs already.
tokens="soft client nss opencryptoki tpm several trust"
nss_settings='instance = "own";'

module() {
    modutil -dbdir "sql:$fixture_folder/database" -force "$@"
}

# The file of passwords is for the database and for the token.
certificates() {
    action=$1
    shift
    certutil "$action" -d "sql:$fixture_folder/database" -f passwords "$@"
}

try_modutil() {
    mkdir database
    ok certutil -N -d "sql:$fixture_folder/database" --empty-password
    ok module -add p11mux -libfile "$mux"
    says 'Module "p11mux" added'
    ok module -list
    says '^  2\. p11mux'
    says "token: $label"
    ok module -list p11mux
    says 'Library file: .*p11mux.so'
    says 'Manufacturer: p11mux'
    says "Token Name: $label"
    ok module -disable p11mux
    ok module -list p11mux
    says 'Status: .*DISABLED'
    ok module -enable p11mux
    ok module -list p11mux
    says 'Status: Enabled'
}

# NAME ARGUMENT...: makes a key pair, a certificate and a request with it.
try_key() {
    name=$1
    shift
    ok certificates -S -h "$label" -n "$name" -s "CN=$name on $label" -x -t CTu,CTu,CTu \
        -z noise "$@"
    ok certificates -K -h "$label"
    id=$(sed -n "s/^< *[0-9]*> *[a-z]* *\([0-9a-f]*\) .*:$name\$/\1/p" "$said")
    ok certificates -L -h "$label"
    says "^$label:$name "
    ok certificates -L -h "$label" -n "$label:$name" -a
    cp "$said" certificate.pem
    ok openssl verify -CAfile certificate.pem certificate.pem
    ok openssl x509 -in certificate.pem -noout -subject
    says "CN *= *$name on $label"
    ok certificates -R -h "$label" -k "$id" -s CN=request -a \
        -o request.pem
    sed -n '/BEGIN/,/END/p' request.pem >request.only
    ok openssl req -in request.only -verify -noout
}

# A CMS message signed with the token's key.
try_cms() {
    ok cmsutil -S -d "sql:$fixture_folder/database" -f passwords \
        -N "$label:$name" -i message -o message.cms -G
    ok openssl cms -verify -inform DER -in message.cms -noverify -out read
    ok cmp message read
}

try() {
    echo "a message for $token" >message
    printf '%s\n' "NSS Certificate DB:" "$label:$pin" >passwords
    head -c 64 /dev/urandom >noise
    try_modutil
    [ "$token" != trust ] || {
        ok certificates -L -h trust
        says '^trust:'
        return
    }
    # tpm2-pkcs11 does not take NSS's templates for EC keys.
    ! token_can ec || [ "$token" = tpm ] || try_key elliptic -k ec -q nistp256
    try_key rivest -k rsa -g 2048
    try_cms
    ok certificates -F -h "$label" -k "$id"
    certificates -K -h "$label" >"$said" 2>&1
    says_not ":?$name\$"
    ok module -delete p11mux
    ok module -list
    says_not p11mux
}

. "$(dirname "$0")/lib.sh"
fixture_need modutil certutil cmsutil openssl
clients_run "$@"
