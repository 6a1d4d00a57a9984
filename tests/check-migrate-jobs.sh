#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux migrate --jobs: a module that takes one call at a time, or gives handles
# again, has one copy at a time, as tpm2-pkcs11 has to: it mistakes one for the
# other.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
. "$folder/tool.sh"
. "$folder/migrate.sh"
fixture_need python3 softhsm2-util pkcs11-tool
migrate_begin
export P11MUX_FAULT_MODULE="$fixture_folder/behind.so"
export P11MUX_FAULT_SCRIPT="$fixture_folder/script"
fault=$P11MUX_BUILDDIR/tests/modules/.libs/fault.so
migrate_token old
migrate_token new
for number in 1 2 3 4 5 6 7 8 9; do
    migrate_fill "$softhsm" old --write-object pin --type data \
        --label "data-$number"
done

# use SETTING: the new member's
use() {
    new=$(module new "$fault" \
        "$1 env = { SOFTHSM2_CONF = \"$fixture_folder/new.conf\"; };")
    migrate_use
}

# most SETTING JOBS: how many sessions the new member has at once
most() {
    use "$1"
    rm -f device
    # Those that work beside each other meet.
    printf '%s\n' "device $fixture_folder/device 100" \
        'C_CreateObject * delay 20ms' >script
    expect 0 migrate plan ca --login --jobs "$2"
    says "9 objects move"
    at_once=$(sed 's/.*most-of-one \([0-9]*\).*/\1/' device)
}

most '' 1
alone=$at_once
most '' 4
beside=$at_once
most 'serialise = "backend";' 4
serialised=$at_once
most 'handle_reuse = true;' 4
again=$at_once
[ "$beside" -gt "$alone" ] ||
    mistake "four jobs have $beside sessions at once, one has $alone"
[ "$serialised" -eq "$alone" ] ||
    mistake "a serialised module has $serialised sessions at once, not $alone"
[ "$again" -eq "$alone" ] ||
    mistake "a module that gives handles again has $again sessions at once, not $alone"

# unsettled SETTING: how many copies nobody has looked for others of yet, when the
# third object's is to be made (the first one's is made for a session before)
unsettled() {
    use "$1"
    printf '%s\n' 'C_CreateObject 4 kill' >script
    expect 137 migrate run ca --login --jobs 1
    waiting=$(find state/transfers -type f | wc -l)
}

unsettled 'serialise = "backend";'
serialised=$waiting
unsettled 'handle_reuse = true;'
again=$waiting
unsettled ''
others=$waiting
[ "$serialised" -eq 1 ] ||
    mistake "a serialised module has $serialised copies that wait, not one"
[ "$again" -eq 1 ] ||
    mistake "a module that gives handles again has $again copies that wait, not one"
[ "$others" -eq 3 ] || mistake "another one has $others copies that wait, not 3"
tool_end
