#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What each application does is in the audit log, by the program that did it;
# and of each event that there is one application's run has left a record, but for
# those of p11mux group (check-members.sh, check-group-sync.sh).
tokens="several"
token_settings='certificates = { mode = "hybrid"; max_size = 64; };'

# Debian's own, which finds Debian's packages.
python=/usr/bin/python3

# What a record has of an event.
event() {
    echo "\"event\":\"$1\","
}

# EVENT... : COMMAND...: it succeeds and leaves records of these events, of the
# PROGRAM.
leaves() {
    wanted=
    while [ "$1" != : ]; do
        wanted="$wanted $1"
        shift
    done
    shift
    before=$(wc -l <"$log")
    ok "$@"
    for one in $wanted; do
        tail -n "+$((before + 1))" "$log" |
            grep "$(event "$one")" | grep -q "/${program}[^/]*\"" ||
            fixture_fail "no record of \"$one\" by $program: $*"
    done
}

tool() {
    pkcs11-tool --module "$mux" --token-label soft "$@"
}

user() {
    tool --login --pin "$pin" "$@"
}

use_opensc() {
    program=pkcs11-tool
    leaves start open find call checkpoint stop : tool --list-objects
    leaves login generate : user --keypairgen \
        --key-type rsa:2048 --id 01 --label rsa
    leaves generate : user --keypairgen --key-type EC:prime256v1 --id 02 \
        --usage-derive
    leaves find sign : user --sign --mechanism SHA256-RSA-PKCS --id 01 \
        --input-file message --output-file signature
    leaves verify : user --verify --mechanism SHA256-RSA-PKCS --id 01 \
        --input-file message --signature-file signature
    leaves derive : user --derive --mechanism ECDH1-DERIVE --id 02 \
        --input-file peer.der --output-file shared
    leaves generate : user --keygen --key-type AES:32 --id 03
    leaves encrypt : user --encrypt --mechanism AES-CBC-PAD --iv "$iv" \
        --id 03 --input-file message --output-file ciphertext
    leaves decrypt : user --decrypt --mechanism AES-CBC-PAD --iv "$iv" \
        --id 03 --input-file ciphertext --output-file plaintext
    leaves generate : user --keygen --key-type AES:16 --id 04 --extractable
    leaves wrap : user --wrap --mechanism AES-KEY-WRAP --id 03 \
        --application-id 04 --output-file wrapped
    leaves unwrap : user --unwrap --mechanism AES-KEY-WRAP --id 03 \
        --application-id 05 --key-type AES: --input-file wrapped
    leaves digest : tool --hash --mechanism SHA256 --input-file message
    leaves random : tool --generate-random 16 --output-file random
    leaves create : user --write-object message --type data --label note
    leaves set : user --type secrkey --id 04 --set-id 06
    leaves destroy : user --delete-object --type secrkey --id 06
    leaves set-pin : tool --login --pin "$pin" --change-pin --new-pin "$pin"
    slot=$(tool --list-slots | sed -n \
        '/^Slot /h; /uninitialized/{ g; s/.*(\(0x[0-9a-f]*\)).*/\1/p; }')
    leaves init-token : pkcs11-tool --module "$mux" --slot "$slot" \
        --init-token --label fresh --so-pin "$so_pin"
}

use_gnutls() {
    program=p11tool
    export GNUTLS_PIN="$pin"
    leaves generate : p11tool --provider "$mux" --batch --login \
        --generate-privkey rsa --bits 2048 --label made --outfile made.pem \
        "pkcs11:token=nss"
    leaves find : p11tool --provider "$mux" --batch --list-privkeys --login \
        "pkcs11:token=nss"
    leaves create : p11tool --provider "$mux" --batch --login --write \
        --load-certificate peer.crt --label paper "pkcs11:token=nss"
    leaves destroy : p11tool --provider "$mux" --batch --login --delete \
        "pkcs11:token=nss;object=paper;type=cert"
    leaves overflow create : p11tool --provider "$mux" --batch --login --write \
        --load-certificate peer.crt --label paper "pkcs11:token=soft"
}

use_openssl() {
    program=openssl
    config_engine "$mux" >openssl.cnf
    OPENSSL_CONF=$fixture_folder/openssl.cnf leaves login sign : openssl req \
        -x509 -engine pkcs11 -keyform engine -subj /CN=one -days 1 \
        -key "pkcs11:token=soft;object=rsa;type=private" -out one.pem
    ok openssl verify -CAfile one.pem one.pem
}

