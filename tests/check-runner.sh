#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# tests/run.sh runs tests beside each other, those of P11MUX_ALONE afterwards
# and alone; it counts all of them, prints each as a whole, finds what they
# leave running, and ends them with itself.
source=${P11MUX_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
. "$source/tests/fixture.sh"

fixture_begin
mkdir "$fixture_folder/tests" "$fixture_folder/tmp"
# For the runner below, and nothing of the one around it.
unset P11MUX_SERIAL P11MUX_SANITIZERS P11MUX_TEST_TIMEOUT
export P11MUX_ONLY= P11MUX_ALONE= P11MUX_JOBS=2 P11MUX_TEST_GRACE=0
export P11MUX_SRCDIR="$fixture_folder" P11MUX_BUILDDIR="$fixture_folder"
export TMPDIR="$fixture_folder/tmp" TOLD="$fixture_folder/told"

# NAME: a test whose commands are read.
script() {
    {
        printf '#!/bin/sh\nsource=%s folder=%s\n' "$source" "$fixture_folder"
        echo '. "$source/tests/fixture.sh"'
        cat
    } >"$fixture_folder/tests/$1"
    chmod +x "$fixture_folder/tests/$1"
}

# [NAME=VALUE]... RUNNER TEST...: sets $status, writes $fixture_folder/said.
run() {
    : >"$TOLD"
    env "$@" >"$fixture_folder/said" 2>&1
    status=$?
    [ -z "$(ls "$TMPDIR")" ] || complain "leaves its folder"
}

complain() {
    cat "$fixture_folder/said" "$fixture_folder/runner.log" "$TOLD" 2>/dev/null
    fixture_fail "the runner $*"
}

# STATUS LINE...: how it ended, and lines that it printed.
expect() {
    [ "$status" -eq "$1" ] || complain "ends with status $status, not $1"
    shift
    for line; do
        grep -Eqx -e "$line" "$fixture_folder/said" ||
            complain "does not say $line"
    done
}

script meets-one.sh <<'END'
: >"$folder/one"
fixture_wait_until 60 [ -e "$folder/other" ]
END
script meets-other.sh <<'END'
: >"$folder/other"
fixture_wait_until 60 [ -e "$folder/one" ]
END
script alone.sh <<'END'
echo "alone begins" >>"$TOLD"
END
script beside.sh <<'END'
echo "other $HOME $TMPDIR $P11MUX_SCRATCH" >>"$TOLD"
[ -d "$HOME" ] && [ -z "$(ls -A "$HOME" "$TMPDIR" | grep -v :)" ]
END
cp "$fixture_folder/tests/beside.sh" "$fixture_folder/tests/beside-too.sh"
script fails.sh <<'END'
seq -f "$0 %g" 3000
echo ends >>"$TOLD"
exit 1
END
cp "$fixture_folder/tests/fails.sh" "$fixture_folder/tests/fails-too.sh"
script skips.sh <<'END'
fixture_skip "has no moon"
END
script leaves.sh <<'END'
sleep 1000 &
END
script stays.sh <<'END'
echo $$ >>"$TOLD"
exec sleep 1000
END
cp "$fixture_folder/tests/stays.sh" "$fixture_folder/tests/stays-too.sh"
# A criterion program, as far as the runner sees one.
cat >"$fixture_folder/tests/test-cases" <<'END'
#!/bin/sh
for argument; do
    case $argument in
    --tap=*) printf '1..3\nok - a::b\nok - a::c  # SKIP no moon\nnot ok - a::d\n' \
        >"${argument#--tap=}" ;;
    esac
done
echo "[====] Synthesis: as one"
exit 1
END
chmod +x "$fixture_folder/tests/test-cases"

runs=$source/tests/run.sh

# Each waits for the other.
run "$runs" tests/meets-one.sh tests/meets-other.sh
expect 0 'ok   tests/meets-one.sh: 1 .*' 'ok   tests/meets-other.sh: 1 .*' \
    '2 passed, 0 failed, 0 skipped'

run P11MUX_ALONE=tests/alone.sh "$runs" tests/alone.sh tests/beside.sh \
    tests/beside-too.sh
expect 0 '3 passed, 0 failed, 0 skipped'
[ "$(sed -n 3p "$TOLD")" = "alone begins" ] || complain "runs one not alone"
[ "$(sort -u "$TOLD" | wc -l)" -eq 3 ] || complain "has two share a folder"

run "$runs" tests/fails.sh tests/test-cases tests/skips.sh
expect 1 'FAIL tests/fails.sh: ended with status 1 .*' \
    'FAIL tests/test-cases: 1 of 2 cases .*' \
    '     skipped a::c: no moon' 'skip tests/skips.sh: has no moon .*' \
    '1 passed, 2 failed, 2 skipped'

# Both have more to say than a pipe holds, which is read when they have ended.
both_have_told() {
    [ "$(wc -l <"$TOLD")" -eq 2 ]
}
: >"$TOLD"
"$runs" tests/fails.sh tests/fails-too.sh 2>&1 | {
    fixture_wait_until 60 both_have_told
    cat
} >"$fixture_folder/said"
sed -n 's,^    .*/\(fails.*\) [0-9]*$,\1,p' "$fixture_folder/said" | uniq -c |
    awk '$1 != 3000 { wrong = 1 } END { exit wrong || NR != 2 }' ||
    complain "mixes what two tests say"

run P11MUX_ONLY=moon "$runs" tests/skips.sh
expect 1 '.* no test was run .none has moon in its name.' \
    '0 passed, 1 failed, 0 skipped'

run "$runs" tests/leaves.sh tests/beside.sh
expect 1 'FAIL tests/leaves.sh: left processes running: .* sleep 1000 .*' \
    'ok   tests/beside.sh: 1 .*' '2 passed, 1 failed, 0 skipped'

run P11MUX_TEST_TIMEOUT=0.1 "$runs" tests/stays.sh
expect 1 'FAIL tests/stays.sh: was stopped after 0.1 s .*'

# A signal ends the runner and both tests that it runs; a third never begins.
: >"$TOLD"
fixture_start runner "$runs" tests/stays.sh tests/stays-too.sh tests/beside.sh
fixture_wait_until 60 both_have_told || complain "does not run two tests"
kill -TERM "$fixture_pid"
wait "$fixture_pid"
status=$?
expect 1
for process in $(cat "$TOLD"); do
    fixture_is_gone "$process" || complain "does not end $process"
done
both_have_told || complain "begins a test when it is ended"
[ -z "$(ls "$TMPDIR")" ] || complain "leaves its folder"
