#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux migrate plan: it is right about each object, and changes nothing.
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
for on in old new; do
    migrate_fill "$softhsm" "$on" --keypairgen --key-type EC:prime256v1 \
        --label taken --id 03 --extractable
done
migrate_fill "$softhsm" old --keypairgen --key-type EC:prime256v1 \
    --label pair --id 01 --extractable
migrate_fill "$softhsm" old --keypairgen --key-type EC:prime256v1 \
    --label stays --id 02
migrate_fill "$softhsm" old --keygen --key-type AES:32 --label secret --id 04 \
    --extractable --private
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout key.pem -subj /CN=both -outform DER -out both.der 2>req.log ||
    fixture_fail "$(cat req.log)"
for on in old new; do
    migrate_fill "$softhsm" "$on" --write-object both.der --type cert \
        --label both --id 05
done
migrate_fill "$softhsm" new --write-object both.der --type data --label beside
migrate_use
find tokens state | sort >before

# -- What comes of it ----------------------------------------------------------

expect 1 migrate plan ca --login --json --report page.html
json 'sorted((o["label"], o["class"], o["state"], o["way"], o["reason"]) for o in j["objects"]) == [
    ("beside", "data", "new-only", None, None),
    ("both", "certificate", "there", None, None),
    ("pair", "private key", "moves", "aes-kwp", None),
    ("pair", "public key", "moves", "created", None),
    ("secret", "secret key", "moves", "aes-kwp", None),
    ("stays", "private key", "stays", None, "not-extractable"),
    ("stays", "public key", "moves", "created", None),
    ("taken", "private key", "new-only", None, None),
    ("taken", "private key", "stays", None, "taken"),
    ("taken", "public key", "new-only", None, None),
    ("taken", "public key", "stays", None, "taken")]'
json 'j["counts"] == {"waits": 0, "moves": 4, "moved": 0, "there": 1, "stays": 3, "gone": 0, "new-only": 3, "buried": 0, "destroyed": 0}'
find tokens state | sort | cmp -s before - ||
    mistake "something was changed: $(find tokens state | sort | diff before -)"
[ ! -e run/control ] || mistake "processes were told of a plan"
[ ! -e audit.jsonl ] || ! grep -q '"event":"migrate"' audit.jsonl ||
    mistake "a plan is in the audit log"
python3 - page.html <<'E2' 2>python.log || mistake "$(cat python.log)"
import re, sys
import xml.etree.ElementTree as tree
text = open(sys.argv[1], encoding="utf-8").read()
page = tree.fromstring(text.split("\n", 1)[1])
of = "{http://www.w3.org/1999/xhtml}"
assert page.find(f"{of}head/{of}title").text == "Migration plan: ca"
rows = ["".join(row.itertext()) for row in page.iter(f"{of}tr")]
assert len(rows) == 12, rows
assert any("stays" in row and "CKA_EXTRACTABLE is false" in row for row in rows)
assert not re.search(r"(src|href)=", text)
E2
expect 1 migrate plan ca --login
says "its CKA_EXTRACTABLE is false"
says "another key with its CKA_ID, or its label, is there"
says "4 objects move, 1 is on both members, 3 stay on the old member, 3 are on the new member alone"
complains "3 of 8 objects stay on the old member"

# -- Where they are (R9.14) ------------------------------------------------------

expect 0 objects ca --login --json
json 'sorted((o["label"], o["class"], o["where"]) for o in j["objects"]) == [
    ("beside", "data", "new"),
    ("both", "certificate", "both"),
    ("pair", "private key", "old"),
    ("pair", "public key", "old"),
    ("secret", "secret key", "old"),
    ("stays", "private key", "old"),
    ("stays", "public key", "old"),
    ("taken", "private key", "new"), ("taken", "private key", "old"),
    ("taken", "public key", "new"), ("taken", "public key", "old")]'
expect 0 objects ca --login
says "WHERE"
sed 's/mode = "migrate";/& certificates = { mode = "store"; };/' p11mux.conf >stored.conf
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout key.pem -subj /CN=stored -out stored.pem 2>req.log ||
    fixture_fail "$(cat req.log)"
expect 0 certs add ca stored.pem --id 09 --login --config stored.conf
expect 0 objects ca --login --json --config stored.conf
json '[o["where"] for o in j["objects"] if o["id"] == "09"] == ["db"]'

# -- Some of them --------------------------------------------------------------

expect 0 migrate plan ca --login --label pair
says "2 objects move, 1 is on both members, 5 were not tried"
expect 1 migrate plan ca --login --class private-key --label pair --json
json '[o["reason"] for o in j["objects"] if o["label"] == "pair"] == ["not-known"]'
expect 0 migrate plan ca --login --class secret-key --id 04 --jobs 2
says "1 object moves"
expect 0 migrate plan ca --login --class secret-key --through-host --json
complains "warning: keys that are not sensitive and cannot be wrapped pass through"
json '[o["way"] for o in j["objects"] if o["class"] == "secret key"] == ["aes-kwp"]'
expect 1 migrate plan ca
complains "private objects were not looked at; log in with --login"
for choice in "--label pair" "--id 01" "--class private-key" "--class data"; do
    # shellcheck disable=SC2086 # two words
    expect 1 migrate plan ca $choice
    complains "private objects were not looked at; log in with --login"
done
expect 0 migrate plan ca --class public-key --label pair
expect 2 migrate plan ca --class key
complains '"key" is no class'
expect 2 migrate plan ca --jobs 0
complains 'no number of jobs'
expect 2 migrate plan ca --id 0
complains "hexadecimal"
expect 2 migrate plan
complains "TOKEN is missing"
expect 1 migrate plan ca --report pin
complains "no report of an earlier time"

# -- Nothing to be planned -----------------------------------------------------

configure "$old" "$(token ca old pkcs11:token=old)"
expect 1 migrate plan ca
complains 'the objects of token "ca" do not move; add mode = "migrate"'
migrate_use
rm -rf tokens/old
mkdir tokens/old
expect 1 migrate plan ca --login
completes migrate pl
says "plan"
completes migrate plan --re
says "--report"
tool_end
