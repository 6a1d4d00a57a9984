#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# OpenSSH before p11mux: ssh-keygen lists the keys of the tokens, ssh-agent
# loads p11mux and signs with them.
tokens="soft client nss opencryptoki tpm several"

make_key() {
    ok pkcs11-tool --module "$mux" --token-label "$label" --login \
        --pin "$pin" --keypairgen --key-type "$1" --id "$2" --label "$3"
}

# What ssh-add asks for the PIN, since there is no terminal.
write_askpass() {
    printf '#!/bin/sh\necho %s\n' "$1" >askpass
    chmod 700 askpass
    export SSH_ASKPASS="$fixture_folder/askpass" SSH_ASKPASS_REQUIRE=force
}

agent_serves() {
    fixture_is_gone "$fixture_pid" || [ -S "$SSH_AUTH_SOCK" ]
}

# The agent loads what its list allows, by the path without symbolic links.
start_agent() {
    export SSH_AUTH_SOCK="$fixture_folder/agent"
    fixture_start ssh-agent ssh-agent -D -a "$SSH_AUTH_SOCK" -P "$1"
    fixture_wait_until 10 agent_serves && ! fixture_is_gone "$fixture_pid" || {
        cat "$fixture_folder/ssh-agent.log"
        fixture_fail "$token: ssh-agent does not serve"
    }
}

stop_agent() {
    kill "$fixture_pid"
    fixture_wait_until 10 fixture_is_gone "$fixture_pid" ||
        fixture_fail "$token: ssh-agent does not end"
    rm -f "$SSH_AUTH_SOCK"
}

# TYPE: signs with the agent's key of that type; others cannot verify it.
try_signature() {
    grep "^$1 " listed >key.pub || fixture_fail "$token: has no $1 key"
    rm -f message.sig
    ok ssh-keygen -Y sign -f key.pub -n p11mux message
    echo "somebody@example $(cat key.pub)" >signers
    ssh-keygen -Y verify -f signers -I somebody@example -n p11mux \
        -s message.sig <message >"$said" 2>&1 ||
        clients_complain $? succeed ssh-keygen -Y verify
    says '^Good "p11mux" signature'
    ! ssh-keygen -Y verify -f signers -I somebody@example -n p11mux \
        -s message.sig <key.pub >"$said" 2>&1 ||
        fixture_fail "$token: a signature fits another message"
}

try() {
    echo "a message for $token" >message
    mux=$(readlink -f "$mux")
    make_key rsa:2048 01 rsa
    ! token_can ec || make_key EC:prime256v1 02 ec
    ok ssh-keygen -D "$mux"
    says '^ssh-rsa '
    grep -E '^(ssh|ecdsa)-' "$said" >listed

    write_askpass "$pin"
    start_agent "$fixture_folder/*"
    no ssh-add -s "$mux"
    stop_agent

    start_agent "$(dirname "$mux")/*.so"
    write_askpass 99999
    no ssh-add -s "$mux"
    write_askpass "$pin"
    ok ssh-add -s "$mux"
    says '^Card added'
    ok ssh-add -L
    cut -d ' ' -f 1,2 listed | sort >listed.keys
    cut -d ' ' -f 1,2 "$said" | sort >added.keys
    ok diff listed.keys added.keys
    try_signature ssh-rsa
    ! token_can ec || try_signature ecdsa-sha2-nistp256
    try_signature ssh-rsa
    ok ssh-add -e "$mux"
    says '^Card removed'
    no ssh-add -L
    says 'The agent has no identities'
    # Again, in an agent whose helper had it before.
    ok ssh-add -s "$mux"
    try_signature ssh-rsa
    stop_agent
}

. "$(dirname "$0")/lib.sh"
fixture_need ssh-keygen ssh-agent ssh-add pkcs11-tool
clients_run "$@"
