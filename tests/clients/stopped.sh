#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A group of SoftHSM behind p11-kit's server and of SoftHSM with one key: what
# serves the first of them is stopped (SIGSTOP) under sixteen threads
# (tests/long/chaos.c). It hangs after call_timeout, the other one signs on, and
# both do when it goes on.
tokens="client"
limit_ms=1000 # of a call (call_timeout)

# The key is OpenSSL's; each token gets it under the same CKA_ID.
import() {
    ok openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
        -out key.pem
    ok openssl pkey -in key.pem -outform DER -out privkey.der
    ok openssl pkey -in key.pem -pubout -outform DER -out pubkey.der
    for label in client soft; do
        for type in privkey pubkey; do
            ok pkcs11-tool --module "$mux" --token-label "$label" --login \
                --pin "$pin" --write-object "$type.der" --type "$type" \
                --id 01 --label demo --usage-sign
        done
    done
}

# The command that chaos is given.
write_fault() {
    cat >fault <<END
#!/bin/sh
. "$source/tests/fixture.sh"
cd "$fixture_folder" || exit
count() {
    [ "\$("$P11MUX_TOOL" status group | grep -Ec "^group +[a-z]+ +\$1 ")" -eq "\$2" ]
}
case "\$*" in
"stop served") "$DEVICE" stop remote && fixture_wait_until 60 count hanging 1 ;;
"back served") "$DEVICE" go remote ;;
await) fixture_wait_until 60 count up 2 ;;
esac
END
    chmod +x fault
}

try() {
    make_softhsm_token soft
    unset SOFTHSM2_CONF
    mkdir run
    modules="$(config_module client "$vendor" "call_timeout = \"${limit_ms}ms\";")
$(config_soft)"
    config_write "$modules" "$(config_token client client; config_token soft soft)"
    import
    config_write "$modules" "{ label = \"group\"; mode = \"failover\"; members = (
        { module = \"client\"; match = \"pkcs11:token=client\"; },
        { module = \"soft\"; match = \"pkcs11:token=soft\"; } ); }," \
        "runtime_dir = \"$fixture_folder/run\";"
    write_fault
    ok "$P11MUX_BUILDDIR/tests/long/chaos" "$mux" group "$pin" demo ./fault 1 1 \
        0:stop:served
    says 'signatures by 16 threads, each verified .* 0 failed'
    late=$(sed -n 's/^\([0-9]*\).* ms at most for a call that came while.*/\1/p' "$said")
    [ "$late" -lt "$limit_ms" ] ||
        fixture_fail "a call has waited for what hangs: $late ms"
    # It was said when the call had hung for so long, and when it was over.
    for word in 'has not returned for 1 s' 'has returned after'; do
        grep -q "module client: .*$word" "$mux_log" ||
            fixture_fail "p11mux has not said that a call $word"
        excuse "module client: .*$word"
    done
}

. "$(dirname "$0")/lib.sh"
clients_run "$@"
