#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux migrate import on groups and on tokens whose objects move: each member has
# the key, or none; and a twin of one that cannot move is used when it is proven.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
. "$folder/tool.sh"
source_folder=${P11MUX_SRCDIR:-$folder/..}
. "$folder/migrate.sh"
. "$folder/import.sh"
fixture_need python3 softhsm2-util pkcs11-tool openssl
migrate_begin
make_file genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem
make_file genpkey -algorithm ED25519 -out ed.pem
make_file req -x509 -newkey rsa:2048 -nodes -keyout rsa.pem -out leaf.pem \
    -subj "/CN=web" -days 30

# -- Beside a key that does not move ---------------------------------------------

migrate_token old
migrate_token new
configure "$old" "$(token old old pkcs11:token=old)"
make_file req -x509 -key ec.pem -subj /CN=twin -days 30 \
    -addext keyUsage=digitalSignature -out twin.pem
to=old import 0 ec.pem --label twin --cert twin.pem --pin-source file:pin
migrate_fill "$softhsm" old --delete-object --type cert --label twin
# Without the old member, or without its user, nobody knows that it has the key.
to=ca
migrate_use
expect 0 group drain ca old
import 1 ec.pem
complains 'the old member of "ca" is not there'
expect 0 group resume ca old
printf 9999 >wrong
chmod 600 wrong
old_pin=wrong migrate_use
import 1 ec.pem
complains 'the old member of "ca" did not let its user in'
cp -a tokens/old kept
migrate_fill "$softhsm" old --delete-object --type pubkey --label twin
old_pin='' migrate_use
import 1 ec.pem
complains 'the old member of "ca" does not tell whether it has this key'
json 'j["objects"] == []'
rm -rf tokens/old
mv kept tokens/old
# A twin is unproven until the file is gone.
new=$(migrate_module new "$fault" new) P11MUX_FAULT_MODULE=$fixture_folder/behind.so
migrate_use
echo 'C_CreateObject * return CKR_DEVICE_MEMORY' >script
P11MUX_FAULT_SCRIPT=$fixture_folder/script import 1 ec.pem
json '[o["state"] for o in j["objects"]] == ["undone"]'
migrate_is_clean
echo 'C_UnwrapKey 8 after return CKR_GENERAL_ERROR' >script
P11MUX_FAULT_SCRIPT=$fixture_folder/script import 0 ec.pem
json '[o["state"] for o in j["objects"]] == ["made", "made"]'
migrate_is_clean
for half in privkey pubkey; do
    migrate_fill "$softhsm" new --delete-object --type $half --label twin
done
echo 'C_CreateObject 1 kill' >script
P11MUX_FAULT_SCRIPT=$fixture_folder/script import 137 ec.pem
[ "$(ls state/transfers | wc -l)" -eq 1 ] || mistake "half a twin has no file"
migrate_fill "$softhsm" new --delete-object --type privkey --label twin
echo 'C_UnwrapKey 8 after kill' >script
P11MUX_FAULT_SCRIPT=$fixture_folder/script import 137 ec.pem
[ "$(ls state/transfers | wc -l)" -eq 1 ] || mistake "a killed twin has no file"
new=$(migrate_module new "$fixture_folder/behind.so" new)
migrate_use
import 1 ec.pem --label another
complains 'token "ca" has this key with the label "twin" on its old member'
import 0 ec.pem
json '[(o["label"], o["state"], o["member"]) for o in j["objects"]] == [("twin", "there", "1 new"), ("twin", "made", "1 new")]'
migrate_is_clean
expect 0 migrate verify ca --login --json
json 'j["same"] == 2 and j["not_same"] == 0'
migrate_fill "$softhsm" new --delete-object --type privkey --label twin
import 0 ec.pem
migrate_fill "$softhsm" new --list-objects --type privkey
grep -q "Usage: *sign\$" generate.log ||
    mistake "it may do more than the old one: $(cat generate.log)"
expect 0 group ca --login --json
json '[o["label"] for o in j["objects"]] == 2 * ["twin"] and not any(o["not_on"] for o in j["objects"])'
import 1 ec.pem --member 2
complains "leave --member out"
sed -i 's/mode = "migrate"/mode = "failover"/; s/role = "[a-z]*";//g' p11mux.conf
import 1 ed.pem
complains "with --member"
sed -i 's/mode = "failover";/& write = "replicate";/' p11mux.conf
# Keys are on both, whatever comes of certificates.
sed -i "s#$fixture_folder/behind.so#$fault#" p11mux.conf
echo 'C_CreateObject 3 return CKR_DEVICE_MEMORY' >script
P11MUX_FAULT_SCRIPT=$fixture_folder/script import 1 rsa.pem --cert leaf.pem
json '[(o["class"], o["state"], o["member"]) for o in j["objects"]] == [
    ("private key", "made", "1 old"), ("public key", "made", "1 old"),
    ("private key", "made", "2 new"), ("public key", "made", "2 new"),
    ("certificate", "made", "1 old")]'
import 0 rsa.pem --cert leaf.pem
json '[(o["state"], o["member"]) for o in j["objects"]] == 2 * [("there", "1 old")] + 2 * [("there", "2 new")] + [
    ("there", "1 old"), ("made", "2 new")]'
sed -i 's/ write = "replicate";//' p11mux.conf
import 0 ed.pem --member old
json '[(o["state"], o["member"]) for o in j["objects"]] == 2 * [("made", "1 old")]'
import 0 ed.pem --member 2
json '[(o["state"], o["member"]) for o in j["objects"]] == 2 * [("made", "2 new")]'
expect 0 group ca --login --json
json 'len([o for o in j["objects"] if not o["not_on"]]) == 7'
migrate_is_clean

tool_end
