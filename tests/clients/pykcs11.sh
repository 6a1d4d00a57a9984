#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Python's PyKCS11 before p11mux: tests/clients/pykcs11.py with each token.
tokens="soft client nss opencryptoki tpm several"

# Debian's own, which finds Debian's packages.
python=/usr/bin/python3

try() {
    words=
    for word in aes wrap; do
        ! token_can "$word" || words="$words $word"
    done
    # NSS wants a member of the parameter that PyKCS11 leaves at 0.
    case $token in soft | several) words="$words gcm" ;; esac
    ok "$python" -B "$source/tests/clients/pykcs11.py" "$mux" "$label" "$pin" \
        $words
    says '^OK'
    says 'test_signs_and_verifies .* ok$'
}

. "$(dirname "$0")/lib.sh"
fixture_need "$python"
"$python" -c 'import PyKCS11' 2>/dev/null ||
    fixture_skip "PyKCS11 is not installed"
clients_run "$@"
