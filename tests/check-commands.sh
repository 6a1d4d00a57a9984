#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Every command that `p11mux --help` lists ("  name  what it does") has its
# place in the man page (a heading, or name in bold at the start of a line or
# as a tag) and in the completion.
set -eu
tool=${P11MUX_TOOL:?is the tool to ask}
cd "${P11MUX_SRCDIR:-$(dirname "$0")/..}"

commands=$("$tool" --help |
    sed -n 's/^  \([a-z][a-z-]*\).*   *[a-zA-Z].*/\1/p' | sort -u)
[ -n "$commands" ] || {
    echo "p11mux --help lists no command"
    exit 1
}

mistakes=0
for command in $commands; do
    sed 's/\\-/-/g; s/\\f[BIRP]//g' doc/man/p11mux.1 |
        grep -Eq "^\.(S[Ss]|BR?|BI|(It )?(Cm|Ic|Sy)) +\"?(p11mux )?$command([ \"]|\$)" || {
        echo "doc/man/p11mux.1 does not explain the command $command"
        mistakes=1
    }
    grep -Eqw -e "$command" etc/p11mux.bash || {
        echo "etc/p11mux.bash does not complete the command $command"
        mistakes=1
    }
done
[ "$mistakes" -eq 0 ]
