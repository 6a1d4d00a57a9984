#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What applications destroy on a token whose old member keeps it (tombstones):
# hidden from all of them, left where it is by the tool, and destroyed when the old
# member lets it go.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
. "$folder/tool.sh"
. "$folder/migrate.sh"
fixture_need python3 softhsm2-util pkcs11-tool
migrate_begin
migrate_token old
migrate_token new
for key in sign:01 other:02; do
    migrate_fill "$softhsm" old --keypairgen --key-type EC:prime256v1 \
        --label "${key%:*}" --id "${key#*:}" --extractable
done
migrate_fill "$softhsm" old --write-object pin --type data --label note

# pkcs11-tool makes nothing whose CKA_DESTROYABLE is false.
cat >keep.py <<'END'
import ctypes, sys

number = ctypes.c_ulong
module = ctypes.CDLL(sys.argv[1])
held = []

class Attribute(ctypes.Structure):
    _fields_ = [("type", number), ("value", ctypes.c_void_p), ("length", number)]

def template(*pairs):
    held.extend(ctypes.create_string_buffer(value, len(value)) for _, value in pairs)
    values = held[-len(pairs):]
    return (Attribute * len(pairs))(*[
        Attribute(kind, ctypes.cast(value, ctypes.c_void_p), len(value))
        for (kind, _), value in zip(pairs, values)])

def check(rv):
    if rv != 0:
        sys.exit("0x%x" % rv)

session, count = number(), number(9)
slots, objects = (number * 9)(), (number * 9)()
check(module.C_Initialize(None))
check(module.C_GetSlotList(1, slots, ctypes.byref(count)))
for slot in slots[:count.value]:
    if module.C_OpenSession(number(slot), number(6), None, None, ctypes.byref(session)) == 0:
        break
check(module.C_Login(session, number(1), b"1234", number(4)))
for kind in 2, 3: # public keys, private keys
    wanted = template((0, kind.to_bytes(8, sys.byteorder)))
    check(module.C_FindObjectsInit(session, wanted, number(1)))
    check(module.C_FindObjects(session, objects, number(9), ctypes.byref(count)))
    check(module.C_FindObjectsFinal(session))
    for key in objects[:count.value]:
        kept = template((0x172, bytes(1)))
        check(module.C_CopyObject(session, number(key), kept, number(1), ctypes.byref(number())))
        check(module.C_DestroyObject(session, number(key)))
END
# destroy ARGUMENT...: by an application
destroy() {
    pkcs11-tool --module "$P11MUX_BUILDDIR/.libs/p11mux.so" --token-label ca \
        --login --pin 1234 --delete-object "$@" >destroy.log 2>&1
}

tombstones() {
    find state/tombstones -type f 2>/dev/null | wc -l
}

# -- Without ---------------------------------------------------------------------

migrate_use
expect 0 migrate run ca --login
SOFTHSM2_CONF=$fixture_folder/old.conf python3 keep.py "$softhsm" ||
    fixture_fail "what is to be kept cannot be made"
destroy --type privkey --id 01 && mistake "it is destroyed: $(cat destroy.log)"
grep -q CKR_ACTION_PROHIBITED destroy.log ||
    mistake "another answer: $(cat destroy.log)"
[ "$(tombstones)" -eq 0 ] || mistake "a tombstone is there"

# -- Killed in between -----------------------------------------------------------

migrate_fault
migrate_setting="tombstones = true;"
migrate_new fault
echo 'C_DestroyObject 1 kill' >script
P11MUX_FAULT_SCRIPT=$fixture_folder/script destroy --type privkey --id 02
status=$?
[ "$status" -eq 137 ] ||
    mistake "status $status, not killed: $(cat destroy.log)"
migrate_new real
[ "$(tombstones)" -eq 1 ] || mistake "the tombstone was not first"
expect 0 objects ca --login --json
json '[o["label"] for o in j["objects"] if o["class"] == "private key"].count("other") == 1'
expect 0 migrate status ca --login --json
json 'j["counts"] == {"both": 4, "old": 0, "new": 1, "buried": 1}'

# -- While another process signs -------------------------------------------------

load_begin signer ca 2
signer=$fixture_pid
destroy --type privkey --id 01 || mistake "it is not destroyed: $(cat destroy.log)"
has_lost_its_key() {
    grep -Eq '^failed: 0x(60|82)$' signer.log
}
fixture_wait_until 10 has_lost_its_key ||
    mistake "the key is used on: $(cat signer.log)"
