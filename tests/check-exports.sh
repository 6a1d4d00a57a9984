#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux.so as a guest in somebody's process: three symbols, no libraries but
# those it is made for, never unloaded, nothing bound late, and thread-local
# storage small enough for dlopen.
set -eu
module=${P11MUX_MODULE:?is the module to look at}

case ${P11MUX_SANITIZERS:-no} in
no) ;;
*) echo "sanitizers add symbols and libraries of their own"; exit 77 ;;
esac

mistakes=0
wrong() {
    echo "$module: $*"
    mistakes=$((mistakes + 1))
}

exported=$(nm -D --defined-only "$module" | awk '{ print $3 }' | sort | xargs)
[ "$exported" = "C_GetFunctionList C_GetInterface C_GetInterfaceList" ] ||
    wrong "exports \"$exported\""

dynamic=$(readelf -dW "$module")
# libgcc_s is the C library's own companion: it ends cancelled threads.
for library in $(echo "$dynamic" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
    case $library in
    libc.so.* | libgcc_s.so.* | ld-linux*.so.*) ;;
    libp11-kit.so.* | libconfig.so.* | libcrypto.so.* | libsqlite3.so.*) ;;
    *) wrong "needs $library" ;;
    esac
done
echo "$dynamic" | grep -q 'FLAGS_1.*NODELETE' || wrong "can be unloaded"
echo "$dynamic" | grep -q 'FLAGS_1.*NOW' || wrong "binds symbols late"
if echo "$dynamic" | grep -q TEXTREL; then
    wrong "has text relocations"
fi

storage=$(readelf -lW "$module" | awk '$1 == "TLS" { print $6 }')
[ $((${storage:-0})) -le 64 ] ||
    wrong "has $((storage)) bytes of thread-local storage, not 64 at most"

[ "$mistakes" -eq 0 ]
