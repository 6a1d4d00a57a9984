#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The Debian packages that p11mux needs, and how they get onto the machine:
#   etc/packages.sh run         to build it and to try it with SoftHSM
#   etc/packages.sh run test    for everything that check.sh does
#   etc/packages.sh run test long   and for what check.sh --long does
# Installs only what is missing; says nothing when nothing is.

run="autoconf automake libtool pkg-config gcc make libc6-dev
    libp11-kit-dev libconfig-dev libssl-dev libsqlite3-dev libjansson-dev
    zlib1g-dev libpq-dev
    p11-kit p11-kit-modules softhsm2 opensc openssl"

test="libcriterion-dev clang clang-format libclang-rt-14-dev llvm valgrind
    binutils lld procps iproute2 util-linux xz-utils logrotate mandoc sqlite3
    postgresql
    libnss3 libnss3-tools opencryptoki
    libtpm2-pkcs11-1 libtpm2-pkcs11-tools swtpm swtpm-tools
    libtss2-tcti-swtpm0 libtss2-tcti-tabrmd0 tpm2-tools tpm2-abrmd dbus
    rsyslog gnutls-bin libengine-pkcs11-openssl nginx-light apache2-bin openssh-client
    python3-pykcs11 curl
    golang-go golang-github-thalesignite-crypto11-dev
    golang-github-stretchr-testify-dev default-jdk-headless"

long="chromium fonts-dejavu-core"

demo="libnss3 libnss3-tools libtpm2-pkcs11-1 swtpm swtpm-tools
    libtss2-tcti-swtpm0 tpm2-tools procps"

wanted=
for group in "$@"; do
    case $group in
    run) wanted="$wanted $run" ;;
    test) wanted="$wanted $test" ;;
    long) wanted="$wanted $long" ;;
    demo) wanted="$wanted $demo" ;;
    *)
        echo "packages.sh: no group is called $group; there are run, demo, test and long" >&2
        exit 1
        ;;
    esac
done

missing=
for package in $wanted; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    as_root=sudo
else
    echo "packages.sh: not root and no sudo without a password; as root, run:" \
        "apt-get install$missing" >&2
    exit 1
fi

# nginx, pcscd and their like are wanted as programs, not as services.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap '$as_root rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
fi

echo "installing:$missing"
# shellcheck disable=SC2086 # a list of words
{
    $as_root apt-get -q update &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
            -o Dpkg::Use-Pty=0 --no-install-recommends install $missing
} </dev/null >&2 || {
    echo "packages.sh: apt-get failed; these are still wanted:$missing" >&2
    exit 1
}
