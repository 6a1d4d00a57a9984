#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Apache (prefork, mod_ssl with libp11's engine) with keys on tokens, each of
# its workers over a pool of two sessions, while it is restarted gracefully
# under load: every request is answered, and no process has more sessions than
# its pool and the one that holds the login. With APACHE_RELOADS=100 it goes on
# for longer.
#
# One worker only for SoftHSM's tokens: tests/clients/nginx.sh says why.
tokens="soft nss opencryptoki"
size=2
token_settings="pool = { mode = \"operation\"; size = $size; };"
device_limit="200 unreported"

try() {
    web_prepare
    count=4
    [ "$token" != soft ] || count=1
    web_start apache
    try_each
    says '^hello$'
    load_start 6
    for reload in $(seq "${APACHE_RELOADS:-3}"); do
        load_goes_on 30
        web_reload
    done
    load_goes_on 30
    load_stop
    no_failures "a restart"
    try_each
    says '^hello$'
    web_stop
    device_at_most $((size + 1))
}

. "$(dirname "$0")/web.sh"
. "$(dirname "$0")/lib.sh"
web_need apache2
clients_run "$@"
