# SPDX-License-Identifier: BSD-3-Clause
# What the scripts beside it stand on; to be sourced: an application before
# p11mux, and behind it the token of one vendor after the other.
#
#   tokens="soft nss"   the tokens that the application is tried with
#   before() { ... }    if there: once, in a folder that all trials can read
#   try() { ... }       the trial; it finds what clients_on sets
#   around="unshare -m" if there: each trial is run by this command
#   token_settings="pool = ...;" if there: further keys of each token
#   top_settings="fork = ...;" if there: further keys of the configuration
#   at_once=1           if there: so many tokens are tried side by side
#   device_limit="16 unreported" if there: each module is behind the fault
#                       module, whose device has that many sessions
#   clients_run "$@"    must be the last line
#
# All tokens are tried side by side, each by a process of its own. "nss+tpm" is a
# trial with the tokens of both; it writes the configuration itself.
source=${P11MUX_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
mux=${P11MUX_MODULE:?is the path of p11mux.so}
. "$source/tests/fixture.sh"
PATH=$PATH:/usr/sbin:/sbin

library=/usr/lib/x86_64-linux-gnu
softhsm=/usr/lib/softhsm/libsofthsm2.so
softokn=$library/libsoftokn3.so
trust=$library/pkcs11/p11-kit-trust.so
engine_module=$library/engines-3/pkcs11.so

# What each token can do, as far as a script asks with token_can:
#   rsa, ec   key pairs of that type     aes   secret keys
#   wrap      AES-KEY-WRAP               cert  certificates
#   data      data objects               free  another slot to initialise
#   direct    applications can load its module without p11mux
# What p11-kit's protocol has no parameters for, its client cannot: AES-CBC.
token_facts='
soft          rsa ec aes wrap cert data free direct
client        rsa ec cert data free direct
nss           rsa ec aes wrap cert
opencryptoki  rsa aes cert data direct
tpm           rsa ec cert free direct
several       rsa ec aes wrap cert data free
trust         direct
'

token_can() {
    echo "$token_facts" | grep -q "^$token .*\<$1\>"
}

# Runs a command that must succeed; what it said is in $said, a file.
ok() {
    "$@" >"$said" 2>&1 || clients_complain $? succeed "$@"
}

# The same for one that must fail, and not by a signal.
no() {
    "$@" >"$said" 2>&1
    clients_status=$?
    case $clients_status in
    0 | 12[6-9] | 1[3-9]? | 2??) clients_complain "$clients_status" fail "$@" ;;
    esac
}

# The last command's output holds this extended regular expression.
says() {
    grep -Eq -e "$1" "$said" || {
        cat "$said"
        fixture_fail "$token: does not say $1"
    }
}

says_not() {
    ! grep -Eq -e "$1" "$said" || {
        cat "$said"
        fixture_fail "$token: says $1"
    }
}

# Takes lines that a trial expects out of p11mux's log.
excuse() {
    [ ! -e "$mux_log" ] || sed -i "/$1/d" "$mux_log"
}

clients_complain() {
    tail -n 50 "$said"
    [ ! -s "$mux_log" ] || sed 's/^/log: /' "$mux_log"
    clients_status=$1 clients_wish=$2
    shift 2
    fixture_fail "$token: did not $clients_wish (status $clients_status): $*"
}

make_softhsm_token() {
    mkdir -p "$fixture_folder/softhsm"
    SOFTHSM2_CONF=$fixture_folder/softhsm2.conf
    cat >"$SOFTHSM2_CONF" <<END
directories.tokendir = $fixture_folder/softhsm
objectstore.backend = file
log.level = ERROR
END
    export SOFTHSM2_CONF
    softhsm2-util --init-token --free --label "$1" --pin "$fixture_pin" \
        --so-pin "$fixture_so_pin" >"$fixture_folder/init.log" 2>&1 || {
        cat "$fixture_folder/init.log"
        fixture_fail "cannot make a token of SoftHSM"
    }
}

