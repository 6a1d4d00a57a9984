#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Every man page is free of what mandoc warns of, and that of p11mux migrate has each
# word for why an object stays.
set -eu
cd "${P11MUX_SRCDIR:-$(dirname "$0")/..}"

command -v mandoc >/dev/null || {
    echo "mandoc is not installed"
    exit 77
}
find doc -name "*.[1-8]" | sort | xargs -r mandoc -T lint -W warning

# Some of them are no reason for that.
table() {
    sed -n '/transfer_verdicts\[TRANSFER_VERDICTS\]/,/^};/ s/.*] = { "\([a-z-]*\)",.*/\1/p' \
        router/transfer/outcome.c | grep -vxE "fine|there|gone|in-doubt" | sort
}
page() {
    sed -n '/^An object stays/,/^\.Ss run/ s/^\.It Sy //p' \
        doc/man/p11mux-migrate.1 | sed 's/ , /\n/g' | sort
}
if [ -z "$(table)" ] || [ "$(table)" != "$(page)" ]; then
    echo "p11mux-migrate.1 does not have the words of router/transfer/outcome.c:" \
        "$(table; echo against; page)"
    exit 1
fi
