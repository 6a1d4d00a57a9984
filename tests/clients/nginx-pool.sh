#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# nginx with four workers that share a token, each over a pool of two sessions,
# while it is reloaded again and again: every request is answered, and no
# process has more sessions than its pool and the one that holds the login.
# With NGINX_RELOADS=100 it goes on for longer.
#
# Without SoftHSM's tokens: tests/clients/nginx.sh says why.
tokens="nss opencryptoki"
size=2
token_settings="pool = { mode = \"operation\"; size = $size; };"
device_limit="200 unreported"
count=4

try() {
    web_prepare
    web_start nginx
    try_each
    load_start 6
    for reload in $(seq "${NGINX_RELOADS:-4}"); do
        load_goes_on 40
        web_reload
    done
    load_goes_on 40
    load_stop
    no_failures "a reload"
    try_each
    web_stop
    device_at_most $((size + 1))
}

. "$(dirname "$0")/web.sh"
. "$(dirname "$0")/lib.sh"
web_need nginx
clients_run "$@"
