#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux migrate: of objects with one name the first one moves, the plan knows it,
# and doubles of what has moved are in nobody's way.
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
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout key.pem -subj /CN=both -outform DER -out cert.der 2>req.log ||
    fixture_fail "$(cat req.log)"
for label in one two; do
    migrate_fill "$softhsm" old --keygen --key-type AES:32 --label $label \
        --id 04 --extractable --private
    migrate_fill "$softhsm" old --write-object cert.der --type cert \
        --label double --id 05
done
migrate_use

# becomes STATE: what becomes of those that move
becomes() {
    json 'sorted((o["class"], o["state"], o["reason"]) for o in j["objects"]) == [
        ("certificate", "'"$1"'", None), ("certificate", "there", "there"),
        ("secret key", "'"$1"'", None), ("secret key", "stays", "taken")]'
}

expect 1 migrate plan ca --login --json --jobs 4
becomes moves
expect 1 migrate run ca --login --json --jobs 4
becomes moved
expect 0 migrate status ca --login --json
json 'j["counts"] == {"both": 3, "old": 1, "new": 0, "buried": 0}'
expect 1 migrate finish ca --login
complains '1 of 4 objects of "ca" are on the old member alone'
expect 0 migrate status ca --login --json
json '[o["reason"] for o in j["objects"]] == ["taken"]'
left=$(python3 -c 'import json; print(json.load(open("out"))["objects"][0]["label"])')
migrate_fill "$softhsm" old --delete-object --type secrkey --label "$left"
expect 0 migrate finish ca --login
tool_end
