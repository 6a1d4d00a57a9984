#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What the tool says where something is broken: each thing by itself, over
# real tokens of SoftHSM.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
. "$folder/tool.sh"
fixture_need softhsm2-util python3 script "$softhsm"
tool_begin
softhsm_token web
softhsm_token ca

env_soft="env = { SOFTHSM2_CONF = \"$SOFTHSM2_CONF\"; };"
soft=$(module soft "$softhsm" "$env_soft")
web=$(token web soft pkcs11:token=web)

# doctor finds it, and exits accordingly; check says it too.
doctor() {
    expect "$1" doctor --json
    json 'all(f["what"] and f["severity"] in ("problem", "warning", "note")
        for f in j["findings"]) and (j["problems"] > 0) == bool('"$1"')'
    expect "$1" doctor
    says "$2"
}

# -- The configuration -----------------------------------------------------

configure "$soft" "$web, $(token ca soff pkcs11:token=ca)"
expect 1 check
says 'module "soff" is not defined'
expect 1 check --json
json 'not j["usable"] and j["findings"][0]["severity"] == "problem"'
doctor 1 'module "soff" is not defined'
for command in slots modules "objects web"; do
    # shellcheck disable=SC2086 # two words
    expect 1 $command
    complains 'module "soff" is not defined'
done

expect 1 check nowhere.conf
says "No such file"
P11MUX_CONF=$fixture_folder/nowhere.conf
doctor 1 "P11MUX_CONF names this file"
P11MUX_CONF=$fixture_folder/p11mux.conf
configure "$soft" "$web"
chmod 666 p11mux.conf
doctor 1 "may be changed by everybody"
expect 1 check
says "chmod"
chmod 644 p11mux.conf

# Another file stands behind the variable.
mkdir -p home/.config/p11mux
cp p11mux.conf home/.config/p11mux
home=$HOME
HOME=$fixture_folder/home
doctor 0 "P11MUX_CONF is set: $P11MUX_CONF is read here, not $HOME/.config"
P11MUX_CONF=p11mux.conf
doctor 0 "which is no full path"
P11MUX_CONF=$fixture_folder/p11mux.conf
HOME=$home
cp p11mux.conf other.conf
expect 0 doctor --config other.conf
says "other.conf is not what applications read here"
says "they read $P11MUX_CONF"

# -- The log ---------------------------------------------------------------

echo 'log = { target = "file:/nonexistent/p11mux.log"; };' >>p11mux.conf
doctor 1 "the log file /nonexistent/p11mux.log cannot be written"
says "/nonexistent does not exist"
expect 1 check --no-modules
says "/nonexistent/p11mux.log"

# -- Libraries -------------------------------------------------------------

missing=$(module hsm /usr/lib/softhsm/libsofthsm3.so)
configure "$soft, $missing" "$web, $(token key hsm pkcs11:token=key)"
doctor 1 'module "hsm" is down, and with it token "key"'
says "/usr/lib/softhsm/libsofthsm3.so does not exist"
says "did you mean $softhsm?"
expect 0 check
says 'warning: module "hsm" is down'
expect 1 modules
says "hsm is down: /usr/lib/softhsm/libsofthsm3.so cannot be opened"
expect 1 modules --json
json 'j["modules"][1]["state"] == "down" and j["modules"][1]["next_try_ms"] > 0'
json '"cannot be opened" in j["modules"][1]["why"]'
expect 0 slots
says "module down"
says 'slot 2: module "hsm" is down'
expect 1 objects key
complains 'token "key" is not there'

configure "$(module hsm /opt/vendor/libykcs11.so.2)" ""
doctor 1 "the folder /opt/vendor does not exist"
says "apt-get install ykcs11"
configure "$(module hsm libnothing-like-it.so)" ""
doctor 1 "is not found by the loader"
says "apt-file search libnothing-like-it.so"

configure "$soft, $(module hsm /opt/x.so "critical = true;")" "$web"
doctor 1 "it is critical, so that applications do not start"
expect 1 check
says "it is critical"
expect 1 slots
grep -q "applications do not start" err || mistake "$asked: $(cat err)"
says "login required"
expect 1 objects web
complains "is critical, and is down"

