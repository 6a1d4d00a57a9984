#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# crypto11, a Go library with sessions in a pool, before p11mux: its own tests.
# With CRYPTO11_TESTS=all also those that take their time (they make RSA keys
# in Go, or sleep), and all once more without p11mux, with the same verdicts.
# With CRYPTO11_POOL=yes with tests/clients/crowd_test.go too, over a pool of two
# sessions on a device that has no more; what is the same there, is left out.
#
# Without tpm2-pkcs11 1.9: once an object was destroyed, it gives the next ones
# all the same handle, so that what a test finds is left to chance.
tokens="soft client nss opencryptoki"

slow='TestCertificate.*|TestDeleteCertificate|TestErrorAfterClosed|TestThreadedRSA'
size=2
[ "${CRYPTO11_POOL:-no}" = no ] || {
    tokens="soft nss"
    token_settings="pool = { mode = \"operation\"; size = $size; };"
    device_limit=$((size + 1))
    slow="$slow|TestCrowd.*|TestFinding.*KeyPairs.*|TestGettingPrivate.*|TestHardRSA"
}

# What each token does not pass, with p11mux or without: TOKEN TESTS; it lacks
# a curve, DSA, SHA-224, or CBC over p11-kit's protocol.
not_passed='
client TestHardSymmetric
nss TestHardECDSA TestGettingPublicKeyAttributes TestHardSymmetric
opencryptoki TestKeysPersistAcrossContexts TestNoLogin TestHardDSA TestHardECDSA TestFindingKeysWithAttributes TestFindingAllKeys TestHardRSA
'

# They know SoftHSM by what C_GetInfo says, and leave out what it cannot do:
# p11mux calls itself p11mux, so they are told by CRYPTO11_SKIP.
before() {
    cp "$package"/*.go .
    [ -z "${device_limit:-}" ] || cp "$source/tests/clients/crowd_test.go" .
    sed -i 's/\(info.ManufacturerID\) == "SoftHSM"/\1 != "" \&\& shouldSkipTest("SOFTHSM")/' \
        ./*_test.go
    grep -q 'shouldSkipTest("SOFTHSM")' hmac_test.go &&
        GOPATH=/usr/share/gocode GO111MODULE=off GOFLAGS=-vet=off \
            GOCACHE=$PWD/cache go test -c -o crypto11.test . ||
        fixture_fail "cannot build the tests of crypto11"
}

# MODULE: runs the chosen tests on it; prints their verdicts. A test that
# panics ends the program.
run_tests() {
    printf '{"Path": "%s", "TokenLabel": "%s", "Pin": "%s"}\n' \
        "$1" "$label" "$pin" >config
    direct "$CLIENTS_FOLDER/crypto11.test" -test.v -test.run "^($names)\$" \
        >"$said" 2>&1
    sed -n 's/^ *--- \([A-Z]*: [^ ]*\) .*/\1/p' "$said" | sort
}

# Two tests, each with its pool and a session for the login, opened once.
try_crowd() {
    names='TestCrowd.*'
    run_tests "$mux" >verdicts
    [ "$(grep -c '^PASS: TestCrowd' verdicts)" -eq 2 ] &&
        [ "$(device_count opened)" -le $((2 * (size + 1))) ] || {
        cat "$said" device
        fixture_fail "$token: sessions for a crowd"
    }
}

try() {
    export CRYPTO11_SKIP=OAEP_LABEL,SOFTHSM
    [ -z "${device_limit:-}" ] || try_crowd
    names=$("$CLIENTS_FOLDER/crypto11.test" -test.list . | grep '^Test')
    [ "${CRYPTO11_TESTS:-}" = all ] || names=$(echo "$names" | grep -Evx "$slow")
    names=$(echo "$names" | tr '\n' '|')
    run_tests "$mux" >verdicts
    passed=$(grep -c '^PASS: ' verdicts)
    failed=$(sed -n 's/^FAIL: \([^/]*\)$/\1/p' verdicts)
    expected=$(echo "$not_passed" | sed -n "s/^$token //p" | tr ' ' '\n' | sort)
    [ "$failed" = "$expected" ] && [ "$passed" -ge 15 ] || {
        cat "$said"
        fixture_fail "$token: $passed passed, failed: $failed"
    }
    [ -z "${device_limit:-}" ] || device_at_most $((size + 1))
    # p11-kit's client, alone, does not survive two users in one process.
    if [ "${CRYPTO11_TESTS:-}" = all ] && token_can direct &&
        [ "$token" != client ]; then
        run_tests "$vendor" >verdicts.direct
        ok diff verdicts.direct verdicts
    fi
}

. "$(dirname "$0")/lib.sh"
package=/usr/share/gocode/src/github.com/ThalesIgnite/crypto11
fixture_need go "$package" \
    /usr/share/gocode/src/github.com/stretchr/testify/require
clients_run "$@"
