# SPDX-License-Identifier: BSD-3-Clause
# What the scripts that move tokens stand on; to be sourced, after tests/tool.sh.
softokn=$(find /usr/lib -name libsoftokn3.so -print -quit 2>/dev/null)
old_token=old
new_token=new

migrate_begin() {
    tool_begin
    printf 1234 >pin
    chmod 600 pin
    mkdir run
    # A library and a folder of its own for each: SoftHSM does not read a token
    # while another one writes what it knows of it.
    cp -L "$softhsm" behind.so
    for of in old new; do
        sed "s#/tokens\$#&/$of#" softhsm2.conf >$of.conf
    done
    mkdir tokens/old tokens/new
    old=$(migrate_module old "$softhsm" old)
    new=$(migrate_module new "$fixture_folder/behind.so" new)
}

# migrate_module NAME PATH TOKEN: as module, for that token of SoftHSM
migrate_module() {
    module "$1" "$2" "env = { SOFTHSM2_CONF = \"$fixture_folder/$3.conf\"; };"
}

# migrate_token NAME [PIN]: of SoftHSM, old or new
migrate_token() {
    (SOFTHSM2_CONF=$fixture_folder/$1.conf && softhsm_token "$@") || exit
}

# nss_token NAME [PIN]: a database of NSS with the PIN in that file, and the module
# NAME that shows it in $nss
nss_token() {
    mkdir "$1"
    certutil -N -d "sql:$1" -f "${2:-pin}" || fixture_fail "cannot make token $1"
    nss=$(module "$1" "$softokn" \
        "init_args = \"configdir='sql:$fixture_folder/$1' dbTokenDescription='$1'\";")
}

# Where the token "ca" moves from and to: the tokens $old_token and $new_token of
# the modules $old and $new, and $migrate_setting what it has besides.
migrate_use() {
    configure "$old, $new" \
        "{ label = \"ca\"; mode = \"migrate\"; ${migrate_setting:-} pin = \"file:$fixture_folder/pin\";
           members = ( { module = \"${old_module:-old}\"; match = \"pkcs11:token=$old_token\"; role = \"old\";
                         ${old_pin:+pin = \"file:$fixture_folder/$old_pin\";} },
                       { module = \"${new_module:-new}\"; match = \"pkcs11:token=$new_token\"; role = \"new\"; } ); }"
    printf '%s\n' "audit = { file = \"$fixture_folder/audit.jsonl\"; };" \
        "runtime_dir = \"$fixture_folder/run\";" 'start_timeout = "1m";' >>p11mux.conf
}

# migrate_fault: from now on migrate_new fault says that the new member is behind
# the fault module, and migrate_new real that it is not.
migrate_fault() {
    export P11MUX_FAULT_MODULE="$fixture_folder/behind.so"
    real=$new
    fault=$(migrate_module new "$P11MUX_BUILDDIR/tests/modules/.libs/fault.so" new)
}
migrate_new() {
    eval "new=\$$1"
    migrate_use
}

# migrate_fill MODULE-PATH TOKEN ARGUMENT...: makes an object on one of them
migrate_fill() {
    filled=$1 of=$2
    shift 2
    [ ! -f "$of.conf" ] || SOFTHSM2_CONF=$fixture_folder/$of.conf
    pkcs11-tool --module "$filled" --token-label "$of" --login \
        --pin "$(cat "${fill_pin:-pin}")" \
        "$@" >generate.log 2>&1 || fixture_fail "$(cat generate.log)"
}

# migrate_has_one WHAT: one copy is half way
migrate_has_one() {
    [ "$(find state/transfers -type f | wc -l)" -eq 1 ] ||
        mistake "$1: not one file: $(ls state/transfers)"
}

# Nothing is left half way.
migrate_is_clean() {
    [ -z "$(ls state/transfers 2>/dev/null)" ] ||
        mistake "left: $(ls state/transfers)"
}
