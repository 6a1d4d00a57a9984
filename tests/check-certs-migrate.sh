#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux certs migrate as an operator does it, step by step.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
source_folder=${P11MUX_SRCDIR:-$folder/..}
. "$folder/fixture.sh"
. "$folder/tool.sh"
fixture_need python3 openssl softhsm2-util sqlite3
tool_begin
first=$fixture_folder/state/certificates.db
second=$fixture_folder/state/second.db
third=$fixture_folder/state/third.db

# -- The command line ------------------------------------------------------

expect 2 certs migrate
complains "say where to"
completes certs migrate --to ''
says "postgresql://"

# -- A token whose certificates are in the store ------------------------------

printf 1234 >pin
chmod 600 pin
softhsm_token web
# keep_in URL: '' is where it is by default
keep_in() {
    configure "$(module soft "$softhsm")" \
        '{ label = "web"; members = ( { module = "soft"; match = "pkcs11:token=web"; } );
           certificates = { mode = "store"; }; }'
    printf 'audit = { file = "%s/audit.jsonl"; };\n' "$fixture_folder" >>p11mux.conf
    [ -z "$1" ] || printf 'store = { url = "%s"; };\n' "$1" >>p11mux.conf
}
for name in one two three four; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout key -subj "/CN=$name" -out $name.pem -days 30 2>log ||
        fixture_fail "$(cat log)"
done
keep_in ''
expect 0 certs add web one.pem two.pem --pin-source file:pin
expect 1 certs migrate --to "mysql:x"
complains "no store is called so"
expect 1 certs migrate --to "sqlite:$first"
complains "is the store that has them"

# -- Copied while it is used -----------------------------------------------

expect 0 certs migrate --to "sqlite:$second" --dry-run --json
json 'j["outcome"] == "to be moved" and j["certificates"] == 2'
[ ! -e "$second" ] || mistake "a plan has made a store"
expect 0 certs migrate --to "sqlite:$second" --json
json 'j["outcome"] == "copied" and j["made"] == 2 and j["behind"] == 0'
json 'j["from"] == "'"$first"'" and j["to"] == "'"$second"'" and j["lives"] == 1'
expect 0 certs add web three.pem --pin-source file:pin
expect 0 certs remove web --subject CN=two --pin-source file:pin
expect 0 certs migrate --to "sqlite:$second"
says "1 made, 0 changed, 1 removed; verified"
says "run this again with --finish"

# Nothing is there for one who is too early.
keep_in "sqlite:$second"
expect 1 certs list web --json
grep -q 'not done; run p11mux certs migrate --finish' err ||
    mistake "does not say why: $(cat err)"
expect 1 doctor
says "it is filled with what is in $first, and not done"
expect 1 certs add web four.pem --pin-source file:pin
expect 1 certs migrate --to "sqlite:$second"
complains "say with --from"
expect 0 certs migrate --from "sqlite:$first" --to "sqlite:$second"

# -- Finished ----------------------------------------------------------------

keep_in ''
expect 0 certs add web four.pem --pin-source file:pin
expect 0 certs list web --json
cp out before
expect 0 certs migrate --to "sqlite:$second" --finish
says "1 made, 0 changed, 0 removed; verified"
says "$first is only read from now on"
expect 0 certs migrate --to "sqlite:$second" --finish --json
json 'j["outcome"] == "moved" and j["made"] == 0'

# What is lost before anybody has used it is made again.
rm -f "$second"*
expect 0 certs migrate --to "sqlite:$second" --finish --json
json 'j["outcome"] == "moved" and j["made"] == 3 and j["behind"] == 0'
expect 1 certs migrate --to "sqlite:$third"
complains "it was moved to $second already"
[ ! -e "$third" ] || mistake "a store was made for nothing"

# Whoever still has the first one reads it, and is told.
expect 0 certs list web --json
cmp -s out before || mistake "the first store is not what it was: $(cat out)"
expect 1 certs add web two.pem --pin-source file:pin
complains "CKR_TOKEN_WRITE_PROTECTED"
expect 1 certs add web two.pem --pin-source file:pin --verbose
grep -q "it was moved to $second and is not written any more" err ||
    mistake "nobody says where it was moved: $(cat err)"

expect 0 doctor
says "they were moved to $second"

# The other one is the same, for the audit log too.
keep_in "sqlite:$second"
expect 0 certs list web --json
cmp -s out before || mistake "the other store is not the first: $(cat out)"
expect 0 certs verify
says "3 certificates in the store, as the log says"
expect 0 certs add web two.pem --pin-source file:pin
expect 0 certs verify
says "4 certificates in the store, as the log says"

# -- And on, to a third one --------------------------------------------------

expect 1 certs migrate --to "sqlite:$first" --finish
grep -q "it was moved elsewhere" err || mistake "the first one is filled: $(cat err)"
expect 0 certs migrate --to "sqlite:$third" --finish
keep_in "sqlite:$third"
expect 0 certs verify
says "4 certificates in the store, as the log says"

# What a disk has changed is not passed on.
rm -f "$first"*
sqlite3 "$third" "UPDATE value SET bytes = x'00' WHERE id = 1" || mistake "no sqlite3"
expect 1 certs migrate --to "sqlite:$first" --finish
grep -q "a certificate is not what its SHA-256 says" err ||
    mistake "what was changed is moved: $(cat out err)"
tool_end
