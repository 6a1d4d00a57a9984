#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Groups of SoftHSM and another vendor's token with one RSA key on both,
# openCryptoki's and a TPM's, each of the two the first member once: sixteen
# threads sign (tests/clients/outage.c), OpenSSL and the group verify, while the
# first member is taken away and comes back, and nothing fails.
tokens="opencryptoki tpm"

make_key() {
    ok openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
        -out key.pem
    ok openssl pkey -in key.pem -outform DER -out privkey.der
    ok openssl pkey -in key.pem -pubout -outform DER -out pubkey.der
}

# LABEL: as every vendor lets it in, but tpm2-pkcs11.
import() {
    for type in privkey pubkey; do
        ok pkcs11-tool --module "$mux" --token-label "$1" --login --pin "$pin" \
            --write-object "$type.der" --type "$type" --id 01 --label demo \
            --usage-sign
    done
}

import_other() {
    if [ "$token" = tpm ]; then
        ok tpm2_ptool import --path "$TPM2_PKCS11_STORE" --label "$label" \
            --userpin "$pin" --privkey key.pem --algorithm rsa --id 01 \
            --key-label demo
    else
        import "$label"
    fi
}

# MEMBER MEMBER: the group, in that order.
configure_group() {
    config_write "$modules" "{ label = \"pair\"; mode = \"failover\"; members = (
        { module = \"$1\"; match = \"pkcs11:token=$1\"; },
        { module = \"$2\"; match = \"pkcs11:token=$2\"; } ); },"
}

# OFF ON [AWAIT]: of the first member.
lose() {
    ok "$P11MUX_BUILDDIR/tests/clients/outage" --unnoticed "$mux" pair "$pin" \
        demo "$@"
    says 'signatures by 16 threads, each verified, 0 failed'
    sed -n "s/^[0-9]/$token: &/p" "$said" >>"$CLIENTS_FOLDER/said"
}

# It was said when the device went, and when it was back.
told() {
    grep -q 'is down' "$mux_log" && grep -q 'is up again' "$mux_log" ||
        fixture_fail "$token: p11mux has not said that a member was away"
    rm "$mux_log"
}

try() {
    make_softhsm_token soft
    unset SOFTHSM2_CONF
    make_key
    modules="$(config_soft; config_module "$token" "$vendor")"
    config_write "$modules" \
        "$(config_token soft soft; config_token "$token" "$label")"
    import soft
    import_other
    cat >await <<END
#!/bin/sh
. "$source/tests/fixture.sh"
is_back() { grep -q 'is up again' "$mux_log"; }
fixture_wait_until 60 is_back
END
    chmod +x await
    configure_group soft "$token"
    lose "mv softhsm away" "mv away softhsm && ./await"
    told
    configure_group "$token" soft
    if [ "$token" = tpm ]; then
        lose "$DEVICE off swtpm" "$DEVICE on swtpm && ./await"
        told
    else
        # Its clients do not ask the daemon: nobody is lost with it.
        lose "kill -9 \$(pidof pkcsslotd)" "pkcsslotd"
    fi
}

. "$(dirname "$0")/lib.sh"
[ "${1:-}" = --on ] || fixture_need tpm2_ptool
clients_run "$@"
[ ! -e "$fixture_folder/said" ] || cat "$fixture_folder/said"
