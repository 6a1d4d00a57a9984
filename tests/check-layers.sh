#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Each folder includes only itself and what stands below it in
#   cli, module -> router -> backends, audit, pin -> store -> config -> common
# and folders that stand side by side do not include each other.
set -eu
cd "${P11MUX_SRCDIR:-$(dirname "$0")/..}"

find cli module router backends audit pin store config common \
    -name '*.[ch]' -o -name '*.def' 2>/dev/null | sort | xargs awk '
    BEGIN {
        level["cli"] = level["module"] = 6
        level["router"] = 5
        level["backends"] = level["audit"] = level["pin"] = 4
        level["store"] = 3
        level["config"] = 2
        level["common"] = 1
    }

    function wrong(what) {
        print FILENAME ":" FNR ": " what
        mistakes++
    }

    /^[ \t]*#[ \t]*include[ \t]*"/ {
        includes++
        name = $0
        sub(/^[^"]*"/, "", name)
        sub(/".*/, "", name)
        from = FILENAME
        sub(/\/.*/, "", from)
        to = name
        if (!sub(/\/.*/, "", to) || !(to in level))
            wrong("\"" name "\" is not a file of a folder below " from)
        else if (to != from && level[to] >= level[from])
            wrong(from " must not know " to " (\"" name "\")")
    }
    END {
        if (includes == 0) {
            print "no #include was found"
            mistakes++
        }
        exit mistakes > 0
    }
'