make_nss_token() {
    mkdir -p "$fixture_folder/nss"
    echo "$fixture_pin" >"$fixture_folder/nss.pin"
    certutil -N -d "sql:$fixture_folder/nss" -f "$fixture_folder/nss.pin" ||
        fixture_fail "cannot make a database of NSS"
}

# NAME PATH [SETTINGS [INIT-ARGS]]: a line of the list of modules.
config_module() {
    path=$2 arguments=${4:-}
    [ -z "${device_limit:-}" ] || {
        echo "device $fixture_folder/device $device_limit" >device.script
        arguments="module=$path script=$fixture_folder/device.script $arguments"
        # Where a server's workers, who are nobody here, can read it.
        cp "$P11MUX_TEST_MODULES/fault.so" "$fixture_folder/fault.so"
        path=$fixture_folder/fault.so
    }
    echo "  { name = \"$1\"; path = \"$path\"; ${3:-}" \
        "${arguments:+init_args = \"$arguments\";} },"
}

# opened, refused, most or most-of-one: a number of sessions on the device.
device_count() {
    sed "s/.*$1 \([0-9]*\) .*/\1/" "$fixture_folder/device"
}

# Some process has had sessions, and none more than that at once.
device_at_most() {
    [ "$(device_count most-of-one)" -ge 1 ] &&
        [ "$(device_count most-of-one)" -le "$1" ] || {
        cat "$fixture_folder/device"
        fixture_fail "$token: not at most $1 sessions in a process"
    }
}

# LABEL MODULE [URI-OF-THE-TOKEN]: a line of the list of tokens.
config_token() {
    echo "  { label = \"$1\"; members = ( { module = \"$2\";" \
        "match = \"pkcs11:token=${3:-$1}\"; } ); ${token_settings:-} },"
}

config_soft() {
    config_module soft "$softhsm" \
        "env = { SOFTHSM2_CONF = \"$fixture_folder/softhsm2.conf\"; };"
}

# A private copy where the application has NSS's library itself.
config_nss() {
    config_module nss "$softokn" "${nss_settings:-}" \
        "configdir='sql:$fixture_folder/nss' dbTokenDescription='nss'"
}

# MODULES TOKENS [MORE]: writes the configuration.
config_write() {
    cat >"$P11MUX_CONF" <<END
modules = (
${1%,}
);
tokens = (
${2%,}
);
state_dir = "$fixture_folder/state";
log = { level = "warning"; target = "file:$mux_log"; };
${3:-}
${top_settings:-}
END
}

# MODULE [DEFAULT]: an OpenSSL configuration with libp11's engine over MODULE,
# the default for the algorithms DEFAULT; with $pin, if there is one.
config_engine() {
    cat <<END
openssl_conf = init
[init]
engines = engines
[engines]
pkcs11 = pkcs11
[pkcs11]
engine_id = pkcs11
dynamic_path = $engine_module
MODULE_PATH = $1
${pin:+PIN = $pin}
${2:+default_algorithms = $2}
init = 1
[req]
distinguished_name = name
[name]
END
}

# The tokens of "nss+tpm", a word each.
clients_parts() {
    echo "$token" | tr + ' '
}

# Writes p11mux's configuration for $token.
clients_configure() {
    case $token in
    soft) config_write "$(config_soft)" "$(config_token soft soft)" ;;
    nss) config_write "$(config_nss)" "$(config_token nss nss)" ;;
    trust)
        config_write "$(config_module trust "$vendor")" \
            "$(config_token trust trust System%20Trust)"
        ;;
    several)
        config_write \
            "$(config_nss; config_soft; config_module trust "$trust")" \
            "$(config_token nss nss; config_token soft soft)"
        ;;
    *)
        config_write "$(config_module "$token" "$vendor")" \
            "$(config_token "$token" "$token")"
        ;;
    esac
}

