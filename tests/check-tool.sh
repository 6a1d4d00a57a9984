#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The tool, as people and programs use it, over real tokens of SoftHSM.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
source_folder=${P11MUX_SRCDIR:-$folder/..}
. "$folder/fixture.sh"
. "$folder/tool.sh"
fixture_need softhsm2-util pkcs11-tool openssl python3 "$softhsm"
tool_begin

# -- The command line ------------------------------------------------------

expect 2
expect 0 --help
says "  doctor            find out"
expect 0 -h
expect 0 help
expect 0 --version
says "p11mux "
expect 2 chekc
complains 'did you mean "check"?'
expect 2 nothing-like-it
complains "lists them all"
expect 2 --json slots
complains "behind the command"
expect 2 check --nonsense
complains '"--nonsense" is not understood'
expect 2 slots -x
complains '"-x" is not understood'
expect 2 check --as
complains "needs a value: USER"
expect 2 objects
complains "TOKEN is missing"
expect 2 slots word
complains "one word too many"
expect 2 help chekc
expect 2 modules --labels
complains '"--labels" is not understood'

# The same commands and options in the help, the man page and the completion.
for command in check slots modules objects group "group sync" login doctor help; do
    # shellcheck disable=SC2086 # one word or two
    expect 0 $command --help
    says "usage: p11mux $command"
    says "Exit status:"
    cp out long
    # shellcheck disable=SC2086
    expect 0 help $command
    cmp -s out long || mistake "help $command is not $command --help"
    options=$(sed -n 's/^  .*--\([a-z-]*\).*/\1/p' out)
    for option in $options; do
        sed 's/\\-/-/g' "$source_folder/doc/man/p11mux.1" |
            grep -Eq "Fl -$option( |\$)" ||
            mistake "p11mux.1 does not explain --$option of $command"
    done
    line=$(grep -E "^    (\"$command\"|$command)\) echo" "$source_folder/etc/p11mux.bash")
    completed=$(echo "$line" | grep -o -e '--[a-z-]*' | sed 's/--//' | sort | xargs)
    [ "$completed" = "$(echo "$options" | sort | xargs)" ] ||
        mistake "$command has options \"$options\", completed are \"$completed\""
done

# What cannot be written is no success.
"$tool" --help >/dev/full 2>err && mistake "--help on a full disk ends well"
grep -q "cannot be written" err || mistake "--help on a full disk says: $(cat err)"

# A module that is loaded must not find functions of the tool.
if nm -D --defined-only "$tool" | grep ' C_'; then
    mistake "the tool exports functions of PKCS#11"
fi

# -- A configuration that is right -----------------------------------------

softhsm_token web
softhsm_token ca
softhsm_token "Größe 日本"
pkcs11() {
    pkcs11-tool --module "$softhsm" --token-label web --login --pin 1234 \
        "$@" >pkcs11.log 2>&1 || {
        cat pkcs11.log
        fixture_fail "pkcs11-tool $*"
    }
}
pkcs11 --keypairgen --key-type EC:prime256v1 --label sign --id 0a01
pkcs11 --keypairgen --key-type rsa:2048 --label crypt --id 02
pkcs11 --keygen --key-type aes:32 --label store --id 03
openssl req -x509 -newkey rsa:2048 -nodes -utf8 -keyout key.pem -out cert.pem \
    -subj "/C=DE/O=Größe/CN=web, one" -days 3 >openssl.log 2>&1 ||
    fixture_fail "cannot make a certificate: $(cat openssl.log)"
openssl x509 -in cert.pem -outform der -out cert.der
expiry=$(date -u +%Y-%m-%d -d "$(openssl x509 -in cert.pem -noout -enddate |
    cut -d = -f 2)")
fingerprint=$(openssl x509 -in cert.pem -noout -pubkey |
    openssl pkey -pubin -outform der | openssl dgst -sha256 | sed 's/.* //')
pkcs11 --write-object cert.der --type cert --label cert --id 04

configure "$(module soft "$softhsm" \
    "env = { SOFTHSM2_CONF = \"$SOFTHSM2_CONF\"; };")" \
    "$(token web soft pkcs11:token=web),
    $(token "signing" soft pkcs11:token=ca | sed 's/{/{ slot = 7; serial = "0001";/')"

expect 0 check
says "no mistake"
expect 0 check --json
json 'j["usable"] and j["findings"] == [] and j["file"].endswith("p11mux.conf")'
expect 0 check p11mux.conf --no-modules
expect 0 check -c p11mux.conf

expect 0 slots
says "SLOT  LABEL"
says "Größe 日本"
says "login required, writable"
[ -s state/slots ] || mistake "slots keeps no slot numbers"
cp state/slots first
expect 0 slots --json
json '[s["slot"] for s in j["slots"]][:2] == [1, 7]'
json 'j["slots"][1]["label"] == "signing" and j["slots"][1]["serial"] == "0001"'
json 'all(s["slot"] >= 0x10000 for s in j["slots"][2:]) and len(j["slots"]) == 4'
json 'j["slots"][0]["modules"] == ["soft"] and j["slots"][0]["state"] == "present"'
json '[s for s in j["slots"] if s["label"] == ""][0]["flags"] == ["not initialised"]'
cmp -s state/slots first || mistake "slot numbers change"
expect 0 slots --labels
[ "$(sed -n 1,2p out | xargs)" = "web signing" ] || mistake "labels: $(cat out)"

