#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux group sync is killed at its steps: what it leaves is written
# down, nobody uses it, and the next one makes both members the same.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
. "$folder/tool.sh"
. "$folder/migrate.sh"
. "$folder/kill.sh"
fixture_need softhsm2-util pkcs11-tool
migrate_begin

# use TOKEN: the first member, or one that is not there
use() {
    configure "$old, $new" \
        "{ label = \"ca\"; mode = \"failover\"; write = \"replicate\"; pin = \"file:$fixture_folder/pin\";
           members = ( { module = \"old\"; match = \"pkcs11:token=$1\"; },
                       { module = \"new\"; match = \"pkcs11:token=new\"; } ); }"
    printf '%s\n' "audit = { file = \"$fixture_folder/audit.jsonl\"; };" \
        'start_timeout = "1m";' >>p11mux.conf
}

kill_use() {
    use old
}

# What is on the second member is proven or written down, and of the latter
# nothing is shown while the first one is away; one more sync heals it.
kill_judge() {
    half=$(($(count_made new) - $(count_recorded)))
    [ "$half" -le "$(count_left)" ] ||
        mistake "$asked: $half copies are not proven, $(count_left) files"
    if [ "$half" -gt 0 ]; then
        recorded=$(count_recorded)
        use missing
        expect 0 objects ca --login --json
        [ "$(grep -o '"class":' out | wc -l)" -le "$recorded" ] ||
            mistake "$asked: shows what is not proven: $(cat out)"
        kill_use
    fi
    expect 0 group sync ca --login
    expect 0 group ca --login
    says "2 of 2 objects are on all"
    [ "$(count_made old) $(count_made new)" = "2 2" ] ||
        mistake "$asked: $(count_made old) and $(count_made new) objects"
    [ -z "$(ls -A state/transfers)" ] ||
        mistake "$asked: left: $(ls -A state/transfers)"
}

migrate_token old
migrate_token new
migrate_fill "$softhsm" old --keypairgen --key-type EC:prime256v1 --label pair \
    --id 01 --extractable
kill_at new
kill_keep
kill_everywhere 25 "$tool" group sync ca --login
tool_end
