#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux status over processes that use a token of SoftHSM: their sum, each of
# them, and what is left of those that were killed.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
source_folder=${P11MUX_SRCDIR:-$folder/..}
. "$folder/fixture.sh"
. "$folder/tool.sh"
fixture_need softhsm2-util python3 "$softhsm"
tool_begin
softhsm_token web
configure "$(module soft "$softhsm")" "$(token web soft pkcs11:token=web)"
mkdir run
echo "runtime_dir = \"$fixture_folder/run\";" >>p11mux.conf

# worker NUMBER DRAWS: has a session when this returns; sets worker_NUMBER.
worker() {
    mkfifo "in$1" "out$1"
    "${P11MUX_BUILDDIR:?}/tests/status-worker" 1 "$2" \
        <"in$1" >"out$1" 2>"err$1" &
    eval "worker_$1=\$!"
    eval "exec $1>in$1"
    read -r ready <"out$1"
    [ "$ready" = ready ] || fixture_fail "worker $1: $(cat "err$1")"
}

# What they have done is shown a second later: until EXPRESSION ARGUMENT...
until_json() {
    expression=$1
    shift
    tries=200
    while [ "$tries" -gt 0 ]; do
        "$tool" status --json "$@" >out 2>err
        python3 -c "
import json, sys
j = json.load(open('out'))
sys.exit(0 if ($expression) else 1)" 2>python.log && return
        tries=$((tries - 1))
    done
    mistake "status --json: never $expression: $(cat out err)"
}

expect 0 status
says "no process shows"
expect 2 status one two
complains "one word too many"

worker 5 10
worker 6 20
until_json 'j["tokens"][0]["members"][0]["calls"]["random"] == 30'
json 'j["processes"] == 2'
json 'j["tokens"][0]["label"] == "web" and j["tokens"][0]["slot"] == 1'
json 'j["tokens"][0]["sessions"] == 2 and j["tokens"][0]["processes"] == 2'
json 'j["tokens"][0]["members"][0]["module"] == "soft"'
json 'j["tokens"][0]["members"][0]["states"] == {"absent": 0, "up": 2, "suspect": 0, "down": 0, "recovering": 0, "hanging": 0, "paused": 0, "held_back": 0, "drained": 0, "slow": 0}'
json 'j["tokens"][0]["members"][0]["open"] == 4'
json 'j["tokens"][0]["members"][0]["idle"] == 4'
expect 0 status --json --processes
json 'sorted(p["tokens"][0]["members"][0]["calls"]["random"] for p in j["each"]) == [10, 20]'
json 'all("status-worker" in p["program"] for p in j["each"])'
expect 0 status --json nothing
json 'j["tokens"] == []'
expect 0 status --json 1
json 'len(j["tokens"]) == 1'

expect 0 status
grep -Eq '^web +soft +up +2 +2 +4 +4 +0 +0 +0 ' out ||
    mistake "status: the row is not right: $(cat out)"
says_not random
expect 0 status web
says "random"
says "MEMBER LOST"
expect 0 status --processes
says "PROGRAM"

# Prometheus: what is printed can be read, and is what the manual promises.
prometheus() {
    python3 "$source_folder/tests/prometheus.py" out "$@" >families 2>&1 ||
        mistake "$asked: $(cat families)"
}
expect 0 status --prometheus
prometheus 'value("p11mux_processes") == 2' \
    'value("p11mux_sessions", token="web", slot="1") == 2' \
    'value("p11mux_backend_sessions", token="web", state="idle") == 4' \
    'value("p11mux_backend_sessions") == 4' \
    'value("p11mux_member_calls_total", operation="random") == 30' \
    'value("p11mux_member_calls_total", token="web", module="soft", member="1") >= 30' \
    'value("p11mux_member_state", token="web", state="up") == 2' \
    'value("p11mux_member_errors_total") == 0' \
    'value("p11mux_calls_total", token="web") == 30' \
    'value("p11mux_call_duration_seconds_count", operation="random") is not None'
sed -n 's/\\-/-/g; s/^\.It Sy \(p11mux_[a-z_]*\) Pq \([a-z]*\).*/\1 \2/p' \
    "$source_folder/doc/man/p11mux-status.1" >promised
diff promised families >differences ||
    mistake "names are not those of the manual: $(cat differences)"
