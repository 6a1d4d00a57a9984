#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux certs as people use it: a token with room for two certificates, and
# the store for what it has no room for.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
source_folder=${P11MUX_SRCDIR:-$folder/..}
. "$folder/fixture.sh"
. "$folder/tool.sh"
fixture_need python3 openssl softhsm2-util pkcs11-tool
tool_begin

# -- The command line ------------------------------------------------------

expect 2 certs
complains "needs another word"
expect 2 certs lits
complains 'did you mean "certs list"?'
expect 2 certs add web
complains "TOKEN FILE... is missing"
expect 2 certs remove web
complains "say which"
expect 2 certs export web --id 1
complains "hexadecimal"
commands=$(sed -n 's/.*name = "certs \([a-z]*\)".*/\1/p' "$source_folder/cli/command.c")
for command in $commands; do
    expect 0 certs "$command" --help
    says "usage: p11mux certs $command"
    says "Exit status:"
    cp out long
    expect 0 help certs "$command"
    cmp -s out long || mistake "help certs $command is not certs $command --help"
    options=$(sed -n 's/^  .*--\([a-z0-9-]*\).*/\1/p' out)
    for option in $options; do
        sed 's/\\-/-/g' "$source_folder/doc/man/p11mux-certs.1" |
            grep -Eq "Fl -$option( |\$)" ||
            mistake "p11mux-certs.1 does not explain --$option of $command"
    done
    grep -q "^\.Ss $command\$" "$source_folder/doc/man/p11mux-certs.1" ||
        mistake "p11mux-certs.1 does not explain $command"
    line=$(grep "^    \"certs $command\") echo" "$source_folder/etc/p11mux.bash")
    completed=$(echo "$line" | grep -o -e '--[a-z0-9-]*' | sed 's/--//' | sort | xargs)
    [ "$completed" = "$(echo "$options" | sort | xargs)" ] ||
        mistake "$command has options \"$options\", completed are \"$completed\""
    grep -q "^    local .*certs=\".*\\b$command\\b" "$source_folder/etc/p11mux.bash" ||
        mistake "certs $command is not completed"
done

# -- A chain of three, and a key on the token for its leaf -------------------

printf 1234 >pin
chmod 600 pin
softhsm_token web
configure "$(module soft "$softhsm")" \
    '{ label = "web"; members = ( { module = "soft"; match = "pkcs11:token=web"; } );
       certificates = { mode = "hybrid"; max = 2; }; }'
pkcs11-tool --module "$softhsm" --token-label web --login --pin 1234 \
    --keypairgen --key-type EC:prime256v1 --id 0a01 --label key >log 2>&1 ||
    fixture_fail "no key: $(cat log)"
pkcs11-tool --module "$softhsm" --token-label web --list-objects --type pubkey \
    >log 2>&1
fixture_public_key log leaf.pub

# certificate NAME SUBJECT ISSUER [OPTION]...: NAME.pem, signed by ISSUER.key
certificate() {
    name=$1 subject=$2 issuer=$3
    shift 3
    [ -e "$name.key" ] ||
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
            -out "$name.key" 2>log || fixture_fail "$(cat log)"
    openssl req -new -key "$name.key" -subj "$subject" -out "$name.csr" 2>log &&
        openssl x509 -req -in "$name.csr" -out "$name.pem" -days 30 "$@" \
            -extfile extensions -extensions "$name" \
            $([ "$issuer" = "$name" ] && echo -signkey "$name.key" ||
                echo -CA "$issuer.pem" -CAkey "$issuer.key" -CAcreateserial) \
            2>log || fixture_fail "$(cat log)"
}
cat >extensions <<'END'
[root]
basicConstraints = critical, CA:TRUE
subjectKeyIdentifier = hash
[middle]
basicConstraints = critical, CA:TRUE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[namesake]
basicConstraints = critical, CA:TRUE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[leaf]
authorityKeyIdentifier = keyid
[other]
basicConstraints = critical, CA:TRUE
END
certificate root "/O=Example/CN=Root" root
certificate namesake "/O=Example/CN=Middle" root
certificate middle "/O=Example/CN=Middle" root
certificate leaf "/CN=web.example" middle -force_pubkey leaf.pub
certificate other "/CN=Other" other
cat leaf.key middle.pem root.pem leaf.pem >chain.pem

# -- add -------------------------------------------------------------------

expect 0 certs list web
says "there is no certificate"
expect 0 certs add web namesake.pem --id 0b --login --pin-source file:pin
says "CN=Middle,O=Example: added on the token, id 0b"
expect 0 certs add web chain.pem --label chain --pin-source file:pin
says "CN=Middle,O=Example: added on the token, without an id"
says "CN=Root,O=Example: added in the store, without an id"
says "CN=web.example: added in the store, id 0a01"
expect 0 certs add web chain.pem --json --pin-source file:pin
json '[c["outcome"] for c in j["certificates"]] == ["already there"] * 3'
openssl x509 -in other.pem -outform DER -out other.der
expect 0 certs add web other.der other.pem --id 0C0d --pin-source file:pin
says "CN=Other: added in the store, id 0c0d"
says "CN=Other: is already in the store, id 0c0d"
expect 1 certs add web other.pem
complains "log in with --login"
expect 1 certs add web leaf.key --pin-source file:pin
complains "leaf.key: there is no certificate in it"
head -c 100 other.der >damaged
expect 1 certs add web damaged --pin-source file:pin
complains "damaged: certificate 1 in it is damaged"
sed '/^-----END/d' leaf.pem >damaged
expect 1 certs add web damaged --pin-source file:pin
complains "damaged"
expect 1 certs add nowhere leaf.pem
complains 'no token is called "nowhere"'

