#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The real modules that tests use work on this machine: each makes keys and
# signs, and OpenSSL verifies; what the scripts around them started is gone
# when they end. A module that is not installed is named and passed over.
source=${P11MUX_SRCDIR:-$(dirname "$0")/..}
check=${P11MUX_BUILDDIR:?is the folder of the build}/tests/fixture-check
. "$source/tests/fixture.sh"

softhsm=/usr/lib/softhsm/libsofthsm2.so
trust=/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-trust.so
nss=/usr/lib/x86_64-linux-gnu/libsoftokn3.so

check_softhsm() {
    fixture_need "$softhsm" softhsm2-util
    mkdir "$fixture_folder/softhsm"
    echo "directories.tokendir = $fixture_folder/softhsm" \
        >"$fixture_folder/softhsm2.conf"
    export SOFTHSM2_CONF="$fixture_folder/softhsm2.conf"
    softhsm2-util --init-token --free --label soft --pin 1234 \
        --so-pin 87654321 >/dev/null &&
        "$check" "$softhsm" soft 1234 ec rsa
}

# The server hands on what the token above does.
check_p11_kit_server() {
    check_softhsm >/dev/null || exit
    "$source/tests/with-p11-kit-server.sh" "$softhsm" \
        sh -c '"$0" "$P11_KIT_CLIENT" soft 1234 ec rsa' "$check"
}

check_nss() {
    fixture_need certutil "$nss"
    mkdir "$fixture_folder/nss"
    echo 1234 >"$fixture_folder/password"
    certutil -N -d "sql:$fixture_folder/nss" -f "$fixture_folder/password" &&
        "$check" -r "configdir='sql:$fixture_folder/nss' certPrefix='' \
keyPrefix='' secmod='' flags= dbTokenDescription='nss'" "$nss" nss 1234 rsa ec
}

check_opencryptoki() {
    "$source/tests/with-opencryptoki.sh" sh -c '"$0" "$OPENCRYPTOKI_MODULE" \
        "$OPENCRYPTOKI_LABEL" "$OPENCRYPTOKI_PIN" rsa' "$check"
}

check_tpm() {
    "$source/tests/with-tpm.sh" sh -c '"$0" "$TPM_MODULE" "$TPM_LABEL" \
        "$TPM_PIN" ec' "$check"
}

check_tpm_managed() {
    "$source/tests/with-tpm.sh" --abrmd sh -c '"$0" "$TPM_MODULE" \
        "$TPM_LABEL" "$TPM_PIN" ec rsa' "$check"
}

check_trust() {
    fixture_need "$trust" pkcs11-tool
    pkcs11-tool --module "$trust" --list-objects --type cert |
        grep -c '^Certificate Object' | sed 's/$/ certificates/'
}

# Each with a folder of its own, as TMPDIR, in which nothing is left.
failed=0
passed=0
for name in softhsm p11_kit_server nss opencryptoki tpm tpm_managed trust; do
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/p11mux-XXXXXX") || exit 1
    (
        TMPDIR=$scratch
        export TMPDIR
        fixture_begin
        "check_$name"
    ) >"$scratch.log" 2>&1
    status=$?
    said=$(grep -v '^dbus-daemon\|^WARNING' "$scratch.log" | tail -n 3 |
        tr '\n' ' ')
    left=$(ls -A "$scratch")
    running=$(printf "%s" "$scratch" |
        grep -lFf - /proc/[0-9]*/cmdline 2>/dev/null)
    if [ "$status" -eq 77 ]; then
        echo "skip $name: $said"
    elif [ "$status" -ne 0 ] || [ -n "$left$running" ]; then
        cat "$scratch.log"
        echo "FAIL $name: status $status; left: $left; running: $running"
        failed=$((failed + 1))
    else
        echo "ok   $name: $said"
        passed=$((passed + 1))
    fi
    rm -rf "$scratch" "$scratch.log"
done
[ "$failed" -eq 0 ] || exit 1
[ "$passed" -gt 0 ] || fixture_skip "no module is installed"
