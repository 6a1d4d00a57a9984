#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux audit keygen, checkpoint, verify, prove and check-proof as people use
# them, beside a verifier of its own.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
source_folder=${P11MUX_SRCDIR:-$folder/..}
. "$folder/fixture.sh"
. "$folder/tool.sh"
fixture_need python3 openssl
tool_begin
print_log=${P11MUX_BUILDDIR:?is where print-log is}/tests/print-log
independent() {
    asked="audit.py $*"
    python3 "$source_folder/tests/audit.py" "$@" >out 2>err ||
        mistake "$asked: $(cat err)"
}

# -- The command line ------------------------------------------------------

expect 2 audit
complains "needs another word"
expect 2 audit verfy
complains 'did you mean "audit verify"?'
expect 2 help audit
expect 2 help slots audit
expect 1 audit verify
complains "p11mux.conf"
expect 2 audit prove x log
complains "count from 1"
expect 2 audit prove 0 log
for command in keygen checkpoint rotate verify prove check-proof show stats; do
    expect 0 audit "$command" --help
    says "usage: p11mux audit $command"
    says "Exit status:"
    cp out long
    expect 0 help audit "$command"
    cmp -s out long || mistake "help audit $command is not audit $command --help"
    options=$(sed -n 's/^  .*--\([a-z-]*\).*/\1/p' out)
    for option in $options; do
        sed 's/\\-/-/g' "$source_folder/doc/man/p11mux-audit.1" |
            grep -Eq "Fl -$option( |\$)" ||
            mistake "p11mux-audit.1 does not explain --$option of $command"
    done
    grep -Eq "^\.Ss $(echo "$command" | sed 's/-/\\\\?-/')\$" \
        "$source_folder/doc/man/p11mux-audit.1" ||
        mistake "p11mux-audit.1 does not explain $command"
    line=$(grep "^    \"audit $command\") echo" "$source_folder/etc/p11mux.bash")
    completed=$(echo "$line" | grep -o -e '--[a-z-]*' | sed 's/--//' | sort | xargs)
    [ "$completed" = "$(echo "$options" | sort | xargs)" ] ||
        mistake "$command has options \"$options\", completed are \"$completed\""
done

# -- Keys ------------------------------------------------------------------

expect 0 audit keygen key --name host.example/audit
cp out public
[ "$(stat -c %a key)" = 600 ] || mistake "the key's mode is $(stat -c %a key)"
grep -q '^PRIVATE+KEY+host.example/audit+' key || mistake "the key has no name"
cp key before
expect 1 audit keygen key
complains "is there already"
cmp -s key before || mistake "keygen writes over a key"
expect 0 audit keygen other --name host.example/audit --json
json 'j["name"] == "host.example/audit" and j["verifier_key"].startswith("host.example/audit+")'
expect 1 audit keygen third --name "a b"
complains "no blank"
[ ! -e third ] || mistake "keygen leaves a file"

# -- Checkpoints -----------------------------------------------------------

# Each checkpoint is a record too: the lines 1000 and 2500.
"$print_log" 2998 8 1 >made
head -n 999 made >log
expect 0 audit checkpoint --key key log
says "checkpoint of 1000 records"
says "signed"
cp log.checkpoint kept
sed -n 1000,2498p made >>log
expect 0 audit checkpoint --key key log --json
json 'j["size"] == 2500 and j["signed"] and j["new"]'
[ "$(tail -n 1 log | grep -c '"event":"checkpoint",.*"previous":1000}}$')" = 1 ] ||
    mistake "the last line is not the record of its checkpoint"
expect 0 audit checkpoint --key key log
says "nothing new"
independent log "$(cat public)" log
says 2
# The configuration's log is signed with the configuration's key.
mkdir -m 700 signing
head -n 1000 made >signing/log
echo "audit = { file = \"$PWD/signing/log\"; key = \"$PWD/key\"; };" >signing.conf
P11MUX_CONF=$PWD/signing.conf expect 0 audit checkpoint
says "checkpoint of 1001 records"
says ", signed"
# In a log that a group shares too.
mkdir -m 2770 shared
head -n 999 made >shared/log
chmod 660 shared/log
[ "$(id -u)" -ne 0 ] || chgrp www-data shared shared/log
expect 0 audit checkpoint --key key shared/log
says "checkpoint of 1000 records"
sed -n '2499,$p' made >>log
cp log all
expect 0 audit verify log
says "3000 records of"
says "500 records are not covered"
says "was not checked"
expect 0 audit verify --key "$(cat public)" --since kept log
says "signed by the key"
expect 0 audit verify --key public log --json
json 'j["ok"] and j["records"] == 3000 and j["covered"] == 2500 and j["not_covered"] == 500'
expect 1 audit checkpoint --key other log
complains "not signed by"
chmod 644 key
expect 1 audit checkpoint --key key log
complains "chmod 600"
chmod 600 key
expect 1 audit checkpoint --key public log
expect 1 audit verify --key key log
complains "not a verifier key"

