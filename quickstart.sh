#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# From a fresh checkout to three vendors' tokens behind one module: installs
# the packages, builds, makes tokens in three software modules under ./demo,
# signs with a key on each of them through p11mux.so, then for an application
# that does not know its PIN, and in a thousand sessions at once. A token with
# room for three certificates gets a chain of five. The software TPM is killed
# and started again under a load; then one of two vendors' tokens that are one
# for the application, which does not notice. A token's keys move to another
# vendor's while they are used. In the end it shows who used which key, finds
# one byte that was changed in that log, and leaves a page about all of it,
# demo/report.html.
set -eu
top=$(cd "$(dirname "$0")" && pwd)
demo=$top/demo
build=$top/build
log=$demo/quickstart.log
PATH=$PATH:/usr/sbin:/sbin

step() {
    printf '\n%s\n' "$*"
}

line() {
    printf '   %-8s %s\n' "$1" "$2"
}

# Runs a command whose output matters only when it fails.
quietly() {
    "$@" >>"$log" 2>&1 || {
        printf 'quickstart.sh: this failed: %s\n' "$*" >&2
        tail -n 20 "$log" >&2
        exit 1
    }
}

version_of() {
    dpkg-query -W -f='${source:Upstream-Version}' "$1"
}

step "1. Packages"
"$top/etc/packages.sh" run demo
line "" "everything that is needed is installed"

rm -rf "$demo"
mkdir -m 700 "$demo"
: >"$log"

step "2. Building p11mux in ./build"
mkdir -p "$build"
[ -x "$top/configure" ] || (cd "$top" && quietly ./autogen.sh)
cd "$build"
[ -f Makefile ] || quietly "$top/configure"
quietly make -j"$(nproc)" all tests/clients/thousand-sessions \
    tests/clients/outage
mux=$build/.libs/p11mux.so
line "module" "build/.libs/p11mux.so"
line "tool" "build/p11mux"

step "3. Three software tokens of three vendors under ./demo (PIN 1234)"
mkdir "$demo/softhsm" "$demo/nss" "$demo/tpm" "$demo/tpm/store"
cat >"$demo/softhsm.conf" <<EOF
directories.tokendir = $demo/softhsm
objectstore.backend = file
EOF
SOFTHSM2_CONF=$demo/softhsm.conf quietly softhsm2-util --init-token --free \
    --label keys-soft --pin 1234 --so-pin 87654321
(umask 077 && echo 1234 >"$demo/soft.pin")
line "soft" "SoftHSM $(version_of softhsm2)"
echo 1234 >"$demo/nss/pin"
quietly certutil -N -d "sql:$demo/nss" -f "$demo/nss/pin"
line "nss" "NSS softoken $(version_of libnss3)"
HOME=$demo/tpm XDG_CONFIG_HOME=$demo/tpm quietly swtpm_setup --tpm2 \
    --tpmstate "$demo/tpm"
line "tpm" "tpm2-pkcs11 $(version_of libtpm2-pkcs11-1) on a software TPM"

step "4. The configuration: demo/p11mux.conf"
cat >"$demo/p11mux.conf" <<EOF
modules = (
  { name = "soft"; path = "/usr/lib/softhsm/libsofthsm2.so";
    env = { SOFTHSM2_CONF = "$demo/softhsm.conf"; }; },
  { name = "nss"; path = "libsoftokn3.so";
    init_args = "configdir='sql:$demo/nss' dbTokenDescription='keys-nss'"; },
  { name = "tpm"; path = "$(echo /usr/lib/*/pkcs11/libtpm2_pkcs11.so)";
    env = { TPM2_PKCS11_STORE = "$demo/tpm/store"; }; }
);
tokens = (
  { label = "soft"; members = ( { module = "soft"; match = "pkcs11:token=keys-soft"; } );
    auto_login = true; pin = "file:$demo/soft.pin";
    certificates = { mode = "hybrid"; max = 3; }; },
  { label = "nss"; members = ( { module = "nss"; match = "pkcs11:token=keys-nss"; } );
    pool = { mode = "operation"; size = 2; }; },
  { label = "tpm"; members = ( { module = "tpm"; match = "pkcs11:token=keys-tpm"; } ); }
);
others = "hide";
runtime_dir = "$demo/processes";
store = { url = "sqlite:$demo/certificates.db"; };
audit = { file = "$demo/audit.jsonl"; key = "$demo/audit.key"; };
EOF
"$build/p11mux" audit keygen "$demo/audit.key" --name demo/p11mux \
    >"$demo/audit.pub"
