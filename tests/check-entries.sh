#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Each of the 104 functions is defined once in module/, and inside it only its
# own name follows CALL_ and ->: 63 of them share their type with another, so
# that the compiler does not see one call another's row or another's pointer.
# In the lists, the member C_X holds C_X.
set -eu
cd "${P11MUX_SRCDIR:-$(dirname "$0")/..}"

awk '
    function wrong(what) {
        print FILENAME ":" FNR ": " what
        mistakes++
    }

    # Compares each name that follows `before` in the line with `expected`.
    function compare(line, before, expected,    name) {
        while (match(line, before "C_[A-Za-z0-9]+")) {
            name = substr(line, RSTART, RLENGTH)
            sub("^" before, "", name)
            if (name != expected)
                wrong(expected " names " name)
            line = substr(line, RSTART + RLENGTH)
        }
    }

    FNR == NR {
        if (match($0, /^CK_RV C_[A-Za-z0-9]+\(/))
            declared[substr($2, 1, index($2, "(") - 1)] = 1
        next
    }
    /^C_[A-Za-z0-9]+\(/ {
        inside = substr($0, 1, index($0, "(") - 1)
        if (!(inside in declared))
            wrong(inside " is not a function of PKCS#11")
        if (inside in defined)
            wrong(inside " is also defined in " defined[inside])
        defined[inside] = FILENAME ":" FNR
    }
    inside != "" {
        compare($0, "CALL_", inside)
        compare($0, "->", inside)
    }
    match($0, /^ *\.C_[A-Za-z0-9]+ *= */) {
        member = substr($0, RSTART, RLENGTH)
        gsub(/[ .=]/, "", member)
        compare(substr($0, index($0, "=")), "", member)
    }
    /^}/ {
        inside = ""
    }
    END {
        for (name in declared) {
            count++
            if (!(name in defined)) {
                print "module/: " name " is missing"
                mistakes++
            }
        }
        if (count != 104) {
            print "common/cryptoki.h: " count + 0 " functions, not 104"
            mistakes++
        }
        exit mistakes > 0
    }
' common/cryptoki.h module/*.c