# -- What is wrong is named ------------------------------------------------

cp all log
printf X | dd of=log bs=1 seek=$(($(head -n 1206 all | wc -c) + 200)) \
    conv=notrunc 2>dd.log
expect 1 audit verify --key public log
complains "log: line 1207 was changed"
expect 1 audit verify --json log
json 'j["findings"][0]["what"] == "changed" and j["findings"][0]["line"] == 1207'
head -n 2000 all >log
expect 1 audit verify --key public log
complains "it was cut off at its end"
expect 1 audit checkpoint --key key log
complains "does not continue"
cp all log
expect 1 audit verify --key "$("$tool" audit keygen another)" log
complains "no signature of the key"
cp log alone
expect 0 audit verify alone
says "3000 records are not covered"
expect 1 audit verify --key public alone
expect 1 audit verify nowhere
complains "No such file"
expect 1 audit verify .
complains "is a folder"

# -- Another key ------------------------------------------------------------

head -n 1000 all >changed
expect 0 audit checkpoint --key key changed
expect 1 audit checkpoint --key key --next other-name changed
expect 0 audit keygen other-name --name host.example/other
expect 1 audit checkpoint --key key --next other-name changed
complains "only the place of one of that name"
expect 0 audit keygen next --name host.example/audit
cp out next.pub
expect 0 audit checkpoint --key key --next next changed
expect 1 audit checkpoint --key key changed
complains "has taken the place"
for count in 1 2; do
    "$print_log" 200 3 "2$count" >>changed
    expect 0 audit checkpoint --key next changed
done
expect 0 audit keygen third --name host.example/audit
cp out third.pub
expect 0 audit checkpoint --key next --next third changed
"$print_log" 100 2 29 >>changed
expect 0 audit checkpoint --key third changed
for verifier in public next.pub third.pub; do
    expect 0 audit verify --key "$verifier" --json changed
    json 'j["ok"] and j["not_covered"] == 0 and j["checkpoints"] == 6'
    independent log "$(cat "$verifier")" changed
    says 6
done
# The old key does not sign any more, and a key that nobody vouched for never.
cp changed.checkpoints kept.checkpoints
for signer in key another; do
    cp changed "$signer.spliced"
    expect 0 audit checkpoint --key "$signer" "$signer.spliced"
    cat kept.checkpoints "$signer.spliced.checkpoints" >joined
    mv joined "$signer.spliced.checkpoints"
    for verifier in public next.pub third.pub; do
        expect 1 audit verify --key "$verifier" "$signer.spliced"
        grep -q "no signature of the key" err ||
            mistake "$signer, $verifier: the key is not found out: $(cat err)"
    done
done

# -- Proofs ----------------------------------------------------------------

for line in 1 2 1024 2047 2500; do
    expect 0 audit prove "$line" log
    cp out proof
    expect 0 audit check-proof --key public proof
    says "$(sed -n "${line}p" log)"
    says "line $line of the 2500 records"
    expect 0 audit check-proof --json proof
    json "j['line'] == $line and not j['signature_checked']"
    independent proof "$(cat public)" proof log
done
expect 1 audit prove 2501 log
complains "covers lines 1 to 2500"
sed 's/^index 2499/index 2498/' proof >wrong
expect 1 audit check-proof --key public wrong
complains "does not hold"
expect 1 audit check-proof --key "$("$tool" audit keygen fourth)" proof
complains "is not signed by"
expect 1 audit check-proof log
complains "is not a proof"

# -- What a release has written --------------------------------------------

old=$source_folder/tests/old/audit-0.1.0
expect 0 audit verify --key "$old.pub" --since "$old.jsonl.checkpoint" "$old.jsonl"
says "12 records of 2 runs"
says "covers 12 records"
independent log "$(cat "$old.pub")" "$old.jsonl"
change=$source_folder/tests/old/audit-change-0.1.0
for verifier in "$change.pub" "$change.next.pub"; do
    expect 0 audit verify --key "$verifier" "$change.jsonl"
    says "covers 13 records"
    independent log "$(cat "$verifier")" "$change.jsonl"
    says 3
done
expect 0 audit check-proof --key "$old.pub" "$old.tlog-proof"
says "line 9 of the 12 records"
independent proof "$(cat "$old.pub")" "$old.tlog-proof" "$old.jsonl"

tool_end
