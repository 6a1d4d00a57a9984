#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The first line of each source file names the licence (the second, where the
# first names the interpreter), and a comment that says what it is follows.
set -eu
cd "${P11MUX_SRCDIR:-$(dirname "$0")/..}"

list_sources() {
    find . -maxdepth 1 \( -name '*.sh' -o -name '*.ac' -o -name '*.am' \)
    [ ! -d .ci ] || find .ci -type f
    find cli module router backends audit pin store config common etc doc \
        tests \( -name '*.[ch]' -o -name '*.def' -o -name '*.mk' \
        -o -name '*.sh' -o -name '*.map' -o -name '*.py' -o -name '*.go' \
        -o -name '*.java' -o -name '*.bash' -o -name '*.conf' \
        -o -name '*.awk' -o -name '*.module*' \) 2>/dev/null
}

list_sources | sort | xargs awk '
    function finish() {
        if (file != "" && !(licensed && described)) {
            print file ": " (licensed ? "does not say what it is" \
                : "does not start with SPDX-License-Identifier: BSD-3-Clause")
            mistakes++
        }
    }

    FNR == 1 {
        finish()
        file = FILENAME
        licensed = described = 0
        first = /^#!/ ? 2 : 1
        files++
    }
    FNR == first {
        licensed = /^(\/\*|#|\/\/) SPDX-License-Identifier: BSD-3-Clause( \*\/)?$/
    }
    FNR > first && FNR <= first + 3 && /^ ?((\/\*|\*|#|\/\/) |""")[A-Za-z`.]/ {
        described = 1
    }
    END {
        finish()
        if (files == 0)
            print "no source file was found"
        exit mistakes > 0 || files == 0
    }
'