sed 's/^/   /' "$demo/p11mux.conf"

# The software TPM runs only while a command needs it.
cat >"$demo/run" <<EOF
#!/bin/sh
# Runs a command with the demo's tokens: demo/run COMMAND...
. "$top/tests/fixture.sh"
PATH=\$PATH:/usr/sbin:/sbin
fixture_begin
export DEVICE="\$fixture_folder/device"
tpm_end() {
    status=\$?
    kill "\$(cat "\$DEVICE.pid")" 2>/dev/null
    (exit "\$status")
    fixture_end
}
cat >"\$DEVICE" <<END
#!/bin/sh
# Kills the software TPM, or starts it again: off, on.
. "$top/tests/fixture.sh"
fixture_folder=\$fixture_folder fixture_pids=
case \\\$1 in
off)
    kill -s KILL "\\\$(cat "\$DEVICE.pid")"
    fixture_wait_until 10 fixture_is_gone "\\\$(cat "\$DEVICE.pid")"
    ;;
on)
    fixture_start swtpm swtpm socket --tpm2 --tpmstate "dir=$demo/tpm" \\
        --server "type=tcp,port=\\\$2,bindaddr=127.0.0.1" \\
        --ctrl "type=tcp,port=\\\$((\\\$2 + 1)),bindaddr=127.0.0.1" \\
        --flags not-need-init,startup-clear
    echo "\\\$fixture_pid" >"\$DEVICE.pid"
    fixture_wait_until 10 fixture_port_is_open "\\\$2"
    ;;
