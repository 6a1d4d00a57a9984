#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Where an audit log can be and where not, as operators find out: what is wrong
# with the place is one line that says it, of applications and of p11mux check,
# and nothing is written elsewhere.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
programs=${P11MUX_BUILDDIR:?is where print-tokens was built}/tests
modules=${P11MUX_TEST_MODULES:-$P11MUX_BUILDDIR/tests/modules/.libs}
[ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null ||
    fixture_skip "only root can try other users and mount file systems"
fixture_need setpriv unshare mkfifo "${P11MUX_MODULE:?is p11mux.so}"

# Others must get at all of it.
TMPDIR=/tmp fixture_begin
chmod 755 "$fixture_folder"
cd "$fixture_folder" || exit 1
cp "$programs/print-tokens" "$P11MUX_MODULE" "$modules/null.so" .
cp "${P11MUX_TOOL:?is the tool}" tool
mkdir -m 755 log
export P11MUX_CONF="$fixture_folder/p11mux.conf" HOME="$fixture_folder"
mistakes=0

mistake() {
    echo "$*"
    mistakes=$((mistakes + 1))
}

# FILE: the log from here on.
configure() {
    file=$1
    cat >"$P11MUX_CONF" <<END
modules = ( { name = "null"; path = "$fixture_folder/null.so"; } );
state_dir = "$fixture_folder/state";
group = "www-data";
audit = { file = "$file"; };
END
    chmod 644 "$P11MUX_CONF"
}

nobody() {
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

member() {
    setpriv --reuid=65534 --regid=65534 --groups=33 "$@"
}

anybody() {
    "$@"
}

# In file systems of its own, which SCRIPT makes.
inside() {
    unshare -m sh -c "$1; shift; exec \"\$@\"" sh "$@"
}

run() {
    answer=$("$@" ./print-tokens ./p11mux.so 2>err | head -n 1)
}

# STATUS [AS...]: what p11mux check says of it.
check() {
    status=0 wanted=$1
    shift
    "$@" ./tool check --no-modules >out 2>&1 || status=$?
    [ "$status" -eq "$wanted" ] ||
        mistake "check, $file, $*: status $status, not $wanted: $(cat out)"
}

# [AS...]: p11mux starts, and the log has records.
good() {
    check 0 "${@:-anybody}"
    run "${@:-anybody}"
    [ "$answer" = 0x0 ] || mistake "$file, $*: $answer: $(cat err)"
    [ ! -s err ] || mistake "$file, $*: is complained about: $(cat err)"
    tail -n 1 "$file" | grep -q '"event":"stop"' ||
        mistake "$file, $*: has no records"
}

# TEXT [AS...]: it does not, and says why in a line.
bad() {
    text=$1
    shift
    check 1 "${@:-anybody}"
    grep -Fq "$text" out || mistake "check, $file, $*: not \"$text\": $(cat out)"
    run "${@:-anybody}"
    [ "$answer" = 0x5 ] || mistake "$file, $*: $answer, not refused"
    grep -Fq "$text" err || mistake "$file, $*: not \"$text\": $(cat err)"
    [ "$(wc -l <err)" -eq 1 ] || mistake "$file, $*: not one line: $(cat err)"
}

# -- What is no file -------------------------------------------------------

configure "$fixture_folder/log/entry"
entry=$file
mkfifo "$entry"
bad "audit log $entry: is no regular file"
rm "$entry"
mkdir "$entry"
bad "audit log $entry: is no regular file"
rmdir "$entry"
mknod "$entry" c 1 3 && {
    bad "audit log $entry: is no regular file"
    rm "$entry"
}
ln -s target "$entry"
bad "audit log $entry: is a symbolic link"
echo untouched >log/target
bad "audit log $entry: is a symbolic link"
[ "$(cat log/target)" = untouched ] || mistake "what a link leads to was changed"
rm "$entry"
configure /dev/full
bad "is no regular file"
configure "$fixture_folder/nowhere/audit.jsonl"
bad "audit log $file: $fixture_folder/nowhere: cannot be opened"

# -- Whose it is -----------------------------------------------------------

configure "$fixture_folder/log/audit.jsonl"
bad "audit log $file: cannot be opened: Permission denied" nobody
good
[ "$(stat -c %G:%a "$file")" = www-data:660 ] ||
    mistake "the log is $(stat -c %G:%a "$file")"
bad "audit log $file: cannot be opened: Permission denied" nobody
good member
chmod 666 "$file"
bad "everybody may write it"
chmod 660 "$file"
chgrp mail "$file"
bad "a group other than the configured one may write it"
chgrp www-data "$file"
chmod 777 log
bad "audit log $file: $fixture_folder/log: this folder"
chmod 775 log
chgrp mail log
bad "may be changed by group"
chgrp www-data log
rm "$file"*
good member
good
chmod 755 log

# -- File systems ----------------------------------------------------------

read_only='mount --bind log log && mount -o remount,ro,bind log'
bad "Read-only file system" inside "$read_only"
rm "$file"*
bad "Read-only file system" inside "$read_only"
good inside "umount -l /proc"
tail -n 1 "$file" | grep -q '"exe":null,"unit":null,' ||
    mistake "without /proc: $(tail -n 1 "$file")"
rm "$file"*
good inside "umount -l /proc"
[ "$(stat -c %G:%a "$file")" = www-data:660 ] ||
    mistake "without /proc the log is $(stat -c %G:%a "$file")"
run inside "mount -t tmpfs -o size=32k,mode=755 none log &&
    dd if=/dev/zero of=log/full bs=1k 2>/dev/null"
[ "$answer" = 0x5 ] && grep -q "$file: cannot be written: No space left" err &&
    grep -q "$file: the first record cannot be written; make room" err ||
    mistake "on a full disk: $answer $(cat err)"

# Where the file system knows files that only grow.
if chattr +a "$file" 2>/dev/null; then
    good
    (: >"$file") 2>/dev/null && mistake "a log that only grows was emptied"
    chattr -a "$file"
fi
# -- Where else records go -------------------------------------------------

sed -i 's/^audit = {/& sinks = ("journal");/' "$P11MUX_CONF"
check 0 anybody
said=$(grep -c 'sink "journal" gets no records: nobody listens at /run/' out)
listening=0
[ ! -S /run/systemd/journal/socket ] || listening=1
[ $((said + listening)) -eq 1 ] ||
    mistake "the journal, $listening: $(cat out)"
[ "$mistakes" -eq 0 ]
