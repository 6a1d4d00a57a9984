# SPDX-License-Identifier: BSD-3-Clause
# What the scripts below tests/ stand on; to be sourced. A folder of their own
# in $fixture_folder, processes that end with them, free ports, waiting for a
# condition with a deadline.

# Makes $fixture_folder; it and the processes of fixture_start go at the end.
fixture_begin() {
    fixture_pids=
    fixture_folder=$(mktemp -d "${TMPDIR:-/tmp}/p11mux-XXXXXX") || exit 1
    trap fixture_end EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

fixture_end() {
    fixture_status=$?
    trap - EXIT
    for fixture_pid in $fixture_pids; do
        kill "$fixture_pid" 2>/dev/null
    done
    for fixture_pid in $fixture_pids; do
        fixture_wait_until 5 fixture_is_gone "$fixture_pid" ||
            kill -9 "$fixture_pid" 2>/dev/null
        wait "$fixture_pid" 2>/dev/null
    done
    rm -rf "$fixture_folder"
    exit "$fixture_status"
}

# Ends with the status that means "cannot run here".
fixture_skip() {
    echo "$*"
    exit 77
}

fixture_fail() {
    echo "$0: $*" >&2
    exit 1
}

# Skips unless all of these commands or files are there.
fixture_need() {
    for fixture_one; do
        case $fixture_one in
        /*) [ -e "$fixture_one" ] ;;
        *) command -v "$fixture_one" >/dev/null ;;
        esac || fixture_skip "$fixture_one is not installed"
    done
}

# The P-256 public key of which pkcs11-tool has shown the point in a listing, for
# OpenSSL: fixture_public_key LISTING FILE. pkcs11-tool 0.23 uses memory that it has
# freed when it exports such a key, and fails now and then, with any module.
fixture_public_key() {
    fixture_point=$(sed -n 's/^ *EC_POINT: *0441\([0-9a-f]\{130\}\)$/\1/p' "$1")
    [ "${#fixture_point}" -eq 130 ] || fixture_fail "one point is in none: $(cat "$1")"
    openssl asn1parse -genconf - -noout -out "$2" <<END || fixture_fail "no key: $2"
asn1 = SEQUENCE:key
[key]
algorithm = SEQUENCE:algorithm
point = FORMAT:HEX,BITSTRING:$fixture_point
[algorithm]
type = OID:id-ecPublicKey
curve = OID:prime256v1
END
}

# Starts a command in the background, its output in FOLDER/NAME.log:
# fixture_start NAME COMMAND...; its process is $fixture_pid.
fixture_start() {
    fixture_name=$1
    shift
    "$@" >"$fixture_folder/$fixture_name.log" 2>&1 </dev/null &
    fixture_pid=$!
    fixture_pids="$fixture_pid $fixture_pids"
}

# Runs a command to its end, with its status; a signal to this script ends it,
# which it would not if the shell waited for it in the foreground. The shell
# would give it an empty standard input.
fixture_run() {
    exec 9<&0
    "$@" <&9 9<&- &
    fixture_child=$!
    exec 9<&-
    fixture_pids="$fixture_child $fixture_pids"
    wait "$fixture_child"
}

# No longer running: gone, or a zombie that its parent will fetch.
fixture_is_gone() {
    case $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) in
    '' | Z*) true ;;
    *) false ;;
    esac
}

# Milliseconds that only grow.
fixture_now() {
    awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime
}

# Polls until a command succeeds; false after SECONDS:
# fixture_wait_until SECONDS COMMAND...
fixture_wait_until() {
    fixture_deadline=$(($(fixture_now) + $1 * 1000))
    shift
    until "$@"; do
        [ "$(fixture_now)" -lt "$fixture_deadline" ] || return 1
        sleep 0.02
    done
}

# Whether somebody listens on a TCP port of this machine.
fixture_port_is_open() {
    grep -Eqi "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") [0-9A-F]+:0000 0A " \
        /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# Prints a port that is free now, as is the one after it. Whoever binds them
# tries again with others when somebody was faster.
fixture_port() {
    while :; do
        fixture_port=$(od -An -N2 -tu2 /dev/urandom)
        fixture_port=$((20000 + fixture_port % 12000))
        fixture_port_is_open "$fixture_port" ||
            fixture_port_is_open $((fixture_port + 1)) ||
            break
    done
    echo "$fixture_port"
}

# Names of this folder's tokens.
fixture_pin=1234
fixture_so_pin=87654321

# Initialises a token and its PIN: fixture_init_token MODULE SLOT LABEL
fixture_init_token() {
    pkcs11-tool --module "$1" --slot "$2" --init-token --label "$3" \
        --so-pin "$fixture_so_pin" >"$fixture_folder/init.log" 2>&1 &&
        pkcs11-tool --module "$1" --token-label "$3" --init-pin \
            --login --login-type so \
            --so-pin "$fixture_so_pin" --new-pin "$fixture_pin" \
            >>"$fixture_folder/init.log" 2>&1 || {
        cat "$fixture_folder/init.log" >&2
        fixture_fail "cannot initialise the token $3 of $1"
    }
}