expect 0 status --prometheus --processes
prometheus "value(\"p11mux_member_calls_total\", operation=\"random\", pid=\"$worker_5\") == 10" \
    "value(\"p11mux_member_calls_total\", operation=\"random\", pid=\"$worker_6\") == 20"
echo before >textfile.prom
expect 0 status --prometheus --output textfile.prom
[ ! -s out ] || mistake "$asked: prints too"
cp textfile.prom out
prometheus 'value("p11mux_processes") == 2'
[ "$(stat -c %a textfile.prom)" = 644 ] || mistake "the file cannot be read"
expect 1 status --prometheus --output nowhere/textfile.prom
complains "nowhere/textfile.prom: cannot be written"
expect 2 status --output textfile.prom
complains "--output is for --prometheus"
expect 2 status --prometheus --json
complains "three forms"

# On a terminal it is drawn again and again, and leaves that as it was.
for locale in C C.UTF-8; do
    LC_ALL=$locale TERM=xterm python3 "$source_folder/tests/watch.py" \
        'LATELY.*web +soft +up +2 +4 +4 +0 +0 +0 +0 +0' \
        "$tool" status --watch --interval 100ms >out 2>&1 ||
        mistake "status --watch: $(cat out)"
done
expect 1 status --watch
complains "no terminal"
expect 2 status --watch --json
complains "three forms"
expect 2 status --interval 1s
complains "is for --watch"
expect 2 status --watch --interval 5ms
complains "give a time from 100ms to 1h"

# One that is killed leaves nothing behind after the next look. Notes for other
# commands lie beside the files.
count_files() {
    find "run/$(id -u)" -type f ! -name "*.control" | wc -l
}
# shellcheck disable=SC2154 # worker sets them
kill -KILL "$worker_6"
wait "$worker_6" 2>/dev/null
[ "$(count_files)" -eq 2 ] || mistake "the dead one's is not there"
until_json 'j["processes"] == 1'
[ "$(count_files)" -eq 1 ] || mistake "the dead one's is there"
json 'j["tokens"][0]["members"][0]["calls"]["random"] == 10'

# Of one in another namespace nobody sees whether it lives, but for root in the
# first: of those with the same number it is the latest, and no sample is there
# twice.
outside=$tool
if unshare -p -f --mount-proc true 2>/dev/null; then
    printf '#!/bin/sh\nexec unshare -p -f --mount-proc %s "$@"\n' "$outside" >inside
    chmod 755 inside
    tool=$PWD/inside
fi
kept=$(find "run/$(id -u)" -type f ! -name "*.control")
cp "$kept" "run/$(id -u)/1.1.1"
cp "$kept" "run/$(id -u)/1.2.1"
expect 0 status --prometheus --processes
prometheus 'value("p11mux_processes") == 2' \
    'value("p11mux_processes", pid="1", pid_namespace="1") == 1'
tool=$outside
expect 0 status --prometheus --processes
if [ "$(id -u)" -eq 0 ] && [ "$(stat -L -c %i /proc/self/ns/pid)" = 4026531836 ]; then
    prometheus 'value("p11mux_processes") == 1'
    [ "$(count_files)" -eq 1 ] || mistake "the dead ones' are there"
fi
rm -f "run/$(id -u)/1.1.1" "run/$(id -u)/1.2.1"

# One of another layout is said, and the others are shown.
cp "$(find "run/$(id -u)" -type f ! -name "*.control")" kept
printf '\177' >number
dd if=number of=kept bs=1 seek=8 conv=notrunc 2>dd.log
living=$$.$(sed 's/.*) //' "/proc/$$/stat" | cut -d ' ' -f 20).$(stat -L -c %i /proc/self/ns/pid)
mv kept "run/$(id -u)/$living"
expect 1 status --json
complains "layout 127"
json 'j["processes"] == 1'
rm "run/$(id -u)/$living"

# Root sees those of all users, and believes no folder but the user's own.
if [ "$(id -u)" -eq 0 ]; then
    mkdir run/65534
    expect 1 status
    complains "does not belong to user 65534 alone"
    rmdir run/65534
fi

# shellcheck disable=SC2154
{
    exec 5>&- 6>&-
    wait "$worker_5" || mistake "a worker: $(cat err5)"
}
expect 0 status
says "no process shows"
[ "$(count_files)" -eq 0 ] || mistake "a file is left"

completes status w
says "web"
completes status --
says "--processes"

tool_end
