#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux migrate run, rollback, finish and import are killed at their
# steps: nothing half made is used, and the same command once more leaves all as
# if it had not been killed.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
. "$folder/tool.sh"
. "$folder/migrate.sh"
. "$folder/kill.sh"
fixture_need softhsm2-util pkcs11-tool openssl
# At calls of the module in tests/long/kill.sh alone.
written=${KILL_CALLS:-}
migrate_begin

# What is on the new member is proven or written down; nothing of a run stays.
judge_run() {
    half=$(($(count_made new) - $(count_recorded)))
    [ "$half" -le "$(count_left)" ] ||
        mistake "$asked: $half copies are not proven, $(count_left) files"
    expect 0 migrate run ca --login
    judge_status moving
    judge_clean
}

# judge_status PHASE: that it is in, with all objects on both members.
judge_status() {
    expect 0 migrate status ca --login
    says "the migration of \"ca\" is $1"
    says_not "half way"
    says "objects: 2 on both members, 0 on the old one alone, 0 on the new one alone"
}

judge_clean() {
    [ "$(count_made old) $(count_made new)" = "2 2" ] ||
        mistake "$asked: $(count_made old) and $(count_made new) objects"
    [ -z "$(ls -A state/transfers)" ] ||
        mistake "$asked: left: $(ls -A state/transfers)"
}

# judge_phase NEXT PHASE: the command was killed, or not, and is repeated.
judge_phase() {
    expect 0 migrate status ca
    grep -Eq "is (moving|$2)" out || mistake "$asked: $(cat out)"
    # shellcheck disable=SC2086 # a list of words
    expect 0 migrate $1
    expect 0 migrate status ca
    says "the migration of \"ca\" is $2"
    judge_clean
}

# The key of the file is there, whole and once.
judge_import() {
    expect 0 migrate import --key key.pem --to ca --login --label file
    expect 0 migrate verify ca --login
    judge_status moving
    judge_clean
}

migrate_token old
migrate_token new
cp -a tokens tokens.first
migrate_fill "$softhsm" old --keypairgen --key-type EC:prime256v1 --label pair \
    --id 01 --extractable
kill_use() {
    migrate_use
}
kill_at new

kill_judge() {
    judge_run
}
kill_keep
kill_everywhere 12 "$tool" migrate run ca --login

# -- Back, and the end ----------------------------------------------------------

kill_restore
expect 0 migrate run ca --login
kill_keep
kill_judge() {
    judge_phase "rollback ca" rolled-back
}
kill_everywhere 3 "$tool" migrate rollback ca
kill_judge() {
    judge_phase "finish ca --login" finished
}
kill_everywhere 3 "$tool" migrate finish ca --login

# -- A key of a file that the old member does not let go -------------------------

rm -rf tokens state
mkdir state
cp -a tokens.first tokens
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem \
    2>make.log || fixture_fail "$(cat make.log)"
openssl pkey -in key.pem -outform DER -out key.privkey
openssl pkey -in key.pem -pubout -outform DER -out key.pubkey
for type in privkey pubkey; do
    migrate_fill "$softhsm" old --write-object key.$type --type $type --id 05 \
        --label file --usage-sign
done
kill_keep
kill_judge() {
    judge_import
}
kill_everywhere 5 "$tool" migrate import --key key.pem --to ca --login \
    --label file
tool_end