esac
END
chmod 700 "\$DEVICE"
trap tpm_end EXIT
port=\$(fixture_port)
"\$DEVICE" on "\$port" || fixture_fail "the software TPM does not start"
export TPM_PORT="\$port"
export P11MUX_CONF="$demo/p11mux.conf"
export TPM2_PKCS11_TCTI="swtpm:host=127.0.0.1,port=\$port"
export TPM2_PKCS11_STORE="$demo/tpm/store" TPM2_PKCS11_BACKEND=esysdb
export TSS2_LOG=all+none PATH="$build:\$PATH"
"\$@"
EOF
chmod 700 "$demo/run"
tpm_module=$(echo /usr/lib/*/pkcs11/libtpm2_pkcs11.so)
# Else a TPM that was killed a few times locks its keys up.
quietly "$demo/run" sh -ec "
    tpm2_dictionarylockout -T \"\$TPM2_PKCS11_TCTI\" --setup-parameters \
        --max-tries=4294967295 --recovery-time=1 --lockout-recovery-time=1
    pkcs11-tool --module '$tpm_module' --slot 1 --init-token \
        --label keys-tpm --so-pin 87654321
    pkcs11-tool --module '$tpm_module' --token-label keys-tpm --init-pin \
        --login --login-type so --so-pin 87654321 --new-pin 1234"

step "5. One slot list: pkcs11-tool --module build/.libs/p11mux.so -L"
"$demo/run" pkcs11-tool --module "$mux" -L 2>>"$log" |
    grep -E '^Slot|token (label|manufacturer|model)' | sed 's/^/   /'

step "6. A key on each token, a signature with it, checked by OpenSSL"
cat >"$demo/sign.sh" <<EOF
# Makes a P-256 key on the token \$1, signs with it through p11mux, and has
# OpenSSL verify the signature.
set -eu
cd "$demo"
tool() { pkcs11-tool --module "$mux" --token-label "\$token" "\$@"; }
for token; do
    echo "a message for \$token" >message
    openssl dgst -sha256 -binary -out digest message
    tool --login --pin 1234 --keypairgen --key-type EC:prime256v1 \\
        --id 01 --label demo >>"$log" 2>&1
    tool --login --pin 1234 --sign --mechanism ECDSA --id 01 \\
        --signature-format openssl --input-file digest \\
        --output-file "\$token.signature" >>"$log" 2>&1
    tool --read-object --type pubkey --id 01 \\
        --output-file "\$token.public" >>"$log" 2>&1
    verdict=\$(openssl dgst -sha256 -verify "\$token.public" -keyform DER \\
        -signature "\$token.signature" message)
    printf '   %-8s key made, message signed, OpenSSL says: %s\n' \\
        "\$token" "\$verdict"
done
EOF
"$demo/run" sh "$demo/sign.sh" soft nss tpm || {
    tail -n 20 "$log" >&2
    exit 1
}

step "7. An application that does not know its PIN: no --login, no --pin"
cat >"$demo/no-pin.sh" <<EOF
# Signs on the token soft, which p11mux logs in itself.
set -eu
cd "$demo"
pkcs11-tool --module "$mux" --token-label soft --sign --mechanism ECDSA \\
    --id 01 --signature-format openssl --input-file digest \\
    --output-file soft.signature >>"$log" 2>&1
verdict=\$(openssl dgst -sha256 -verify soft.public -keyform DER \\
    -signature soft.signature message)
printf '   %-8s message signed, OpenSSL says: %s\\n' soft "\$verdict"
EOF
"$demo/run" sh "$demo/no-pin.sh" || {
    tail -n 20 "$log" >&2
    exit 1
}

step "8. Room for three certificates, and a chain of five: p11mux certs list"
cat >"$demo/chain.sh" <<EOF
# Puts a certificate of the key on the token soft and the four above it on that
# token, and has OpenSSL and keytool follow the chain.
set -eu
cd "$demo"
tool() { pkcs11-tool --module "$mux" --token-label soft "\$@" 2>>"$log"; }
sign() { # NAME SIGNER OPTION...: a certificate
    name=\$1 signer=\$2
    shift 2
    openssl x509 -req -in request -CA "\$signer.pem" -CAkey "\$signer.key" \\
        -CAcreateserial -days 30 -subj "/CN=\$name" "\$@" -out "\$name.pem" \\
        2>>"$log"
}
echo 'basicConstraints = critical, CA:true' >authority
openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -subj /CN=root \\
    -days 30 -out root.pem 2>>"$log"
signer=root
for name in one two three; do
    openssl req -new -newkey rsa:2048 -nodes -keyout "\$name.key" \\
        -subj "/CN=\$name" -out request 2>>"$log"
    sign "\$name" "\$signer" -extfile authority
    signer=\$name
done
openssl pkey -pubin -inform DER -in soft.public -out server.public
sign server three -force_pubkey server.public
number=1
for name in server three two one root; do
    openssl x509 -in "\$name.pem" -outform DER -out "\$name.der"
    tool --write-object "\$name.der" --type cert --id "0\$number" \\
        --label "\$name" >>"$log"
    number=\$((number + 1))
done
p11mux certs list soft | sed 's/^/   /'
for number in 1 2 3 4 5; do
    tool --read-object --type cert --id "0\$number" --output-file read
    openssl x509 -inform DER -in read
done >chain.pem
printf '   %-8s %s\n' openssl "\$(openssl verify -CAfile root.pem \\
    -untrusted chain.pem chain.pem)"
command -v keytool >/dev/null || exit 0
slot=\$(tool --list-slots | sed -n '/^Slot/h; /token label *: soft\$/{ g; s/.*(\(0x[0-9a-f]*\)).*/\1/p; }')
printf 'name = demo\nlibrary = %s\nslot = %d\n' "$mux" "\$((slot))" >java.cfg
printf '   %-8s %s\n' keytool "\$(keytool -list -v -keystore NONE \\
    -storetype PKCS11 -addprovider SunPKCS11 -providerArg java.cfg \\
    -storepass 1234 2>>"$log" | grep 'chain length')"
