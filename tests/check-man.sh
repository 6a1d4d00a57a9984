#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Every man page is free of what mandoc warns of.
set -eu
cd "${P11MUX_SRCDIR:-$(dirname "$0")/..}"

command -v mandoc >/dev/null || {
    echo "mandoc is not installed"
    exit 77
}
find doc -name "*.[1-8]" | sort | xargs -r mandoc -T lint -W warning
