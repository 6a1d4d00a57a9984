# SPDX-License-Identifier: BSD-3-Clause
# What the scripts that try the tool stand on; to be sourced, after
# tests/fixture.sh. Every mistake is said, and the script goes on.
tool=${P11MUX_TOOL:?is the tool to try}
softhsm=/usr/lib/softhsm/libsofthsm2.so
mistakes=0

mistake() {
    echo "$*"
    mistakes=$((mistakes + 1))
}

# A folder that other users may enter, for what is tried with their rights.
tool_begin() {
    # shellcheck disable=SC2154 # fixture.sh sets it
    TMPDIR=/tmp fixture_begin
    chmod 755 "$fixture_folder"
    cd "$fixture_folder" || exit 1
    printf '%s\n' "directories.tokendir = $fixture_folder/tokens" \
        "objectstore.backend = file" "log.level = ERROR" >softhsm2.conf
    mkdir tokens state
    export SOFTHSM2_CONF="$fixture_folder/softhsm2.conf"
    P11MUX_CONF=$fixture_folder/p11mux.conf
    export P11MUX_CONF
}

tool_end() {
    [ "$mistakes" -eq 0 ]
}

# softhsm_token LABEL [PIN]
softhsm_token() {
    softhsm2-util --init-token --free --label "$1" --so-pin 87654321 \
        --pin "${2:-1234}" >init.log 2>&1 || fixture_fail "cannot make token $1"
}

# Writes the configuration: configure MODULES TOKENS
configure() {
    printf 'modules = ( %s );\ntokens = ( %s );\nstate_dir = "%s";\n' \
        "$1" "$2" "$fixture_folder/state" >p11mux.conf
    chmod 644 p11mux.conf
}

# module NAME PATH [MORE], token LABEL MODULE MATCH: entries for configure.
module() {
    printf '{ name = "%s"; path = "%s"; %s }' "$1" "$2" "${3:-}"
}
token() {
    printf '{ label = "%s"; members = ( { module = "%s"; match = "%s"; } ); }' \
        "$1" "$2" "$3"
}

# Runs the tool and compares its exit status: expect STATUS ARGUMENT...
# What it writes is in out and err.
expect() {
    asked="p11mux $(echo "$*" | cut -d ' ' -f 2-)"
    wanted=$1
    shift
    status=0
    "$tool" "$@" >out 2>err </dev/null || status=$?
    [ "$status" -eq "$wanted" ] ||
        mistake "$asked: status $status, not $wanted: $(cat out err)"
}

# Whether that output has this text, or not.
says() {
    grep -Fq -e "$1" out || mistake "$asked: does not say \"$1\": $(cat out)"
}
says_not() {
    if grep -Fq -e "$1" out err; then
        mistake "$asked: says \"$1\": $(cat out err)"
    fi
}
complains() {
    grep -Fq -e "$1" err ||
        mistake "$asked: does not complain \"$1\": $(cat err)"
    [ "$(wc -l <err)" -eq 1 ] || mistake "$asked: not one line: $(cat err)"
}

# Whether a Python expression over the output, as JSON in `j`, is true.
json() {
    python3 -c "
import json, sys
j = json.load(open('out', encoding='utf-8'))
sys.exit(0 if ($1) else 1)" 2>python.log ||
        mistake "$asked: not $1: $(cat out python.log)"
}

# What the completion for bash offers for these words: completes WORD...
completes() {
    LC_ALL=C.UTF-8 bash -c 'PATH=$(dirname "$1"):$PATH; . "$2"; shift 2
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _p11mux 2>/dev/null
        printf "%s\n" "${COMPREPLY[@]}"' - "$tool" \
        "${source_folder:?}/etc/p11mux.bash" "$tool" "$@" >out
    asked="completion of $*"
}

# -- Processes that sign all the time (tests/control-load.c) -------------------

load_is_ready() {
    grep -q ready "$1.log"
}
# load_start NAME TOKEN [ARGUMENT...]: its process is $fixture_pid.
load_start() {
    load_name=$1 load_token=$2
    shift 2
    fixture_start "$load_name" "${P11MUX_BUILDDIR:?}/tests/control-load" \
        "$load_token" sign "$@"
}
# The same, and it has begun.
load_begin() {
    load_start "$@"
    fixture_wait_until 30 load_is_ready "$load_name" ||
        fixture_fail "$(cat "$load_name.log")"
}
# load_finish NAME PID: no operation of it has failed.
load_finish() {
    kill -TERM "$2"
    wait "$2" || mistake "$1 ends badly: $(cat "$1.log")"
    grep -q "^signed [1-9][0-9]*, failed 0$" "$1.log" ||
        mistake "$1: $(cat "$1.log")"
}