echo "no library" >text.so
configure "$(module hsm "$fixture_folder/text.so")" ""
doctor 1 "is not a shared library"
# The header of a library for 32-bit ARM.
printf '\177ELF\001\001\001\0\0\0\0\0\0\0\0\0\003\0\050\0\001\0\0\0' >arm.so
head -c 100 /dev/zero >>arm.so
configure "$(module hsm "$fixture_folder/arm.so")" ""
doctor 1 "is built for 32-bit ARM, this program for"

if command -v "${P11MUX_CC:-cc}" >/dev/null; then
    mkdir lib
    echo 'int needed(void); int needed(void) { return 1; }' >needed.c
    echo 'int needed(void); int own(void); int own(void) { return needed(); }' >own.c
    compile() {
        "${P11MUX_CC:-cc}" -shared -fPIC -o "$@" ||
            fixture_fail "cannot compile a library"
    }
    compile lib/libneeded-by-it.so needed.c
    compile own.so own.c -Llib -lneeded-by-it
    configure "$(module hsm "$fixture_folder/own.so")" ""
    doctor 1 "the library libneeded-by-it.so, which $fixture_folder/own.so needs"
    says "it lies in $fixture_folder/lib, where the loader does not look"
    rm lib/libneeded-by-it.so
    doctor 1 "the library libneeded-by-it.so, which $fixture_folder/own.so needs"
    says "apt-file search libneeded-by-it.so"
    echo 'int own(void); int own(void) { return 1; }' >own.c
    compile own.so own.c
    doctor 1 "own.so"
    says 'module "hsm" is down'

    # One that ends the process does not end the tool, nor hide the rest.
    echo '#include <stdlib.h>
    int C_GetFunctionList(void *list);
    int C_GetFunctionList(void *list) { (void)list; abort(); }' >own.c
    compile own.so own.c
    configure "$soft, $(module hsm "$fixture_folder/own.so")" \
        "$(token a hsm pkcs11:token=a), $(token b hsm pkcs11:token=b),
        $(token wep soft pkcs11:token=wep)"
    doctor 1 'module "hsm" crashes, and with it tokens "a", "b"'
    says "(Aborted)"
    says 'did you mean "web"?'
    expect 1 check
    complains "a module crashes"
fi

if [ -n "${P11MUX_MODULE:-}" ] && [ "${P11MUX_SANITIZERS:-no}" = no ]; then
    configure "$(module self "$P11MUX_MODULE")" ""
    doctor 1 'module "self" is not used'
    says "is p11mux itself"
fi

# Whoever can exchange a module gets the PINs.
mkdir open
cp "$softhsm" open/copy.so
chmod 777 open
configure "$(module soft "$fixture_folder/open/copy.so" "$env_soft")" "$web"
doctor 0 'in the place of module "soft", which would get every PIN'

# -- Tokens ----------------------------------------------------------------

configure "$soft" "$(token a soft pkcs11:token=wep), $(token b soft 'pkcs11:token=ca;serial=12')"
doctor 1 'token "a": no token fits "pkcs11:token=wep"'
says 'did you mean "web"?'
says '"ca" is there, but its serial is'
expect 0 check
says 'warning: '
says 'did you mean "web"?'
expect 0 slots --json
json 'j["slots"][0]["state"] == "absent" and "wep" in j["slots"][0]["why"]'

# Two tokens for one rule, then two rules for one token.
softhsm_token web
configure "$soft" "$web"
doctor 1 'fits two tokens'
says "add serial= or slot-id= to the match"
expect 1 check
says "p11mux.conf:2: "
expect 1 slots
says "ambiguous"
expect 1 objects web
complains "fits two tokens"
expect 1 objects --json web
configure "$soft" ""
expect 1 objects web
complains 'both have a token called "web"'
configure "$soft" "$(token a soft pkcs11:token=ca), $(token b soft 'pkcs11:token=ca;manufacturer=SoftHSM%20project')"
doctor 1 'tokens "a" and "b": the rules of both fit'
expect 1 check
says 'the rules of both fit'