kill -TERM "$signer"
wait "$signer"
destroy --type pubkey --id 01 || mistake "it is not destroyed: $(cat destroy.log)"
destroy --type privkey --id 02 || mistake "it is not destroyed: $(cat destroy.log)"
expect 0 objects ca --login --json
json 'sorted((o["class"], o["label"]) for o in j["objects"]) == [
    ("data", "note"), ("public key", "other")]'
grep -q '"event":"destroy".*"detail":"buried on member 2: CKR_ACTION_PROHIBITED"' \
    audit.jsonl || mistake "the audit log does not say so"

# -- The tool --------------------------------------------------------------------

expect 0 migrate status ca --login --json
json 'j["counts"]["buried"] == 3 and j["counts"]["old"] == 0'
json 'sorted((o["class"], o["label"], o["on_old"]) for o in j["tombstones"]) == [
    ("private key", "other", True), ("private key", "other", True),
    ("private key", "sign", True), ("public key", "sign", True)]'
expect 0 migrate status ca --login
says "tombstones of what applications have destroyed: 4"
says "the old member has it, and it is hidden there"
expect 0 migrate plan ca --login --json
json 'sorted(o["label"] for o in j["objects"] if (o["state"], o["reason"]) == ("buried", "buried")) == ["other", "sign", "sign"]'
expect 1 migrate verify ca --login --json
json 'sorted(o["label"] for o in j["objects"]) == ["note", "other"]'
expect 0 migrate run ca --login --json
json '[o["code"] for o in j["objects"] if o["state"] == "buried"] == 3 * ["CKR_ACTION_PROHIBITED"]'
json 'j["counts"]["moved"] == 0'
[ "$(tombstones)" -eq 4 ] || mistake "tombstones went: $(ls state/tombstones)"

# Neither a handle that is no good says that it has gone, nor what is on another
# token in its place.
keeps_all() {
    expect 0 migrate run ca --login --json
    [ "$(tombstones)" -eq 4 ] || mistake "$1: tombstones went: $(ls state/tombstones)"
}
real_old=$old
old=$(P11MUX_FAULT_MODULE=$softhsm migrate_module old "$P11MUX_BUILDDIR/tests/modules/.libs/fault.so" old)
migrate_use
echo 'C_DestroyObject * return CKR_OBJECT_HANDLE_INVALID' >script
P11MUX_FAULT_MODULE=$softhsm P11MUX_FAULT_SCRIPT=$fixture_folder/script \
    keeps_all "a handle that is no good"
json '[o["code"] for o in j["objects"] if o["state"] == "buried"] == 3 * ["CKR_OBJECT_HANDLE_INVALID"]'
old=$real_old
migrate_use
mv tokens/old away
mkdir tokens/old
migrate_token old
keeps_all "another token"
rm -r tokens/old
mv away tokens/old

# -- The old member is away ------------------------------------------------------

expect 0 group drain ca 2
mv tokens/old away
destroy --type data --label note || mistake "it is not destroyed: $(cat destroy.log)"
mv away tokens/old
expect 0 group resume ca 2
[ "$(tombstones)" -eq 5 ] || mistake "no tombstone: $(ls state/tombstones)"
expect 0 objects ca --login --json
json '[o["label"] for o in j["objects"]] == ["other"]'

# Whoever was copying it meanwhile, and was killed, brings nothing back.
mv state/tombstones kept
echo 'C_CreateObject 2 after kill' >script
migrate_new fault
P11MUX_FAULT_SCRIPT=$fixture_folder/script expect 137 migrate run ca --login \
    --label note
migrate_new real
mv kept state/tombstones
expect 0 migrate run ca --login --json
json 'j["mended"] == 1 and j["counts"]["new-only"] == 0'
json '[o["label"] for o in j["objects"] if o["state"] == "destroyed"] == ["note"]'
migrate_is_clean
[ "$(tombstones)" -eq 4 ] || mistake "its tombstone stays: $(ls state/tombstones)"

# What nobody may write destroys nothing.
mv state/tombstones kept
echo >state/tombstones
destroy --type pubkey --id 02 && mistake "it is destroyed: $(cat destroy.log)"
expect 1 migrate run ca --login
grep -q 'it would come back' err || mistake "$asked: $(cat err)"
rm state/tombstones
mv kept state/tombstones

# -- The end ---------------------------------------------------------------------

expect 0 migrate finish ca --login
says "it keeps what applications have destroyed: 3 objects"
[ "$(tombstones)" -eq 4 ] || mistake "tombstones went: $(ls state/tombstones)"
tool_end
