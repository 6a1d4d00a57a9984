#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Every header compiles alone, with the compiler and the flags of the build: the
# build itself shows it where the source of the same name includes it first.
set -eu
cd "${P11MUX_SRCDIR:-$(dirname "$0")/..}"
compiler=${P11MUX_CC:-cc}
flags=${P11MUX_CFLAGS:--std=gnu11 -D_GNU_SOURCE -I. $(
    pkg-config --cflags p11-kit-1 libconfig openssl sqlite3 criterion)}

is_first() {
    [ -e "${1%.h}.c" ] &&
        [ "$(grep -m 1 '^#' "${1%.h}.c")" = "#include \"$1\"" ]
}

mistakes=0
for header in $(find cli module router backends audit pin store config common \
    tests -name '*.h' -not -path '*/no-criterion/*' 2>/dev/null | sort); do
    ! is_first "$header" || continue
    # A file that only includes it, so that it is a header to the compiler.
    if ! $compiler $flags -Werror -fsyntax-only -include "$PWD/$header" \
        -x c /dev/null; then
        echo "$header does not compile alone"
        mistakes=$((mistakes + 1))
    fi
done
[ "$mistakes" -eq 0 ]