# A token that is not initialised: SoftHSM's last slot.
configure "$soft" "$(token new soft pkcs11:token=)"
spare=$("$tool" slots --json | python3 -c '
import json, sys
print([s["backend_slots"][0] for s in json.load(sys.stdin)["slots"]
       if "not initialised" in s["flags"]][0])')
configure "$soft" "$(token new soft "pkcs11:slot-id=$spare")"
doctor 1 'token "new" (slot 1) is not initialised'

# A variable, a folder of tokens and a configuration that are not there.
configure "$(module soft "$softhsm" 'env = { SOFTHSM2_CONF = "/nonexistent/s.conf"; };')" ""
doctor 1 "SoftHSM's configuration cannot be read"
says 'SOFTHSM2_CONF = "/nonexistent/s.conf" cannot be read'
sed "s,/tokens,/tokenz," softhsm2.conf >astray.conf
configure "$(module soft "$softhsm" "env = { SOFTHSM2_CONF = \"$fixture_folder/astray.conf\"; };")" ""
doctor 1 "SoftHSM's folder of tokens cannot be read"
says "$fixture_folder/tokenz does not exist"

# Tokens that nothing tells apart.
if command -v certutil >/dev/null; then
    mkdir nss
    certutil -N -d "sql:$fixture_folder/nss" --empty-password ||
        fixture_fail "certutil cannot make a database"
    configure "$(module nss libsoftokn3.so "init_args = \"configdir='sql:$fixture_folder/nss' \
certPrefix='' keyPrefix='' secmod='' flags= cryptoTokenDescription='twin' dbTokenDescription='twin'\";")" ""
    doctor 0 'module "nss" shows two tokens that nothing but their slots'
    expect 0 check
    says 'warning: module "nss" shows two tokens'
    expect 1 objects twin
    complains 'both have a token called "twin"'
fi

# NSS wants to be told where its database is.
if [ -e /usr/lib/x86_64-linux-gnu/libsoftokn3.so ]; then
    configure "$(module nss libsoftokn3.so)" ""
    doctor 1 "init_args does not name the folder of the database"
fi

# -- Modules that hang, fail, or forget themselves -------------------------

fault=${P11MUX_TEST_MODULES:-/nonexistent}/fault.so
if [ -e "$fault" ]; then
    {
        echo "module $softhsm"
        echo "C_Initialize * hang"
    } >fault.script
    configure "$soft, $(module slow "$fault" \
        "env = { P11MUX_FAULT_SCRIPT = \"$fixture_folder/fault.script\"; };")" \
        "$(token ca soft pkcs11:token=ca)"
    echo 'start_timeout = "1500ms"; finalize_wait = "100ms";' >>p11mux.conf
    # One file is one library: the two need a copy each.
    cp "$softhsm" behind.so
    sed -i "s,^module .*,module $fixture_folder/behind.so," fault.script
    doctor 1 'module "slow" is still starting'
    expect 1 modules
    says "slow has not returned from C_Initialize within 1500 ms"
    expect 0 slots
    says "login required"
    # The line of progress, on a terminal only, and gone in the end.
    script -qec "'$tool' modules" typescript >/dev/null 2>&1 </dev/null
    grep -Fq "starting module slow … 1 s" typescript ||
        mistake "no progress is shown: $(cat -v typescript)"
    [ ! -s err ] || mistake "progress is shown without a terminal: $(cat err)"

    printf '%s\n' "module $fixture_folder/behind.so" \
        "C_Initialize * return CKR_DEVICE_ERROR" >fault.script
    doctor 1 "C_Initialize: CKR_DEVICE_ERROR"
    expect 1 modules
    says "slow is down: C_Initialize: CKR_DEVICE_ERROR"
    printf '%s\n' "module $fixture_folder/behind.so" vanish >fault.script
    configure "$(module gone "$fault" \
        "env = { P11MUX_FAULT_SCRIPT = \"$fixture_folder/fault.script\"; };")" ""
    doctor 0 'module "gone" shows no token'
    printf '%s\n' "module $fixture_folder/behind.so" "sessions 3" >fault.script
    doctor 0 "sessions at most"