# -- list ------------------------------------------------------------------

expect 0 certs list web --json
json 'len(j["certificates"]) == 5'
json '[c["where"] for c in j["certificates"]] == [["token"]] * 2 + [["store"]] * 3'
json 'all(c["token"] == "web" and not c["expired"] for c in j["certificates"])'
expect 0 certs list --json --pin-source file:pin
json '[(c["key"], c["id"], c["issuer"]) for c in j["certificates"] if c["subject"] == "CN=web.example"] == [("private", "0a01", "CN=Middle,O=Example")]'
json '[c["key"] for c in j["certificates"] if c["label"] == "chain"].count(None) == 2'
serial=$(openssl x509 -in leaf.pem -noout -serial | cut -d = -f 2 | tr A-F a-f)
sha256=$(openssl x509 -in leaf.pem -outform DER | sha256sum | cut -d ' ' -f 1)
json "any(c['serial_number'].lstrip('0') == '$serial'.lstrip('0') and c['sha256'] == '$sha256' for c in j['certificates'])"
expect 0 certs list
says "CN=web.example"
says public
pkcs11-tool --module "$softhsm" --token-label web --list-objects --type cert \
    >log 2>&1
[ "$(grep -c '^Certificate Object' log)" -eq 2 ] ||
    mistake "the token has not two certificates: $(cat log)"

# -- export ----------------------------------------------------------------

subjects() {
    openssl crl2pkcs7 -nocrl -certfile out |
        openssl pkcs7 -print_certs -noout | sed -n 's/^subject=//p' | tr -d ' ' |
        xargs
}
expect 0 certs export web --id 0a01
[ "$(subjects)" = "CN=web.example O=Example,CN=Middle O=Example,CN=Root" ] ||
    mistake "the chain is $(subjects)"
cat leaf.pem middle.pem root.pem >chain
cmp -s out chain || mistake "the chain has other certificates"
openssl verify -CAfile root.pem -untrusted out leaf.pem >log 2>&1 ||
    mistake "the chain does not verify: $(cat log)"
expect 0 certs export web --subject "CN=Root,O=Example"
cmp -s out root.pem || mistake "the root is not alone"
expect 0 certs export web
[ "$(grep -c BEGIN out)" -eq 5 ] || mistake "not all are exported"
expect 1 certs export web --label nothing
complains "has no such certificate"

# -- capacity and rebalance --------------------------------------------------

