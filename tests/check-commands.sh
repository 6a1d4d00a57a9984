#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Every command that `p11mux --help` lists ("  name  what it does", or "  name
# name  what it does") has its place in the man page (a heading, or name in bold at
# the start of a line or as a tag) and in the completion. Those of a family with a
# page of its own have theirs there.
set -eu
tool=${P11MUX_TOOL:?is the tool to ask}
cd "${P11MUX_SRCDIR:-$(dirname "$0")/..}"

"$tool" --help |
    sed -n 's/^  \([a-z][a-z-]*\( [a-z][a-z-]*\)\{0,1\}\) .*[a-zA-Z].*/\1/p' |
    {
        mistakes=0
        count=0
        while read -r command member; do
            count=$((count + 1))
            page=doc/man/p11mux.1
            name=$command
            if [ -n "$member" ]; then
                name="$command $member"
                [ ! -f "doc/man/p11mux-$command.1" ] || {
                    page=doc/man/p11mux-$command.1
                    name=$member
                }
            fi
            sed 's/\\-/-/g; s/\\f[BIRP]//g' "$page" |
                grep -Eq "^\.(S[Ss]|BR?|BI|(It )?(Cm|Ic|Sy)) +(.*, )?\"?(p11mux )?$name([ ,\"]|\$)" || {
                echo "$page does not explain the command $command $member"
                mistakes=1
            }
            for word in $command $member; do
                grep -Eqw -e "$word" etc/p11mux.bash || {
                    echo "etc/p11mux.bash does not complete $word of $command $member"
                    mistakes=1
                }
            done
            [ -z "$member" ] ||
                grep -Fq "\"$command $member\") echo" etc/p11mux.bash || {
                echo "etc/p11mux.bash has no options of $command $member"
                mistakes=1
            }
        done
        [ "$count" -gt 0 ] || echo "p11mux --help lists no command"
        [ "$mistakes" -eq 0 ] && [ "$count" -gt 0 ]
    }
