#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The sample file and the man page show every key that the configuration may
# hold, and the sample shows no other. In the sample a key counts at its place
# (tokens.pool.size is "size" inside "pool" inside "tokens"), also in a
# setting that is commented out; in the man page it counts in bold at the
# start of a line, below the .SS of its scope (.SS tokens.pool), as a tag of
# its own (.It Sy), or with its whole dotted name anywhere.
set -eu
keys=$("${P11MUX_BUILDDIR:?is where print-keys was built}"/tests/print-keys)
cd "${P11MUX_SRCDIR:-$(dirname "$0")/..}"

# Prints the dotted name of each setting of a file of libconfig's syntax.
sample_keys() {
    awk '
        # A comment that holds a setting or only brackets is read like one.
        /^[ \t]*#/ {
            sub(/^[ \t]*#+/, "")
            if (!/^[ \t]*[a-z_0-9]+[ \t]*[=:][ \t]*["({[0-9a-zA-Z-]/ &&
                !/^[ \t]*[][(){},; \t]+$/ && !/^[ \t]*[({]/)
                next
        }
        {
            text = $0
            gsub(/"([^"\\]|\\.)*"/, "\"\"", text)
            sub(/(#|\/\/).*/, "", text)
            while (match(text, /[a-zA-Z_][a-zA-Z_0-9-]*[ \t]*[=:]|[][(){}]/)) {
                word = substr(text, RSTART, RLENGTH)
                text = substr(text, RSTART + RLENGTH)
                if (word ~ /[=:]$/) {
                    sub(/[ \t]*[=:]$/, "", word)
                    name = word
                    print (path[depth] == "" ? "" : path[depth] ".") name
                } else if (word ~ /[[({]/) {
                    inner = path[depth]
                    if (name != "")
                        inner = (inner == "" ? "" : inner ".") name
                    path[++depth] = inner
                    name = ""
                } else if (depth > 0) {
                    depth--
                    name = ""
                }
                if (text ~ /^[ \t]*["0-9a-zA-Z-]/)
                    name = ""
            }
        }
    ' etc/p11mux.conf | sort -u
}

# Says which keys the man page lacks.
check_page() {
    echo "$keys" | awk '
        FNR == NR {
            key[FNR] = $1
            n = FNR
            next
        }
        {
            line = $0
            gsub(/\\-/, "-", line)
            gsub(/\\f[BIRP]|\\&/, "", line)
            text = text "\n" line " "
        }
        /^\.S[SH] / {
            scope = line
            sub(/^\.S[SH] +"?/, "", scope)
            sub(/[" ].*/, "", scope)
        }
        /^\.B[RI]? / || /^\\fB/ {
            sub(/^\.B[RI]? +"?/, "", line)
            if (match(line, /^[a-z_0-9]+/))
                shown[scope "." substr(line, 1, RLENGTH)] = 1
        }
        /^\.It Sy / {
            shown[($3 ~ /\./ ? "" : "top.") $3] = 1
        }
        END {
            for (i = 1; i <= n; i++) {
                whole = key[i]
                if (index(whole, ".") == 0)
                    whole = "top." whole
                dotted = key[i]
                gsub(/\./, "\\.", dotted)
                if (!(whole in shown) &&
                    !(index(key[i], ".") &&
                      text ~ ("[^a-z_0-9.]" dotted "[^a-z_0-9]"))) {
                    print "doc/man/p11mux.conf.5 does not explain " key[i]
                    mistakes++
                }
            }
            exit mistakes > 0
        }
    ' - doc/man/p11mux.conf.5
}

mistakes=0
[ -n "$keys" ] || {
    echo "config/config.h names no keys"
    mistakes=1
}
shown=$(sample_keys)
for key in $keys; do
    echo "$shown" | grep -qxF "$key" || {
        echo "etc/p11mux.conf does not show $key"
        mistakes=1
    }
done
for key in $shown; do
    # Variables have names of their own; groups hold keys.
    case $key in modules.env.*) continue ;; esac
    echo "$keys" | awk -v key="$key" '
        $1 == key || index($1, key ".") == 1 {
            found = 1
        }
        END {
            exit !found
        }
    ' || {
        echo "etc/p11mux.conf shows $key, which is no key"
        mistakes=1
    }
done
check_page || mistakes=1
# audit.exclude names the events that can be left out, and no others.
events=$(sed -n 's/^EVENT([A-Z_]*, "\(.*\)")$/\1/p' config/events.def | sort)
said=$(sed -n '/^\.It Sy audit\.exclude /,/^Default/s/^\.Qq \([a-z-]*\).*/\1/p' \
    doc/man/p11mux.conf.5 | sort)
[ -n "$events" ] && [ "$events" = "$said" ] || {
    echo "doc/man/p11mux.conf.5: audit.exclude is \"$(echo $said)\", events are" \
        "\"$(echo $events)\""
    mistakes=1
}
[ "$mistakes" -eq 0 ]
