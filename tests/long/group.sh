#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Members of a group die and come back under sixteen threads (tests/group-load.c),
# again and again.
set -eu
for turn in 1 2 3 4 5 6 7 8 9 10 11 12; do
    "${P11MUX_BUILDDIR:?}/tests/group-load" || {
        echo "group-load fails in turn $turn"
        exit 1
    }
done
