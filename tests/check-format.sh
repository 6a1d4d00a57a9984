#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The layout of every C file is what clang-format 14 prints; others differ.
set -eu
cd "${P11MUX_SRCDIR:-$(dirname "$0")/..}"

for formatter in clang-format-14 clang-format; do
    if "$formatter" --version 2>/dev/null | grep -q 'version 14\.'; then
        find cli module router backends audit pin store config common tests \
            -name '*.[ch]' 2>/dev/null | sort |
            xargs "$formatter" --dry-run -Werror --ferror-limit=1
        exit
    fi
done
echo "clang-format 14 is not installed"
exit 77
