#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# GnuTLS before p11mux: p11tool finds, makes, exports and deletes by URI;
# certtool issues a certificate with a key that stays on the token.
tokens="soft client nss opencryptoki tpm several trust"

tool() {
    GNUTLS_PIN=$pin p11tool --provider "$mux" --batch "$@"
}

# TYPE ARGUMENT...: makes a key pair called ca-TYPE and uses it.
try_key() {
    type=$1 key="$uri;object=ca-$1"
    shift
    ok tool --login --generate-privkey "$type" "$@" --label "ca-$type" \
        --outfile made.pem "$uri"
    ok tool --list-privkeys --login "$uri"
    says "pkcs11:.*token=$label.*object=ca-$type;type=private"
    ok tool --login --export-pubkey "$key;type=private" --outfile public.pem
    ok openssl pkey -pubin -in public.pem -noout
    ok openssl pkey -pubin -in made.pem -out again.pem
    ok cmp again.pem public.pem
    try_certificate
}

# The token's key signs itself and a certificate for somebody else's key.
try_certificate() {
    ok token_certtool --generate-self-signed --load-pubkey public.pem \
        --load-privkey "$key;type=private" --template ca.template \
        --outfile ca.pem
    ok openssl verify -x509_strict -CAfile ca.pem ca.pem
    ok token_certtool --generate-certificate --load-request request.pem \
        --load-ca-privkey "$key;type=private" --load-ca-certificate ca.pem \
        --template leaf.template --outfile leaf.pem
    ok openssl verify -CAfile ca.pem leaf.pem
}

token_certtool() {
    GNUTLS_PIN=$pin certtool --provider "$mux" "$@"
}

try_objects() {
    ok tool --login --write --load-certificate leaf.pem --label leaf "$uri"
    ok tool --list-all-certs "$uri"
    says 'Label: leaf'
    ok tool --export "$uri;object=leaf;type=cert" --outfile back.pem
    ok openssl x509 -in leaf.pem -outform DER -out leaf.der
    ok openssl x509 -in back.pem -outform DER -out back.der
    ok cmp leaf.der back.der
    ok tool --login --delete "$uri;object=leaf;type=cert"
    no tool --list-all-certs "$uri"
    says 'No matching objects found'
}

try_trust() {
    ok tool --list-all-certs "$uri"
    number=$(grep -c 'Type: X.509' "$said")
    # One that the system has, by the URI that was listed.
    url=$(sed -n 's/^\tURL: //p' "$said" | head -n 1)
    ok tool --export "$url" --outfile one.pem
    ok openssl x509 -in one.pem -noout
    ok p11tool --provider "$trust" --batch --list-all-certs \
        pkcs11:model=p11-kit-trust
    [ "$(grep -c 'Type: X.509' "$said")" -eq "$number" ] ||
        fixture_fail "trust: lists $number certificates"
}

write_templates() {
    cat >ca.template <<END
cn = "a CA on the token $label"
ca
cert_signing_key
expiration_days = 10
END
    cat >leaf.template <<END
cn = "somebody"
expiration_days = 5
tls_www_server
END
    ok openssl req -new -newkey rsa:2048 -nodes -keyout leaf.key \
        -subj /CN=somebody -out request.pem
}

try() {
    uri="pkcs11:token=$label"
    ok tool --list-tokens
    says "URL: pkcs11:.*token=$label"
    if [ "$token" = trust ]; then
        try_trust
        return
    fi
    write_templates
    no tool --login --list-all-privkeys --set-pin 99999 "$uri"
    ! token_can ec || try_key ecdsa --curve secp256r1
    ! token_can rsa || try_key rsa --bits 2048
    ok tool --login --test-sign "$key;type=private"
    ! token_can cert || try_objects
    ok tool --login --delete "$key;type=private"
    tool --list-privkeys --login "$uri" >"$said" 2>&1 ||
        says 'No matching objects found'
    says_not "object=ca-$type;type=private"
}

. "$(dirname "$0")/lib.sh"
fixture_need p11tool certtool openssl
clients_run "$@"
