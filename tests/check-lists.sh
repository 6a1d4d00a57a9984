#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What the lists of tests/*.mk say of the order of tests (slow_tests,
# alone_tests, serial_tests) is about tests that there are: one that was renamed
# would run beside others unseen.
set -eu
cd "${P11MUX_SRCDIR:-$(dirname "$0")/..}/tests"
: "${P11MUX_SLOW:?is a list}" "${P11MUX_ALONE:?is a list}"

known=$(cat ./*.mk ./*/*.mk | sed -e ':again' -e '/\\$/{ N; s/\\\n/ /; b again' -e '}' |
    sed -n 's/^\(check_PROGRAMS\|dist_check_SCRIPTS\) *+*= *//p' |
    tr -s ' \t' '\n')
status=0
for name in $P11MUX_SLOW $P11MUX_ALONE ${P11MUX_SERIAL-}; do
    echo "$known" | grep -Fqx -e "$name" || {
        echo "tests/*.mk: $name is in a list of the order, and no test"
        status=1
    }
done
exit "$status"
