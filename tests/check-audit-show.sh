#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux audit show as people use it: on logs made up here, and on one that
# p11mux has written.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
source_folder=${P11MUX_SRCDIR:-$folder/..}
. "$folder/fixture.sh"
. "$folder/tool.sh"
fixture_need python3 pkcs11-tool softhsm2-util "$softhsm"
tool_begin
unset COLUMNS

# record N TIME EVENT OUTCOME RV TOKEN LABEL ID FINGERPRINT USER EXE: one line,
# without its end.
record() {
    printf '{"v":1,"run":"%032d","n":%d,"prev":"%032d","time":"%s",' \
        $(($1 % 3)) "$1" 0 "$2"
    printf '"event":"%s","function":"C_Sign","outcome":"%s","rv":"%s",' \
        "$3" "$4" "$5"
    printf '"token":"%s","slot":1,"member":"m","key":{"class":"CKO_PRIVATE_KEY",' "$6"
    printf '"type":"CKK_EC","label":"%s","id":"%s","fingerprint":"%s"},' "$7" "$8" "$9"
    shift 9
    printf '"mechanism":"CKM_ECDSA","in":32,"out":64,"us":100,"session":1,'
    printf '"pid":1,"tid":1,"uid":1000,"user":"%s","exe":"%s",' "$1" "$2"
    printf '"unit":null,"host":"h","detail":null}'
}

# The numbers of the lines that are shown: lines_are NUMBER...
lines_are() {
    shown=$(sed 1d out | awk '{ print $1 }' | xargs)
    [ "$shown" = "$*" ] || mistake "$asked: shows lines \"$shown\", not \"$*\""
}

day=2026-11-20
{
    record 0 ${day}T10:00:00.000001Z sign success CKR_OK ca root-key 01 \
        aabbccdd00112233 alice /usr/bin/openssl && echo
    record 1 ${day}T11:00:00.000000Z sign failure CKR_PIN_INCORRECT ca sub 02 \
        aabbccdd44556677 alice /usr/sbin/nginx && echo
    record 2 ${day}T12:00:00.000000Z login denied CKR_FUNCTION_FAILED web "" 0a \
        "" bob /usr/sbin/nginx && echo
    record 3 ${day}T13:00:00.500000Z decrypt success CKR_OK web '\"\u00fc' ff \
        1234567800000000 bob /opt/my/nginx && echo
} >log

# -- What is asked for ------------------------------------------------------

expect 0 audit show log
lines_are 1 2 3 4
says "LINE  TIME                  EVENT    RESULT                   TOKEN  KEY       MECHANISM  USER   PROGRAM"
says "   1  2026-11-20T10:00:00Z  sign     success                  ca     root-key  ECDSA      alice  openssl"
says "   2  2026-11-20T11:00:00Z  sign     PIN_INCORRECT            ca     sub       ECDSA      alice  nginx"
says "   3  2026-11-20T12:00:00Z  login    denied: FUNCTION_FAILED  web    0a        ECDSA      bob    nginx"
says '   4  2026-11-20T13:00:00Z  decrypt  success                  web    "ü        ECDSA      bob    nginx'
# chosen LINES OPTION...: those lines, and with --json just as they are.
chosen() {
    chosen=$1
    shift
    expect 0 audit show log "$@"
    # shellcheck disable=SC2086 # a list of words
    lines_are $chosen
    expect 0 audit show --json log "$@"
    for number in $chosen; do
        sed -n "${number}p" log
    done >wanted
    cmp -s out wanted || mistake "$asked: not as they are: $(cat out)"
}
chosen "1 2" --token ca
chosen "1 2 3 4" --token ca --token web
chosen "" --token c
chosen "1" --key root-key
chosen "1 2" --key 01 --key sub
chosen "3" --key 0A
chosen "1 2" --key AABBCCDD
chosen "" --key aabbccd
chosen "4" --key 12345678000
chosen "3" --key ""
chosen "3 4" --event login --event decrypt
chosen "2" --outcome failure
chosen "2 3" --outcome failure --outcome denied
chosen "3 4" --user bob
chosen "1 2 3 4" --user 1000
chosen "" --user 100
chosen "2 3 4" --exe nginx
chosen "2 3" --exe /usr/sbin/nginx
chosen "3" --exe nginx --token web --event login
chosen "2" --run 00000000000000000000000000000001
chosen "1 2 3 4" --run 0000
chosen "2 3 4" --since ${day}T11:00:00Z
chosen "3 4" --since ${day}T11:00:00.000001Z
chosen "1 2" --until ${day}T12:00:00Z
chosen "2" --since ${day}T12:00+01:00 --until "$day 11:30"
chosen "1 2 3 4" --since $day --until 2026-11-21
chosen "" --until $day
chosen "3 4" -n 2
chosen "1 2 3 4" --limit 9
chosen "" -n 0
chosen "2" --token ca -n 1
chosen "1" --event sign --outcome success -n 1

