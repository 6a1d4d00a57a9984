#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Tokens of NSS, openCryptoki and a TPM move to SoftHSM, and SoftHSM's to them:
# mixed objects, extractable and not, while sixteen threads sign with one of the
# keys (tests/clients/outage.c). No operation fails, the plan is right about each
# object, both members have the same, and the way back leads back.
# MIGRATE_OBJECTS says how many there are.
tokens="${MIGRATE_TOKENS:-nss opencryptoki tpm}"
python=/usr/bin/python3

# OLD NEW: both with one object for each that the old one takes.
configure_migration() {
    config_write "$modules" "{ label = \"moving\"; mode = \"migrate\";
        pin = \"file:$fixture_folder/pin\"; members = (
        { module = \"$1\"; match = \"pkcs11:token=$(name_of "$1")\"; role = \"old\"; },
        { module = \"$2\"; match = \"pkcs11:token=$(name_of "$2")\"; role = \"new\"; } ); }," \
        "runtime_dir = \"$fixture_folder/run\"; start_timeout = \"1m\";"
}

# MODULE
name_of() {
    case $1 in
    soft) echo "$soft_label" ;;
    *) echo "$label" ;;
    esac
}

# What each object was said to do is what it did.
judge() {
    ok "$python" - plan.json run.json <<END
import json, sys
plan, run = (json.load(open(path)) for path in sys.argv[1:])
def key(o):
    return o["class"], o["label"], o["id"]
planned = {key(o): o for o in plan["objects"]}
assert len(planned) == len(plan["objects"]), "two of one name"
became = {"moves": "moved", "stays": "stays", "there": "there", "new-only": "new-only"}
assert len(run["objects"]) == len(plan["objects"]), "not all of them"
for o in run["objects"]:
    p = planned[key(o)]
    assert became[p["state"]] == o["state"], (p, o)
    assert p["way"] == o["way"] and p["reason"] == o["reason"], (p, o)
assert run["counts"]["moved"] > 0, run["counts"]
print(plan["counts"], {o["reason"] for o in run["objects"] if o["reason"]})
END
    sed "s/^/$token: /" "$said" >>"$CLIENTS_FOLDER/said"
}

# OLD NEW
move() {
    count=${MIGRATE_OBJECTS:-200}
    [ "$token" != tpm ] || count=$((count / 8))
    config_write "$modules" "$(config_token moving "$1" "$(name_of "$1")")"
    ok "$python" "$source/tests/long/fill-mixed.py" "$mux" moving "$pin" \
        "$count" cert.der
    sed "s/^/$token: $1: /" "$said" >>"$CLIENTS_FOLDER/said"
    configure_migration "$1" "$2"
    cat >move <<END
#!/bin/sh
"$P11MUX_TOOL" migrate plan moving --login --json >plan.json 2>plan.err
"$P11MUX_TOOL" migrate run moving --login --json --jobs 8 >run.json 2>run.err
[ -s run.json ] || { cat plan.err run.err; exit 1; }
END
    cat >back <<END
#!/bin/sh
"$P11MUX_TOOL" migrate rollback moving >back.out 2>&1 || { cat back.out; exit 1; }
END
    cat >on <<END
#!/bin/sh
"$P11MUX_TOOL" migrate run moving --login --json >again.json 2>again.err
[ -s again.json ] || { cat again.err; exit 1; }
END
    chmod +x move back on
    ok "$P11MUX_BUILDDIR/tests/clients/outage" --unnoticed "$mux" moving "$pin" \
        demo ./move ./back ./on ./back
    says 'signatures by 16 threads, each verified, 0 failed'
    sed -n "s/^[0-9]/$token: &/p" "$said" >>"$CLIENTS_FOLDER/said"
    judge
    ok "$P11MUX_TOOL" migrate verify moving --login
    excuse 'the migration of token "moving" is'
}

try() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout cert.key -subj /CN=mixed \
        -outform DER -out cert.der 2>/dev/null
    printf %s "$pin" >pin
    chmod 600 pin
    mkdir run state
    if [ "$token" = nss ]; then
        modules="$(config_soft; config_nss)"
    else
        modules="$(config_soft; config_module "$token" "$vendor")"
    fi
    for soft_label in first second; do
        make_softhsm_token "$soft_label"
    done
    unset SOFTHSM2_CONF
    soft_label=first
    move "$token" soft
    rm -r state/migrations
    config_write "$modules" \
        "$(config_token moving "$token" "$(name_of "$token")")"
    ok "$python" "$source/tests/long/fill-mixed.py" "$mux" moving "$pin" empty
    soft_label=second
    move soft "$token"
}

. "$(dirname "$0")/../clients/lib.sh"
"$python" -c 'import PyKCS11' 2>/dev/null ||
    fixture_skip "PyKCS11 is not installed"
clients_run "$@"
[ ! -e "$fixture_folder/said" ] || cat "$fixture_folder/said"
