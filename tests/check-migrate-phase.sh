#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux migrate status, verify, rollback and finish: how far a migration is, that
# both members have the same, the way back, and the end of it.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
. "$folder/tool.sh"
source_folder=${P11MUX_SRCDIR:-$folder/..}
. "$folder/migrate.sh"
fixture_need python3 softhsm2-util pkcs11-tool openssl
migrate_begin
migrate_token old
migrate_token new
migrate_fill "$softhsm" old --keypairgen --key-type EC:prime256v1 \
    --label sign --id 01 --extractable
migrate_fill "$softhsm" old --keygen --key-type AES:32 --label secret --id 02 \
    --extractable --private
migrate_fill "$softhsm" old --write-object pin --type data --label note
migrate_use

# -- On the way ----------------------------------------------------------------

expect 0 migrate status ca --login --json
json 'j["phase"] == "moving" and j["counts"] == {"both": 0, "old": 4, "new": 0, "buried": 0} and j["left_half_way"] == 0'
json 'sorted((o["label"], o["state"], o["way"]) for o in j["objects"])[0] == ("note", "moves", "created")'
expect 1 migrate finish ca --login
complains '4 of 4 objects of "ca" are on the old member alone; "p11mux migrate status --login ca" says which'
expect 1 migrate run ca --login --class private-key --json
json '[(o["state"], o["reason"]) for o in j["objects"]] == [("stays", "not-known")]'
expect 0 migrate run ca --login
expect 0 migrate status ca --login
says 'the migration of "ca" is moving'
says "objects: 4 on both members, 0 on the old one alone, 0 on the new one alone"
expect 0 migrate status ca
says "private objects are only seen with --login"

# -- The same on both ------------------------------------------------------------

expect 0 migrate verify ca --login --json
json 'j["same"] == 4 and j["not_same"] == 0'
json '[(o["class"], o["state"], o["unexpected"]) for o in sorted(j["objects"], key=lambda o: o["class"])] == [
    ("data", "alike", []), ("private key", "proven", []), ("public key", "alike", []), ("secret key", "proven", [])]'
migrate_fill "$softhsm" new --type pubkey --id 01 --set-id 07
expect 1 migrate verify ca --login
says "CKA_ID"
complains "1 of 3 objects are not the same on both members"
expect 0 migrate verify ca --login --class secret-key
says "1 objects that both members have: 1 the same, 0 not"
migrate_fill "$softhsm" new --type pubkey --id 07 --set-id 01
expect 1 migrate verify ca
complains "private objects were not looked at; log in with --login"

# -- Another key in the place of one that has moved ------------------------------

migrate_fill "$softhsm" new --delete-object --type privkey --id 01
migrate_fill "$softhsm" new --keypairgen --key-type EC:prime256v1 --label sign \
    --id 09
migrate_fill "$softhsm" new --delete-object --type pubkey --id 09
migrate_fill "$softhsm" new --type privkey --id 09 --set-id 01
expect 1 migrate finish ca --login
complains '1 of 4 objects that both members of "ca" have are not known to be the same'
expect 1 migrate verify ca --login --class private-key
says "another one"
migrate_fill "$softhsm" new --delete-object --type privkey --id 01
expect 0 migrate run ca --login

# -- Back, and on again, while somebody signs ------------------------------------

load_begin signer ca 2
signer=$fixture_pid
expect 0 migrate rollback ca
says 'the old member of "ca" comes first again'
says 'token "ca" is looked at anew in 1 of 1 processes'
# change_is_recorded COUNT PHASE WAS [MORE]: so many such records there are
change_is_recorded() {
    found=$(grep "\"event\":\"migrate\".*\"detail\":{\"phase\":\"$2\",\"was\":\"$3\"}" audit.jsonl |
        grep -c "${4:-\"outcome\":\"success\"}")
    [ "$found" -eq "$1" ] || mistake "$found records that it is $2, not $1"
}
change_is_recorded 1 rolled-back moving '"token":"ca","slot":null,'
expect 0 migrate rollback ca
change_is_recorded 1 rolled-back moving
expect 0 audit show --event migrate --json
says '"phase":"rolled-back"'
expect 0 migrate status ca --login --json
json 'j["phase"] == "rolled-back"'
expect 1 migrate finish ca --login
complains 'the migration of "ca" is rolled back'
uses_of() {
    "$tool" status ca --json >out 2>err && python3 -c "
import json, sys
uses = [u for t in json.load(open('out'))['tokens'] for u in t['old_uses']]
sys.exit(0 if [u for u in uses if u['label'] == '$1' and u['count'] > 0] else 1)"
}
fixture_wait_until 60 uses_of sign ||
    mistake "status does not count what the old member does: $(cat out err)"
json '[(u["class"], u["others"], len(u["fingerprint"])) for u in j["tokens"][0]["old_uses"]] == [("private key", False, 16)]'
expect 0 status ca
says "USED ON OLD"
expect 0 status ca --prometheus
grep -q 'p11mux_old_uses_total{.*class="private key",key="sign",fingerprint="[0-9a-f]*",program="/' out ||
    mistake "Prometheus is not told what the old member does"
