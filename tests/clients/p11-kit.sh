#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11-kit with p11mux among its modules, p11-kit's proxy in front of p11mux,
# and its server with p11mux behind it; then p11mux before p11-kit's modules,
# of which it is one. p11-kit's folder of modules is the trial's own.
tokens="soft client nss opencryptoki tpm several"
around="unshare -m"

modules=/usr/share/p11-kit/modules

# NAME PATH [LINE]: has p11-kit know a module.
register() {
    printf 'module: %s\n%s\n' "$2" "${3:-}" >"$modules/$1.module"
}

# Nobody else's modules from here on, not even in the administrator's folder.
hide_modules() {
    for place in "$modules" /etc/pkcs11; do
        [ ! -d "$place" ] || mount -t tmpfs p11mux-test "$place" ||
            fixture_fail "cannot mount a file system over $place"
    done
}

# MODULE ID: a key pair and a signature through MODULE.
try_module() {
    for action in "--keypairgen --key-type rsa:2048 --label key-$2" \
        "--sign --mechanism RSA-PKCS --input-file info --output-file signature" \
        "--read-object --type pubkey --output-file $2.der"; do
        ok pkcs11-tool --module "$1" --token-label "$label" --login \
            --pin "$pin" --id "$2" $action
    done
    ok openssl dgst -sha256 -verify "$2.der" -keyform DER \
        -signature signature message
}

try_tools() {
    ok p11-kit list-modules
    says "^p11mux: $mux"
    says "^ *token: $label\$"
    ok p11tool --list-tokens
    says "URL: .*token=$label"
    export GNUTLS_PIN="$pin"
    ok p11tool --batch --login --generate-privkey rsa --bits 2048 --label kit \
        --outfile public.pem "pkcs11:token=$label"
    ok p11tool --batch --login --test-sign \
        "pkcs11:token=$label;object=kit;type=private"
    says 'Verifying against public key in the token... ok'
}

# Applications on the server's socket, two at once; each has p11mux anew. (None
# logs in while another one starts: SoftHSM rewrites the token's file then, and
# whoever reads it in that moment sees no token, with p11mux or without.)
try_server() {
    export label mux pin two_clients
    ok "$source/tests/with-p11-kit-server.sh" "$mux" sh -c '
        set -e
        tool() { pkcs11-tool --module "$P11_KIT_CLIENT" "$@"; }
        tool --list-slots >slots.1 &
        tool --list-slots >slots.2
        wait $!
        tool --token-label "$label" --login --pin "$pin" --id 31 --sign \
            --mechanism RSA-PKCS --input-file info --output-file signature
        /usr/bin/python3 -B "$two_clients" "$P11_KIT_CLIENT" "$label" "$pin"'
    says '^each is alone'
    ok openssl dgst -sha256 -verify 31.der -keyform DER \
        -signature signature message
    ok grep "token label *: $label\$" slots.1
    ok grep "token label *: $label\$" slots.2
}

# MODULE PATTERN NUMBER: how often a line is in its list of slots.
count_slots() {
    ok pkcs11-tool --module "$1" --list-slots
    [ "$(grep -c "$2" "$said")" -eq "$3" ] || {
        cat "$said"
        fixture_fail "$token: $1 does not list $3 times: $2"
    }
}

# p11mux before all of p11-kit's modules, itself and the proxy among them.
try_recursion() {
    register softhsm2 "$softhsm"
    register p11-kit-trust "$trust"
    register proxy "$proxy"
    register again "$mux"
    config_write '  { name = "rest"; p11_kit = true; }' ''
    export SOFTHSM2_CONF="$softhsm_conf"
    count_slots "$mux" "token label *: soft\$" 1
    count_slots "$mux" "token model *: p11-kit-trust\$" 1
    try_module "$mux" 32
    # The proxy shows SoftHSM's token itself, and once more through p11mux.
    rm "$modules/proxy.module" "$modules/again.module"
    count_slots "$proxy" "token label *: soft\$" 2
    try_module "$proxy" 33
    ok p11-kit list-modules
    says "^p11mux: "
    says "^softhsm2: "
}

# As etc/p11mux.module recommends: p11tool sees SoftHSM through p11mux alone.
try_division() {
    config_write "$(config_soft)" "$(config_token soft soft)"
    register p11mux "$mux" 'enable-in: p11tool'
    register softhsm2 "$softhsm" 'disable-in: p11tool'
    ok p11tool --list-tokens
    [ "$(grep -c 'URL: .*token=soft' "$said")" -eq 1 ] || {
        cat "$said"
        fixture_fail "p11tool does not list the token once"
    }
    ok p11tool --batch --login --generate-privkey ecdsa --curve secp256r1 \
        --label divided --outfile public.pem "pkcs11:token=soft"
    ok p11tool --batch --login --test-sign \
        "pkcs11:token=soft;object=divided;type=private"
    count_slots "$proxy" "token label *: soft\$" 1
}

# The same where the server is behind p11mux.
try_two_clients() {
    ok /usr/bin/python3 -B "$two_clients" "$mux" "$label" "$pin"
    says '^each is alone'
}

# The server ends while an application has a session: alone, p11-kit's client
# would take the application with it.
try_lost_server() {
    ok /usr/bin/python3 -B "$source/tests/clients/lost-server.py" "$mux" "$label"
    says '^still alive'
    excuse 'CKR_DEVICE_ERROR'
}

try() {
    echo "a message for $token" >message
    # What RSA-PKCS signs for SHA-256.
    { printf '\060\061\060\015\006\011\140\206\110\001\145\003\004\002\001\005\000\004\040' &&
        openssl dgst -sha256 -binary message; } >info
    hide_modules
    register p11mux "$mux"
    try_tools
    try_module "$proxy" 31
    try_server
    case $token in
    soft)
        try_recursion
        try_division
        ;;
    client)
        try_two_clients
        try_lost_server
        ;;
    esac
}

. "$(dirname "$0")/lib.sh"
proxy=$library/p11-kit-proxy.so
two_clients=$source/tests/clients/two-clients.py
fixture_need p11-kit p11tool pkcs11-tool openssl "$proxy" "$trust"
/usr/bin/python3 -c 'import PyKCS11' 2>/dev/null ||
    fixture_skip "PyKCS11 is not installed"
unshare -m true 2>/dev/null || fixture_skip "may not make mount namespaces"
clients_run "$@"
