#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# quickstart.sh comes to its end, and each of its steps shows what it is there for.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
source_folder=$(cd "${P11MUX_SRCDIR:-$folder/..}" && pwd)
fixture_begin
cd "$fixture_folder" || exit
for file in "$source_folder"/*; do
    case ${file##*/} in
    build | demo | asan | tsan) ;;
    *) ln -s "$file" . ;;
    esac
done
ln -s "$P11MUX_BUILDDIR" build
./quickstart.sh >out 2>err || fixture_fail "$(tail -n 5 out) $(tail -n 5 err)"

# shows TEXT TIMES
shows() {
    [ "$(grep -c -- "$1" out)" -ge "$2" ] || fixture_fail "does not show $2 times: $1"
}

shows 'OpenSSL says: Verified OK' 4
shows 'openssl  chain.pem: OK' 1
shows '1000 sessions, a signature in each' 1
shows 'each verified, 0 failed' 2
shows '6 objects were moved, 1 stays on the old member' 1
shows '6 objects that both members have: 6 the same, 0 not' 1
shows 'as they were written' 1
shows 'line 12 was changed' 1
shows '^Done\.' 1