EOF
"$demo/run" sh "$demo/chain.sh" || {
    tail -n 20 "$log" >&2
    exit 1
}

step "9. A thousand sessions at once, over a pool of two and one for the login"
"$demo/run" "$build/tests/clients/thousand-sessions" "$mux" nss 1234 demo \
    libsoftokn3.so keys-nss >"$demo/sessions" 2>>"$log" || {
    tail -n 20 "$log" >&2
    exit 1
}
sed 's/^/   nss      /' "$demo/sessions"

step "10. The software TPM is killed under a load and comes back: p11mux status"
mkdir -m 1777 "$demo/processes"
cat >"$demo/outage.sh" <<EOF
# Signs with 16 threads on the token tpm; \$DEVICE is a command.
set -eu
. "$top/tests/fixture.sh"
show() { p11mux status tpm | sed -n '1,2s/^/   /p'; }
# What is shown is up to a second old.
shows() { show | grep -q " \$1 "; }
shows_not() { ! shows "\$1"; }
case \${1:-} in
off)
    echo "   before:"
    fixture_wait_until 10 shows 18
    show
    "\$DEVICE" off
    ;;
on)
    echo "   during:"
    fixture_wait_until 10 shows_not up
    show
    "\$DEVICE" on "\$TPM_PORT"
    ;;
then)
    echo "   after:"
    fixture_wait_until 10 shows up
    show
    ;;
*)
    exec "$build/tests/clients/outage" "$mux" tpm 1234 demo \\
        "sh '\$0' off" "sh '\$0' on" "sh '\$0' then"
    ;;
esac
EOF
"$demo/run" sh "$demo/outage.sh" >"$demo/outage" 2>>"$log" || {
    cat "$demo/outage" >&2
    tail -n 20 "$log" >&2
    exit 1
}
sed 's/^\([a-z]\)/   tpm      \1/' "$demo/outage"

step "11. One token of two vendors; one is killed under a load and nobody notices"
mkdir "$demo/pair"
SOFTHSM2_CONF=$demo/softhsm.conf quietly softhsm2-util --init-token --free \
    --label pair-soft --pin 1234 --so-pin 87654321
quietly certutil -N -d "sql:$demo/pair" -f "$demo/nss/pin"
# configure_pair TOKENS: SoftHSM behind p11-kit's server, which can be killed,
# and a database of NSS.
configure_pair() {
    cat <<EOF
modules = (
  { name = "served"; path = "$(echo /usr/lib/*/pkcs11/p11-kit-client.so)"; },
  { name = "nss"; path = "libsoftokn3.so";
    init_args = "configdir='sql:$demo/pair' dbTokenDescription='pair-nss'"; }
);
tokens = (
$1
);
others = "hide";
runtime_dir = "$demo/processes";
audit = { file = "$demo/audit.jsonl"; key = "$demo/audit.key"; };
log = { target = "file:$demo/pair.log"; };
EOF
}
configure_pair '  { label = "served"; members = ( { module = "served"; match = "pkcs11:token=pair-soft"; } ); },
  { label = "nss"; members = ( { module = "nss"; match = "pkcs11:token=pair-nss"; } ); }' \
    >"$demo/parts.conf"
configure_pair '  { label = "pair"; mode = "failover"; members = (
      { module = "served"; match = "pkcs11:token=pair-soft"; },
      { module = "nss"; match = "pkcs11:token=pair-nss"; } ); }' \
    >"$demo/pair.conf"
