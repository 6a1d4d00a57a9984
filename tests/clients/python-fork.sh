#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Python forks workers that never initialise again: fork = "follow".
tokens="soft nss"
top_settings='fork = "follow";'

# Debian's own, which finds Debian's packages.
python=/usr/bin/python3

try() {
    ok "$python" -B "$source/tests/clients/python-fork.py" "$mux" "$label" \
        "$pin"
    says '^OK$'
}

. "$(dirname "$0")/lib.sh"
fixture_need "$python"
"$python" -c 'import PyKCS11' 2>/dev/null ||
    fixture_skip "PyKCS11 is not installed"
clients_run "$@"
