#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What p11mux audit report writes, looked at in a browser; and of a large log, in
# how much time and how many bytes. P11MUX_SCREENSHOTS names a folder that keeps
# the pictures.
set -u
folder=$(cd "$(dirname "$0")/.." && pwd)
source_folder=${P11MUX_SRCDIR:-$folder/..}
. "$folder/fixture.sh"
. "$folder/tool.sh"
fixture_need python3
fixture_need chromium
tool_begin

pictures=${P11MUX_SCREENSHOTS:-$fixture_folder/pictures}
mkdir -p "$pictures"

# look NAME: at page.html.
look() {
    mkdir -p "$pictures/$1"
    python3 "$source_folder/tests/report-look.py" chromium page.html \
        "$pictures/$1" || mistakes=$((mistakes + 1))
}

"$tool" audit keygen log.key --name host.example/audit >log.pub
# Words that do not break by themselves.
wide=$(printf 'W%.0s' $(seq 128))
python3 "$source_folder/tests/report-log.py" 20000 "$wide" >log
"$tool" audit checkpoint -k log.key log >/dev/null || fixture_fail "no checkpoint"
expect 0 audit report --html page.html --verifier log.pub log
look right
expect 0 audit report --html page.html log
look unsigned
sed '9000s/"us":[0-9]*/"us":1/' log >changed
cp log.checkpoints changed.checkpoints
expect 1 audit report --html page.html --verifier log.pub changed
look changed

python3 "$source_folder/tests/report-log.py" 1000000 >log
rm -f log.*
"$tool" audit keygen log.key --name host.example/audit >log.pub
"$tool" audit checkpoint -k log.key log >/dev/null || fixture_fail "no checkpoint"
before=$(date +%s)
expect 0 audit report --html page.html --verifier log.pub log
taken=$(($(date +%s) - before))
[ "$taken" -le 10 ] || mistake "a million records take $taken s"
[ "$(stat -c %s page.html)" -le 2000000 ] ||
    mistake "a million records make $(stat -c %s page.html) bytes"

tool_end
