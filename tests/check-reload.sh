#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux reload over processes that sign with SoftHSM all the time.
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
soft=$(module soft "$softhsm" "env = { SOFTHSM2_CONF = \"$SOFTHSM2_CONF\"; };")
echo 1234 >pin && chmod 600 pin && cp pin other

# write TOKEN TOP [AUDIT]: the configuration with those keys.
write() {
    configure "$soft" "{ label = \"web\"; members = ( { module = \"soft\"; match = \"pkcs11:token=web\"; } ); $1 }"
    printf 'runtime_dir = "%s/run";\naudit = { file = "%s/audit.jsonl"; %s };\n%s\n' \
        "$fixture_folder" "$fixture_folder" "${3:-}" "${2:-}" >>p11mux.conf
}
# begin NAME [without-threads]
begin() {
    load_begin "$1" web 1 ${2:+"$2"}
    pids="$pids $1:$fixture_pid"
}

# -- The table, the manual and the completion ---------------------------------

# Each key of keys.def with that word, and no other, is in the manual.
reloads=$(tr -d '\n' <"$source_folder/config/keys.def" | sed 's/KEY(/\nKEY(/g' |
    sed -n 's/^KEY([A-Z]*, "\([a-z0-9_.]*\)".*\.reloads = true.*/\1/p' | sort)
manual=$(sed -n '/^\.Ss reload/,/^\.El/s/^\.Sy \([a-z0-9_.]*\).*/\1/p' \
    "$source_folder/doc/man/p11mux-control.1" | sort)
[ -n "$reloads" ] || mistake "no key reloads"
[ "$reloads" = "$manual" ] ||
    mistake "keys.def has $reloads, p11mux-control.1 has $manual"
expect 0 reload --help
options=$(sed -n 's/^  .*--\([a-z-]*\).*/\1/p' out | sort | xargs)
completed=$(grep "^    reload) echo" "$source_folder/etc/p11mux.bash" |
    grep -o -e '--[a-z-]*' | sed 's/--//' | sort | xargs)
[ "$options" = "$completed" ] ||
    mistake "reload has options \"$options\", completed are \"$completed\""

# -- Three processes -----------------------------------------------------------

write ''
expect 0 reload
says "the configuration is read anew in 0 of 0 processes"
pids=
begin one
begin two
begin three without-threads

# What can change does.
write "pool = { wait = \"20s\"; size = 2; idle = \"1m\"; check_after = \"5s\"; }; pin = \"file:$fixture_folder/pin\"; audit = \"operations\";" \
    "log = { level = \"info\"; target = \"file:$fixture_folder/new.log\"; };" 'exclude = ( "sign" );'
expect 0 reload --json
json 'j["command"] == "reload" and j["token"] is None and j["done"] == 3 and j["not_done"] == 0 and len(j["processes"]) == 3 and all(p["taken"] == 9 and p["restart"] is None and p["mistake"] is None for p in j["processes"])'
[ "$(grep -c "read anew: 9 settings taken over, 0 wait for a restart" new.log)" -eq 3 ] ||
    mistake "not said by each: $(cat new.log)"
[ "$(grep -c '"event":"config".*"in_use":true' audit.jsonl)" -eq 3 ] ||
    mistake "not recorded by each: $(grep '"event":"config"' audit.jsonl)"
signs=$(grep -c '"event":"sign"' audit.jsonl)
[ "$signs" -gt 0 ] || mistake "no signature is recorded"
expect 0 reload --all
says "3 processes: 0 settings taken over"

# One that needs a restart holds its token back, and nothing else.
write "pool = { wait = \"10s\"; mode = \"session\"; idle = \"1m\"; check_after = \"5s\"; }; pin = \"file:$fixture_folder/other\";" \
    "log = { level = \"info\"; target = \"file:$fixture_folder/newer.log\"; }; slot_refresh = \"7s\";" 'exclude = ( "sign" );'
expect 0 reload
says "3 processes: 1 setting taken over"
says "  6 wait for a restart: slot_refresh, "
for key in tokens.pin tokens.pool.mode tokens.pool.wait; do
    says "$key of \"web\""
    [ "$(grep -c "$key of \"web\": a restart takes it over" new.log)" -eq 3 ] ||
        mistake "$key is not said by each before the change: $(cat new.log)"
done
[ "$(grep -c "read anew: 1 settings taken over, 6 wait" newer.log)" -eq 3 ] ||
    mistake "not said by each: $(cat newer.log)"

# A call that was inside of each process is all that was recorded since.
[ "$(grep -c '"event":"sign"' audit.jsonl)" -le $((signs + 3)) ] ||
    mistake "signatures are recorded still"

# Tokens come and go; what is as at first again is taken over too.
new='{ label = "new"; slot = 9; members = ( { module = "soft"; match = "pkcs11:token=new"; } );'
write "}, $new" '' 'exclude = ( "sign" );'
expect 0 reload
says "3 processes: 9 settings taken over"
says_not "for a restart"
write '' '' 'exclude = ( "sign" );'
expect 0 reload
says "3 processes: 1 setting taken over"

write '' 'slot_refresh = "7s";' 'exclude = ( "sign" );'
expect 0 reload
says "3 processes: 0 settings taken over"
says "  1 waits for a restart: slot_refresh"

# On a module that is not loaded they wait.
write "}, { label = \"far\"; slot = 10; members = ( { module = \"far\"; match = \"pkcs11:token=far\"; } );" \
    '' 'exclude = ( "sign" );'
sed -i "s|^modules = ( |&$(module far /none.so), |" p11mux.conf
expect 0 reload
says "3 processes: 0 settings taken over"
says '2 wait for a restart: modules of "far", tokens (added, on a module that is not loaded) of "far"'

# -- Mistakes ------------------------------------------------------------------

write 'pool = { wait = "soon"; };'
expect 1 reload
complains "p11mux.conf:"
cp p11mux.conf wrong.conf
write ''
cp p11mux.conf right.conf
cp wrong.conf p11mux.conf
expect 1 reload --config right.conf --json
json 'all("p11mux.conf:" in p["mistake"] and p["taken"] == 0 for p in j["processes"])'
expect 1 reload --config right.conf
says "the configuration is read anew in 0 of 3 processes"
says "3 processes: nothing is changed: "
write '' "log = { target = \"file:$fixture_folder/none/log\"; };"
expect 1 reload
says "3 processes: nothing is changed: "

# -- The end -------------------------------------------------------------------

for entry in $pids; do
    kill -TERM "${entry#*:}"
    wait "${entry#*:}" || mistake "${entry%:*} ends badly: $(cat "${entry%:*}.log")"
    grep -q "^signed [1-9][0-9]*, failed 0$" "${entry%:*}.log" ||
        mistake "${entry%:*}: $(cat "${entry%:*}.log")"
done
tool_end
