#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# nginx with keys on tokens: a master that reads its configuration as root and
# forks, workers of another user that sign; reloads and kills while clients
# come and go.
#
# SoftHSM rewrites the token's file at each login, and whoever starts in that
# moment sees no token; libp11 then waits for ever for a session. So one worker
# only for its tokens, and none of them behind p11-kit's server, with p11mux
# or without. And without tpm2-pkcs11, which cannot be used after a fork.
tokens="soft nss opencryptoki several"
around="${P11MUX_SRCDIR:-$(dirname "$0")/../..}/tests/clients/in-open-folder.sh"

# The key ALIAS of a TYPE and its certificate.
make_identity() {
    ok pkcs11-tool --module "$mux" --token-label "$label" --login \
        --pin "$pin" --keypairgen --key-type "$2" --id "$3" --label "$1"
    OPENSSL_CONF=$fixture_folder/openssl.cnf ok openssl req -x509 \
        -engine pkcs11 -keyform engine \
        -key "pkcs11:token=$label;object=$1;type=private" -days 2 \
        -subj "/CN=$1" -addext subjectAltName=DNS:localhost -out "$1.pem"
}

write_nginx() {
    cat <<END
user www-data;
worker_processes $count;
pid $fixture_folder/nginx.pid;
error_log $fixture_folder/error.log notice;
ssl_engine pkcs11;
env OPENSSL_CONF;
env P11MUX_CONF;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path $fixture_folder/body;
    proxy_temp_path $fixture_folder/proxy;
    fastcgi_temp_path $fixture_folder/fastcgi;
    uwsgi_temp_path $fixture_folder/uwsgi;
    scgi_temp_path $fixture_folder/scgi;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache off;
    ssl_session_tickets off;
    server {
        listen 127.0.0.1:$port ssl;
$(for identity in $identities; do
    echo "        ssl_certificate $fixture_folder/$identity.pem;"
    echo "        ssl_certificate_key" \
        "\"engine:pkcs11:pkcs11:token=$label;object=$identity;type=private\";"
done)
        location / { return 200 "\$pid\n"; }
    }
}
END
}

# openCryptoki serves members of a group.
join_group() {
    sed '/^pkcs11:/s/$/,www-data/; s/:,/:/' /etc/group >group
    mount --bind group /etc/group
}

# [OPTION...]: one connection; prints the worker that answered.
ask() {
    curl --silent --show-error --max-time 20 --cacert authorities.pem "$@" \
        "https://localhost:$port/"
}

nginx_answers() {
    fixture_is_gone "$master" || ask >/dev/null 2>&1
}

nginx_complain() {
    tail -n 30 error.log
    [ ! -s "$mux_log" ] || sed 's/^/log: /' "$mux_log"
    fixture_fail "$token: $*"
}

# The port may have been taken by somebody who was faster.
start_nginx() {
    for try in 1 2 3; do
        port=$(fixture_port)
        write_nginx >nginx.conf
        if OPENSSL_CONF=$fixture_folder/openssl.cnf nginx -p "$fixture_folder" \
            -c "$fixture_folder/nginx.conf" >"$said" 2>&1; then
            master=$(cat nginx.pid)
            fixture_pids="$master $fixture_pids"
            fixture_wait_until 20 nginx_answers &&
                ! fixture_is_gone "$master" && return
            nginx_complain "nginx does not answer"
        fi
        grep -q 'Address already in use' "$said" || break
    done
    clients_complain 1 succeed nginx
}

workers() {
    cat "/proc/$master/task/$master/children"
}

