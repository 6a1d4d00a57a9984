#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Every constant of common/cryptoki.h that messages show has a name in
# common/names.def. Argument: the source folder.
set -eu

source=${1:-$(dirname "$0")/..}
header=$source/common/cryptoki.h
names=$source/common/names.def

missing=$(awk '
    FNR == NR {
        if (/^NAME\(/)
            named[substr($2, 1, length($2) - 1)] = $1
        next
    }
    $1 == "#define" && $2 ~ /^CK[RMAOK]_/ {
        found++
        if (named[$2] != "NAME(" substr($2, 1, 3) ",")
            print $2
    }
    END {
        if (found == 0)
            print "(no constants found)"
    }
' "$names" "$header")

if [ -n "$missing" ]; then
    echo "$names does not name these constants of $header:" >&2
    echo "$missing" >&2
    exit 1
fi
