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
. "$folder/import.sh"
migrate_begin

# The token "one" behind this module: use MODULE
use() {
    configure "$(module soft "$1")" \
        "{ label = \"one\"; pin = \"file:$fixture_folder/pin\";
           members = ( { module = \"soft\"; match = \"pkcs11:token=one\"; } ); }"
    echo "audit = { file = \"$fixture_folder/audit.jsonl\"; };" >>p11mux.conf
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
import 0 rsa.p12 --cert leaf.pem
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

# -- What was not answered well -------------------------------------------------

# The private key is made for good by the eighth call, the public one by the
# second; each is made all the same, or by the next call.
use "$fault"
made=10
for rule in 'C_UnwrapKey 8 after' 'C_UnwrapKey 8' 'C_CreateObject 2 after' \
    'C_CreateObject 2'; do
    made=$((made + 2))
    rm -f audit.jsonl
    make_file genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
        -out unsure.pem
    echo "$rule return CKR_GENERAL_ERROR" >script
    P11MUX_FAULT_SCRIPT=$fixture_folder/script import 0 unsure.pem
    json '[o["state"] for o in j["objects"]] == ["made", "made"]'
    has "len(o) == $made"
    [ "$(grep -c '"event":"migrate"' audit.jsonl)" -eq 2 ] ||
        mistake "$rule: not two records: $(grep migrate audit.jsonl)"
done

# The certificate is made by the third one.
for rule in 'C_CreateObject 3 after' 'C_CreateObject 3'; do
    made=$((made + 3))
    make_file req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout unsure.pem -out unsure.cert -subj "/CN=unsure" -days 30
    echo "$rule return CKR_GENERAL_ERROR" >script
    P11MUX_FAULT_SCRIPT=$fixture_folder/script import 0 unsure.pem \
        --cert unsure.cert
    json '[o["state"] for o in j["objects"]] == ["made", "made", "made"]'
    has "len(o) == $made"
done
use "$softhsm"

# -- Nothing is left of it ------------------------------------------------------

make_file genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out last.pem
make_file pkcs12 -export -nocerts -inkey last.pem -passout env:OPENS -out last.p12
python3 "$folder/memory.py" --key last.pem --text "$OPENS" \
    '"way": "aes-kwp"' "$tool" migrate \
    import --key last.p12 --to one --login --passphrase env:OPENS --json \
    >memory.log 2>&1 || mistake "in memory: $(cat memory.log)"
make_file genpkey -algorithm ED25519 -out last.pem
make_file pkcs8 -topk8 -in last.pem -passout env:OPENS -out last.enc
python3 "$folder/memory.py" --key last.pem --text "$OPENS" \
    '"way": "through-host"' "$tool" migrate \
    import --key last.enc --to one --login --passphrase env:OPENS --json \
    >memory.log 2>&1 || mistake "in memory: $(cat memory.log)"

tool_end
