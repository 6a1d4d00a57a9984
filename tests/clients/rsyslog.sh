#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# rsyslogd on a socket of its own takes the audit log's records apart, and has
# every line; a checkpoint that it wrote down proves that the log only grew.
tokens=soft

# What it is to do, in its folder.
configure_rsyslog() {
    cat <<END
global(workDirectory="$fixture_folder" maxMessageSize="64k")
module(load="imuxsock" SysSock.Use="off")
module(load="mmpstrucdata")
input(type="imuxsock" Socket="$fixture_folder/syslog" UseSpecialParser="off"
    IgnoreTimestamp="off" RateLimit.Interval="0")
template(name="line" type="string" string="%msg%\n")
template(name="fields" type="list") {
    property(name="pri-text") constant(value=" ")
    property(name="timereported" dateFormat="rfc3339") constant(value=" ")
    property(name="app-name") constant(value=" ")
    property(name="procid") constant(value=" ")
    property(name="msgid") constant(value=" ")
    property(name="\$!rfc5424-sd!p11mux@32473!n") constant(value=" ")
    property(name="\$!rfc5424-sd!p11mux@32473!outcome") constant(value=" ")
    property(name="\$!rfc5424-sd!p11mux@32473!token") constant(value=" ")
    property(name="\$!rfc5424-sd!p11mux@32473!mechanism") constant(value=" ")
    property(name="\$!rfc5424-sd!p11mux@32473!key-label") constant(value="\n")
}
action(type="mmpstrucdata")
if \$msgid == "note" then {
    action(type="omfile" file="$fixture_folder/notes"
        template="RSYSLOG_TraditionalFileFormat")
} else {
    action(type="omfile" file="$fixture_folder/fields" template="fields")
    action(type="omfile" file="$fixture_folder/lines" template="line")
}
END
}

# With syslog where it is here.
led() {
    P11MUX_TEST_DAEMONS=$fixture_folder \
        LD_PRELOAD=$P11MUX_TEST_MODULES/redirect.so "$@"
}

user() {
    led pkcs11-tool --module "$mux" --token-label "$label" --login --pin "$pin" \
        "$@"
}

is_complete() {
    cmp -s audit.jsonl lines
}

check_fields() {
    said=fields
    time=$(sed -n 's/.*"time":"\([^"]*\)Z","event":"sign".*/\1/p' audit.jsonl)
    says "^authpriv.info $time[^ ]* p11mux [0-9]* sign [0-9]* success soft CKM_ECDSA a \"key\\\\ \\[1\\] é\$"
    says '^authpriv.notice .* login [0-9]* failure soft  $'
    says '^authpriv.info .* stop [0-9]* success   $'
    said=$fixture_folder/said
}

# As p11mux-audit(1) says.
check_note() {
    ok led "$P11MUX_TOOL" audit checkpoint audit.jsonl
    fixture_wait_until 10 test -s notes ||
        fixture_fail "the copy of the checkpoint is not there"
    sed -n 's/.*"checkpoint_note":"\([^"]*\)".*/\1/p' notes | tail -n 1 |
        base64 -d >last.checkpoint
    ok cmp last.checkpoint audit.jsonl.checkpoint
    ok user --list-objects
    ok "$P11MUX_TOOL" audit verify --since last.checkpoint audit.jsonl
    sed -i 3d audit.jsonl
    no "$P11MUX_TOOL" audit verify --since last.checkpoint audit.jsonl
}

try() {
    configure_rsyslog >rsyslog.conf
    fixture_start rsyslogd rsyslogd -n -f "$fixture_folder/rsyslog.conf" \
        -i "$fixture_folder/rsyslog.pid"
    fixture_wait_until 10 test -S syslog || {
        cat "$fixture_folder/rsyslogd.log"
        fixture_fail "rsyslogd does not listen"
    }
    echo "audit = { file = \"$fixture_folder/audit.jsonl\";" \
        "level = \"calls\"; sinks = (\"syslog\"); };" >>"$P11MUX_CONF"
    ok user --keypairgen --key-type EC:prime256v1 --id 01 \
        --label 'a "key\ [1] é'
    echo "a message" | openssl dgst -sha256 -binary -out digest
    ok user --sign --mechanism ECDSA --id 01 --input-file digest \
        --output-file signature
    pin=99999
    no user --list-objects
    pin=$fixture_pin
    fixture_wait_until 10 is_complete || {
        diff audit.jsonl lines
        fixture_fail "rsyslogd has not got the same lines"
    }
    check_fields
    check_note
}

. "$(dirname "$0")/lib.sh"
[ "${P11MUX_SANITIZERS:-no}" = no ] ||
    fixture_skip "nothing can be preloaded before a sanitizer's library"
fixture_need rsyslogd openssl "${P11MUX_TOOL:?is the tool}" \
    "$library"/rsyslog/mmpstrucdata.so
clients_run "$@"