# Many clients at once, of each kind of key and both versions of TLS.
try_handshakes() {
    for identity in $identities; do
        case $identity in
        rsa) cipher=ECDHE-RSA-AES128-GCM-SHA256 ;;
        ec) cipher=ECDHE-ECDSA-AES128-GCM-SHA256 ;;
        esac
        ok ask --tls-max 1.2 --ciphers "$cipher"
        says '^[0-9]+$'
    done
    ok ask --tlsv1.3
    says '^[0-9]+$'
    started=
    for client in 1 2 3 4 5 6 7 8 9 10 11 12; do
        ask >"client.$client" 2>&1 &
        started="$started $!"
    done
    for client in $started; do
        wait "$client" || nginx_complain "$(cat client.*)"
    done
    for answer in $(sort -u client.*); do
        case " $(workers) " in
        *" $answer "*) ;;
        *) nginx_complain "$answer is none of the workers $(workers)" ;;
        esac
    done
}

# Clients that go on until the file "stop" is there; failures are noted.
start_clients() {
    rm -f stop
    for client in 1 2; do
        while [ ! -e stop ]; do
            ask >/dev/null 2>>failures || echo failed >>failures
            echo >>asked
        done &
        fixture_pids="$! $fixture_pids"
        eval "client_$client=\$!"
    done
}

stop_clients() {
    : >stop
    wait "$client_1" "$client_2"
}

asked_more() {
    [ "$(wc -l <asked)" -ge "$1" ]
}

# None of the processes is left, and as many others are in their place.
are_replaced() {
    for worker; do
        fixture_is_gone "$worker" || return 1
    done
    [ "$(workers | wc -w)" -eq "$count" ]
}

try_reload() {
    : >asked
    : >failures
    start_clients
    for reload in 1 2 3; do
        old=$(workers)
        fixture_wait_until 20 asked_more $((reload * 5)) ||
            nginx_complain "no connections before a reload"
        kill -HUP "$master"
        fixture_wait_until 30 are_replaced $old ||
            nginx_complain "the workers $old are not replaced by a reload"
    done
    stop_clients
    [ ! -s failures ] || nginx_complain "a reload is seen: $(head -n 3 failures)"
    try_handshakes
}

# Killed while it works; only connections that it had may fail.
try_kill() {
    : >asked
    start_clients
    for round in 1 2; do
        fixture_wait_until 20 asked_more $((round * 5)) ||
            nginx_complain "no connections before a kill"
        set -- $(workers)
        kill -KILL "$1"
        fixture_wait_until 30 are_replaced "$1" ||
            nginx_complain "the worker $1 is not replaced"
    done
    stop_clients
    try_handshakes
}

stop_nginx() {
    old=$(workers)
    kill -QUIT "$master"
    for process in "$master" $old; do
        fixture_wait_until 20 fixture_is_gone "$process" ||
            nginx_complain "$process does not end"
    done
    grep -E '\[(alert|crit|emerg|error)\]' error.log |
        grep -v 'exited on signal 9' && nginx_complain "has complained"
    return 0
}

# What workers must read belongs to them, all but the configuration.
hand_over() {
    chmod 755 "$fixture_folder"
    chmod 644 "$P11MUX_CONF" openssl.cnf
    : >>"$mux_log"
    for place in softhsm softhsm2.conf nss p11mux.log; do
        [ ! -e "$place" ] || chown -R www-data "$place"
    done
}

try() {
    config_engine "$mux" >openssl.cnf
    make_identity rsa rsa:2048 01
    identities=rsa
    ! token_can ec || {
        make_identity ec EC:prime256v1 02
        identities="rsa ec"
    }
    for identity in $identities; do cat "$identity.pem"; done >authorities.pem
    hand_over
    count=2
    case $token in
    opencryptoki) join_group ;;
    soft | several) count=1 ;;
    esac
    start_nginx
    try_handshakes
    try_reload
    try_kill
    stop_nginx
}

. "$(dirname "$0")/lib.sh"
fixture_need nginx curl openssl pkcs11-tool "$engine_module"
[ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null ||
    fixture_skip "may not make mount namespaces as root"
getent passwd www-data >/dev/null || fixture_skip "there is no user www-data"
clients_run "$@"
