#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux migrate run, while an application changes or destroys the key whose copy
# is just being made: the copy becomes what the key is by then, or goes.
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
migrate_fill "$softhsm" old --keygen --key-type AES:32 --label secret --id 02 \
    --extractable --private
cp -a tokens tokens.before

is_stopped() {
    [ "$(sed 's/.*) //; s/ .*//' "/proc/$run/stat")" = T ]
}

also() {
    :
}

# meanwhile ARGUMENT...: what pkcs11-tool does with the old member while the tool
# is stopped where it makes the copy that stays; the calls before are of the
# session.
stop_at='C_UnwrapKey 5'
meanwhile() {
    rm -rf tokens audit.jsonl
    cp -a tokens.before tokens
    echo "$stop_at stop" >script
    migrate_new fault
    export P11MUX_FAULT_SCRIPT="$fixture_folder/script"
    fixture_start run "$tool" migrate run ca --login --json
    run=$fixture_pid
    unset P11MUX_FAULT_SCRIPT
    fixture_wait_until 60 is_stopped || mistake "$1: the tool is not stopped"
    migrate_has_one "$1"
    migrate_fill "$softhsm" old "$@"
    also
    kill -CONT "$run"
    wait "$run" || mistake "$1: ends with $?: $(cat run.log)"
    migrate_is_clean
    cp run.log out
    asked="run, meanwhile $1"
}

# Or where it looks at what the new member has, when the copy is made: what goes
# again has no record.
changed() {
    meanwhile --type secrkey --id 02 --set-id 07
    json '[(o["id"], o["state"]) for o in j["objects"]] == [("07", "moved")]'
    [ "$(grep -c '"event":"migrate"' audit.jsonl)" -eq 1 ] ||
        mistake "$asked: not one record: $(grep '"event":"migrate"' audit.jsonl)"
}

stop_at='C_FindObjectsInit 4'
changed
stop_at='C_UnwrapKey 5'
changed
migrate_new real
expect 0 objects ca --login --json
json '[(o["id"], o["where"]) for o in j["objects"]] == [("07", "both")]'
expect 0 migrate verify ca --login
meanwhile --delete-object --type secrkey --id 02
json '[o["state"] for o in j["objects"]] == ["gone"]'
migrate_new real
expect 0 objects ca --login --json
json 'j["objects"] == []'

# A pair under another CKA_ID: the private key is known by its public one.
rm -rf tokens.before
migrate_fill "$softhsm" old --keypairgen --key-type EC:prime256v1 \
    --label pair --id 03 --extractable
cp -a tokens tokens.before
also() {
    for its in old new; do
        migrate_fill "$softhsm" $its --type pubkey --id 03 --set-id 07
    done
}
meanwhile --type privkey --id 03 --set-id 07
json '[(o["id"], o["state"]) for o in j["objects"] if o["class"] == "private key"] == [("07", "moved")]'
migrate_new real
expect 0 migrate verify ca --login
tool_end