fi

# -- What p11mux has left ------------------------------------------------------

if command -v pkcs11-tool >/dev/null; then
    printf x >byte
    probe="p11mux: is there room?"
    configure "$soft" '{ label = "ca"; members = ( { module = "soft"; match = "pkcs11:token=ca"; } );
        certificates = { mode = "hybrid"; }; }'
    for i in 1 2; do
        pkcs11-tool --module "$softhsm" --token-label ca --login --pin 1234 \
            --write-object byte --type data --label "$probe" >log 2>&1 ||
            fixture_fail "$(cat log)"
    done
    expect 0 doctor
    says "has 2 objects \"$probe\""
    says "--delete-object --type data --label \"$probe\""
    for i in 1 2; do
        pkcs11-tool --module "$softhsm" --token-label ca --login --pin 1234 \
            --delete-object --type data --label "$probe" >log 2>&1 ||
            fixture_fail "$(cat log)"
    done
    expect 0 doctor
    says_not "$probe"
fi

# -- Other users -----------------------------------------------------------

expect 1 check --as nobody-of-that-name
complains "there is no user"
if [ "$(id -u)" -eq 0 ] && id nobody >/dev/null 2>&1; then
    # A process that gave up its rights cannot be looked at by LeakSanitizer.
    ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
    export ASAN_OPTIONS
    configure "$soft" "$(token ca soft pkcs11:token=ca)"
    chmod 600 p11mux.conf
    expect 1 check --as nobody
    says "p11mux.conf: cannot be opened: Permission denied"
    expect 1 check --as nobody --json
    json 'j["user"] == "nobody" and not j["usable"]'
    chmod 644 p11mux.conf
    chmod 700 tokens/*
    expect 0 check --as nobody
    says "note: user nobody cannot keep the slot numbers"
    says "3 of SoftHSM's 3 tokens cannot be read: user nobody may not read"
    says 'token "ca": no token fits "pkcs11:token=ca"'
    says "no mistake"
    chmod 700 tokens
    expect 0 check --as nobody
    says "SoftHSM's folder of tokens cannot be read: user nobody may not read"
    expect 0 check
    says_not warning
    # The same as a user who runs the tool.
    cp "$tool" own-tool
    chmod 755 own-tool tokens
    as_nobody() {
        setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"
    }
    status=0
    asked="doctor as nobody"
    as_nobody ./own-tool doctor >out 2>err || status=$?
    [ "$status" -eq 1 ] || mistake "$asked: status $status: $(cat err)"
    says "problem: module \"soft\": 3 of SoftHSM's 3 tokens cannot be read"
    as_nobody ./own-tool check --as root >out 2>err && mistake "nobody becomes root"
    asked="check --as root by nobody"
    complains "only root may"
fi

# openCryptoki where its daemon does not run, which is looked for among the
# processes: in a list of processes of its own.
opencryptoki=/usr/lib/x86_64-linux-gnu/opencryptoki/libopencryptoki.so.0
if [ -e "$opencryptoki" ] &&
    unshare -m -i -p -f --mount-proc true 2>/dev/null; then
    configure "$(module ock "$opencryptoki")" "$(token key ock pkcs11:token=key)"
    asked="doctor without pkcsslotd"
    status=0
    unshare -m -i -p -f --mount-proc --kill-child sh -c '
        mount -t tmpfs p11mux-test /run && mount -t tmpfs p11mux-test /dev/shm &&
            mkdir /run/lock && "$1" doctor' - "$tool" >out 2>err || status=$?
    [ "$status" -eq 1 ] || mistake "$asked: status $status: $(cat out err)"
    says 'module "ock" is down, and with it token "key"'
    says "openCryptoki's daemon pkcsslotd is not running"
    says "systemctl enable --now pkcsslotd"
fi

tool_end
