#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# nginx's workers, who have given up root, write the audit log: where only root
# may open it, by what they have from their master, and where their group may.
# Each connection has one record of a signature, by the worker that answered it,
# as www-data, in a run that this worker has begun; also after a reload.
#
# One worker only for SoftHSM's tokens: tests/clients/nginx.sh says why.
tokens="soft nss"

# FOLDER OWNERS MODE GROUP: a log of its own, and a configuration that names it.
keep_log() {
    mkdir "$1"
    chown "$2" "$1"
    chmod "$3" "$1"
    log=$fixture_folder/$1/audit.jsonl
    cp plain.conf "$P11MUX_CONF"
    echo "group = \"$4\"; audit = { file = \"$log\"; };" >>"$P11MUX_CONF"
}

# Successful signatures of www-data in the log.
signatures() {
    grep '"event":"sign",.*"outcome":"success",.*"user":"www-data",' "$log"
}

# One more connection is one more record, of the worker that has answered.
try_connection() {
    before=$(signatures | wc -l)
    ok ask "$@"
    worker=$(cat "$said")
    [ "$(signatures | wc -l)" -eq $((before + 1)) ] ||
        web_complain "$before signatures before, $(signatures | wc -l) after" \
            "a connection"
    record=$(signatures | tail -n 1)
    case $record in
    *"\"pid\":$worker,"*"\"uid\":$(id -u www-data),"*) ;;
    *) web_complain "worker $worker has answered, not: $record" ;;
    esac
    run=$(echo "$record" | sed 's/.*"run":"\([0-9a-f]*\)".*/\1/')
    grep -q "\"run\":\"$run\",\"n\":0,.*\"event\":\"start\",.*\"pid\":$worker," \
        "$log" || web_complain "worker $worker has begun no run: $record"
}

try_connections() {
    for identity in $identities; do
        try_connection --tls-max 1.2 --ciphers "$(cipher_of "$identity")"
    done
    for connection in 1 2 3 4 5; do
        try_connection --tlsv1.3
    done
}

try_log() {
    keep_log "$@"
    web_start nginx
    try_connections
    web_reload
    try_connections
    load_start 2
    load_goes_on 20
    load_stop
    no_failures "the audit log"
    web_stop
    ok "$P11MUX_TOOL" audit verify "$log"
    [ "$(stat -c %U:%G:%a "$log")" = "root:$4:$5" ] ||
        web_complain "the log is $(stat -c %U:%G:%a "$log"), not root:$4:$5"
}

try() {
    web_prepare
    cp "$P11MUX_CONF" plain.conf
    count=2
    [ "$token" != soft ] || count=1
    try_log of-root root:root 700 root 660
    try_log of-group root:www-data 2770 www-data 660
}

. "$(dirname "$0")/web.sh"
. "$(dirname "$0")/lib.sh"
web_need nginx "${P11MUX_TOOL:?is the tool}"
clients_run "$@"
