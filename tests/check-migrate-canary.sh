#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux migrate run leaves nothing of a key behind: not in its memory, though the
# key was there once with --through-host, and neither a key nor a PIN in the audit
# log, the state folder or what a run says that is killed.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
. "$folder/tool.sh"
. "$folder/migrate.sh"
. "$folder/import.sh"
fixture_need python3 softhsm2-util pkcs11-tool openssl
migrate_begin
export P11MUX_FAULT_SCRIPT="$fixture_folder/script"
export P11MUX_FAULT_MODULE="$fixture_folder/behind.so"
printf canary-pin-%s "$(openssl rand -hex 4)" >pin
value=$(openssl rand -hex 32)

# What must be nowhere: memory ARGUMENT... as tests/memory.py
memory() {
    python3 "$folder/memory.py" --key rsa.pem --key ec.pem --hex "$value" \
        --text "$(cat pin)" "$@" >memory.log 2>&1 ||
        mistake "$way: $(cat memory.log)"
}

# Both tokens, and on the old one three keys of known values: fill ARGUMENT...
fill() {
    rm -rf tokens/* state/*
    mkdir tokens/old tokens/new
    migrate_token old "$(cat pin)"
    migrate_token new "$(cat pin)"
    for key in rsa ec; do
        id=01
        [ $key = rsa ] || id=02
        migrate_fill "$softhsm" old --write-object $key.key --type privkey \
            --label $key --id $id --usage-sign --extractable "$@"
        migrate_fill "$softhsm" old --write-object $key.pub --type pubkey \
            --label $key --id $id --usage-sign
    done
    migrate_fill "$softhsm" old --write-object aes.bin --type secrkey \
        --key-type AES:32 --label aes --id 09 --usage-decrypt --private \
        --extractable "$@"
}

# move WAY N ARGUMENT...: so many objects, in that way
move() {
    way=$1 moved=$2
    shift 2
    migrate_use
    memory "\"way\": \"$way\"" "$tool" migrate run ca --login --json "$@"
    expect 0 migrate status ca --login --json
    json "j['counts']['both'] == $moved"
    memory --place audit.jsonl --place state --place out '"event":"migrate"'
}

make_file genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem
make_file genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem
for key in rsa ec; do
    make_file pkey -in $key.pem -outform DER -out $key.key
    make_file pkey -in $key.pem -pubout -outform DER -out $key.pub
done
python3 -c 'import sys
sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))' "$value" >aes.bin

# -- Wrapped, after one that was killed half way ---------------------------------

fill --sensitive
new=$(migrate_module new "$fault" new)
migrate_use
echo 'C_UnwrapKey 5 after kill' >script
expect 137 migrate run ca --login
way="killed half way"
memory --place audit.jsonl --place state --place out --place err \
    "p11mux transfer 1"
: >script
move aes-kwp 5

# -- In the clear -----------------------------------------------------------------

fill
echo 'C_UnwrapKey * return CKR_MECHANISM_INVALID' >script
move through-host 1 --through-host --class secret-key
tool_end
