#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What serves a member of a token whose objects move is killed in the middle of
# p11mux migrate run, once the old one's and once the new one's, while sixteen
# threads sign with a key that both have (tests/clients/outage.c): the run says so
# in one line, no signature fails, and it completes when the member is back.
tokens="client"
objects=9

# The key is OpenSSL's.
make_objects() {
    ok openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
        -out key.pem
    ok openssl pkey -in key.pem -outform DER -out privkey.der
    ok openssl pkey -in key.pem -pubout -outform DER -out pubkey.der
    for number in $(seq "$objects"); do
        openssl req -x509 -key key.pem -subj "/CN=object $number" -days 30
    done >certs.pem 2>"$said"
}

# OLD NEW LABEL: a token of each of the two modules, called so; both have the key,
# the old one all that moves.
fill() {
    for module in "$1" "$2"; do
        config_write "$modules" "$(config_token moving "$module" "$3")"
        for type in privkey pubkey; do
            ok pkcs11-tool --module "$mux" --token-label moving --login \
                --pin "$pin" --write-object "$type.der" --type "$type" \
                --id 01 --label demo --usage-sign
        done
    done
    config_write "$modules" "$(config_token moving "$1" "$3")"
    ok "$P11MUX_TOOL" certs add moving certs.pem \
        --pin-source "file:$fixture_folder/pin"
}

# A run in the middle of which the member dies, and one that completes.
write_commands() {
    cat >off <<END
#!/bin/sh
. "$source/tests/fixture.sh"
cd "$fixture_folder" || exit
is_under_way() { [ "\$(grep -c '"event":"migrate"' audit.jsonl)" -ge 3 ]; }
"$P11MUX_TOOL" migrate run moving --login --json >run.json 2>run.err &
tool=\$!
fixture_wait_until 60 is_under_way || exit
# It does not end before the member has.
kill -s STOP "\$tool"
"$DEVICE" off || exit
kill -s CONT "\$tool"
wait "\$tool"
echo \$? >run.status
END
    cat >on <<END
#!/bin/sh
. "$source/tests/fixture.sh"
cd "$fixture_folder" || exit
are_up() {
    [ "\$("$P11MUX_TOOL" status moving | grep -Ec '^moving +[a-z]+ +up ')" -eq 2 ]
}
"$DEVICE" on && fixture_wait_until 60 are_up || exit
"$P11MUX_TOOL" migrate run moving --login --json >again.json 2>again.err ||
    { cat again.err; exit 1; }
END
    chmod +x off on
}

# WORDS: what the run said that lost its member, and that nothing is left half way.
judge() {
    [ "$(cat run.status)" -eq 1 ] || fixture_fail "status $(cat run.status)"
    [ "$(wc -l <run.err)" -eq 1 ] && grep -Fq "p11mux: $1" run.err ||
        fixture_fail "not one line with \"$1\": $(cat run.err)"
    grep -q '"state": "moved"' run.json && grep -q '"state": "stays"' run.json ||
        fixture_fail "it was not lost in the middle: $(cat run.json)"
    [ -z "$(ls state/transfers)" ] || fixture_fail "left: $(ls state/transfers)"
}

# OLD NEW LABEL DIES
move() {
    fill "$@"
    config_write "$modules" "{ label = \"moving\"; mode = \"migrate\";
        pin = \"file:$fixture_folder/pin\"; members = (
        { module = \"$1\"; match = \"pkcs11:token=$3\"; role = \"old\"; },
        { module = \"$2\"; match = \"pkcs11:token=$3\"; role = \"new\"; } ); }," \
        "runtime_dir = \"$fixture_folder/run\";
audit = { file = \"$fixture_folder/audit.jsonl\"; };"
    : >audit.jsonl
    ok "$P11MUX_BUILDDIR/tests/clients/outage" --unnoticed "$mux" moving "$pin" \
        demo ./off ./on
    says 'signatures by 16 threads, each verified, 0 failed'
    sed "s/^/$1 to $2: /" "$said" run.err >>"$CLIENTS_FOLDER/said"
    judge "the $4 member of \"moving\" was lost meanwhile"
    rm -rf state audit.jsonl "$mux_log"
    mkdir state
}

try() {
    for label in first second; do
        SOFTHSM2_CONF=$softhsm_conf softhsm2-util --init-token --free \
            --label $label --pin "$pin" --so-pin "$so_pin" >"$said" 2>&1 ||
            fixture_fail "$(cat "$said")"
        make_softhsm_token $label
    done
    unset SOFTHSM2_CONF
    printf %s "$pin" >pin
    chmod 600 pin
    mkdir run state
    modules="$(config_module client "$vendor"; config_soft)"
    make_objects
    write_commands
    move client soft first old
    move soft client second new
}

. "$(dirname "$0")/lib.sh"
clients_run "$@"
[ ! -e "$fixture_folder/said" ] || cat "$fixture_folder/said"
