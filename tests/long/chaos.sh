#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A group of three members with one RSA key: SoftHSM behind p11-kit's server, a
# TPM behind its resource manager, and SoftHSM. Their daemons are killed and
# stopped, SoftHSM's folder of tokens is moved away, one or two at once and at
# random, under sixteen threads (tests/long/chaos.c); with each of them as the
# first, the second and the last one. CHAOS_ROUNDS and CHAOS_SEED say how often,
# and in which order.
tokens="tpm"

import() {
    for type in privkey pubkey; do
        ok pkcs11-tool --module "$mux" --token-label "$1" --login --pin "$pin" \
            --write-object "$type.der" --type "$type" --id 01 --label demo \
            --usage-sign
    done
}

make_keys() {
    ok openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
        -out key.pem
    ok openssl pkey -in key.pem -outform DER -out privkey.der
    ok openssl pkey -in key.pem -pubout -outform DER -out pubkey.der
    config_write "$modules" \
        "$(config_token soft soft; config_token client client)"
    import soft
    import client
    ok tpm2_ptool import --path "$TPM2_PKCS11_STORE" --label "$label" \
        --userpin "$pin" --privkey key.pem --algorithm rsa --id 01 \
        --key-label demo
}

# The command that chaos is given.
write_fault() {
    cat >fault <<END
#!/bin/sh
. "$source/tests/fixture.sh"
cd "$fixture_folder" || exit
# A line says each loss and each return at once, what status shows is older.
are_back() {
    awk '/ of token "group" is (down:|up again)/ {
            sub(/.* member /, "")
            is_down[\$1] = / is down:/
        }
        END { for (member in is_down) if (is_down[member]) exit 1 }' "$mux_log"
}
are_up() {
    [ "\$("$P11MUX_TOOL" status group | grep -Ec '^group +[a-z]+ +up ')" -eq 3 ]
}
case "\$*" in
await) fixture_wait_until 60 are_back ;;
confirm) fixture_wait_until 60 are_up ;;
"kill swtpm" | "kill abrmd") "$TPM_DEVICE" off "\$2" ;;
"back swtpm" | "back abrmd") "$TPM_DEVICE" on "\$2" ;;
"stop tpm") "$TPM_DEVICE" stop swtpm ;;
"back tpm") "$TPM_DEVICE" go swtpm ;;
"stop manager") "$TPM_DEVICE" stop abrmd ;;
"back manager") "$TPM_DEVICE" go abrmd ;;
"kill server") "$P11_KIT_DEVICE" off ;;
"back server") "$P11_KIT_DEVICE" on ;;
"kill remote") "$P11_KIT_DEVICE" off remote ;;
"back remote") ;;
"stop served") "$P11_KIT_DEVICE" stop remote ;;
"back served") "$P11_KIT_DEVICE" go remote ;;
"kill folder") mv softhsm away ;;
"back folder") mv away softhsm ;;
*) exit 2 ;;
esac
END
    chmod +x fault
}

# A member of the group, by its module; and what befalls it there.
member() {
    echo "{ module = \"$1\"; match = \"pkcs11:token=$1\"; }"
}

faults() {
    case $1 in
    client) echo "$2:kill:server $2:kill:remote $2:stop:served" ;;
    tpm) echo "$2:kill:swtpm $2:kill:abrmd $2:stop:tpm $2:stop:manager" ;;
    soft) echo "$2:kill:folder" ;;
    esac
}

# Three modules: the members in this order.
group() {
    config_write "$modules" "{ label = \"group\"; mode = \"failover\"; members = (
        $(member "$1"), $(member "$2"), $(member "$3") ); }," \
        "runtime_dir = \"$fixture_folder/run\";"
    # shellcheck disable=SC2046 # lists of words
    ok "$P11MUX_BUILDDIR/tests/long/chaos" "$mux" group "$pin" demo ./fault \
        "${CHAOS_ROUNDS:-20}" "${CHAOS_SEED:-1}" $(faults "$1" 0) \
        $(faults "$2" 1)
    says 'signatures by 16 threads, each verified .* 0 failed'
    echo "$1, $2, $3:" >>"$CLIENTS_FOLDER/said"
    # Without what the TPM's libraries say.
    grep -Ev '^(ERROR|$)|WARNING' "$said" >>"$CLIENTS_FOLDER/said"
    rm "$mux_log"
}

try() {
    make_softhsm_token soft
    unset SOFTHSM2_CONF
    mkdir run
    modules="$(config_module client "$P11_KIT_CLIENT" 'call_timeout = "1s";')
$(config_module tpm "$vendor" 'call_timeout = "1s";')
$(config_soft)"
    make_keys
    write_fault
    group client tpm soft
    group soft client tpm
    group tpm soft client
}

. "$(dirname "$0")/../clients/lib.sh"
if [ "${1:-}" = --served ]; then
    shift
    fixture_begin
    make_softhsm_token client
    fixture_run "$source/tests/with-p11-kit-server.sh" "$softhsm" "$@"
    exit
fi
[ "${1:-}" = --on ] || fixture_need tpm2_ptool "${P11MUX_TOOL:?is p11mux}"
around="$0 --served"
clients_run "$@"
[ ! -e "$fixture_folder/said" ] || cat "$fixture_folder/said"
