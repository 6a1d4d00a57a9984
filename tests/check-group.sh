#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux group as people use it: two tokens with one key in common, and one each
# that have the same CKA_ID.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
. "$folder/tool.sh"
fixture_need python3 openssl softhsm2-util
tool_begin

group() {
    printf '{ label = "ca"; mode = "failover"; pin = "file:%s"; members = ( ' \
        "$fixture_folder/pin"
    printf '{ module = "soft"; match = "pkcs11:token=one"; }, '
    printf '{ module = "soft"; match = "pkcs11:token=%s"; standby = true; } ); }' "$1"
}

# import TOKEN LABEL ID FILE
import() {
    softhsm2-util --import "$4" --token "$1" --pin 1234 --label "$2" --id "$3" \
        >import.log 2>&1 || fixture_fail "no key: $(cat import.log)"
}

printf 1234 >pin
chmod 600 pin
softhsm_token one
softhsm_token two
for key in both first second; do
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 \
        -out "$key.pem" 2>openssl.log || fixture_fail "$(cat openssl.log)"
done
import one shared 01 both.pem
import two shared 01 both.pem
import one own 02 first.pem
import two own 02 second.pem
configure "$(module soft "$softhsm")" \
    "$(group two), $(token alone soft pkcs11:token=three)"

# -- Alike, and not --------------------------------------------------------

expect 0 group ca --login
says "MEMBER"
says "standby"
says "2 of 6 objects are on all members that are there"
says "NOT ON"
says "own"
says_not "shared"
expect 0 group 1
says "private objects are only seen with --login"
says "1 of 3 objects are on all"
expect 0 group ca --login --json
json 'j["logged_in"] and j["token"] == "ca" and j["slot"] == 1'
json '[m["state"] for m in j["members"]] == ["up", "standby"]'
json '[m["label"] for m in j["members"]] == ["one", "two"]'
json '[(m["objects"], m["lacks"]) for m in j["members"]] == [(4, 2), (4, 2)]'
json 'sorted(o["class"] for o in j["objects"] if not o["not_on"]) == ["private key", "public key"]'
json 'all(o["on"] == ["1 soft", "2 soft"] for o in j["objects"] if o["label"] == "shared")'
json 'sorted(sum(o["fingerprint"] == f for o in j["objects"]) for f in {o["fingerprint"] for o in j["objects"]}) == [2, 2, 2]'
json 'all(len(o["on"]) == len(o["not_on"]) == 1 for o in j["objects"] if o["id"] == "02")'

# -- Away --------------------------------------------------------------------

configure "$(module soft "$softhsm")" "$(group missing)"
expect 0 group ca --login --json
json '[m["state"] for m in j["members"]] == ["up", "absent"]'
json '[m["objects"] for m in j["members"]] == [4, None]'
configure "$(module gone /nonexistent/module.so)" \
    "$(group two | sed 's/"soft"/"gone"/g')"
expect 0 group ca
says "module down"
says "no member of \"ca\" can be asked"

# -- What is no group --------------------------------------------------------

configure "$(module soft "$softhsm")" "$(token one soft pkcs11:token=one)"
expect 1 group one
complains "is no group"
expect 1 group other
complains "no token is called"
expect 2 group
complains "TOKEN is missing"
expect 0 group --help
says "usage: p11mux group"
tool_end