# How long ago something was goes by the clock of now.
for ago in 90 3000 90000; do
    record 4 "$(date -u -d "-$ago seconds" +%Y-%m-%dT%H:%M:%S.%6NZ)" sign \
        success CKR_OK ca k 01 "" u /x && echo
done >recent
expect 0 audit show recent --since 2m
lines_are 1
expect 0 audit show recent --since 1h
lines_are 1 2
expect 0 audit show recent --until 1d
lines_are 3

# -- What cannot be asked for -----------------------------------------------

expect 2 audit show log --event sing
complains 'did you mean "sign"?'
expect 2 audit show log --event nothing-like-it
complains "p11mux-audit(5)"
expect 2 audit show log --outcome ok
complains "there are success, failure and denied"
for time in yesterday 2026-02-30 2026-11-20T25:00:00Z 2026-11-20T10 5 2h30m \
    2026-11-20T10:00:00+1 2026-11-20T10:00:00.Z ""; do
    expect 2 audit show log --since "$time"
    complains "is no time"
done
expect 2 audit show log -n many
complains "is not a number of records"

# The completion knows every event, and so does the man page.
for event in $(sed -n 's/^[A-Z_]*EVENT(.*"\(.*\)")$/\1/p' \
    "$source_folder/config/events.def"); do
    bash -c ". '$source_folder/etc/p11mux.bash'; _p11mux_events" | tr ' ' '\n' |
        grep -qx -e "$event" || mistake "the event $event is not completed"
    grep -Eq "^\.It Li (.* , )?$event( |\$)" "$source_folder/doc/man/p11mux-audit.5" ||
        mistake "p11mux-audit.5 does not explain the event $event"
done

# -- Width ------------------------------------------------------------------

COLUMNS=80 expect 0 audit show log
[ "$(python3 -c "print(max(len(l) for l in open('out', encoding='utf-8')) - 1)")" -le 80 ] ||
    mistake "wider than 80 columns: $(cat out)"
says "denied…"

# -- Lines that are no records ----------------------------------------------

line() {
    sed -n "$1p" log
}
{
    line 1
    line 2 | cut -c 1-100
    echo
    line 3
    echo "x$(line 4)"
    echo '[]'
    printf '%s' "$(line 2 | cut -c 1-300)" "$(line 4)"
    echo
    line 1
} >damaged
expect 1 audit show damaged
lines_are 1 2 4 5 5 6 7 7 8
says "   2  -                     damaged"
complains "damaged: line 2 is no whole record, as 4 of those"
expect 1 audit show damaged --json --token web
{
    line 3
    line 4
    line 4
} >wanted
cmp -s out wanted || mistake "$asked: $(cat out)"
complains "verify"
expect 0 audit show damaged -n 1
lines_are 8
expect 1 audit show damaged -n 3
lines_are 6 7 7 8

# A line that is being written is not damaged yet.
{
    line 1
    line 2 | head -c 200
} >growing
expect 0 audit show growing
lines_are 1 2
says "unfinished"
printf '%s' "$(line 1)" >growing
expect 0 audit show growing
lines_are 1
says "root-key"

# -- Files ------------------------------------------------------------------

: >empty
expect 0 audit show empty
[ ! -s out ] || mistake "an empty log is shown: $(cat out)"
line 2 >second
expect 1 audit show log empty second damaged -n 9
lines_are 4 5 6 7 9 10 10 11 12 12 13
complains "damaged: line 2 is no whole record"
expect 1 audit show nowhere
complains "No such file"
expect 0 audit show "$source_folder/tests/old/audit-0.1.0.jsonl" --event sign
[ "$(sed 1d out | wc -l)" -eq "$(grep -c '"event":"sign"' \
    "$source_folder/tests/old/audit-0.1.0.jsonl")" ] ||
    mistake "$asked: not all of them: $(cat out)"
# Older files, compressed ones too, are found by the manifest.
rotated=$source_folder/tests/old/audit-rotated-0.1.0.jsonl
expect 0 audit show --json "$rotated"
[ "$(wc -l <out)" -eq "$(sed -n 2p "$rotated.checkpoint")" ] ||
    mistake "$asked: shows $(wc -l <out) lines"
if "$tool" audit show --json log >/dev/full 2>err; then
    mistake "a full disk is no failure"
fi

# -- Following ---------------------------------------------------------------

