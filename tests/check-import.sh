#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux migrate import: keys of files become keys of tokens that sign, with their
# certificates; what is there is completed, what is not proven does not stay, and
# nothing of a key is left in the process.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
. "$folder/tool.sh"
source_folder=${P11MUX_SRCDIR:-$folder/..}
. "$folder/migrate.sh"
fixture_need python3 softhsm2-util pkcs11-tool openssl
fault=$P11MUX_BUILDDIR/tests/modules/.libs/fault.so
migrate_begin
export P11MUX_FAULT_MODULE="$softhsm"
export OPENS="a long passphrase"

make_file() {
    openssl "$@" >make.log 2>&1 || fixture_fail "openssl $*: $(cat make.log)"
}

# The token "one" behind this module: use MODULE
use() {
    configure "$(module soft "$1")" \
        "{ label = \"one\"; pin = \"file:$fixture_folder/pin\";
           members = ( { module = \"soft\"; match = \"pkcs11:token=one\"; } ); }"
    echo "audit = { file = \"$fixture_folder/audit.jsonl\"; };" >>p11mux.conf
}

# import STATUS FILE ARGUMENT...
import() {
    wanted=$1 key=$2
    shift 2
    expect "$wanted" migrate import --key "$key" --to "${to:-one}" --login \
        --passphrase env:OPENS --json "$@"
}

# The objects of the token: has EXPRESSION, where o is the list
has() {
    expect 0 objects "${to:-one}" --login --json
    json "(lambda o: $1)(j['objects'])"
}

softhsm_token one
make_file req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout ca.key -out ca.pem \
    -subj "/CN=a root" -days 30
make_file req -newkey rsa:2048 -nodes -keyout rsa.pem -out rsa.csr \
    -subj "/CN=web"
echo keyUsage=digitalSignature >usage
make_file x509 -req -in rsa.csr -CA ca.pem -CAkey ca.key -out leaf.pem \
    -extfile usage
make_file pkcs12 -export -inkey rsa.pem -in leaf.pem -certfile ca.pem \
    -name server -passout env:OPENS -out rsa.p12
make_file genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem
make_file pkcs8 -topk8 -in ec.pem -passout env:OPENS -out ec.enc
make_file genpkey -algorithm ED25519 -out ed.pem

# -- A key with its chain, and once more --------------------------------------

use "$softhsm"
import 0 rsa.p12
json '[(o["class"], o["label"], o["state"], o["way"]) for o in j["objects"]] == [
    ("private key", "server", "made", "aes-kwp"),
    ("public key", "server", "made", "created"),
    ("certificate", "server", "made", None), ("certificate", "a root", "made", None)]'
json 'len({o["id"] for o in j["objects"][:3]}) == 1 and "member" not in j["objects"][0]'
has 'len(o) == 4 and [k["flags"] for k in o if k["class"] == "private key"] == [["private", "sensitive", "sign"]]'
grep -q '"event":"migrate".*"class":"CKO_PRIVATE_KEY".*"detail":"from a file, aes-kwp"' \
    audit.jsonl || mistake "no record: $(grep migrate audit.jsonl)"
echo "to be signed" >data
pkcs11-tool --module "$P11MUX_MODULE" --token-label one --login --pin 1234 --sign \
    --mechanism SHA256-RSA-PKCS --label server --input-file data \
    --output-file signature >sign.log 2>&1
openssl x509 -in leaf.pem -pubkey -noout >public.pem
openssl dgst -sha256 -verify public.pem -signature signature data \
    >>sign.log 2>&1 || mistake "it does not sign: $(cat sign.log)"
import 0 rsa.pem --cert leaf.pem
json 'all(o["state"] == "there" for o in j["objects"]) and len(j["objects"]) == 3'
json '{o["label"] for o in j["objects"]} == {"server"}'
import 1 rsa.pem --id 05
complains "leave --id out"
has 'len(o) == 4'

# -- Other keys, and what is refused ------------------------------------------

import 0 ec.enc --id 05 --label other --extractable
has '[(k["type"], k["id"], "extractable" in k["flags"]) for k in o if k["class"] == "private key" and k["label"] == "other"] == [("EC P-256", "05", True)]'
import 1 ed.pem --id 05
complains 'token "one" has another key with the id 05; choose another one with --id'
import 0 ed.pem
json '[o["way"] for o in j["objects"]] == ["through-host", "created"]'
has 'len(o) == 8'
OPENS=wrong import 1 ec.enc
complains "ec.enc: the passphrase does not open it"
import 1 leaf.pem
complains "leaf.pem: there is no private key in it"
import 1 ec.pem --cert leaf.pem
complains "none of the certificates is for the key"
expect 2 migrate import --key ec.pem
complains "with --key and --to"
completes migrate import --pass
says "--passphrase"
completes migrate import --to o
says "one"

# -- What is not proven does not stay ------------------------------------------

use "$fault"
make_file genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out late.pem
echo 'C_Sign 3 return CKR_FUNCTION_FAILED' >script
P11MUX_FAULT_SCRIPT=$fixture_folder/script import 1 late.pem --label late
complains "it was destroyed"
has 'len(o) == 8'
echo 'C_CreateObject * return CKR_DEVICE_MEMORY' >script
P11MUX_FAULT_SCRIPT=$fixture_folder/script import 1 late.pem --label late
json '[o["state"] for o in j["objects"]] == ["undone"]'
has 'len(o) == 8'
echo 'C_DestroyObject * return CKR_DEVICE_ERROR' >>script
P11MUX_FAULT_SCRIPT=$fixture_folder/script import 1 late.pem --label stuck
json '[o["state"] for o in j["objects"]] == ["left-behind"]'
has 'len(o) == 9'
migrate_fill "$softhsm" one --delete-object --type privkey --label stuck
echo 'C_UnwrapKey 8 after kill' >script
P11MUX_FAULT_SCRIPT=$fixture_folder/script import 137 late.pem --label late
use "$softhsm"
has 'len(o) == 9'
import 0 late.pem --label late
has 'len(o) == 10'

# -- Nothing is left of it ------------------------------------------------------

make_file genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out last.pem
make_file pkcs12 -export -nocerts -inkey last.pem -passout env:OPENS -out last.p12
python3 "$folder/memory.py" last.pem "$OPENS" '"way": "aes-kwp"' "$tool" migrate \
    import --key last.p12 --to one --login --passphrase env:OPENS --json \
    >memory.log 2>&1 || mistake "in memory: $(cat memory.log)"
make_file genpkey -algorithm ED25519 -out last.pem
make_file pkcs8 -topk8 -in last.pem -passout env:OPENS -out last.enc
python3 "$folder/memory.py" last.pem "$OPENS" '"way": "through-host"' "$tool" migrate \
    import --key last.enc --to one --login --passphrase env:OPENS --json \
    >memory.log 2>&1 || mistake "in memory: $(cat memory.log)"

# -- Groups, and tokens whose objects move --------------------------------------

migrate_token old
migrate_token new
configure "$old" "$(token old old pkcs11:token=old)"
make_file req -x509 -key ec.pem -subj /CN=twin -days 30 \
    -addext keyUsage=digitalSignature -out twin.pem
to=old import 0 ec.pem --label twin --cert twin.pem --pin-source file:pin
migrate_fill "$softhsm" old --delete-object --type cert --label twin
# A twin is unproven until the file is gone.
to=ca
new=$(migrate_module new "$fault" new) P11MUX_FAULT_MODULE=$fixture_folder/behind.so
migrate_use
echo 'C_CreateObject * return CKR_DEVICE_MEMORY' >script
P11MUX_FAULT_SCRIPT=$fixture_folder/script import 1 ec.pem
json '[o["state"] for o in j["objects"]] == ["undone"]'
migrate_is_clean
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
import 0 rsa.pem
json '[o["member"] for o in j["objects"]] == ["1 old", "1 old", "2 new", "2 new"]'
sed -i 's/ write = "replicate";//' p11mux.conf
import 0 ed.pem --member old
json '[(o["state"], o["member"]) for o in j["objects"]] == 2 * [("made", "1 old")]'
import 0 ed.pem --member 2
json '[(o["state"], o["member"]) for o in j["objects"]] == 2 * [("made", "2 new")]'
expect 0 group ca --login --json
json 'len([o for o in j["objects"] if not o["not_on"]]) == 6'
migrate_is_clean

tool_end
