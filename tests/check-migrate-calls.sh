#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux migrate run: what it asks of the new member for each object that moves.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
. "$folder/tool.sh"
. "$folder/migrate.sh"
fixture_need softhsm2-util pkcs11-tool
spy=$(find /usr/lib -name pkcs11-spy.so -print -quit 2>/dev/null)
[ -n "$spy" ] || fixture_fail "no pkcs11-spy.so"
n_pairs=20
migrate_begin
migrate_token old
migrate_token new
for i in $(seq $n_pairs); do
    migrate_fill "$softhsm" old --keypairgen --key-type EC:prime256v1 \
        --label "key $i" --id "$(printf %02x "$i")" --extractable
done
new=$(module new "$spy" "env = { SOFTHSM2_CONF = \"$fixture_folder/new.conf\";
    PKCS11SPY = \"$fixture_folder/behind.so\"; PKCS11SPY_OUTPUT = \"$fixture_folder/spy.log\"; };")
migrate_use

# asks FUNCTION MOST: of the new member, in the last run
asks() {
    asked=$(grep -c ": C_$1\$" spy.log)
    [ "$asked" -gt 0 ] && [ "$asked" -le "$2" ] ||
        mistake "C_$1 was called $asked times, not $2"
}

expect 0 migrate run ca --login --jobs 1
says "$((2 * n_pairs)) objects were moved"
# Where all are looked for, not one by one, at the latest after each copy; a key of
# each kind is tried, and each proven.
asks FindObjectsInit $((2 * n_pairs + 8))
asks UnwrapKey $((n_pairs + 6))
asks SignInit $((n_pairs + 4))
tool_end
