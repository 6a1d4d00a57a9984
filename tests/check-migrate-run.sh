#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux migrate run: a token of NSS moves to SoftHSM and on to another one of
# NSS, and each key signs there.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
. "$folder/tool.sh"
source_folder=${P11MUX_SRCDIR:-$folder/..}
. "$folder/migrate.sh"
fixture_need python3 softhsm2-util pkcs11-tool openssl certutil
migrate_begin
mux=$P11MUX_MODULE

# ID: as OpenSSL reads it. The one EC key is of P-256.
read_public() {
    if [ "$1" = 01 ]; then
        pkcs11-tool --module "$mux" --token-label ca --type pubkey \
            --list-objects >read.log 2>&1
        fixture_public_key read.log "public-$1.der"
    else
        pkcs11-tool --module "$mux" --token-label ca --type pubkey --id "$1" \
            --read-object --output-file "public-$1.der" >read.log 2>&1 ||
            mistake "key $1 cannot be read: $(cat read.log)"
    fi
}

# Each key of the token "ca" signs; OpenSSL verifies.
judge_keys() {
    for key in "01 ECDSA digest" "02 SHA256-RSA-PKCS pin"; do
        # shellcheck disable=SC2086 # three words
        set -- "$1" $key
        [ -f "public-$2.der" ] || read_public "$2"
        pkcs11-tool --module "$mux" --token-label ca --login --pin 1234 \
            --sign --mechanism "$3" --id "$2" --signature-format openssl \
            --input-file "$4" --output-file signature >sign.log 2>&1
        openssl dgst -sha256 -keyform DER -verify "public-$2.der" \
            -signature signature pin >>sign.log 2>&1 ||
            mistake "$1: key $2 does not sign: $(cat sign.log)"
    done
}

migrate_token new
printf 56789 >old.pin
chmod 600 old.pin
nss_token old old.pin
old_pin=old.pin fill_pin=old.pin
old=$nss
configure "$old" "$(token old old pkcs11:token=old)"
openssl dgst -sha256 -binary -out digest pin
migrate_fill "$mux" old --keypairgen --key-type EC:prime256v1 --label ec \
    --id 01 --extractable
migrate_fill "$mux" old --keypairgen --key-type rsa:2048 --label rsa --id 02 \
    --extractable
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout key.pem -subj /CN=both -outform DER -out cert.der 2>req.log ||
    fixture_fail "$(cat req.log)"
migrate_fill "$mux" old --write-object cert.der --type cert --label cert --id 05

# -- From NSS to SoftHSM, each with a PIN of its own ---------------------------

migrate_use
expect 0 migrate run ca --class certificate
says "1 object was moved, 2 were not tried"
expect 0 migrate run ca --login --json --report page.html
json 'sorted((o["label"], o["class"], o["state"], o["way"]) for o in j["objects"]) == [
    ("cert", "certificate", "there", None),
    ("ec", "private key", "moved", "aes-kwp"), ("ec", "public key", "moved", "created"),
    ("rsa", "private key", "moved", "aes-kwp"), ("rsa", "public key", "moved", "created")]'
migrate_is_clean
grep -q 'Migration run: ca' page.html || mistake "no page of the run"
[ "$(grep -c '"event":"migrate".*"detail":"from member 2, ' audit.jsonl)" -eq 5 ] ||
    mistake "not five records: $(grep migrate audit.jsonl)"
grep -q '"event":"migrate".*"class":"CKO_PRIVATE_KEY".*"fingerprint":"[0-9a-f]\{64\}".*aes-kwp' \
    audit.jsonl || mistake "no record of a key: $(grep migrate audit.jsonl)"
grep -q '^moved [0-9]* [0-9]* ca$' run/control ||
    mistake "processes were not told: $(cat run/control)"
expect 0 migrate run ca --login
says "5 are on both members"
expect 0 migrate plan ca --login
judge_keys "with both members"

# -- And on to another one of NSS -----------------------------------------------

new_token=next
old_token=new
old_pin='' fill_pin=''
nss_token next
old=$(migrate_module old "$softhsm" new) new=$nss new_module=next
migrate_fill "$softhsm" new --write-object pin --type data --label note
migrate_fill "$softhsm" new --keygen --key-type AES:32 --label bound --id 06 \
    --extractable --allowed-mechanisms AES-CBC
migrate_use
# What NSS has for the session alone is known before anything is made for good.
expect 1 migrate plan ca --login --json
json '[(o["reason"], o["attribute"], o["function"]) for o in j["objects"] if o["label"] == "bound"] == [
    ("refused", "CKA_ALLOWED_MECHANISMS", None)]'
expect 1 migrate run ca --login --json
json 'sorted((o["label"], o["class"], o["state"], o["way"], o["reason"]) for o in j["objects"]) == [
    ("bound", "secret key", "stays", None, "refused"),
    ("cert", "certificate", "moved", "created", None),
    ("ec", "private key", "moved", "aes-kwp", None), ("ec", "public key", "moved", "created", None),
    ("note", "data", "stays", None, "refused"),
    ("rsa", "private key", "moved", "aes-kwp", None), ("rsa", "public key", "moved", "created", None)]'
complains "2 of 7 objects stay on the old member"
migrate_is_clean
configure "$new" "$(token ca next pkcs11:token=next)"
judge_keys "on the next one alone"
completes migrate r
says "run"
tool_end
