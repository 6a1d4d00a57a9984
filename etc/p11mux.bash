# SPDX-License-Identifier: BSD-3-Clause
# Completion of p11mux for bash: commands, their options, files and tokens.

# What each command takes; tests/check-tool.sh compares it with the tool.
_p11mux_options() {
    case $1 in
    check) echo "--config --as --no-modules --json --verbose --help" ;;
    slots) echo "--config --labels --json --verbose --help" ;;
    modules) echo "--config --json --verbose --help" ;;
    objects) echo "--config --login --pin-source --json --verbose --help" ;;
    "group sync") echo "--config --login --pin-source --plan --json --verbose --help" ;;
    group) echo "--config --login --pin-source --json --verbose --help" ;;
    "group drain") echo "--config --force --wait --json --help" ;;
    "group resume") echo "--config --wait --json --help" ;;
    "group promote") echo "--config --wait --json --help" ;;
    "migrate plan") echo "--config --login --pin-source --id --label --class --jobs --report --through-host --json --verbose --help" ;;
    "migrate run") echo "--config --login --pin-source --id --label --class --jobs --report --through-host --json --verbose --help" ;;
    "migrate status") echo "--config --login --pin-source --json --verbose --help" ;;
    "migrate verify") echo "--config --login --pin-source --id --label --class --json --verbose --help" ;;
    "migrate rollback") echo "--config --wait --json --help" ;;
    "migrate finish") echo "--config --login --pin-source --wait --quiet-for --json --verbose --help" ;;
    "migrate import") echo "--config --login --pin-source --id --label --to --key --cert --passphrase --extractable --member --json --verbose --help" ;;
    login) echo "--config --so --force --json --verbose --help" ;;
    doctor) echo "--config --json --verbose --help" ;;
    status) echo "--config --watch --interval --processes --prometheus --output --json --help" ;;
    pause) echo "--config --all --wait --json --help" ;;
    resume) echo "--config --all --wait --json --help" ;;
    reload) echo "--config --all --wait --json --help" ;;
    reconnect) echo "--config --all --wait --json --help" ;;
    "audit keygen") echo "--name --json --help" ;;
    "audit checkpoint") echo "--next --config --key --json --help" ;;
    "audit rotate") echo "--config --key --moved --if-larger --json --help" ;;
    "audit verify") echo "--config --key --since --rest --json --help" ;;
    "audit prove") echo "--config --help" ;;
    "audit check-proof") echo "--key --json --help" ;;
    "audit stats") echo "--config --since --until --token --key --event --outcome --user --exe --run --by --json --help" ;;
    "audit report") echo "--config --since --until --token --key --event --outcome --user --exe --run --html --verifier --kept --rest --help" ;;
    "audit show") echo "--config --since --until --token --key --event --outcome --user --exe --run --limit --follow --json --help" ;;
    "certs list") echo "--config --login --pin-source --json --verbose --help" ;;
    "certs add") echo "--config --login --pin-source --id --label --json --verbose --help" ;;
    "certs export") echo "--config --login --pin-source --id --label --subject --sha256 --verbose --help" ;;
    "certs remove") echo "--config --login --pin-source --id --label --subject --sha256 --all --json --verbose --help" ;;
    "certs capacity") echo "--config --login --pin-source --json --verbose --help" ;;
    "certs rebalance") echo "--config --login --pin-source --dry-run --json --verbose --help" ;;
    "certs copy") echo "--config --login --pin-source --id --label --subject --sha256 --from --to --json --verbose --help" ;;
    "certs migrate") echo "--config --from --to --finish --dry-run --json --verbose --help" ;;
    "certs verify") echo "--config --json --verbose --help" ;;
    help) echo "--help" ;;
    esac
}

# What the audit log tells of; tests/check-audit-show.sh compares it with
# config/events.def.
_p11mux_events() {
    echo "start stop login logout open close sign verify encrypt decrypt digest" \
        "wrap unwrap encapsulate decapsulate derive generate create copy set" \
        "destroy find random init-token set-pin overflow reconnect failover migrate member call intent" \
        "deny lost torn checkpoint config"
}

