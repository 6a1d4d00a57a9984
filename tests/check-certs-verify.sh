#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux certs verify: whoever changes the store without p11mux is found.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
source_folder=${P11MUX_SRCDIR:-$folder/..}
. "$folder/fixture.sh"
. "$folder/tool.sh"
fixture_need python3 openssl softhsm2-util pkcs11-tool sqlite3 \
    "${P11MUX_MODULE:=${P11MUX_BUILDDIR:?}/.libs/p11mux.so}"
tool_begin
store=$fixture_folder/state/certificates.db

expect 1 certs verify
complains "p11mux.conf"

printf 1234 >pin
chmod 600 pin
softhsm_token web
keep() {
    configure "$(module soft "$softhsm")" \
        "{ label = \"web\"; members = ( { module = \"soft\"; match = \"pkcs11:token=web\"; } );
           certificates = { mode = \"$1\"; ${2:-} }; }"
    printf 'audit = { file = "%s/audit.jsonl"; };\n' "$fixture_folder" >>p11mux.conf
}
for name in one two three; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout key -subj "/CN=$name" -out $name.pem -days 30 2>log ||
        fixture_fail "$(cat log)"
done
database() {
    sqlite3 "$store" "$1" >log 2>&1 || mistake "the store: $1: $(cat log)"
}

# -- As the log says -------------------------------------------------------

keep store
expect 0 certs add web one.pem two.pem --id 01 --pin-source file:pin
expect 0 certs verify
says "2 certificates in the store, as the log says"
database ".backup before"
expect 0 certs remove web --subject CN=one --pin-source file:pin
expect 0 certs add web three.pem --id 03 --pin-source file:pin
expect 0 certs verify --json
json 'j["ok"] and j["tokens"] == 1 and j["certificates"] == 2 and j["findings"] == []'
sha256=$(openssl x509 -in three.pem -outform DER | sha256sum | cut -d ' ' -f 1)
expect 0 audit show --event create --json
tail -n 1 out >record
mv record out
json "j['detail'] == {'certificate': {'sha256': '$sha256', 'store': 3}}"
expect 0 audit show --event destroy --json
json 'j["detail"]["certificate"]["store"] == 1 and j["member"] is not None'
expect 0 audit verify

# -- Changed without p11mux ------------------------------------------------

database ".backup now"
database "DELETE FROM object WHERE id = 3"
expect 1 certs verify
complains 'token "web": certificate 3, which record'
complains "is not in the store, and no record says that it was removed"
database ".restore now"
database "INSERT INTO object (life, value, type, ident, label, subject, issuer, serial, others)
    SELECT life, value, type, ident, label, subject, issuer, serial, others FROM object WHERE id = 3"
expect 1 certs verify
complains 'token "web": certificate 4 (CN=three) is in the store, and no record says that it was made'
database ".restore now"
database "UPDATE object SET value = (SELECT value FROM object WHERE id = 2) WHERE id = 3"
expect 1 certs verify --json
json '[(f["what"], f["token"], f["store"]) for f in j["findings"]] == [("changed", "web", 3)]'
database ".restore before"
expect 1 certs verify --json
json '[(f["what"], f["store"]) for f in j["findings"]] == [("removed", 1), ("missing", 3)]'
database ".restore now"
expect 0 certs verify

# -- What the tool and the token do is no finding ----------------------------

keep hybrid "max = 1;"
expect 0 certs rebalance web --pin-source file:pin
expect 0 certs capacity web --json
json '(j["tokens"][0]["on_token"], j["tokens"][0]["in_store"]) == (1, 1)'
expect 0 certs verify
says "1 certificate in the store"
cp audit.jsonl log.jsonl
printf '{"v":1\n' >>log.jsonl
expect 1 certs verify log.jsonl
complains "is no whole record"
tail -n +5 audit.jsonl >rest.jsonl
sed -i '/"store":3/d' rest.jsonl
expect 1 certs verify rest.jsonl
complains "certificate 3 (CN=three) is in the store, and no record"
pkcs11-tool --module "$P11MUX_MODULE" --token-label web \
    --init-token --label web --so-pin 87654321 >log 2>&1 ||
    mistake "the token is not initialised: $(cat log)"
expect 0 certs verify
says "0 certificates in the store"
softhsm2-util --delete-token --token web >log 2>&1 || fixture_fail "$(cat log)"
expect 1 certs verify
complains 'token "web" is not there'

# Another token with its label is told apart, and that is in the log.
grep -q '"another serial number"' audit.jsonl &&
    mistake "it was another token already"
softhsm_token web
expect 0 certs list web
[ "$(grep -c '"event":"overflow".*"another serial number"' audit.jsonl)" -eq 1 ] ||
    mistake "no record of another token: $(tail -n 3 audit.jsonl)"
expect 0 certs list web
[ "$(grep -c '"another serial number"' audit.jsonl)" -eq 1 ] ||
    mistake "it is another one each time"

tool_end