use_python() {
    program=python3
    leaves copy encapsulate decapsulate logout close : "$python" -B \
        "$source/tests/clients/audit-events.py" "$mux" soft "$pin" rsa rare \
        "$source/common/cryptoki.h"
    ok grep -Fq '"label":"\u0001\u001b[31m\u000a\"\\' "$log"
    leaves torn lost deny : "$python" -B \
        "$source/tests/clients/audit-events.py" "$mux" soft "$pin" rsa limit \
        "$log"
    leaves reconnect : "$python" -B \
        "$source/tests/clients/audit-events.py" "$mux" soft "$pin" rsa away \
        "$fixture_folder/softhsm"
    leaves checkpoint config : "$python" -B \
        "$source/tests/clients/audit-events.py" "$mux" soft "$pin" rsa change \
        "$P11MUX_CONF"
}

# The same token as two, through two libraries, of which one fails.
use_group() {
    program=pkcs11-tool
    environment="env = { SOFTHSM2_CONF = \"$fixture_folder/softhsm2.conf\"; };"
    cp "$softhsm" behind.so
    echo "C_GenerateRandom 1 return CKR_DEVICE_REMOVED" >fails.script
    cat >group.conf <<END
modules = (
  { name = "first"; path = "$P11MUX_TEST_MODULES/fault.so"; $environment
    init_args = "module=$PWD/behind.so script=$PWD/fails.script"; },
  { name = "second"; path = "$softhsm"; $environment }
);
tokens = ( { label = "soft"; mode = "failover"; members = (
  { module = "first"; match = "pkcs11:token=soft"; },
  { module = "second"; match = "pkcs11:token=soft"; } ); } );
others = "hide";
state_dir = "$fixture_folder/state";
log = { level = "error"; };
audit = { file = "$log"; level = "calls"; key = "$fixture_folder/audit.key"; };
END
    P11MUX_CONF=$fixture_folder/group.conf leaves failover random : \
        tool --generate-random 16 --output-file random
}

# What p11mux says of a log that cannot be written, and then can.
excuse_limit() {
    ok grep -q 'audit log .*: cannot be written: ' "$mux_log"
    excuse "audit log .*: \(cannot be written\|is written again\)"
}

# What it says of a token that was away.
excuse_absence() {
    ok grep -q 'member soft of token "soft" is up again' "$mux_log"
    excuse 'member soft of token "soft" is '
    excuse 'module "soft" is started anew: '
}

# But for the piece of a line in front of `torn`.
check_lines() {
    ok "$python" -c '
import json, sys
whole = [line for line in open(sys.argv[1], "rb") if line.endswith(b"}\n")]
for line in whole:
    record = json.loads(line.decode("utf-8"))
    assert list(record)[:6] == ["v", "run", "n", "prev", "time", "event"], line
    assert len(record) == 26, line
' "$log"
}

check_events() {
    sed -n 's/^\(OWN_\)*EVENT(.*, "\(.*\)")$/\2/p' \
        "$source/config/events.def" | grep -vx 'member\|migrate' |
        sort >expected
    grep -o '^{"v":1,.*,"event":"[a-z-]*"' "$log" |
        sed 's/.*"event":"\([a-z-]*\)"/\1/' | sort -u >seen
    diff expected seen >difference || {
        cat difference
        fixture_fail "not every event has been seen (<); add an application" \
            "that leaves it"
    }
}

try() {
    log=$fixture_folder/audit.jsonl
    : >"$log"
    iv=000102030405060708090a0b0c0d0e0f
    ok "$P11MUX_TOOL" audit keygen audit.key
    cp "$said" audit.pub
    cat >>"$P11MUX_CONF" <<END
audit = { file = "$log"; level = "calls"; key = "$fixture_folder/audit.key"; };
store = { url = "sqlite:$fixture_folder/certificates.db"; };
END
    echo "a message" >message
    ok openssl req -x509 -newkey rsa:2048 -nodes -keyout peer.rsa \
        -subj /CN=peer -out peer.crt
    ok openssl ecparam -name prime256v1 -genkey -noout -out peer.pem
    ok openssl pkey -in peer.pem -pubout -outform DER -out peer.der
    use_opensc
    use_gnutls
    use_openssl
    use_python
    use_group
    excuse_limit
    excuse_absence
    check_events
    check_lines
    ok "$P11MUX_TOOL" audit verify --key audit.pub "$log"
    says 'signed by the key'
}

. "$(dirname "$0")/lib.sh"
fixture_need pkcs11-tool p11tool openssl "$engine_module" "$python" \
    "${P11MUX_TOOL:?is the tool}"
"$python" -c 'import PyKCS11' 2>/dev/null ||
    fixture_skip "PyKCS11 is not installed"
clients_run "$@"