expect 0 modules
says "$softhsm"
says "softhsm"
says "30 s"
says_not "1500 ms"
expect 0 modules --json
json 'j["modules"][0]["state"] == "up" and j["modules"][0]["tokens"] == 4'
json 'j["modules"][0]["profile"] == "softhsm" and j["modules"][0]["why"] is None'
json 'j["modules"][0]["call_timeout_ms"] == 30000'
json 'j["modules"][0]["keepalive_ms"] is None'
json 'j["modules"][0]["start_us"] > 0 and j["modules"][0]["interface"] == "2.40"'
sed '1s/name = "soft";/& keepalive = "1500ms";/' p11mux.conf >kept.conf
expect 0 modules -c kept.conf
says "1500 ms"
expect 0 modules -c kept.conf --json
json 'j["modules"][0]["keepalive_ms"] == 1500'

expect 0 doctor
says "0 problems, 0 warnings"
expect 0 doctor --json
json 'j["problems"] == 0 and all(f["severity"] == "note" for f in j["findings"])'

# A state folder that is not there is nothing to talk of, unless asked.
mv state away
expect 0 slots
[ ! -s err ] || mistake "slots complains: $(cat err)"
expect 0 slots --verbose
grep -q "not kept" err || mistake "slots --verbose says: $(cat err)"
mv away state

# -- Objects ---------------------------------------------------------------

expect 0 objects web
says "certificate  X.509"
says "public key   EC P-256"
says "only seen with --login"
says "CN=web\\, one,O=Größe,C=DE"
says_not "private key"
expect 0 objects --json web
json 'not j["logged_in"] and not [o for o in j["objects"] if o["class"] == "private key"]'
json "[o for o in j['objects'] if o['label'] == 'cert'][0]['fingerprint'] == '$fingerprint'"
json "[o for o in j['objects'] if o['label'] == 'cert'][0]['expires'] == '$expiry'"
expect 0 objects 7
says "there is no object"
expect 0 objects "Größe 日本"
expect 1 objects wep
complains 'did you mean "web"?'
expect 1 objects 99
complains 'no token is called "99"'

printf '1234\n' >pin
chmod 600 pin
expect 0 objects web --pin-source "file:$fixture_folder/pin" --json
json 'j["logged_in"] and len(j["objects"]) == 6'
json '[(o["type"], o["id"]) for o in j["objects"] if o["class"] == "private key" and o["label"] == "sign"] == [("EC P-256", "0a01")]'
json 'len({o["fingerprint"] for o in j["objects"] if o["label"] == "sign"}) == 1'
json '"AES 256" in [o["type"] for o in j["objects"]]'
json '[o for o in j["objects"] if o["class"] == "private key"][0]["flags"][:2] == ["private", "sensitive"]'
says_not 1234
SECRET=1234
export SECRET
expect 0 objects 1 --pin-source env:SECRET
says "private key"
expect 0 objects 1 --pin-source file:pin
says "private key"
expect 0 objects 1 --pin-source "command:/bin/cat '$fixture_folder/pin'"
says "private key"
CREDENTIALS_DIRECTORY=$fixture_folder expect 0 objects 1 --pin-source credential:pin
says "private key"
chmod 644 pin
expect 1 objects web --pin-source "file:$fixture_folder/pin"
complains "everybody may read it"
expect 1 objects web --pin-source file:/nonexistent
complains "No such file"
unset SECRET
expect 1 objects web --pin-source env:SECRET
complains "is not set"
expect 2 objects web --pin-source 987654
complains "never the PIN itself"
says_not 987654

# Without a terminal nobody can be asked; with one, nothing is shown.
setsid -w "$tool" objects web --login >out 2>err </dev/null &&
    mistake "objects --login works without a terminal"
grep -q "there is no terminal" err || mistake "without a terminal: $(cat err)"
cat >ask.py <<'END'
import os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[1], [sys.argv[1], "objects", "web", "--login"])
seen = b""
while b"PIN of token" not in seen or not seen.endswith(b": "):
    seen += os.read(terminal, 1000)
os.write(terminal, sys.argv[2].encode() + b"\n")
try:
    while True:
        more = os.read(terminal, 1000)
        if not more:
            break
        seen += more
except OSError:
    pass
sys.stdout.write(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
END
asked="objects --login on a terminal"
timeout 30 python3 ask.py "$tool" 1234 >out 2>err || mistake "$asked: $(cat out err)"
says "private key"
says_not 1234
timeout 30 python3 ask.py "$tool" 4321 >out 2>err && mistake "$asked: takes any PIN"
says "the PIN is wrong"
says_not 4321

# That wrong PIN is on record now; a right one removes it.
expect 0 slots
says "wrong PIN entered"
expect 0 doctor
says 'warning: token "web" (slot 1) has seen a wrong PIN'
chmod 600 pin
expect 0 objects web --pin-source "file:$fixture_folder/pin"
expect 0 slots
says_not "wrong PIN"

# -- Completion ------------------------------------------------------------

completes do
says doctor
completes audit ver
says verify
completes audit verify --si
says --since
completes help audit pr
says prove
completes check --no
says --no-modules
completes objects w
says web
completes login w
says web
completes objects G
says "Größe\\ 日本"

tool_end