sed -n '/label = "pair"/,/^)/{ /^)/!s/^/   /p; }' "$demo/pair.conf"
cat >"$demo/pair.sh" <<EOF
# Puts one key on both, compares them, and signs and verifies with 16 threads on
# the token pair while the first member is killed and comes back; \$DEVICE is a
# command.
set -eu
. "$top/tests/fixture.sh"
show() { p11mux status pair | sed -n '1,3s/^/   /p'; }
shows() { show | grep -Eq "\$1"; }
cd "$demo"
case \${1:-} in
off)
    echo "   before:"
    fixture_wait_until 10 shows 'served  up .* 17 '
    show
    "\$DEVICE" off
    ;;
on)
    echo "   during:"
    fixture_wait_until 10 shows 'served.* down '
    show
    "\$DEVICE" on
    fixture_wait_until 10 shows 'served.* up '
    ;;
then)
    echo "   after:"
    show
    ;;
*)
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem
    openssl pkey -in key.pem -outform DER -out privkey.der
    openssl pkey -in key.pem -pubout -outform DER -out pubkey.der
    for token in served nss; do
        for type in privkey pubkey; do
            P11MUX_CONF=parts.conf pkcs11-tool --module "$mux" \\
                --token-label "\$token" --login --pin 1234 --id 01 \\
                --write-object "\$type.der" --type "\$type" --label demo \\
                --usage-sign >>"$log"
        done
    done
    rm key.pem privkey.der
    P11MUX_CONF=pair.conf
    export P11MUX_CONF
    echo "   p11mux group pair --login"
    p11mux group pair --login --pin-source file:soft.pin >group.log
    sed 's/^./   &/' group.log
    exec "$build/tests/clients/outage" --unnoticed "$mux" pair 1234 demo \\
        "sh '\$0' off" "sh '\$0' on" "sh '\$0' then"
    ;;
esac
EOF
SOFTHSM2_CONF=$demo/softhsm.conf PATH=$build:$PATH \
    "$top/tests/with-p11-kit-server.sh" \
    /usr/lib/softhsm/libsofthsm2.so sh "$demo/pair.sh" >"$demo/unnoticed" \
    2>>"$log" || {
    cat "$demo/unnoticed" >&2
    tail -n 20 "$log" >&2
    exit 1
}
sed 's/^\([0-9]\)/   pair     \1/' "$demo/unnoticed"

step "12. A token moves from NSS to SoftHSM under a load: p11mux migrate"
mkdir "$demo/old"
SOFTHSM2_CONF=$demo/softhsm.conf quietly softhsm2-util --init-token --free \
    --label ca-new --pin 1234 --so-pin 87654321
quietly certutil -N -d "sql:$demo/old" -f "$demo/nss/pin"
# configure_move TOKEN
configure_move() {
    cat <<EOF
modules = (
  { name = "nss"; path = "libsoftokn3.so";
    init_args = "configdir='sql:$demo/old' dbTokenDescription='ca-old'"; },
  { name = "soft"; path = "/usr/lib/softhsm/libsofthsm2.so";
    env = { SOFTHSM2_CONF = "$demo/softhsm.conf"; }; }
);
tokens = (
$1
);
others = "hide";
state_dir = "$demo/state";
runtime_dir = "$demo/processes";
audit = { file = "$demo/audit.jsonl"; key = "$demo/audit.key"; };
log = { target = "file:$demo/move.log"; };
EOF
}
mkdir -m 700 "$demo/state"
configure_move '  { label = "ca"; members = ( { module = "nss"; match = "pkcs11:token=ca-old"; } ); }' \
    >"$demo/before.conf"
configure_move '  { label = "ca"; mode = "migrate"; members = (
      { module = "nss"; match = "pkcs11:token=ca-old"; role = "old"; },
      { module = "soft"; match = "pkcs11:token=ca-new"; role = "new"; } ); }' \
    >"$demo/move.conf"
