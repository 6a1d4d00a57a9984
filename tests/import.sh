# SPDX-License-Identifier: BSD-3-Clause
# What the scripts that import keys of files stand on; to be sourced, after
# tests/migrate.sh.
fault=${P11MUX_BUILDDIR:?}/tests/modules/.libs/fault.so
export P11MUX_FAULT_MODULE="${softhsm:?}"
export OPENS="a long passphrase"

make_file() {
    openssl "$@" >make.log 2>&1 || fixture_fail "openssl $*: $(cat make.log)"
}

# import STATUS FILE ARGUMENT...
import() {
    wanted=$1 key=$2
    shift 2
    expect "$wanted" migrate import --key "$key" --to "${to:-one}" --login \
        --passphrase env:OPENS --json "$@"
}

# The objects of the token: has EXPRESSION, where o is the list
has() {
    expect 0 objects "${to:-one}" --login --json
    json "(lambda o: $1)(j['objects'])"
}
