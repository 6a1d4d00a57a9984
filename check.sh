#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Everything that must hold before a change is kept, from a bare Debian 12 on.
# The checkout is copied into a temporary folder, built and tested there, and
# the folder removed; what remains on the machine are packages.
set -u
cd "$(dirname "$0")" || exit 1

usage() {
    cat <<'END'
usage: ./check.sh [--long] [--only PART]... [--no-install] [--keep]

  --only PART     only this part; the parts are:
    format        the layout of the C files
    gcc           make distcheck with --enable-strict: build, all tests,
                  install
    clang         build with -Wthread-safety, AddressSanitizer and
                  UndefinedBehaviorSanitizer; unit tests, stress programs
    tsan          build with gcc and ThreadSanitizer; stress programs
    valgrind      tests under valgrind (with --long)
    long          what takes minutes: tests/long/ (with --long)
    fuzz          one minute for each harness of tests/fuzz/ (with --long)
  --long          also the last three
  --no-install    do not look for missing packages
  --keep          leave the temporary folder for a look
END
}

parts="format gcc clang tsan"
groups="run test"
only=
install=yes
keep=no
while [ $# -gt 0 ]; do
    case $1 in
    --long)
        parts="$parts valgrind long fuzz"
        groups="run test long"
        ;;
    --only)
        case ${2:-} in
        format | gcc | clang | tsan | valgrind | long | fuzz) only="$only $2" ;;
        *)
            echo "check.sh: --only wants a part; see ./check.sh --help" >&2
            exit 2
            ;;
        esac
        shift
        ;;
    --no-install) install=no ;;
    --keep) keep=yes ;;
    --help | -h)
        usage
        exit
        ;;
    *)
        usage >&2
        exit 2
        ;;
    esac
    shift
done

# The parts choose these themselves.
unset CC CFLAGS CPPFLAGS LDFLAGS MAKEFLAGS
# configure would look for bash, in which libtool takes longer than the linker.
export CONFIG_SHELL=/bin/sh

work=$(mktemp -d "${TMPDIR:-/tmp}/p11mux-check.XXXXXX") || exit 1
source=$work/source
child=

# Each step runs in a process group of its own, so that a signal ends all of it.
finish() {
    status=$?
    trap - EXIT HUP INT TERM
    if [ -n "$child" ]; then
        kill -TERM -- "-$child" 2>/dev/null && wait "$child" 2>/dev/null
    fi
    if [ "$keep" = yes ]; then
        echo "kept: $work"
    else
        chmod -R u+w "$work" # distcheck works with a read-only source
        rm -rf "$work"
    fi
    exit "$status"
}
trap finish EXIT
trap 'exit 130' HUP INT TERM

passed=0
failed=0
skipped=0
jobs=-j$(nproc)

# The tracked files and those that are about to be, as they are now.
copy_source() {
    mkdir "$source" || return
    if [ -e .git ] && command -v git >/dev/null; then
        git -c safe.directory='*' ls-files -z --cached --others \
            --exclude-standard |
            while IFS= read -r -d '' file; do
                [ ! -e "$file" ] || printf '%s\0' "$file"
            done | tar -c --null -T - -f - | tar -x -C "$source" -f -
    else
        tar -c --exclude=./.git -f - . | tar -x -C "$source" -f -
        [ ! -f "$source/Makefile" ] || make -s -C "$source" distclean
    fi
    (cd "$source" && find . -type f | sort) >"$work/files"
    [ -f "$source/configure.ac" ]
}

# Names what is in the checkout and not in the tarball that make dist wrote.
compare_with_tarball() {
    local missing
    missing=$(tar -tf p11mux-*.tar.xz | sed 's,^p11mux-[^/]*,.,' | sort |
        comm -23 "$work/files" -)
    [ -z "$missing" ] || {
        echo "make dist forgets these; name them in EXTRA_DIST or as sources:"
        echo "$missing"
        return 1
    }
}

# configure_in FOLDER ARGUMENT...: a build folder, made current.
configure_in() {
    mkdir "$work/$1" && cd "$work/$1" || return
    shift
    "$source/configure" -q "$@"
}

part_format() {
    P11MUX_SRCDIR=$source "$source/tests/check-format.sh"
}

part_gcc() {
    export XZ_OPT=-0 # distcheck makes the tarball twice
    configure_in gcc CC=gcc --enable-strict &&
        make -s "$jobs" distcheck && compare_with_tarball
}

part_clang() {
    configure_in clang CC=clang CFLAGS="-O1 -g" --enable-strict \
        --enable-sanitizers=address,undefined &&
        make -s "$jobs" check-programs && make -s -k check-unit check-stress
}

part_tsan() {
    configure_in tsan CC=gcc CFLAGS="-O1 -g" --enable-strict \
        --enable-sanitizers=thread &&
        make -s "$jobs" check-stress
}

part_valgrind() {
    configure_in valgrind CC=gcc --enable-strict &&
        make -s "$jobs" check-valgrind
}

part_long() {
    grep -q '^long_scripts +=' "$source/tests/local.mk" || {
        echo "skip tests/long/ is empty"
        return 77
    }
    configure_in long CC=gcc --enable-strict && make -s "$jobs" check-long
}

part_fuzz() {
    configure_in fuzz CC=clang --enable-strict \
        --enable-sanitizers=address,undefined,fuzzer &&
        make -s "$jobs" fuzz && make -s check-fuzz
}

# Adds the counts of a log's closing lines; 1 when it holds none. A part that
# fails although its tests did not is a failure of its own.
count() {
    local lines p f s
    lines=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$1")
    read -r p f s < <(echo "$lines" |
        awk '{ p += $1; f += $3; s += $5 } END { print p + 0, f + 0, s + 0 }')
    case $2 in
    0) [ -n "$lines" ] || p=1 ;;
    77) [ -n "$lines" ] || s=1 ;;
    *) [ "$f" -gt 0 ] || f=1 ;;
    esac
    passed=$((passed + p))
    failed=$((failed + f))
    skipped=$((skipped + s))
    counted="$p passed, $f failed, $s skipped"
}

run_part() {
    local start=$SECONDS status
    set -m
    ("part_$1") </dev/null >"$work/$1.log" 2>&1 &
    child=$!
    set +m
    wait "$child"
    status=$?
    child=
    count "$work/$1.log" "$status"
    if [ "$status" -ne 0 ] && [ "$status" -ne 77 ]; then
        grep -vE '^(ok   |  (CC|CCLD|GEN) )' "$work/$1.log" | tail -n 400 |
            sed "s/^/$1: /"
    else
        # What was left out must be seen.
        grep -E '^(skip|     skipped) ' "$work/$1.log" | sed "s/^/$1: /"
    fi
    echo "$1: $counted ($((SECONDS - start)) s)"
}

if [ "$install" = yes ]; then
    # shellcheck disable=SC2086 # a list of words
    etc/packages.sh $groups </dev/null || failed=1
fi
if [ "$failed" -eq 0 ]; then
    if copy_source && "$source/autogen.sh" >"$work/autogen.log" 2>&1; then
        for part in ${only:-$parts}; do
            run_part "$part"
        done
    else
        cat "$work/autogen.log" 2>/dev/null
        echo "check.sh: the source could not be prepared"
        failed=1
    fi
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
