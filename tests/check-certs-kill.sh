#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux certs rebalance is killed before and after each call of the token's
# module that could matter: no certificate is ever missing or shown twice, and
# the next rebalance brings all of them to the token.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
. "$folder/tool.sh"
fixture_need python3 openssl softhsm2-util
fault=$P11MUX_BUILDDIR/tests/modules/.libs/fault.so
export P11MUX_FAULT_MODULE="$softhsm"
tool_begin
printf 1234 >pin
chmod 600 pin
softhsm_token web

# MODE MODULE
use() {
    configure "$(module soft "$2")" \
        "{ label = \"web\"; members = ( { module = \"soft\"; match = \"pkcs11:token=web\"; } );
           certificates = { mode = \"$1\"; }; }"
}

# Two certificates in the store.
for name in one two; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout key.pem -subj "/CN=$name" -days 30 -out "$name.pem" 2>log ||
        fixture_fail "$(cat log)"
done
use store "$softhsm"
expect 0 certs add web one.pem two.pem --pin-source file:pin
says "CN=two: added in the store"
cp -a tokens tokens.before
cp -a state state.before

# What applications see, and what the tool says is where.
judge() {
    use hybrid "$softhsm"
    expect 0 objects web --json
    json '[o["class"] for o in j["objects"]].count("certificate") == 2'
    expect 0 certs list web --json
    json 'sorted(c["subject"] for c in j["certificates"]) == ["CN=one", "CN=two"]'
    json 'all(c["where"] for c in j["certificates"])'
    expect 0 certs rebalance web --json --pin-source file:pin
    expect 0 certs list web --json
    json 'sorted((c["subject"], c["where"]) for c in j["certificates"]) == [("CN=one", ["token"]), ("CN=two", ["token"])]'
}

# RULE: true when it was killed.
is_killed_by() {
    rm -rf tokens state
    cp -a tokens.before tokens
    cp -a state.before state
    printf '%s\n' "$1" >script
    use hybrid "$fault"
    asked="rebalance with $1"
    P11MUX_FAULT_SCRIPT=$fixture_folder/script "$tool" certs rebalance web \
        --pin-source file:pin >out 2>err
    case $? in
    0) return 1 ;;
    137) return 0 ;;
    *) mistake "$asked: $(cat out err)" && return 1 ;;
    esac
}

kills=0
for function in C_CreateObject C_GetAttributeValue C_DestroyObject; do
    for when in '' 'after '; do
        number=1
        while is_killed_by "$function $number ${when}kill"; do
            judge
            [ "$mistakes" -eq 0 ] || {
                mistake "after $function $number ${when}kill"
                break 3
            }
            kills=$((kills + 1))
            number=$((number + 1))
        done
    done
done
[ "$kills" -ge 12 ] || mistake "was killed $kills times only"
echo "killed $kills times"

tool_end
