#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux group drain, resume and promote over processes that sign all the time
# with a key that two SoftHSM modules have, each with tokens of its own.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
source_folder=${P11MUX_SRCDIR:-$folder/..}
. "$folder/fixture.sh"
. "$folder/tool.sh"
fixture_need softhsm2-util openssl python3 "$softhsm"
tool_begin

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 \
    -out key.pem 2>openssl.log || fixture_fail "$(cat openssl.log)"
# place NAME: a SoftHSM with one token and the key.
place() {
    sed "s|/tokens|/tokens-$1|" softhsm2.conf >"$1.conf"
    mkdir "tokens-$1"
    SOFTHSM2_CONF=$fixture_folder/$1.conf
    softhsm_token "$1"
    softhsm2-util --import key.pem --token "$1" --pin 1234 --label sign \
        --id 01 >import.log 2>&1 || fixture_fail "no key: $(cat import.log)"
}
place one
place two
# entry NAME
entry() {
    module "$1" "$softhsm" "env = { SOFTHSM2_CONF = \"$fixture_folder/$1.conf\"; };"
}
configure "$(entry one), $(entry two)" \
    '{ label = "ca"; mode = "failover"; members = (
    { module = "one"; match = "pkcs11:token=one"; },
    { module = "two"; match = "pkcs11:token=two"; standby = true; } ); }, '"$(token alone one pkcs11:token=none)"
echo "runtime_dir = \"$fixture_folder/run\"; audit = { file = \"$fixture_folder/audit.jsonl\"; };" \
    >>p11mux.conf

# expect_signer MODULE [RECORDS [alone]]: from now on it signs most of the time, or
# alone, but for what begins or ends at this moment, at most so many records. On a
# machine that has other things to do it may be slow, and is passed over then.
has_grown() {
    [ "$(wc -l <audit.jsonl)" -gt $((begins + 60)) ]
}
expect_signer() {
    begins=$(($(wc -l <audit.jsonl) + ${2:-0}))
    fixture_wait_until 60 has_grown || mistake "$asked: nobody signs"
    tail -n "+$((begins + 1))" audit.jsonl | python3 -c '
import json, sys
others = []
n_signed = 0
for line in sys.stdin:
    if not line.endswith("\n"):
        break
    record = json.loads(line)
    if record["event"] == "sign":
        n_signed += 1
        if record["member"] != sys.argv[1]:
            others.append(line)
most = 0 if sys.argv[2] == "alone" else n_signed // 2
sys.exit("".join(others[:3]) if len(others) > most else 0)' "$1" "${3:-}" \
        2>python.log ||
        mistake "$asked: another one signs: $(cat python.log)"
}

# -- Words that are not understood ------------------------------------------

expect 2 group drain ca
complains "MEMBER is missing"
expect 1 group drain ca 3
complains 'no member of token "ca" is called "3"'
expect 1 group promote ca three
complains 'no member of token "ca" is called "three"'
expect 1 group drain alone 1
complains "is no group"
expect 1 group resume cA 1
complains 'did you mean "ca"?'
mkdir run
[ -e run/control ] && mistake "a command that is refused is written down"
for command in drain resume promote; do
    expect 0 group $command --help
    says "usage: p11mux group $command"
    options=$(sed -n 's/^  .*--\([a-z-]*\).*/\1/p' out)
    for option in $options; do
        sed 's/\\-/-/g' "$source_folder/doc/man/p11mux-control.1" |
            grep -Eq "Fl -$option( |\$)" ||
            mistake "p11mux-control.1 does not explain --$option of $command"
    done
    line=$(grep "^    \"group $command\") echo" "$source_folder/etc/p11mux.bash")
    completed=$(echo "$line" | grep -o -e '--[a-z-]*' | sed 's/--//' | sort | xargs)
    [ "$completed" = "$(echo "$options" | sort | xargs)" ] ||
        mistake "$command has options \"$options\", completed are \"$completed\""
done
completes group dr
says drain
completes group drain c
says ca

# -- Under load ----------------------------------------------------------------

load_begin one ca 1
one=$fixture_pid
load_begin two ca 1 without-threads
two=$fixture_pid
expect 0 group drain ca one --json
json 'j["command"] == "group drain" and j["token"] == "ca" and j["member"] == 1 and j["done"] == 2 and all(p["state"] == "done" and p["running"] == 0 for p in j["processes"])'
expect_signer two 0 alone
expect 0 group ca --json
json '[m["state"] for m in j["members"]] == ["drained", "standby"]'
expect 1 doctor
says 'of token "ca" is drained'
says 'p11mux group resume "ca" 1'
expect 1 group drain ca 2
complains 'member 2 of token "ca" is the last one that can serve'

# Its tokens come from a copy, as from a backup.
cp -a tokens-one copy && rm -rf tokens-one && mv copy tokens-one ||
    fixture_fail "the tokens cannot be exchanged"
expect 0 group resume ca pkcs11:token=one
says 'member 1 (module "one") of token "ca" is let in again in 2 of 2 processes'
says '"p11mux status ca" shows whether it is there'
expect_signer one 50

# -- Another one is the first ----------------------------------------------------

expect 0 group promote ca two
says 'member 2 (module "two") of token "ca" is the first in 2 of 2 processes'
expect_signer two 50
expect 0 group ca --json
json '[(m["turn"], m["state"]) for m in j["members"]] == [(2, "up"), (1, "up")]'
expect 0 group promote ca 1
expect_signer one 50

# -- The last one ----------------------------------------------------------------

load_finish one "$one"
load_finish two "$two"
expect 0 group drain ca 1
expect 1 group sync ca
says "no member that can be asked lacks anything"
complains 'member 1 of "ca" is drained; p11mux group resume "ca" 1'
expect 0 group drain ca 2 --force
says "in 0 of 0 processes"
expect 0 group ca
says "no member of \"ca\" can be asked"
expect 1 group sync ca
complains 'all members of "ca" are drained'
expect 0 group resume ca 1
expect 0 group resume ca 2

# -- A member that is called otherwise meanwhile ---------------------------------

expect 0 group drain ca 2
sed -i 's/pkcs11:token=two/pkcs11:token=two;manufacturer=SoftHSM%20project/' p11mux.conf
expect 1 doctor
says "no member is called so any more; it is not drained"
says 'p11mux group resume "ca" "two pkcs11:token=two"'
expect 0 group ca --json
json '[m["state"] for m in j["members"]] == ["up", "standby"]'
expect 0 group resume ca "two pkcs11:token=two"
says "a member that is called otherwise now"
says_not "shows whether it is there"
"$tool" doctor >out
asked="doctor after it"
says_not "was drained"
expect 1 group resume ca "two pkcs11:token=two"
complains "no member"

# -- What the audit log has of it ------------------------------------------------

expect 0 audit show --event member --json
python3 -c '
import json
told = {json.loads(line)["detail"] for line in open("out", encoding="utf-8")}
raise SystemExit(told != {"drained", "let in again", "the first"})' ||
    mistake "the audit log: $(cat out)"
tool_end
