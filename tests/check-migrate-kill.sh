#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux migrate run, killed before or after the calls that write on the new
# member: the next one completes or takes back what was begun.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
. "$folder/tool.sh"
. "$folder/migrate.sh"
fixture_need python3 softhsm2-util pkcs11-tool
migrate_begin
migrate_fault
migrate_token old
migrate_token new
migrate_fill "$softhsm" old --keypairgen --key-type EC:prime256v1 --label pair \
    --id 01 --extractable
cp -a tokens tokens.before

# What the public key's copy is made for good by, and the private one's: those
# before are of the session.
mended=0
for rule in 'C_CreateObject 2' 'C_UnwrapKey 5' 'C_UnwrapKey 5 after'; do
    rm -rf tokens state/transfers
    cp -a tokens.before tokens
    printf '%s kill\n' "$rule" >script
    migrate_new fault
    status=0
    P11MUX_FAULT_SCRIPT=$fixture_folder/script "$tool" migrate run ca --login \
        >out 2>err || status=$?
    [ "$status" -eq 137 ] ||
        mistake "$rule: status $status, not killed: $(cat out err)"
    migrate_has_one "$rule"
    migrate_new real
    expect 0 migrate run ca --login --json
    json 'j["mended"] == 1 and j["unmended"] == 0'
    json 'all(o["state"] in ("moved", "there") for o in j["objects"]) and len(j["objects"]) == 2'
    migrate_is_clean
    # One that was there is proven, not made anew.
    proven=$(grep -c '"event":"migrate".*"detail":"from member 2, mended"' audit.jsonl)
    [ "$proven" -eq "$(echo "$rule" | grep -c after)" ] ||
        mistake "$rule: $proven copies were proven"
    rm audit.jsonl
    mended=$((mended + 1))
    [ "$mistakes" -eq 0 ] || break
done
[ "$mended" -eq 3 ] || mistake "only $mended of three"

# A file of another name is nobody's copy, and stays.
echo broken >state/transfers/another
expect 0 migrate run ca --login --json
json 'j["unmended"] == 0'
[ -f state/transfers/another ] || mistake "another's file was removed"

# What the member has not answered well is tried again when nothing else is asked
# of it: it has made it, or has not.
answered() {
    rm -rf state/transfers tokens audit.jsonl
    cp -a tokens.before tokens
    echo "C_UnwrapKey $1 return CKR_GENERAL_ERROR" >script
    migrate_new fault
    P11MUX_FAULT_SCRIPT=$fixture_folder/script expect "$2" migrate run ca \
        --login --json
}
for moment in '5 after' 5; do
    answered "$moment" 0
    json '[o["state"] for o in j["objects"]] == ["moved", "moved"]'
    migrate_is_clean
    proven=$(grep -c '"event":"migrate".*"detail":"from member 2, mended"' audit.jsonl)
    [ "$proven" -eq "$(echo "$moment" | grep -c after)" ] ||
        mistake "$moment: $proven copies were proven"
    migrate_new real
    expect 0 migrate verify ca --login
done
answered 5- 1
json '[o["reason"] for o in j["objects"] if o["state"] == "stays"] == ["not-unwrapped"]'
migrate_is_clean

# What cannot be mended is said, and stays.
rm -rf state/transfers tokens
cp -a tokens.before tokens
echo 'C_UnwrapKey 5 after kill' >script
migrate_new fault
P11MUX_FAULT_SCRIPT=$fixture_folder/script expect 137 migrate run ca --login
left=$(echo state/transfers/*)
cp "$left" kept
echo broken >"$left"
migrate_new real
expect 1 migrate run ca --login --json
json 'j["unmended"] == 1'
grep -q "an unknown form" err || mistake "$asked: $(cat err)"
[ -f "$left" ] || mistake "what cannot be mended is gone"
cp kept "$left"
expect 0 migrate run ca --login --json
json 'j["mended"] == 1'
migrate_is_clean
tool_end
