#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Mixed objects, extractable and not, move between each two of SoftHSM, NSS's
# softoken, openCryptoki and a TPM, both ways, and between two tokens of SoftHSM,
# while sixteen threads sign with one of the keys (tests/clients/outage.c): planned,
# moved by a tool that is killed in the middle and begun anew, rolled back, moved on,
# finished. No operation fails, each object keeps its handle and does what it did
# before, and the plan is right about each of them.
#
# MIGRATE_OBJECTS says how many there are, MIGRATE_TOKENS between which two tokens
# they move ("nss+tpm" is both ways). 200 take one to four minutes each way. A TPM has
# an eighth of them, and no fewer than eight, or there is no middle to be killed in:
# it takes two minutes for those, with sixteen threads before it.
tokens="${MIGRATE_TOKENS:-soft nss+soft opencryptoki+soft nss+opencryptoki \
    soft+tpm nss+tpm opencryptoki+tpm}"
at_once=1
# NSS's softoken derives a key for each attribute that it reads, under one lock, for
# which some of the threads then wait a minute; with so few rounds they do not.
export NSS_MAX_MP_PBE_ITERATION_COUNT=10
python=/usr/bin/python3

# -- Tokens -------------------------------------------------------------------

# MODULE [SCRIPT]: its line, behind the fault module if there is a script for that.
# A call may take minutes where sixteen threads sign on a machine that has more to do.
line_of() {
    settings='call_timeout = "5m";' arguments=''
    case $1 in
    soft)
        path=$softhsm
        settings="$settings env = { SOFTHSM2_CONF = \"$fixture_folder/softhsm2.conf\"; };"
        ;;
    nss)
        path=$softokn
        arguments="configdir='sql:$fixture_folder/nss' dbTokenDescription='nss'"
        ;;
    opencryptoki) path=$OPENCRYPTOKI_MODULE ;;
    tpm) path=$TPM_MODULE ;;
    esac
    [ -z "${2:-}" ] || {
        arguments="module=$path script=$2 $arguments"
        path=$P11MUX_TEST_MODULES/fault.so
    }
    config_module "$1" "$path" "$settings" "$arguments"
}

# One of them alone: MODULE LABEL
configure_one() {
    config_write "$(line_of "$1")" "$(config_token moving "$1" "$2")"
}

