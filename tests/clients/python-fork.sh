#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Python forks workers that never initialise again: fork = "follow". Each of
# them has a run of its own in the audit log.
tokens="soft nss"
top_settings='fork = "follow";'

# Debian's own, which finds Debian's packages.
python=/usr/bin/python3

# WHAT PATTERN COUNT: so many records of each worker's run. The last of the
# five workers is a child's child.
each_worker() {
    for run in $worker_runs; do
        n=$(grep -c "\"run\":\"$run\",.*$2" audit.jsonl)
        [ "$n" -eq "$3" ] ||
            fixture_fail "$token: $n records of $1 in run $run, not $3"
    done
}

check_log() {
    ok "$P11MUX_TOOL" audit verify audit.jsonl
    says ' of 6 runs'
    runs=$(sed 's/.*"run":"\([0-9a-f]*\)".*/\1/' audit.jsonl | awk '!seen[$0]++')
    worker_runs=$(echo "$runs" | tail -n 5)
    each_worker "its start" '"event":"start"' 1
    each_worker "logins" '"event":"login",.*"outcome":"success"' 1
    each_worker "signatures" '"event":"sign",.*"outcome":"success"' 5
    each_worker "refusals" '"event":"sign",.*"rv":"CKR_USER_NOT_LOGGED_IN"' 1
    [ "$(sed 's/.*,"pid":\([0-9]*\),"tid":.*/\1/' audit.jsonl | sort -u | wc -l)" -eq 6 ] ||
        fixture_fail "$token: not of six processes"
}

try() {
    echo "audit = { file = \"$fixture_folder/audit.jsonl\"; };" >>"$P11MUX_CONF"
    ok "$python" -B "$source/tests/clients/python-fork.py" "$mux" "$label" \
        "$pin"
    says '^OK$'
    check_log
}

. "$(dirname "$0")/lib.sh"
fixture_need "$python" "${P11MUX_TOOL:?is the tool}"
"$python" -c 'import PyKCS11' 2>/dev/null ||
    fixture_skip "PyKCS11 is not installed"
clients_run "$@"
