#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux audit rotate as people use it, by logrotate too, with the sample that is
# installed; what a release has written; and a verifier of its own.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
source_folder=${P11MUX_SRCDIR:-$folder/..}
. "$folder/fixture.sh"
. "$folder/tool.sh"
fixture_need python3 openssl gzip logrotate
tool_begin
print_log=${P11MUX_BUILDDIR:?is where print-log is}/tests/print-log
independent() {
    asked="audit.py $*"
    python3 "$source_folder/tests/audit.py" "$@" >out 2>err ||
        mistake "$asked: $(cat err)"
}

# Appends the next lines to the log: more COUNT
written=0
more() {
    tail -n "+$((written + 1))" all | head -n "$1" >>log
    written=$((written + $1))
}

"$print_log" 3000 8 1 >all
expect 0 audit keygen key --name host.example/audit
cp out public

# -- By itself -------------------------------------------------------------

more 500
chmod 640 log
expect 0 audit rotate --key key log
says "log: goes on; what was there is log.1, checkpoint of 500 records, signed"
[ "$(stat -c '%a %s' log)" = "640 0" ] || mistake "the new file is $(stat -c '%a %s' log)"
more 200
expect 0 audit rotate --key key --if-larger 64MiB log
says "stays as it is"
expect 1 audit rotate --if-larger 64 log
complains "no size"
exec 5>>log
expect 0 audit rotate --key key --json log
exec 5>&-
json "j['moved_to'] == 'log.2' and j['signed'] and j['size'] == 700"
json "[w['pid'] for w in j['writers']] == [$$]"
more 100
expect 0 audit verify --key public log
says "800 records of"
says "covers 700 records"
independent log "$(cat public)" log
# The record of the checkpoint is one more line.
expect 0 audit checkpoint --key key log
gzip log.1
expect 0 audit verify --key public log
independent log "$(cat public)" log
mkdir archive
mv log.1.gz log.2 archive
expect 1 audit verify --key public log
complains "log.2: is not there: lines 1 to 700"
expect 0 audit verify --key public --rest log
says "records 1 to 700 are not there"
says "stands for them"
says "101 records of"
# Without a checkpoint that the key signed nothing is proven, whatever a manifest
# says of what is not there.
: >forged
printf '%s\n' "p11mux manifest 1" "file forged.1" "segment 0" "of 1" \
    "segment 4" "of 0" "node $(printf %064d 0)" >forged.manifest
expect 1 audit verify --key public --rest forged
complains "forged"
expect 0 audit verify --key public archive/log.2 archive/log.1.gz log
says "801 records of"
expect 1 audit verify --key public archive/log.2 all log
complains "all: is none of the files"
for line in 1 501 700; do
    expect 0 audit prove "$line" archive/log.1.gz archive/log.2 log
    cp out proof
    expect 0 audit check-proof --key public proof
    says "$(sed -n "${line}p" all)"
done
mv archive/* .
sed -i '150s/success/failure/' log.2
expect 1 audit verify --key public log
complains "log.2: line 150"
cp all log.2
expect 1 audit verify --key public log
tail -n +501 all | head -n 200 >log.2
expect 0 audit verify --key public log

# -- The manifest is not trusted -------------------------------------------

cp log.manifest good
for change in '/^file log.1/d' 's/^segment 500/segment 400/' 's/^of 2/of 1/' \
    's/^of 1/of 2/' 's/^node ./node f/' 's/^file log.2/file all/' \
    's/manifest 1/manifest 2/' '$s/.*/node x/' 's/^of 0/of 7/'; do
    sed "$change" good >log.manifest
    cmp -s good log.manifest && mistake "$change changes nothing"
    case $change in
    */node\ f/)
        # Nodes are only used where files are missing.
        mv log.1.gz log.2 archive
        expect 1 audit verify --key public --rest log
        mv archive/* .
        ;;
    *) expect 1 audit verify --key public log ;;
    esac
done
cp good log.manifest

# -- The log of the configuration ------------------------------------------

printf 'audit = { file = "%s/log"; };\n' "$PWD" >p11mux.conf
chmod 644 p11mux.conf
expect 0 audit verify --key public
expect 0 audit checkpoint --key key
expect 0 audit prove 7
expect 0 audit rotate --key key --config p11mux.conf
says "what was there is $PWD/log.3"
printf 'audit = { file = "%s/log"; rotate_size = "%s"; };\n' "$PWD" 1MiB >p11mux.conf
more 100
expect 0 audit checkpoint --key key
# Two of them tell of checkpoints.
says "checkpoint of 902 records"
[ ! -e log.4 ] || mistake "a short log is moved"
sed -i 's/1MiB/40KiB/' p11mux.conf
expect 0 audit checkpoint --key key --json
json "j['moved_to'].endswith('/log.4')"
expect 0 audit verify --key public
says "covers 902 records"
printf 'state_dir = "%s/state";\n' "$PWD" >p11mux.conf
expect 1 audit rotate
complains "audit.file"

# -- By logrotate ----------------------------------------------------------

# Its clock names the files, and need not be as fine as that of date.
next_second() {
    last=$(find . -name 'log-*' | sed 's/.*-\([0-9]*\).*/\1/' | sort -n | tail -n 1)
    while [ "$(date +%s)" -le $((${last:-0} + 1)) ]; do :; done
}
rm -f log*
written=0
mkdir bin
ln -s "$tool" bin/p11mux
sed -e "s,/var/log/p11mux/audit.jsonl,$PWD/log," -e "s,/etc/p11mux/audit.key,$PWD/key," \
    -e '/^ *su /d' "$source_folder/etc/p11mux.logrotate" >logrotate.conf
chmod 644 logrotate.conf
for round in 1 2 3; do
    more 300
    next_second
    PATH="$PWD/bin:$PATH" logrotate --force --state "$PWD/logrotate.state" \
        logrotate.conf >out 2>err || mistake "logrotate: $(cat err)"
    grep -q "goes on" out || mistake "round $round of logrotate: $(cat out err)"
    more 20
done
[ "$(find . -name 'log-*.gz' | wc -l)" -eq 2 ] ||
    mistake "logrotate has compressed: $(find . -name 'log-*')"
expect 0 audit checkpoint --key key log
says "checkpoint of 961 records"
expect 0 audit verify --key public log
says "covers 961 records"
independent log "$(cat public)" log

# -- What a release has written --------------------------------------------

old=$source_folder/tests/old/audit-rotated-0.1.0
expect 0 audit verify --key "$old.pub" "$old.jsonl"
says "44 records of 5 runs"
says "covers 44 records"
independent log "$(cat "$old.pub")" "$old.jsonl"
cp "$old.jsonl" "$old.jsonl".* .
expect 0 audit checkpoint "audit-rotated-0.1.0.jsonl"
says "nothing new since the checkpoint of 44 records"

tool_end