# The labels of the tokens, quoted for the shell. Modules that do not answer at
# once are not waited for.
_p11mux_tokens() {
    local label i
    local -a config=()

    for ((i = 2; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -c | --config) config=(--config "${COMP_WORDS[i + 1]}") ;;
        esac
    done
    while IFS= read -r label; do
        [[ $label == "$1"* || $(printf %q "$label") == "$1"* ]] &&
            COMPREPLY+=("$(printf %q "$label")")
    done < <(timeout 2 "${COMP_WORDS[0]}" slots --labels "${config[@]}" 2>/dev/null)
}

_p11mux() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]} commands="check slots modules objects group migrate login doctor status pause resume reconnect reload audit certs help"
    local audits="keygen checkpoint rotate verify prove check-proof show stats report"
    local groups="sync drain resume promote"
    local migrates="plan run status verify rollback finish import"
    local certs="list add export remove capacity rebalance copy migrate verify"

    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$word")
        return
    fi
    if [[ $command == audit ]] && ((COMP_CWORD == 2)); then
        mapfile -t COMPREPLY < <(compgen -W "$audits" -- "$word")
        return
    fi
    if [[ $command == certs ]] && ((COMP_CWORD == 2)); then
        mapfile -t COMPREPLY < <(compgen -W "$certs" -- "$word")
        return
    fi
    if [[ $command == migrate ]] && ((COMP_CWORD == 2)); then
        mapfile -t COMPREPLY < <(compgen -W "$migrates" -- "$word")
        return
    fi
    if [[ $command == group ]] && ((COMP_CWORD == 2)) && [[ $word != -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$groups" -- "$word")
        _p11mux_tokens "$word"
        return
    fi
    [[ $command != group || " $groups " != *" ${COMP_WORDS[2]} "* ]] ||
        command="$command ${COMP_WORDS[2]}"
    [[ $command != audit && $command != certs && $command != migrate ]] ||
        command="$command ${COMP_WORDS[2]}"
    case $command:$before in
    audit\ show:--event | audit\ stats:--event | audit\ report:--event)
        mapfile -t COMPREPLY < <(compgen -W "$(_p11mux_events)" -- "$word")
        return
        ;;
    audit\ show:--outcome | audit\ stats:--outcome | audit\ report:--outcome)
        mapfile -t COMPREPLY < <(compgen -W "success failure denied" -- "$word")
        return
        ;;
    audit\ show:--token | audit\ stats:--token | audit\ report:--token)
        _p11mux_tokens "$word"
        return
        ;;
    audit\ show:--user | audit\ stats:--user | audit\ report:--user)
        mapfile -t COMPREPLY < <(compgen -u -- "$word")
        return
        ;;
    audit\ stats:--by)
        mapfile -t COMPREPLY < <(compgen -W "event token key program user hour" -- "$word")
        return
        ;;
    audit\ show:--since | audit\ show:--until | audit\ show:--key | \
        audit\ stats:--since | audit\ stats:--until | audit\ stats:--key | \
        audit\ report:--since | audit\ report:--until | audit\ report:--key)
        return
        ;;
    esac
    case $command:$before in
    certs\ copy:--from | certs\ copy:--to)
        _p11mux_tokens "$word"
        return
        ;;
    certs\ migrate:--from | certs\ migrate:--to)
        mapfile -t COMPREPLY < <(compgen -W "sqlite:/ postgresql://" -- "$word")
        return
        ;;
    migrate\ *:--class)
        mapfile -t COMPREPLY < <(compgen -W "private-key public-key secret-key certificate data" -- "$word")
        return
        ;;
    migrate\ import:--to)
        _p11mux_tokens "$word"
        return
        ;;
    migrate\ *:--id | migrate\ *:--label | migrate\ *:--jobs | migrate\ *:--member)
        return
        ;;
    certs\ *:--id | certs\ *:--label | certs\ *:--subject | certs\ *:--sha256)
        return
        ;;
    esac
    case $before in
    -c | --config | -o | --output | -k | --key | --cert | --since | --moved | --html | --report | --verifier | --kept)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    --as)
        mapfile -t COMPREPLY < <(compgen -u -- "$word")
        return
        ;;
    --pin-source | --passphrase)
        mapfile -t COMPREPLY < <(compgen -W "file: env: command: credential:" -- "$word")
        compopt -o nospace
        return
        ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_p11mux_options "$command")" -- "$word")
        return
    fi
    case $command in
    check | audit\ * | certs\ verify)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        ;;
    group\ *)
        ((COMP_CWORD > 3)) && [[ $command != "group sync" ]] ||
            _p11mux_tokens "$word"
        ;;
    migrate\ import) ;;
    objects | group | login | status | pause | resume | reconnect | migrate\ * | certs\ *)
        _p11mux_tokens "$word"
        [[ $command != "certs add" ]] || {
            compopt -o filenames
            mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$word")
        }
        ;;
    help)
        [[ $before != audit ]] || commands=$audits
        [[ $before != certs ]] || commands=$certs
        [[ $before != group ]] || commands=$groups
        [[ $before != migrate ]] || commands=$migrates
        mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word")
        ;;
    esac
}

complete -F _p11mux p11mux
