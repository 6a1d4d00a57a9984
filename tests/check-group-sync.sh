#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux group sync: what one member has and the other one lacks is copied, and
# nothing else; killed before or after each call that writes on the member, the
# next one mends what was left and goes on.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
. "$folder/tool.sh"
source_folder=${P11MUX_SRCDIR:-$folder/..}
fixture_need python3 softhsm2-util pkcs11-tool
fault=$P11MUX_BUILDDIR/tests/modules/.libs/fault.so
tool_begin
# A library of its own, since the other member has that one.
cp -L "$softhsm" behind.so
export P11MUX_FAULT_MODULE="$fixture_folder/behind.so"

# With the second member behind this module: use MODULE TOKEN
use() {
    configure "$(module soft "$softhsm"), $(module other "$1" 'instance = "own";')" \
        "{ label = \"ca\"; mode = \"failover\"; write = \"replicate\"; pin = \"file:$fixture_folder/pin\";
           members = ( { module = \"soft\"; match = \"pkcs11:token=one\"; },
                       { module = \"other\"; match = \"pkcs11:token=$2\"; } ); },
         $(token alone soft pkcs11:token=three)"
    printf '%s\n' "audit = { file = \"$fixture_folder/audit.jsonl\"; };" \
        'start_timeout = "1m";' >>p11mux.conf
}

# generate TOKEN ARGUMENT...
generate() {
    of=$1
    shift
    pkcs11-tool --module "$softhsm" --token-label "$of" --login --pin 1234 \
        "$@" >generate.log 2>&1 || fixture_fail "$(cat generate.log)"
}

# Whether all is on both, and nothing is left to be mended: judge_whole LABELS
judge_whole() {
    expect 0 group ca --login --json
    json "sorted(o['label'] for o in j['objects'] if o['label'] != 'stays') == '$1'.split()"
    json 'all(o["label"] == "stays" for o in j["objects"] if o["not_on"])'
    [ -z "$(ls state/transfers)" ] || mistake "left: $(ls state/transfers)"
}

printf 1234 >pin
chmod 600 pin
softhsm_token one
softhsm_token two
generate one --keypairgen --key-type EC:prime256v1 --label pair --id 01 \
    --extractable
cp -a tokens tokens.before
generate two --keygen --key-type AES:32 --label secret --id 02 --extractable \
    --private

# -- A plan, and what comes of it --------------------------------------------

use "$softhsm" two
expect 0 group sync ca --login --plan --json
json 'sorted((c["class"], c["from"], c["to"], c["state"], c["way"]) for c in j["copies"]) == [("private key", "1 soft", "2 other", "planned", "aes-kwp"), ("public key", "1 soft", "2 other", "planned", "created"), ("secret key", "2 other", "1 soft", "planned", "aes-kwp")]'
expect 0 group ca --login
says "0 of 3 objects are on all"
expect 0 group sync ca
says "made from its attributes"
says "private objects are only copied with --login"
expect 0 group sync ca --login
says "wrapped, AES with padding"
[ "$(grep -c '"event":"migrate"' audit.jsonl)" -eq 3 ] ||
    mistake "not three records: $(grep migrate audit.jsonl)"
grep -q '"member":"other","key":{"class":"CKO_PRIVATE_KEY".*"detail":"from member 1, aes-kwp"' \
    audit.jsonl || mistake "no record of the key: $(grep migrate audit.jsonl)"
judge_whole "pair pair secret"
expect 0 group sync ca --login
says "no member lacks anything"

# -- What stays ----------------------------------------------------------------

generate one --keypairgen --key-type EC:prime256v1 --label stays --id 03
expect 1 group sync ca --login --json
json '[(c["class"], c["state"], c["reason"]) for c in j["copies"]] == [("public key", "made", None), ("private key", "not-made", "not-extractable")]'
expect 1 group sync ca --login
says "CKA_EXTRACTABLE is false"
complains "1 of 1 copy cannot be made"
judge_whole "pair pair secret"
use "$softhsm" missing
expect 1 group sync ca
complains "member 2 of \"ca\" is not there"
expect 1 group sync alone
complains "is no group"
expect 2 group sync
complains "TOKEN is missing"

# -- What cannot be mended stays, and stops nothing ----------------------------

# A private key is left on the second member: stays WHY ARGUMENT...
stays() {
    why=$1
    shift
    expect 1 group sync ca "$@" --json
    json 'j["unmended"] == 1 and j["mended"] == 0'
    grep -Fq "$why" err || mistake "$asked: not \"$why\": $(cat err)"
    [ -f "$left" ] || mistake "$asked: the file is gone"
}

rm -rf tokens
cp -a tokens.before tokens
echo 'C_UnwrapKey 5 after kill' >script
use "$fault" two
P11MUX_FAULT_SCRIPT=$fixture_folder/script "$tool" group sync ca --login \
    >out 2>err
left=$(echo state/transfers/*)
use "$softhsm" two
"$tool" doctor >out 2>err
asked="doctor with a copy left half way"
says 'a copy was left half way on a member of token "ca" (module other, pkcs11:token=two)'
says 'p11mux group sync --login "ca"'
stays "log in with --login"
echo 'C_Login * return CKR_DEVICE_ERROR' >script
use "$fault" two
P11MUX_FAULT_SCRIPT=$fixture_folder/script stays "does not show what is private" --login
use "$softhsm" two
cp "$left" kept
sed -i 's/^to-token .*/&41/' "$left"
stays "another token" --login
generate one --keygen --key-type AES:32 --label late --id 05 --extractable
echo broken >"$left"
stays "an unknown form" --login
json '[(c["class"], c["state"]) for c in j["copies"] if c["label"] == "late"] == [("secret key", "made")]'
cp kept "$left"
expect 0 group sync ca --login
judge_whole "late pair pair"
"$tool" doctor >out 2>err
asked="doctor when it is mended"
says_not "left half way"

# The member has made it, and says that it failed: it is mended, and there.
rm -rf tokens
cp -a tokens.before tokens
rm -f audit.jsonl
echo 'C_UnwrapKey 5 after return CKR_GENERAL_ERROR' >script
use "$fault" two
P11MUX_FAULT_SCRIPT=$fixture_folder/script expect 0 group sync ca --login --json
json '[(c["class"], c["state"]) for c in j["copies"]] == [("public key", "made"), ("private key", "made")]'
grep -q '"event":"migrate".*"class":"CKO_PRIVATE_KEY".*mended' audit.jsonl ||
    mistake "no record of it: $(grep migrate audit.jsonl)"
use "$softhsm" two
judge_whole "pair pair"

# It refuses what it takes the next time.
rm -rf tokens
cp -a tokens.before tokens
echo 'C_UnwrapKey 5 return CKR_DEVICE_ERROR' >script
use "$fault" two
P11MUX_FAULT_SCRIPT=$fixture_folder/script expect 0 group sync ca --login
use "$softhsm" two
judge_whole "pair pair"

completes group sy
says "sync"
completes group sync --pl
says "--plan"

# killed RULE COMMAND...: the command ends with status 137.
killed() {
    rule=$1
    shift
    rm -rf tokens state/transfers
    cp -a tokens.before tokens
    printf '%s kill\n' "$rule" >script
    use "$fault" two
    (
        export P11MUX_FAULT_SCRIPT="$fixture_folder/script"
        "$@"
    ) >out 2>err
    status=$?
    [ "$status" -eq 137 ] ||
        mistake "$rule: status $status, not killed: $(cat out err)"
    [ -z "$(ls state/transfers 2>/dev/null)" ] || mended=$((mended + 1))
    use "$softhsm" two
}

# -- Killed ----------------------------------------------------------------------

# The public key is made for the session, then for good; the private one comes
# behind the key that wraps it, is proven, rehearsed and made for good.
mended=0
for rule in 'C_CreateObject 2' 'C_CreateObject 2 after' 'C_UnwrapKey 4 after' \
    'C_UnwrapKey 5' 'C_UnwrapKey 5 after'; do
    killed "$rule" "$tool" group sync ca --login
    expect 0 group sync ca --login
    judge_whole "pair pair"
    [ "$mistakes" -eq 0 ] || {
        mistake "after $rule"
        break
    }
done
[ "$mended" -eq 4 ] || mistake "$mended times something was to be mended, not 4"

# -- Killed while an application makes a key -----------------------------------

# pkcs11-tool opens modules in a way that sanitizers do not stand.
[ "${P11MUX_SANITIZERS:-no}" = no ] || {
    tool_end
    exit
}
# apply ARGUMENT...: as an application on the group
apply() {
    pkcs11-tool --module "$P11MUX_MODULE" --token-label ca --login --pin 1234 \
        "$@" --extractable
}

mended=0
use "$softhsm" two
for rule in 'C_CreateObject 2 after' 'C_UnwrapKey 5' 'C_UnwrapKey 5 after'; do
    killed "$rule" apply --keypairgen --key-type EC:prime256v1 --label made \
        --id 04
    expect 0 group sync ca --login
    judge_whole "made made pair pair"
    [ "$mistakes" -eq 0 ] || {
        mistake "after $rule, in an application"
        break
    }
done
[ "$mended" -eq 3 ] || mistake "$mended times something was to be mended, not 3"

# The next application that writes mends it too.
killed 'C_UnwrapKey 5 after' apply --keypairgen --key-type EC:prime256v1 \
    --label made --id 04
apply --keygen --key-type AES:32 --label late --id 05 >out 2>err ||
    mistake "the next application cannot write: $(cat err)"
[ -z "$(ls state/transfers)" ] || mistake "it has left $(ls state/transfers)"
expect 0 group ca --login --json
json 'sorted(o["label"] for o in j["objects"] if not o["not_on"]) == ["late", "made", "made"]'

tool_end
