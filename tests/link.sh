#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Links a program with the libraries of this build, as libtool would, which takes as
# long to get there as the linker takes itself; there are hundreds of tests.
# link.sh COMMAND..., whose .la files are replaced by what they stand for.
set -eu
n=$#
behind=
while [ "$n" -gt 0 ]; do
    argument=$1
    shift
    n=$((n - 1))
    case $argument in
    *.la)
        case $argument in
        */*) file=$argument ;;
        *) file=./$argument ;;
        esac
        # libtool writes it to be read so.
        old_library='' dependency_libs=''
        # shellcheck source=/dev/null
        . "$file"
        set -- "$@" "${file%/*}/.libs/$old_library"
        behind="$dependency_libs $behind"
        ;;
    *) set -- "$@" "$argument" ;;
    esac
done
# shellcheck disable=SC2086 # a list of words
exec "$@" $behind
