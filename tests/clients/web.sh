# SPDX-License-Identifier: BSD-3-Clause
# Web servers with keys on tokens, for the scripts beside it; to be sourced
# after their own settings and before lib.sh: a master that reads its
# configuration as root and forks, and $count workers of another user that sign.
#
#   web_prepare            makes the keys and certificates $identities, with
#                          $pin if there is one
#   web_start nginx|apache the server is $master, its port $port
#   ask [OPTION...]        one connection
#   load_start THREADS     connections all the time, until load_stop
#   web_reload, web_stop
around="${P11MUX_SRCDIR:-$(dirname "$0")/../..}/tests/clients/in-open-folder.sh"
python=/usr/bin/python3
apache_modules=/usr/lib/apache2/modules

# SERVER ACTION SIGNAL: how the servers are told.
web_facts='
nginx   reload HUP
nginx   stop   QUIT
apache  reload USR1
apache  stop   WINCH
'

# What is meant: a worker was killed; there are to be no more of them.
web_said='exited on signal 9|AH00161: server reached MaxRequestWorkers'

web_need() {
    fixture_need "$@" curl openssl pkcs11-tool "$engine_module" "$python"
    [ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null ||
        fixture_skip "may not make mount namespaces as root"
    getent passwd www-data >/dev/null ||
        fixture_skip "there is no user www-data"
}

web_complain() {
    tail -n 30 error.log
    [ ! -s "$mux_log" ] || sed 's/^/log: /' "$mux_log"
    fixture_fail "$token: $*"
}

# The key ALIAS of a TYPE and its certificate.
make_identity() {
    ok pkcs11-tool --module "$mux" --token-label "$label" \
        ${pin:+--login --pin "$pin"} --keypairgen --key-type "$2" --id "$3" \
        --label "$1"
    OPENSSL_CONF=$fixture_folder/openssl.cnf ok openssl req -x509 \
        -engine pkcs11 -keyform engine \
        -key "pkcs11:token=$label;object=$1;type=private" -days 2 \
        -subj "/CN=$1" -addext subjectAltName=DNS:localhost -out "$1.pem"
}

# openCryptoki serves members of a group.
join_group() {
    sed '/^pkcs11:/s/$/,www-data/; s/:,/:/' /etc/group >group
    mount --bind group /etc/group
}

# What workers must read belongs to them, all but the configuration.
hand_over() {
    chmod 755 "$fixture_folder"
    chmod 644 "$P11MUX_CONF" openssl.cnf
    : >>"$mux_log"
    for place in softhsm softhsm2.conf nss p11mux.log device; do
        [ ! -e "$place" ] || chown -R www-data "$place"
    done
    [ ! -e pin ] || { chown root:www-data pin && chmod 640 pin; }
}

web_prepare() {
    config_engine "$mux" >openssl.cnf
    make_identity rsa rsa:2048 01
    identities=rsa
    ! token_can ec || {
        make_identity ec EC:prime256v1 02
        identities="rsa ec"
    }
    for identity in $identities; do cat "$identity.pem"; done >authorities.pem
    [ "$token" != opencryptoki ] || join_group
    hand_over
}

# A key of $identities as the servers' configurations call it.
key_uri() {
    echo "pkcs11:token=$label;object=$1;type=private"
}

write_nginx() {
    cat <<END
user www-data;
worker_processes $count;
pid $fixture_folder/web.pid;
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
    echo "        ssl_certificate_key \"engine:pkcs11:$(key_uri "$identity")\";"
done)
        location / { return 200 "\$pid\n"; }
    }
}
END
}

write_apache() {
    cat <<END
ServerRoot $fixture_folder
ServerName localhost
DefaultRuntimeDir $fixture_folder
PidFile $fixture_folder/web.pid
ErrorLog $fixture_folder/error.log
LogLevel notice
User www-data
Group www-data
$(for module in mpm_prefork authz_core env headers ssl; do
    echo "LoadModule ${module}_module $apache_modules/mod_$module.so"
done)
StartServers $count
MinSpareServers $count
MaxSpareServers $count
MaxRequestWorkers $count
DocumentRoot $fixture_folder/pages
Listen 127.0.0.1:$port
SSLCryptoDevice pkcs11
SSLSessionCache none
SSLSessionTickets off
<VirtualHost 127.0.0.1:$port>
    SSLEngine on
    SSLProtocol -all +TLSv1.2 +TLSv1.3
$(for identity in $identities; do
    echo "    SSLCertificateFile $fixture_folder/$identity.pem"
    echo "    SSLCertificateKeyFile \"$(key_uri "$identity")\""
done)
</VirtualHost>
END
}

