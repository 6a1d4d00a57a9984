#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux pause, resume and reconnect over processes that sign with SoftHSM all the time.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
source_folder=${P11MUX_SRCDIR:-$folder/..}
. "$folder/fixture.sh"
. "$folder/tool.sh"
fixture_need softhsm2-util pkcs11-tool python3 "$softhsm"
tool_begin

softhsm_token web
pkcs11-tool --module "$softhsm" --token-label web --login --pin 1234 \
    --keypairgen --key-type EC:prime256v1 --label sign --id 0a01 \
    >pkcs11.log 2>&1 || fixture_fail "$(cat pkcs11.log)"
configure "$(module soft "$softhsm" \
    "env = { SOFTHSM2_CONF = \"$SOFTHSM2_CONF\"; };")" \
    "$(token web soft pkcs11:token=web)"
echo "runtime_dir = \"$fixture_folder/run\";" >>p11mux.conf


# -- Words that are not understood ------------------------------------------

expect 1 pause
complains "give either a TOKEN or --all"
expect 1 pause web --all
complains "give either a TOKEN or --all"
expect 1 pause wep
complains 'no token is called "wep"; did you mean "web"?'
expect 1 pause web --wait soon
complains '"soon" is no time'
[ -e run/control ] && mistake "a command that is refused is written down"
if [ "$(id -u)" -eq 0 ] && id nobody >/dev/null 2>&1; then
    # A process that gave up its rights cannot be looked at by LeakSanitizer.
    mkdir -p -m 1777 run
    cp "$tool" own-tool
    chmod 755 own-tool
    asked="pause as nobody"
    ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" setpriv --reuid=nobody \
        --regid=nogroup --clear-groups ./own-tool pause web >out 2>err &&
        mistake "$asked is obeyed"
    complains "only root and the owner of this folder"
    [ -e run/control ] && mistake "nobody has written the control page"
fi

for command in pause resume reconnect; do
    expect 0 "$command" --help
    options=$(sed -n 's/^  .*--\([a-z-]*\).*/\1/p' out)
    for option in $options; do
        sed 's/\\-/-/g' "$source_folder/doc/man/p11mux-control.1" |
            grep -Eq "Fl -$option( |\$)" ||
            mistake "p11mux-control.1 does not explain --$option of $command"
    done
    line=$(grep "^    $command) echo" "$source_folder/etc/p11mux.bash")
    completed=$(echo "$line" | grep -o -e '--[a-z-]*' | sed 's/--//' | sort | xargs)
    [ "$completed" = "$(echo "$options" | sort | xargs)" ] ||
        mistake "$command has options \"$options\", completed are \"$completed\""
done

# -- Nobody is there ---------------------------------------------------------

expect 0 pause web
says 'token "web" is paused in 0 of 0 processes'
[ "$(stat -c %a run/control)" = 644 ] || mistake "the page: $(ls -l run)"
expect 0 slots
says "paused"
expect 0 slots --json
json '[s["paused"] for s in j["slots"] if s["label"] == "web"] == [True]'
expect 0 doctor
says 'token "web" is paused'
says "p11mux resume \"web\""
expect 0 resume 1
expect 0 slots
says_not paused
expect 0 reconnect web
says 'token "web" is reconnected in 0 of 0 processes'

# -- Another one has the folder ----------------------------------------------

exec 9<run
flock -n 9 || fixture_fail "the folder cannot be locked"
expect 1 pause web --wait 50ms
complains "another process has kept it locked for 50 ms"
exec 9<&-

# -- A pause under load ------------------------------------------------------

load_begin one web 4
one=$fixture_pid
load_begin two web 4
two=$fixture_pid
load_begin three web 4 without-threads
three=$fixture_pid
expect 0 pause web --json
json 'j["command"] == "pause" and j["token"] == "web"'
json 'j["done"] == 3 and j["not_done"] == 0 and j["hidden"] == 0'
json 'all(p["state"] == "done" and p["running"] == 0 for p in j["processes"])'
json "sorted(p['pid'] for p in j['processes']) == sorted([$one, $two, $three])"
json 'all(p["program"].endswith("control-load") for p in j["processes"])'
shows_pause() {
    "$tool" status --json >out 2>err
    python3 -c '
import json
states = json.load(open("out"))["tokens"][0]["members"][0]["states"]
raise SystemExit(states["paused"] < 2)' 2>python.log
}
fixture_wait_until 20 shows_pause || mistake "no pause in status: $(cat out err)"
# The token comes from its copy, as from a backup.
cp -a tokens copy && rm -rf tokens && mv copy tokens ||
    fixture_fail "the tokens cannot be exchanged"
load_start late web 4
late=$fixture_pid
expect 0 resume web
says 'token "web" is resumed in '
fixture_wait_until 20 load_is_ready late || mistake "late: $(cat late.log)"
for turn in 1 2 3 4 5; do
    expect 0 pause --all
    says "all tokens are paused in 4 of 4 processes"
    expect 0 resume --all
done

# -- Other backend sessions ----------------------------------------------------

for turn in 1 2; do
    expect 0 reconnect web --json
    json 'j["command"] == "reconnect" and j["token"] == "web"'
    json 'j["done"] == 4 and j["not_done"] == 0'
    expect 0 reconnect --all
    says "all tokens are reconnected in 4 of 4 processes"
done
expect 0 slots
says_not paused

# -- One that does not obey ----------------------------------------------------

kill -STOP "$two"
expect 1 pause web --json
json "[p['pid'] for p in j['processes'] if p['state'] == 'stopped'] == [$two]"
json 'j["done"] == 3 and j["not_done"] == 1'
expect 1 pause web --wait 100ms
says "is stopped by a signal"
says "$two"
kill -CONT "$two"
expect 0 resume web

# -- A page that others could have written -------------------------------------

chmod 666 run/control
expect 1 pause web
complains "is not obeyed"
chmod 644 run/control

load_finish one "$one"
load_finish two "$two"
load_finish three "$three"
load_finish late "$late"
[ -z "$(find run -name '*.control')" ] ||
    mistake "notes are left: $(find run)"

# -- One that is killed leaves nothing -----------------------------------------

load_begin one web 4
kill -KILL "$fixture_pid"
wait "$fixture_pid" 2>/dev/null
expect 0 resume web
says "in 0 of 0 processes"
[ -z "$(find run -name '*.control')" ] ||
    mistake "notes are left: $(find run)"
completes pause we
says web
tool_end