# Sets up $token and configures p11mux for it. Also sets $label, $pin, $so_pin
# and $vendor, the module behind p11mux.
clients_prepare() {
    label=$token pin=$fixture_pin so_pin=$fixture_so_pin vendor=
    for part in $(clients_parts); do
        case $part in
        soft) make_softhsm_token soft; vendor=$softhsm ;;
        client) vendor=$P11_KIT_CLIENT ;;
        nss) make_nss_token ;;
        opencryptoki) vendor=$OPENCRYPTOKI_MODULE ;;
        tpm) vendor=$TPM_MODULE ;;
        trust) vendor=$trust ;;
        several)
            label=soft
            make_softhsm_token soft
            make_nss_token
            ;;
        esac
    done
    [ "$part" != "$token" ] || clients_configure
    # p11mux gives it to the module itself; a trial without p11mux: direct.
    softhsm_conf=${SOFTHSM2_CONF:-}
    unset SOFTHSM2_CONF
}

# Runs a command with what the vendor's module needs.
direct() {
    SOFTHSM2_CONF=$softhsm_conf "$@"
}

# One token's process; the programs it needs run around it by now.
clients_on() {
    token=$1
    fixture_begin
    said=$fixture_folder/said
    mux_log=$fixture_folder/p11mux.log
    export P11MUX_CONF="$fixture_folder/p11mux.conf"
    export HOME="$fixture_folder" TSS2_LOG=all+none
    unset XDG_CONFIG_HOME XDG_STATE_HOME OPENSSL_CONF
    cd "$fixture_folder" || exit
    clients_prepare
    try
    # A healthy token is nothing to be warned of, but a busy machine may make a
    # group's member slow.
    excuse 'member [^ ]* of token ".*" is slow'
    [ ! -s "$mux_log" ] || {
        cat "$mux_log"
        fixture_fail "$token: p11mux has written to its log"
    }
    exit 0
}

# Runs this script again for $token, with the programs that it needs.
clients_around() {
    # shellcheck disable=SC2086 # a list of words
    set -- ${around:-} "$0" --on "$token"
    for part in $(clients_parts); do
        case $part in
        opencryptoki) set -- "$source/tests/with-opencryptoki.sh" "$@" ;;
        tpm) set -- "$source/tests/with-tpm.sh" --abrmd "$@" ;;
        client)
            make_softhsm_token client
            set -- "$source/tests/with-p11-kit-server.sh" "$softhsm" "$@"
            ;;
        trust) fixture_need "$trust" ;;
        *) fixture_need "$softhsm" "$softokn" certutil ;;
        esac
    done
    fixture_start "$token" "$@"
    trials="$trials $token:$fixture_pid"
}

# Until those that were begun have ended.
clients_await() {
    for trial in $trials; do
        token=${trial%:*}
        wait "${trial#*:}"
        case $? in
        0) echo "ok   $token" ;;
        77)
            missing="$missing $token: $(tail -n 1 "$fixture_folder/$token.log")"
            ;;
        *)
            failed="$failed $token"
            sed "s/^/$token: /" "$fixture_folder/$token.log"
            ;;
        esac
    done
    trials=''
}

clients_run() {
    [ "${1:-}" != --on ] || clients_on "$2"
    fixture_begin
    fixture_need softhsm2-util pkcs11-tool "$mux"
    ! command -v before >/dev/null || (cd "$fixture_folder" && before) || exit
    export CLIENTS_FOLDER="$fixture_folder"
    trials=''
    failed=''
    missing=''
    for token in $tokens; do
        clients_around
        [ "$(echo "$trials" | wc -w)" -ne "${at_once:-0}" ] || clients_await
    done
    clients_await
    [ -z "$failed" ] || fixture_fail "does not work with$failed"
    [ -z "$missing" ] || fixture_skip "cannot try:$missing"
}
