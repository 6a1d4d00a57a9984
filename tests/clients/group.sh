#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A group of two vendors' tokens with one key on both: sixteen threads sign and
# verify (tests/clients/outage.c) while what serves the first of them is killed
# and started again, and nothing fails.
tokens="client"

# The key is OpenSSL's; each token gets it under the same CKA_ID.
import() {
    for label in client nss; do
        for type in privkey pubkey; do
            ok pkcs11-tool --module "$mux" --token-label "$label" --login \
                --pin "$pin" --write-object "$type.der" --type "$type" \
                --id 01 --label demo --usage-sign
        done
    done
}

make_key() {
    ok openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
        -out key.pem
    ok openssl pkey -in key.pem -outform DER -out privkey.der
    ok openssl pkey -in key.pem -pubout -outform DER -out pubkey.der
}

# A command that waits until the log has told so many times that a member is
# back.
write_await() {
    cat >await <<END
#!/bin/sh
. "$source/tests/fixture.sh"
is_back() { [ "\$(grep -c 'is up again' "$mux_log")" -ge "\$1" ]; }
fixture_wait_until 30 is_back "\$1"
END
    chmod +x await
}

try() {
    make_nss_token
    make_key
    modules="$(config_module client "$vendor"; config_nss)"
    config_write "$modules" "$(config_token client client; config_token nss nss)"
    import
    config_write "$modules" "{ label = \"pair\"; mode = \"failover\"; members = (
        { module = \"client\"; match = \"pkcs11:token=client\"; },
        { module = \"nss\"; match = \"pkcs11:token=nss\"; } ); },"
    write_await
    ok "$P11MUX_BUILDDIR/tests/clients/outage" --unnoticed "$mux" pair "$pin" \
        demo "$DEVICE off" "$DEVICE on && ./await 1" \
        "$DEVICE off remote" "./await 2"
    says 'signatures by 16 threads, each verified, 0 failed'
    cp "$said" "$CLIENTS_FOLDER/said"
    # It was said when the device went, and when it was back.
    [ -s "$mux_log" ] || fixture_fail "p11mux has said nothing"
    cat "$mux_log" >>"$CLIENTS_FOLDER/said"
    rm "$mux_log"
}

. "$(dirname "$0")/lib.sh"
clients_run "$@"
[ ! -e "$fixture_folder/said" ] || cat "$fixture_folder/said"