run_nginx() {
    nginx -p "$fixture_folder" -c "$fixture_folder/web.conf"
}

run_apache() {
    mkdir -p pages
    echo hello >pages/index.html
    apache2 -d "$fixture_folder" -f "$fixture_folder/web.conf" -k start
}

# [OPTION...]: one connection; prints what the server has answered.
ask() {
    curl --silent --show-error --fail --max-time 20 \
        --cacert authorities.pem "$@" "https://localhost:$port/index.html"
}

web_answers() {
    fixture_is_gone "$master" || ask >/dev/null 2>&1
}

# The port may have been taken by somebody who was faster.
web_start() {
    web=$1
    for try in 1 2 3; do
        port=$(fixture_port)
        "write_$web" >web.conf
        if OPENSSL_CONF=$fixture_folder/openssl.cnf "run_$web" >"$said" 2>&1
        then
            fixture_wait_until 20 [ -s web.pid ] ||
                web_complain "$web does not start"
            master=$(cat web.pid)
            fixture_pids="$master $fixture_pids"
            fixture_wait_until 20 web_answers && ! fixture_is_gone "$master" &&
                return
            web_complain "$web does not answer"
        fi
        grep -q 'Address already in use' "$said" || break
    done
    tail -n 30 error.log
    clients_complain 1 succeed "$web"
}

web_signal() {
    kill -"$(echo "$web_facts" | sed -n "s/^$web  *$1  *//p")" "$master"
}

workers() {
    cat "/proc/$master/task/$master/children"
}

# None of the processes is left, and as many others are in their place.
are_replaced() {
    for worker; do
        fixture_is_gone "$worker" || return 1
    done
    [ "$(workers | wc -w)" -eq "$count" ]
}

web_reload() {
    old=$(workers)
    web_signal reload
    fixture_wait_until 30 are_replaced $old ||
        web_complain "the workers $old are not replaced by a reload"
}

web_stop() {
    old=$(workers)
    web_signal stop
    for process in "$master" $old; do
        fixture_wait_until 20 fixture_is_gone "$process" ||
            web_complain "$process does not end"
    done
    grep -E '[:[](alert|crit|emerg|error)\]' error.log | grep -Ev "$web_said" &&
        web_complain "has complained"
    return 0
}

cipher_of() {
    case $1 in
    rsa) echo ECDHE-RSA-AES128-GCM-SHA256 ;;
    ec) echo ECDHE-ECDSA-AES128-GCM-SHA256 ;;
    esac
}

# One connection of each kind of key and both versions of TLS.
try_each() {
    for identity in $identities; do
        ok ask --tls-max 1.2 --ciphers "$(cipher_of "$identity")"
    done
    ok ask --tlsv1.3
}

load_start() {
    rm -f stop
    : >asked
    : >failures
    set -- "$1" $(for identity in $identities; do cipher_of "$identity"; done)
    fixture_start load "$python" -B "$source/tests/clients/tls-load.py" \
        "$port" authorities.pem "$@"
    load=$fixture_pid
}

load_stop() {
    : >stop
    wait "$load" || {
        cat "$fixture_folder/load.log"
        web_complain "the clients have failed"
    }
}

# So many more answers than there are now.
load_goes_on() {
    goal=$(($(wc -l <asked) + $1))
    fixture_wait_until 20 asked_more "$goal" ||
        web_complain "there are no connections: $(head -n 3 failures)"
}

asked_more() {
    [ "$(wc -l <asked)" -ge "$1" ]
}

no_failures() {
    [ ! -s failures ] || web_complain "$1 is seen: $(head -n 3 failures)"
}
