#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs tests, as many at a time as there are processors, and ends with how many
# cases passed, failed and were skipped. Called by make (tests/local.mk) with
# their names.
#
# What a test says is printed when it has ended. Those of P11MUX_ALONE come
# last, one after the other. P11MUX_JOBS says how many at a time.
#
# Cases of a criterion program are counted from its TAP report, a script or
# a stress program is one case. A sanitizer's report, a program that says
# nothing or holds no case, a time-out, and processes that a test leaves
# running are failures whatever the status. valgrind:tests/test-noun runs a
# test under valgrind.

limit=${P11MUX_TEST_TIMEOUT:-300}
logs=$P11MUX_BUILDDIR/tests/logs
reports='(ERROR|WARNING|FATAL|SUMMARY): [A-Za-z]*Sanitizer|runtime error:'
reports=$reports'|Sanitizer: CHECK failed|^==[0-9]+== '
jobs=${P11MUX_JOBS:-$(nproc)}

# Each test has a folder of its own below this one, which is its scratch, and
# beside it PLACE.begun, PLACE.output and a line in counts.
root=$(mktemp -d "${TMPDIR:-/tmp}/p11mux.XXXXXX") || exit 1
scratch=$root
workers=
trap 'rm -rf "$root"' EXIT
trap 'end_workers; end_leftovers; exit 1' HUP INT TERM
mkdir -p "$logs"

unset P11MUX_CONF XDG_CONFIG_HOME XDG_STATE_HOME XDG_RUNTIME_DIR
unset SOFTHSM2_CONF OPENSSL_CONF MAKEFLAGS MAKELEVEL MFLAGS
# The system's programs, not wrappers that a user has in front of them.
export LC_ALL=C PATH="/usr/bin:/bin:$PATH"
export ASAN_OPTIONS="detect_leaks=1:${ASAN_OPTIONS:-}"
export LSAN_OPTIONS="print_suppressions=0:suppressions=$P11MUX_SRCDIR/tests/leaks.supp"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"
export TSAN_OPTIONS="second_deadlock_stack=1:${TSAN_OPTIONS:-}"

# The sanitizers of gcc 12 and clang 14 do not find room for themselves where
# addresses are spread over more than 28 bits.
exec=
if [ "${P11MUX_SANITIZERS:-no}" != no ] &&
    [ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0)" -gt 28 ] &&
    setarch -R true 2>/dev/null; then
    exec="setarch -R"
fi

now() {
    date +%s.%N
}

# Processes that a test started and left, known by their environment.
find_leftovers() {
    grep -alsF "P11MUX_SCRATCH=$scratch" /proc/[0-9]*/environ |
        sed 's,^/proc/\([0-9]*\)/.*,\1,'
}

# Gives them some seconds to end by themselves, then ends and prints them.
end_leftovers() {
    tries=$((${P11MUX_TEST_GRACE:-10} * 10))
    while [ -n "$(find_leftovers)" ] && [ "$tries" -gt 0 ]; do
        sleep 0.1
        tries=$((tries - 1))
    done
    for process in $(find_leftovers); do
        name=$(tr '\0' ' ' 2>/dev/null <"/proc/$process/cmdline") &&
            kill -KILL "$process" 2>/dev/null && echo "$process $name"
    done
}

# A command with folders of its own, its output in $log; the status is its.
# In the background, so that a signal to this script need not wait for it.
run() {
    mkdir "$scratch" "$scratch/home" "$scratch/tmp"
    HOME=$scratch/home TMPDIR=$scratch/tmp P11MUX_SCRATCH=$scratch \
        timeout --kill-after=5 "$limit" $exec "$@" </dev/null >"$log" 2>&1 &
    running=$!
    wait "$running"
    set -- $?
    # Its number may be another process's from now on.
    running=
    return "$1"
}

# Sets good, bad, left and why for a criterion program.
run_criterion() {
    cases=
    case " $P11MUX_SERIAL " in *" $1 "*) cases=-j1 ;; esac
    tap=$logs/$(basename "$1").tap
    rm -f "$tap"
    # shellcheck disable=SC2086 # lists of words
    run $memcheck "$P11MUX_BUILDDIR/$1" --color=never $cases --tap="$tap"
    status=$?
    [ -f "$tap" ] || : >"$tap"
    left=$(grep -c '^ok .*# SKIP' "$tap")
    good=$(($(grep -c '^ok ' "$tap") - left))
    bad=$(grep -c '^not ok ' "$tap")
    plan=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$tap")
    if ! grep -q '^\[====\] Synthesis: ' "$log"; then
        why="ended without a synthesis (status $status)"
    elif [ "${plan:-0}" -eq 0 ]; then
        why="holds no test"
    elif [ "$plan" -ne $((good + bad + left)) ]; then
        why="ran $((good + bad + left)) of $plan tests"
    elif [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
        why="ended with status $status"
    fi
}