hybrid() {
    configure "${2:-$(module soft "$softhsm")}" \
        "{ label = \"web\"; members = ( { module = \"soft\"; match = \"pkcs11:token=web\"; } );
           certificates = { mode = \"hybrid\"; $1 }; },
         $(token backup soft pkcs11:token=backup)"
}
on_token() {
    pkcs11-tool --module "$softhsm" --token-label web --list-objects \
        --type cert 2>&1 | grep -c '^Certificate Object'
}

object_files() {
    find tokens -name '*.object' | wc -l
}

softhsm_token backup
hybrid "max = 2;"
expect 0 certs capacity web --json
json 'j["tokens"] == [{"token": "web", "mode": "hybrid", "on_token": 2, "max": 2, "max_size": None, "in_store": 3, "in_both": 0, "memory_free": None, "memory_total": None}]'
expect 0 certs capacity backup
says unknown
expect 0 certs capacity --json
json '[t["token"] for t in j["tokens"]] == ["web", "backup"]'
expect 0 certs rebalance web --json --pin-source file:pin
json '[c["outcome"] for c in j["certificates"]] == ["no room"] * 3'
expect 1 certs rebalance backup
complains 'certificates.mode is "token"'
expect 0 certs list web --json
cp out before
hybrid "max = 4; max_size = 10;"
expect 0 certs rebalance web --json --pin-source file:pin
json '[c["outcome"] for c in j["certificates"]] == ["too large"] * 3'
hybrid "max = 4;"
expect 0 certs rebalance web --dry-run --json
json '[c["outcome"] for c in j["certificates"]] == ["to be tried"] * 2 + ["no room"]'
[ "$(on_token)" -eq 2 ] || mistake "--dry-run makes certificates"
expect 1 certs rebalance web
complains "log in with --login"
[ "$(on_token)" -eq 2 ] || mistake "makes certificates that it cannot move"

# Killed when the new one is on the token: both are there, and one is shown.
printf 'C_CreateObject 1 after hang\n' >script
export P11MUX_FAULT_MODULE="$softhsm"
hybrid "max = 4;" "$(module soft "$P11MUX_BUILDDIR/tests/modules/.libs/fault.so")"
files=$(object_files)
P11MUX_FAULT_SCRIPT=$fixture_folder/script "$tool" certs rebalance web \
    --pin-source file:pin >out 2>err &
killed=$!
# SoftHSM makes an object bit by bit, and readers disturb it: it is done when
# nothing goes on any more.
while [ "$(object_files)" -eq "$files" ] ||
    ! grep -q '^State:.*sleeping' "/proc/$killed/status"; do
    kill -0 "$killed" 2>/dev/null || break
done
kill -KILL "$killed" || mistake "rebalance has ended: $(cat out err)"
wait "$killed" 2>/dev/null
expect 0 certs capacity web --json
json '(j["tokens"][0]["on_token"], j["tokens"][0]["in_store"], j["tokens"][0]["in_both"]) == (3, 3, 1)'
expect 0 certs list web --json
json 'sorted(c["where"] for c in j["certificates"]) == [["store"]] * 2 + [["token"]] * 2 + [["token", "store"]]'
expect 0 objects web --json
json '[o["class"] for o in j["objects"]].count("certificate") == 5'
hybrid "max = 4;"
expect 0 certs rebalance web --json --pin-source file:pin
json '[(c["outcome"], c["where"]) for c in j["certificates"]] == [("was in both", ["token"]), ("moved", ["token"]), ("no room", ["store"])]'
[ "$(on_token)" -eq 4 ] || mistake "the token has $(on_token) certificates"
expect 0 certs list web --json
python3 -c '
import json
def read(path):
    names = ("subject", "id", "label", "sha256")
    return sorted([c[n] or "" for n in names] for c in json.load(open(path))["certificates"])
assert read("before") == read("out")' || mistake "not the same certificates: $(cat out)"

# -- copy ------------------------------------------------------------------

expect 2 certs copy --from web
complains "with --from and --to"
expect 0 certs copy --from web --to backup --id 0a01 --json --pin-source file:pin
json '[(c["token"], c["where"], c["label"], c["outcome"]) for c in j["certificates"]] == [("backup", ["token"], "chain", "added")]'
expect 0 certs copy --from web --to backup --json --pin-source file:pin
json 'sorted(c["outcome"] for c in j["certificates"]) == ["added"] * 4 + ["already there"]'
expect 1 certs copy --from web --to backup --id 77
complains "has no such certificate"
expect 0 certs export backup --id 0a01
cmp -s out chain || mistake "the copied chain has other certificates"
expect 0 certs export web --id 0a01
cmp -s out chain || mistake "the moved chain has other certificates"

# -- A store that cannot be read ---------------------------------------------

# What is in it is not taken for gone: nothing is done, and its error is said.
unreadable() {
    asked="p11mux certs $*"
    "$tool" certs "$@" >out 2>err </dev/null
    status=$?
    [ "$status" -eq 1 ] || mistake "$asked: status $status: $(cat out err)"
    grep -q 'certificate store .*: it is no database; ' err &&
        grep -q 'what token "web" has in the store cannot be read' err ||
        mistake "$asked: does not say what is wrong: $(cat out err)"
}

cp -a state state.good
files=$(object_files)
rm -f state/certificates.db-wal state/certificates.db-shm
echo 'this is no database at all' >state/certificates.db
for command in 'list web' 'capacity web' 'export web' \
    'add web other.pem --pin-source file:pin' \
    'copy --from web --to backup --pin-source file:pin' \
    'rebalance web --pin-source file:pin' \
    'remove web --all --pin-source file:pin'; do
    # shellcheck disable=SC2086 # words
    unreadable $command
done
unreadable list
says_not "there is no certificate"
expect 1 doctor
says "certificates in the store $fixture_folder/state/certificates.db cannot be read"
says "it is damaged, or a later release has made it"
unreadable capacity
says backup
! grep -q web out || mistake "$asked: counts for web: $(cat out)"
[ "$(object_files)" -eq "$files" ] || mistake "the token has other objects"
rm -rf state
mv state.good state
expect 0 certs export web --id 0a01
cmp -s out chain || mistake "the store has not come back"

# -- remove ----------------------------------------------------------------

expect 1 certs remove web --label chain --pin-source file:pin
says "CN=Root"
complains "3 certificates of token \"web\" fit"
expect 1 certs remove web --id 0c0d
complains "log in with --login"
expect 0 certs remove web --id 0c:0d --pin-source file:pin
says "CN=Other"
expect 0 certs remove web --sha256 "$(echo "$sha256" | cut -c 1-16)" --json --pin-source file:pin
json '[(c["subject"], c["outcome"]) for c in j["certificates"]] == [("CN=web.example", "removed")]'
expect 1 certs remove web --sha256 "$sha256" --pin-source file:pin
complains "has no such certificate"
expect 0 certs remove web --label chain --all --pin-source file:pin
expect 0 certs remove web --all --pin-source file:pin
expect 0 certs list web
says "there is no certificate"

# -- Completion ------------------------------------------------------------

completes certs re
says remove
completes help certs ex
says export
completes certs remove --sh
says --sha256
completes certs list w
says web
completes certs add web oth
says other.pem

tool_end
