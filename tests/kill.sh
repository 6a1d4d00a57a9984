# SPDX-License-Identifier: BSD-3-Clause
# What the scripts stand on that kill a command at each of its steps; to be
# sourced, after tests/migrate.sh. A step is a system call that changes something
# in the state folder, before it (tests/victim.c), or a call of the new member's
# module that writes, after it (tests/modules/fault.h). Between two of them nothing
# changes that stays. Every other one of the first kind is taken, or with KILL_EVERY=1
# each (tests/long/kill.sh). With KILL_ALL=yes it is also any call of both members'
# modules, before it and after it, or every KILL_CALLS_EVERY-th.
written=new writing="C_CreateObject C_UnwrapKey C_SetAttributeValue C_DestroyObject"
moments=after
[ "${KILL_ALL:-no}" = no ] || written="old new" writing=any moments="before after"
kills=0 kill_every=${KILL_EVERY:-2}

# kill_at MEMBER: the module of the member that is the old one or the new one is
# in front of a script now; kill_use writes a configuration with both.
kill_at() {
    export P11MUX_FAULT_SCRIPT="$fixture_folder/script"
    export P11MUX_FAULT_MODULE="$softhsm"
    old=$softhsm new=$fixture_folder/behind.so
    [ "$1" = old ] || P11MUX_FAULT_MODULE=$new
    eval "$1=\$P11MUX_BUILDDIR/tests/modules/.libs/fault.so"
    old=$(migrate_module old "$old" old)
    new=$(migrate_module new "$new" new)
    : >script
    kill_use
}

# What is there now is what each command finds that is killed.
kill_keep() {
    rm -rf before
    mkdir before
    cp -a tokens state before
    : >audit.jsonl
}
kill_restore() {
    rm -rf tokens state
    cp -a before/tokens before/state .
    : >audit.jsonl
}

# Objects that a token has on the disk, where SoftHSM keeps a file for each.
count_made() {
    find "tokens/$1" -name '*.object' ! -name token.object | wc -l
}
# Copies that are half way, or that were proven: both are written down.
count_left() {
    find state/transfers -type f ! -name '.*' 2>/dev/null | wc -l
}
count_recorded() {
    grep -c '"event":"migrate"' audit.jsonl
}

# kill_judged STEP STATUS: after a command that was to be killed there; false
# when it was not, since it has no such step any more.
kill_judged() {
    asked="killed at $1"
    [ "$2" -eq 0 ] || [ "$2" -eq 137 ] ||
        mistake "$asked: status $2: $(cat out err)"
    kill_judge "$2"
    [ "$mistakes" -eq 0 ] || {
        mistake "that was when it was killed at $1"
        exit 1
    }
    kills=$((kills + ($2 == 137)))
    [ "$2" -eq 137 ]
}

# kill_everywhere LEAST COMMAND...: kill_judge STATUS is what has to be true
# afterwards; it has so many steps at least.
kill_everywhere() {
    least=$1 kills=0 number=1 status=0
    shift
    while
        kill_restore
        "$P11MUX_BUILDDIR/tests/victim" "$fixture_folder/state" "$number" "$@" \
            >out 2>err </dev/null
        kill_judged "step $number of $*" $?
    do
        number=$((number + kill_every))
    done
    for of in $written; do
        kill_at "$of"
        for function in $writing; do
            for moment in $moments; do
                kill_at_calls "$@"
            done
        done
    done
    [ "$kills" -ge $((least / kill_every)) ] ||
        mistake "$*: was killed $kills times, not $((least / kill_every))"
    echo "$*: killed $kills times"
}

# kill_at_calls COMMAND...: at those of $function of the member $of, or at any
kill_at_calls() {
    number=1 called=$function
    [ "$function" != any ] || called='*'
    while
        kill_restore
        echo "$called $number ${moment#before} kill" >script
        "$@" >out 2>err </dev/null
        status=$?
        : >script
        kill_judged "$moment call $number of $function of the $of one by $*" "$status"
    do
        number=$((number + ${KILL_CALLS_EVERY:-1}))
    done
}