# A libFuzzer harness; new inputs go to a copy of its corpus. An input that
# makes it fail is kept beside the log.
run_fuzz() {
    corpus=$scratch.corpus
    mkdir "$corpus"
    [ ! -d "$P11MUX_SRCDIR/$1.corpus" ] ||
        cp "$P11MUX_SRCDIR/$1.corpus"/* "$corpus"
    UBSAN_OPTIONS=halt_on_error=1:$UBSAN_OPTIONS \
        run "$P11MUX_BUILDDIR/$1" -max_total_time="$P11MUX_FUZZ_SECONDS" \
        -verbosity=0 -timeout=10 -artifact_prefix="$logs/" "$corpus"
    set -- $?
    rm -rf "$corpus"
    return "$1"
}

# The same for a script or a stress program.
run_single() {
    good=0 bad=0 left=0
    case $1 in
    *.sh) run "$P11MUX_SRCDIR/$1" ;;
    tests/fuzz/*) run_fuzz "$1" ;;
    *) run "$P11MUX_BUILDDIR/$1" ;;
    esac
    status=$?
    case $status in
    0) good=1 ;;
    77) left=1 ;;
    124 | 137) why="was stopped after $limit s" ;;
    *) why="ended with status $status" ;;
    esac
}

run_one() {
    log=$logs/$(echo "$1" | tr /: --).log
    why=
    memcheck=
    start=$(now)
    case $1 in
    valgrind:*)
        memcheck="valgrind -q --error-exitcode=9 --trace-children=yes
            --trace-children-skip=/bin/*,/usr/bin/*"
        run_criterion "${1#valgrind:}"
        ;;
    tests/test-*) run_criterion "$1" ;;
    *) run_single "$1" ;;
    esac
    if grep -Eq "$reports" "$log"; then
        why="has a sanitizer's report"
        [ "$good" -eq 0 ] || [ "$bad" -gt 0 ] || good=$((good - 1))
    fi
    leftovers=$(end_leftovers)
    [ -z "$leftovers" ] || why="left processes running: $leftovers"
    # What no case accounts for is a failure of its own.
    [ -z "$why" ] || [ "$bad" -gt 0 ] || bad=1
    seconds=$(echo "$(now) $start" | awk '{ printf "%.1f", $1 - $2 }')
    echo "$good $bad $left" >>"$root/counts"
    if [ "$bad" -gt 0 ]; then
        sed 's/^/    /' "$log"
        echo "FAIL $1: ${why:-$bad of $((good + bad)) cases} ($seconds s)"
    elif [ "$left" -gt 0 ] && [ "$good" -eq 0 ]; then
        case $1 in
        *test-*) echo "skip $1: all $left cases ($seconds s)" ;;
        *) echo "skip $1: $(tail -n 1 "$log") ($seconds s)" ;;
        esac
    else
        echo "ok   $1: $good ($seconds s)"
    fi
    [ "$left" -eq 0 ] || [ -z "${tap:-}" ] ||
        sed -n 's/^ok - \(.*\)  # SKIP \(.*\)/     skipped \1: \2/p' "$tap"
    tap=
}

end_running() {
    [ -z "${running:-}" ] || kill "$running" 2>/dev/null
    wait
    exit 1
}

# NUMBER TEST...: runs those that no other worker has begun; the number is the
# same for all workers that share these tests.
work() {
    trap end_running TERM
    number=$1
    shift
    for test; do
        number=$((number + 1))
        mkdir "$root/$number.begun" 2>/dev/null || continue
        scratch=$root/$number
        run_one "$test" >"$scratch.output"
        flock "$root" cat "$scratch.output"
        rm -rf "$scratch"
    done
}

end_workers() {
    # shellcheck disable=SC2086 # a list of words
    [ -z "$workers" ] || kill $workers 2>/dev/null
    wait
}

# As many workers as the first says share the tests.
run_all() {
    count=$1
    shift
    workers=
    while [ "$count" -gt 0 ]; do
        work "$@" &
        workers="$workers $!"
        count=$((count - 1))
    done
    wait
}

beside=
alone=
for test in "$@"; do
    case $test in
    *"$P11MUX_ONLY"*) ;;
    *) continue ;;
    esac
    case " ${P11MUX_ALONE:-} " in
    *" $test "*) alone="$alone $test" ;;
    *) beside="$beside $test" ;;
    esac
done
# shellcheck disable=SC2086 # lists of words
set -- $beside $alone
: >"$root/counts"
# shellcheck disable=SC2086
run_all "$jobs" 1000 $beside
# shellcheck disable=SC2086
run_all 1 5000 $alone

read -r counted passed failed skipped <<END
$(awk '{ p += $1; f += $2; s += $3 } END { print NR, p + 0, f + 0, s + 0 }' \
    "$root/counts")
END
if [ $# -eq 0 ]; then
    echo "run.sh: no test was run${P11MUX_ONLY:+ (none has $P11MUX_ONLY in its name)}" >&2
    failed=1
elif [ "$counted" -ne $# ]; then
    echo "run.sh: $counted of $# tests have ended" >&2
    failed=$((failed + 1))
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