expect 0 migrate run ca --login
change_is_recorded 1 moving rolled-back
expect 0 migrate status ca --login --json
json 'j["phase"] == "moving"'

# Without a record nothing is another phase, and a record of what did not come is
# followed by one that says so.
sed "s#audit.jsonl\"#nowhere/audit.jsonl\"#" p11mux.conf >unrecorded.conf
expect 1 migrate rollback ca --config unrecorded.conf
complains "nowhere/audit.jsonl"
expect 0 migrate status ca --login --json
json 'j["phase"] == "moving"'
mv state/migrations aside
: >state/migrations
expect 1 migrate rollback ca
complains "migrations/"
rm state/migrations
mv aside state/migrations
change_is_recorded 1 rolled-back moving '"outcome":"failure"'
expect 0 migrate status ca --login --json
json 'j["phase"] == "moving"'
sed 's#jsonl"; };#jsonl"; on_failure = "allow"; };#' unrecorded.conf >allowed.conf
expect 0 migrate rollback ca --config allowed.conf
grep -q "warning: .*the change has no record" err ||
    mistake "it is not said that there is no record: $(cat err)"
expect 0 migrate run ca --login

# -- The end ---------------------------------------------------------------------

expect 1 migrate finish ca
complains 'what is private on the old member of "ca" is not seen'
left=state/transfers/1.1.1.0.left
echo broken >$left
expect 1 migrate finish ca --login
complains 'copies were left half way: 1; "p11mux migrate run --login ca" mends them'
expect 1 migrate status ca --login --json
json 'j["left_half_way"] == 1'
rm $left
# Who goes back while all is proven is not overtaken: the lock on the phase holds
# the end of it up.
exec 8>state/locks/6361.phase
flock 8
fixture_start finish "$tool" migrate finish ca --login 8>&-
finish=$fixture_pid
is_proving() {
    ! flock --nonblock state/locks/6361.lock true
}
fixture_wait_until 60 is_proving || mistake "finish proves nothing"
sed -i 's/^phase .*/phase rolled-back/' state/migrations/6361.phase
exec 8>&-
wait "$finish" && mistake "it is finished though somebody went back"
grep -q 'the migration of "ca" is rolled back' finish.log ||
    mistake "finish: $(cat finish.log)"
expect 0 migrate run ca --login
expect 1 migrate finish ca --login --quiet-for soon
complains '"soon" is no time'
expect 1 migrate finish ca --login --quiet-for 1h
complains 'the old member of "ca" was used at '
mkdir nobody
sed "s#^runtime_dir = .*#runtime_dir = \"$fixture_folder/nobody\";#" p11mux.conf >nobody.conf
expect 1 migrate finish ca --login --quiet-for 1h --config nobody.conf
grep -q 'audit.jsonl: line [0-9]*: the old member of "ca" was used at .* with "sign"' err ||
    mistake "the log is not looked at: $(cat err)"
# What cannot be read may be such a use.
cp audit.jsonl rotated
expect 0 audit rotate rotated
grep -m 1 '"event":"migrate"' audit.jsonl >>rotated
expect 0 audit rotate rotated
mv rotated.1 elsewhere
sed 's#audit.jsonl"#rotated"#' nobody.conf >rotated.conf
expect 1 migrate finish ca --quiet-for 1h --config rotated.conf
grep -q 'rotated.1: is not there, and may tell of uses of the old member of "ca"' err ||
    mistake "what is not there is quiet: $(cat err)"
sed 's#audit.jsonl"#damaged"#' nobody.conf >damaged.conf
{
    echo broken
    grep -m 1 '"token":"ca"' audit.jsonl | sed 's/"time":"20[0-9]*/"time":"2001/'
} >damaged
expect 1 migrate finish ca --quiet-for 1h --config damaged.conf
grep -q 'what is private on the old member of "ca" is not seen' err ||
    mistake "what is older is no use: $(cat err)"
echo broken >>damaged
expect 1 migrate finish ca --quiet-for 1h --config damaged.conf
grep -q 'damaged: line [0-9]* is damaged, and may be a use' err ||
    mistake "what is damaged is quiet: $(cat err)"
finish_quietly() {
    "$tool" migrate finish ca --login --quiet-for 500ms >out 2>err
}
fixture_wait_until 60 finish_quietly ||
    mistake "the old member is never quiet: $(cat out err)"
says 'the old member of "ca" is not asked any more'
says 'token "ca" is looked at anew in 1 of 1 processes'
load_finish signer "$signer"
change_is_recorded 1 finished moving
expect 0 migrate status ca --login --json
json 'j["phase"] == "finished" and j["objects"] == []'
for command in plan run verify; do
    expect 1 migrate $command ca --login
    complains 'the migration of "ca" is finished'
done
expect 1 migrate rollback ca
complains 'the migration of "ca" is finished'
expect 0 migrate finish ca --login
configure "$new" "$(token ca new pkcs11:token=new)"
expect 1 migrate rollback ca
complains 'its mode is not "migrate"'
tool_end
