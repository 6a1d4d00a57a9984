# SPDX-License-Identifier: BSD-3-Clause
# Java's key store on a token, for the scripts beside it; to be sourced before
# lib.sh.

# A virtual machine that is short-lived.
quick='-XX:TieredStopAtLevel=1 -Xshare:auto -XX:+UseSerialGC'

compile() {
    javac -J-XX:TieredStopAtLevel=1 -d . "$source/tests/clients/$1.java"
}

# SLOT: the configuration of the provider.
write_provider() {
    cat <<END
name = mux
library = $mux
slot = $1
attributes = compatibility
END
}

slot_of() {
    ok pkcs11-tool --module "$mux" --list-slots
    slot=$(sed -n "/^Slot/h; /token label *: $1\$/{ g; s/.*(\(0x[0-9a-f]*\)).*/\1/p; }" \
        "$said")
    slot=$((slot))
    [ "$slot" -gt 0 ] || fixture_fail "$token: no slot of $1"
}

store() {
    keytool $(printf ' -J%s' $quick) -addprovider SunPKCS11 \
        -providerArg provider.cfg -keystore NONE -storetype PKCS11 \
        -storepass "$pin" "$@"
}

# ALIAS ARGUMENT...: a key pair with a certificate.
make_pair() {
    alias=$1
    shift
    ok store -genkeypair -alias "$alias" -dname "CN=$alias" "$@"
}