sed -n '/label = "ca"/,/^)/{ /^)/!s/^/   /p; }' "$demo/move.conf"
cat >"$demo/move.sh" <<EOF
# Makes keys on the old token, and moves them while 16 threads sign and verify
# with one of them.
set -eu
cd "$demo"
P11MUX_CONF=move.conf
export P11MUX_CONF
. "$top/tests/fixture.sh"
show() { p11mux status ca | sed -n '1,3s/^/   /p'; }
# What is shown is up to a second old: as many sessions idle as are open.
old_rests() { show | grep -Eq ' nss +up +[0-9]+ +[0-9]+ +([0-9]+) +\\1 +0 '; }
# That something stays is status 1, and no failure here: the AES key may not
# leave its token.
migrate() {
    echo "   p11mux migrate \$*"
    status=0
    p11mux migrate "\$@" --pin-source file:soft.pin >move.table 2>>"$log" ||
        status=\$?
    sed 's/^./   &/' move.table
    [ "\$1 \$status" = "plan 1" ] || [ "\$1 \$status" = "run 1" ] ||
        [ "\$status" = 0 ]
}
case \${1:-} in
move)
    migrate plan ca --login
    migrate run ca --login
    grep -q "objects were moved" move.table
    ;;
prove)
    migrate verify ca --login
    ;;
then)
    echo "   p11mux status ca"
    fixture_wait_until 10 old_rests
    show
    ;;
*)
    make_key() { # LABEL ID TYPE
        P11MUX_CONF=before.conf pkcs11-tool --module "$mux" --token-label ca \
            --login --pin 1234 --keypairgen --label "\$1" --id "\$2" \
            --key-type "\$3" --extractable >>"$log"
    }
    make_key demo 01 EC:prime256v1
    make_key issuing 02 rsa:2048
    make_key root 03 EC:secp384r1
    P11MUX_CONF=before.conf pkcs11-tool --module "$mux" --token-label ca \\
        --login --pin 1234 --keygen --key-type aes:32 --label backup \\
        --id 04 >>"$log"
    exec "$build/tests/clients/outage" --unnoticed "$mux" ca 1234 demo \
        "sh '\$0' move" "sh '\$0' prove" "sh '\$0' then"
    ;;
esac
EOF
PATH=$build:$PATH sh "$demo/move.sh" >"$demo/move" 2>>"$log" || {
    cat "$demo/move" >&2
    tail -n 20 "$log" >&2
    exit 1
}
sed 's/^\([0-9]\)/   ca       \1/' "$demo/move"

step "13. Who used which key: p11mux audit show"
P11MUX_CONF=$demo/p11mux.conf
export P11MUX_CONF
tool=$build/p11mux
"$tool" audit show --event generate --event sign --exe pkcs11-tool |
    sed 's/^/   /'
printf '\n   p11mux audit stats --by token --event sign\n'
"$tool" audit stats --by token --event sign | sed 's/^/   /'

step "14. Each process has signed the log; one byte of a copy is changed"
cd "$demo"
"$tool" audit verify --key audit.pub audit.jsonl | sed 's/^/   verify   /'
mkdir changed
cp audit.jsonl* changed
number=$(grep -n '"event":"sign"' audit.jsonl | head -n 1 | cut -d : -f 1)
sed -i "${number}s/CKM_ECDSA/CKM_ECDSB/" changed/audit.jsonl
line "changed" "a letter of line $number, in the copy changed/audit.jsonl"
if "$tool" audit verify --key audit.pub changed/audit.jsonl >verdict 2>&1; then
    echo "quickstart.sh: the change was not found" >&2
    exit 1
fi
grep "line $number " verdict | sed 's/^p11mux:/   verify  /'

step "15. All of that on one page: p11mux audit report"
"$tool" audit report --html report.html --verifier audit.pub audit.jsonl |
    sed "s,^,   report   $demo/,"

step "Done. What next:"
cat <<EOF
   demo/run p11mux slots       the same list as p11mux's own tool shows it
   demo/run p11mux doctor      what is wrong with a set-up, and what to do
   demo/run p11mux audit show  who used which key; "audit show --help"
   demo/run COMMAND            any application, with P11MUX_CONF set
   man -l doc/man/p11mux.conf.5
EOF