line_is_shown() {
    grep -q "$1" follow.log
}
shows() {
    fixture_wait_until 10 line_is_shown "$1" ||
        mistake "what is followed lacks \"$1\": $(cat follow.log)"
}
cp log followed
fixture_start follow "$tool" audit show -f -n 1 followed --token ca --token web
shows ' 4 .*nginx'
line 3 >>followed
shows ' 5 .*FUNCTION_FAILED'
# A line that comes in pieces is shown when it ends.
line 2 | head -c 100 | tr -d '\n' >>followed
line 2 | tail -c +101 >>followed
shows ' 6 .*PIN_INCORRECT'
if grep -q -e damaged -e unfinished follow.log; then
    mistake "a piece is shown: $(cat follow.log)"
fi
# The file is moved, written to once more, and another one takes its place.
mv followed followed.1
line 3 >>followed.1
shows ' 7 .*FUNCTION_FAILED'
line 4 >next
mv next followed
shows ' 8 .*decrypt'
line 1 >>followed.1
shows ' 9 .*root-key'
echo nonsense >>followed
shows '10 .*damaged'
# Cut short and begun anew.
line 1 >followed
shows '11 .*root-key'
kill -TERM "$fixture_pid"
fixture_wait_until 10 fixture_is_gone "$fixture_pid" || mistake "does not end"
wait "$fixture_pid"
status=$?
[ "$status" -eq 1 ] || mistake "status $status after a damaged line"
grep -q 'no whole record' follow.log || mistake "nothing said: $(cat follow.log)"
# Rotated by the tool.
cp log turned
"$tool" audit checkpoint turned >turned.log || mistake "no checkpoint"
fixture_start follow "$tool" audit show -f -n 1 turned
shows LINE
"$tool" audit rotate turned >>turned.log || mistake "not rotated"
record 5 ${day}T14:00:00.000000Z sign success CKR_OK ca after-rotation 01 "" \
    alice /usr/bin/openssl >>turned
echo >>turned
shows after-rotation
kill -TERM "$fixture_pid"
wait "$fixture_pid" || mistake "status $? at the end"
# Ctrl-C ends it with what there is to say, and so does a reader who goes.
python3 - "$tool" <<'EOF' || mistake "Ctrl-C, or a reader who goes, is not the end"
import signal, subprocess, sys
def start():
    return subprocess.Popen([sys.argv[1], "audit", "show", "-f", "--json", "log"], stdout=subprocess.PIPE)
one = start()
lines = [one.stdout.readline() for i in range(4)]
assert lines == open("log", "rb").readlines(), lines
one.send_signal(signal.SIGINT)
assert one.wait(10) == 0, one.returncode
other = start()
other.stdout.readline()
other.stdout.close()
assert other.wait(10) == 0, other.returncode
EOF
expect 1 audit show -f nowhere
complains "No such file"

# -- The log of a real application ------------------------------------------

# pkcs11-tool cannot load a module with AddressSanitizer.
# What nothing is appended to cannot be followed.
head -n 1 "$rotated" >gone
"$tool" audit rotate gone >/dev/null || mistake "not rotated"
mv gone elsewhere
expect 1 audit show -f gone
complains "gone: cannot be followed: it is not there"
gzip -c gone.1 >packed.gz
expect 1 audit show -f packed.gz
complains "packed.gz: cannot be followed: nothing is appended to it"

[ "${P11MUX_SANITIZERS:-no}" = no ] || {
    tool_end
    exit
}
softhsm_token audited
configure "$(module soft "$softhsm")" "$(token audited soft pkcs11:token=audited)"
expect 1 audit show
complains "has no audit.file"
echo "audit = { file = \"$fixture_folder/audit.jsonl\"; };" >>p11mux.conf
mux() {
    pkcs11-tool --module "$P11MUX_MODULE" --token-label audited "$@" >>mux.log 2>&1
}
mux --login --pin 1234 --keypairgen --key-type EC:prime256v1 --id 0b --label signer ||
    mistake "no key: $(cat mux.log)"
printf %032d 1 >digest
mux --login --pin 1234 --sign --mechanism ECDSA --id 0b --input-file digest \
    --output-file signature || mistake "no signature: $(cat mux.log)"
mux --login --pin 4321 --list-objects && mistake "a wrong PIN is right"
expect 0 audit show
says "start"
says "generate"
expect 0 audit show --event sign --key 0b --exe pkcs11-tool --user "$(id -un)"
says "signer"
[ "$(sed 1d out | wc -l)" -eq 1 ] || mistake "$asked: $(cat out)"
expect 0 audit show --event login --outcome failure
says "PIN_INCORRECT"
expect 0 audit show --json --since 1h --config p11mux.conf
cmp -s out audit.jsonl || mistake "$asked: not the log: $(cat out)"

tool_end
