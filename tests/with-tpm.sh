#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs a command beside a token of tpm2-pkcs11 on an emulated TPM:
# with-tpm.sh [--abrmd] COMMAND...
#
# With --abrmd the TPM's resources are managed by tpm2-abrmd on a message bus
# of its own; without it the module holds one key at a time. The command finds
#   TPM_MODULE, TPM_LABEL, TPM_PIN, TPM_SO_PIN
# and what the module itself needs in TPM2_PKCS11_*. With --abrmd it also finds
# DEVICE: "$DEVICE off" kills both daemons, "$DEVICE on" starts them again with
# the same state; "$DEVICE off swtpm" and "$DEVICE off abrmd" kill one of them,
# "$DEVICE on swtpm" and "$DEVICE on abrmd" start it; "$DEVICE stop swtpm" and
# "$DEVICE go swtpm" let it hang for a while. TPM_DEVICE is the same command.
# Status 77 where one of the programs is missing.
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"

module=/usr/lib/x86_64-linux-gnu/pkcs11/libtpm2_pkcs11.so
PATH=$PATH:/usr/sbin:/sbin

manager=
case ${1:-} in
--abrmd)
    shift
    fixture_need tpm2-abrmd dbus-run-session
    exec dbus-run-session -- "$folder/with-tpm.sh" --on-bus "$@"
    ;;
--on-bus)
    manager=yes
    shift
    ;;
esac
[ $# -gt 0 ] || fixture_fail "a command is missing"
fixture_need swtpm swtpm_setup pkcs11-tool tpm2_dictionarylockout "$module"

fixture_begin
mkdir "$fixture_folder/tpm" "$fixture_folder/store"
HOME=$fixture_folder XDG_CONFIG_HOME=$fixture_folder swtpm_setup --tpm2 \
    --tpmstate "$fixture_folder/tpm" >"$fixture_folder/setup.log" 2>&1 || {
    cat "$fixture_folder/setup.log" >&2
    fixture_fail "swtpm_setup failed"
}

# The control channel is on the port after the TPM's.
tpm_serves() {
    fixture_is_gone "$fixture_pid" ||
        { fixture_port_is_open "$port" &&
            fixture_port_is_open $((port + 1)); }
}
for try in 1 2 3 4 5; do
    port=$(fixture_port)
    swtpm="swtpm socket --tpm2 --tpmstate dir=$fixture_folder/tpm
        --server type=tcp,port=$port,bindaddr=127.0.0.1
        --ctrl type=tcp,port=$((port + 1)),bindaddr=127.0.0.1
        --flags not-need-init,startup-clear"
    # shellcheck disable=SC2086 # a list of words
    fixture_start swtpm $swtpm
    tpm_pid=$fixture_pid
    fixture_wait_until 10 tpm_serves && ! fixture_is_gone "$fixture_pid" && break
    [ "$try" -lt 5 ] || {
        cat "$fixture_folder/swtpm.log" >&2
        fixture_fail "swtpm does not serve"
    }
done
tcti=swtpm:host=127.0.0.1,port=$port

# Else three processes that are killed lock the keys up.
tpm2_dictionarylockout -T "$tcti" --setup-parameters \
    --max-tries=4294967295 --recovery-time=1 --lockout-recovery-time=1 \
    >"$fixture_folder/lockout.log" 2>&1 || {
    cat "$fixture_folder/lockout.log" >&2
    fixture_fail "cannot set the TPM's lockout parameters"
}

# Those that were started again are nobody's children.
device_end() {
    status=$?
    for file in "$fixture_folder"/device.*; do
        kill "$(cat "$file")" 2>/dev/null
    done
    (exit "$status")
    fixture_end
}

# A command of its own: what uses the device may be any program.
make_device() {
    echo "$tpm_pid" >"$fixture_folder/device.swtpm"
    echo "$fixture_pid" >"$fixture_folder/device.abrmd"
    trap device_end EXIT
    export DEVICE="$fixture_folder/device" TPM_DEVICE="$fixture_folder/device"
    cat >"$DEVICE" <<END
#!/bin/sh
PATH=$PATH
fixture_folder=$fixture_folder fixture_pids= port=$port
. "$folder/fixture.sh"
off() {
    kill -9 "\$(cat "\$fixture_folder/device.\$1")" || exit
    fixture_wait_until 10 fixture_is_gone \
        "\$(cat "\$fixture_folder/device.\$1")" || exit
}
on() {
    fixture_start "\$@"
    echo "\$fixture_pid" >"\$fixture_folder/device.\$1"
}
tpm_is_on() { fixture_port_is_open $port && fixture_port_is_open $((port + 1)); }
manager_is_on() {
    tpm2_getcap -T tabrmd:bus_type=session properties-fixed >/dev/null 2>&1
}
start() {
    case \$1 in
    swtpm)
        on swtpm $(echo $swtpm)
        fixture_wait_until 10 tpm_is_on || exit
        ;;
    abrmd)
        on abrmd $abrmd
        fixture_wait_until 20 manager_is_on || exit
        ;;
    esac
}
case "\$*" in
off)
    off abrmd
    off swtpm
    ;;
on)
    start swtpm
    start abrmd
    ;;
off\ *) off "\$2" ;;
on\ *) start "\$2" ;;
stop\ *) kill -s STOP "\$(cat "\$fixture_folder/device.\$2")" ;;
go\ *) kill -s CONT "\$(cat "\$fixture_folder/device.\$2")" ;;
esac
END
    chmod +x "$DEVICE"
}

if [ -n "$manager" ]; then
    manager_serves() {
        fixture_is_gone "$fixture_pid" ||
            tpm2_getcap -T tabrmd:bus_type=session properties-fixed \
                >/dev/null 2>&1
    }
    allow_root=
    [ "$(id -u)" -ne 0 ] || allow_root=--allow-root
    abrmd="tpm2-abrmd --session --flush-all --tcti $tcti $allow_root"
    # shellcheck disable=SC2086 # a list of words
    fixture_start abrmd $abrmd
    fixture_wait_until 20 manager_serves && ! fixture_is_gone "$fixture_pid" || {
        cat "$fixture_folder/abrmd.log" >&2
        fixture_fail "tpm2-abrmd does not serve"
    }
    make_device
    tcti=tabrmd:bus_type=session
fi

export TPM2_PKCS11_TCTI=$tcti TPM2_PKCS11_STORE=$fixture_folder/store
export TPM2_PKCS11_BACKEND=esysdb TPM2TOOLS_TCTI=$tcti
export TPM_MODULE=$module TPM_LABEL=tpm
export TPM_PIN=$fixture_pin TPM_SO_PIN=$fixture_so_pin
fixture_init_token "$module" 1 "$TPM_LABEL"
fixture_run "$@"