# Both of them; [SCRIPT] is for the new one.
configure_both() {
    if [ "$old" = "$new" ]; then
        lines=$(line_of "$new" "$@")
    else
        lines=$(line_of "$old"; line_of "$new" "$@")
    fi
    config_write "$lines" "{ label = \"moving\"; mode = \"migrate\";
        pin = \"file:$fixture_folder/pin\"; members = (
        { module = \"$old\"; match = \"pkcs11:token=$old_label\"; role = \"old\"; },
        { module = \"$new\"; match = \"pkcs11:token=$new_label\"; role = \"new\"; } ); }," \
        "runtime_dir = \"$fixture_folder/run\"; start_timeout = \"1m\";"
}

mixed() {
    "$python" "$source/tests/long/mixed.py" "$mux" moving "$pin" "$@"
}

# MODULE LABEL: nothing is on it.
empty() {
    configure_one "$@"
    ok mixed empty
}

tell() {
    echo "$old to $new: $*" >>"$CLIENTS_FOLDER/said"
}

# -- What is done while all sign ----------------------------------------------

# step NAME <COMMANDS: a program of that name, run by outage, which says why it
# fails.
step() {
    {
        echo '#!/bin/sh'
        echo "mixed() { $python $source/tests/long/mixed.py $mux moving $pin \"\$@\"; }"
        echo "complain() { tail -n 20 \"\$@\"; exit 1; }"
        cat
    } >"$1"
    chmod +x "$1"
}

# After half of the calls by which what is moved is made at least, and later again
# until something was: what is refused may take most of them, and some few are
# settled together, at the end. NAME FUNCTION WAYS CALLS [after]
step_killed() {
    step "$1" <<END
count=\$($python -c '
import json, sys
print(sum(o["state"] == "moves" and (o["way"] == "created") == ("$3" == "created")
          for o in json.load(open("plan.json"))["objects"]) * $4 // 2)')
[ "\$count" -gt 0 ] || exit 0
has_moved() {
    "$P11MUX_TOOL" migrate status moving --login --json >$1.json 2>/dev/null
    $python -c '
import json, sys
sys.exit(json.load(open("$1.json"))["counts"]["both"] == 0)'
}
until
    echo "$2 \$count ${5:-} kill" >"$fixture_folder/script"
    P11MUX_CONF=$fixture_folder/killed.conf "$P11MUX_TOOL" migrate run moving \
        --login --json --jobs 8 >$1.out 2>$1.err
    [ \$? -eq 137 ] || { has_moved && exit; complain $1.out $1.err; }
    has_moved
do
    count=\$((count * 3 / 2 + 1))
done
END
}

make_steps() {
    step plan <<END
"$P11MUX_TOOL" migrate plan moving --login --json >plan.json 2>plan.err
[ -s plan.json ] || complain plan.err
END
    step_killed killed-creating C_CreateObject created 3
    step_killed killed-unwrapping C_UnwrapKey wrapped 4 after
    for name in move again; do
        step $name <<END
"$P11MUX_TOOL" migrate run moving --login --json --jobs 8 >$name.json 2>$name.err
[ -s $name.json ] || complain $name.err
[ -z "\$(ls state/transfers)" ] || complain $name.err
mixed use >$name.used 2>&1 && cmp before.used $name.used || complain $name.used
END
    done
    step back <<END
"$P11MUX_TOOL" migrate rollback moving >back.out 2>&1 || complain back.out
mixed use >back.used 2>&1 && cmp before.used back.used || complain back.used
END
    step_finish
}

# What stays is in its way, until it is destroyed; demo is in use.
step_finish() {
    step finish <<END
finish() {
    "$P11MUX_TOOL" migrate finish moving --login >finish.out 2>&1
}
stay=\$($python -c '
import json
print(sum(o["state"] == "stays" for o in json.load(open("plan.json"))["objects"]))')
if [ "\$stay" -gt 0 ]; then
    ! finish && grep -q "\$stay of [0-9]* objects of .* are on the old" finish.out ||
        complain finish.out
    mixed drop plan.json >drop.out 2>&1 || complain drop.out
fi
if $python -c '
import json, sys
sys.exit(any(o["state"] == "stays" and o["label"] == "demo"
             for o in json.load(open("plan.json"))["objects"]))'; then
    finish || complain finish.out
else
    ! finish && grep -q "are on the old member alone" finish.out ||
        complain finish.out
fi
END
}

# -- What comes of it ---------------------------------------------------------

# What each object was said to do is what it did: RUN
judge() {
    ok "$python" - "$old" plan.json "$1" <<'END'
import json, sys
old, *paths = sys.argv[1:]
plan, run = (json.load(open(path)) for path in paths)
def key(o):
    return o["class"], o["label"], o["id"]
def may_leave(o):
    return o["class"] not in ("private key", "secret key") or old != "tpm" and (
        o["label"] == "demo" or int(o["label"].split("-")[1]) % 4 != 0)
planned = {key(o): o for o in plan["objects"]}
assert len(planned) == len(plan["objects"]), "two of one name"
became = {"moves": ("moved", "there"), "stays": ("stays",)}
assert len(run["objects"]) == len(plan["objects"]), "not all of them"
for o in run["objects"]:
    p = planned[key(o)]
    assert o["state"] in became[p["state"]], (p, o)
    assert o["state"] == "there" or (p["way"], p["reason"]) == (o["way"], o["reason"]), (p, o)
    assert may_leave(p) == (p["reason"] != "not-extractable"), p
assert run["unmended"] == 0, run["unmended"]
print({state: n for state, n in run["counts"].items() if n}, "mended", run["mended"],
      sorted({(o["class"], o["type"], o["reason"]) for o in run["objects"] if o["reason"]}))
END
    tell "$(cat "$said")"
}

# Both have what was moved, and nothing was moved but before and after the kill.
judge_all() {
    judge move.json
    judge again.json
    ok "$python" - move.json again.json <<'END'
import json, sys
run, again = (json.load(open(path))["counts"] for path in sys.argv[1:])
assert run["there"] > 0, "nothing was moved before the tool was killed"
assert run["moved"] > 0 or run["there"] < 5, "all was moved before the tool was killed"
assert again["moved"] == 0 and again["there"] == run["there"] + run["moved"], again
END
}

# What was used before is used after it, but for what was destroyed.
judge_end() {
    ok mixed use
    sort "$said" >after.used
    [ -z "$(comm -13 before.sorted after.used)" ] || {
        comm -13 before.sorted after.used
        fixture_fail "$token: a key is another one after the migration"
    }
    ok "$P11MUX_TOOL" migrate status moving --login --json
}

# OLD NEW, and the labels of their tokens
move() {
    old=$1 new=$2 old_label=$3 new_label=$4
    count=${MIGRATE_OBJECTS:-200}
    case $old$new in *tpm*) count=$((count / 8)) ;; esac
    since=$(fixture_now)
    configure_one "$old" "$old_label"
    ok mixed fill "$count" cert.der
    tell "$(cat "$said")"
    configure_both "$fixture_folder/script"
    mv "$P11MUX_CONF" killed.conf
    configure_both
    ok mixed use
    cp "$said" before.used
    sort before.used >before.sorted
    make_steps
    begun=$(fixture_now)
    ok "$P11MUX_BUILDDIR/tests/clients/outage" --listed "$mux" moving "$pin" \
        demo ./plan ./killed-creating ./killed-unwrapping ./move ./back ./again \
        ./finish
    says 'signatures by 16 threads, each verified, 0 failed'
    tell "$(sed -n '/kept its\|each verified/p' "$said" | tr '\n' ';')"
    judge_all
    judge_end
    excuse 'the migration of token "moving" is'
    excuse 'member 2 of token "moving" is drained'
    tell "filled in $(((begun - since) / 1000)) s, moved in" \
        "$((($(fixture_now) - begun) / 1000)) s"
}

# Both ways, from tokens that have nothing.
move_both() {
    move "$1" "$2" "$3" "$4"
    rm -r state/migrations
    empty "$1" "$3"
    empty "$2" "$4"
    move "$2" "$1" "$4" "$3"
}

try() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout cert.key -subj /CN=mixed \
        -outform DER -out cert.der 2>/dev/null
    printf %s "$pin" >pin
    chmod 600 pin
    mkdir run state
    if [ "$token" = soft ]; then
        SOFTHSM2_CONF=$softhsm_conf
        make_softhsm_token other
        unset SOFTHSM2_CONF
        move soft soft soft other
    else
        move_both "${token%+*}" "${token#*+}" "${token%+*}" "${token#*+}"
    fi
}

. "$(dirname "$0")/../clients/lib.sh"
"$python" -c 'import PyKCS11' 2>/dev/null ||
    fixture_skip "PyKCS11 is not installed"
clients_run "$@"
[ ! -e "$fixture_folder/said" ] || cat "$fixture_folder/said"
