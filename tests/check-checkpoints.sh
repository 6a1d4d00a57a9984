#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What p11mux check says of the checkpoints of the audit log.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
. "$folder/tool.sh"
tool_begin
configure_log() {
    printf 'audit = { file = "%s"; %s };\nstate_dir = "%s";\n' \
        "$fixture_folder/log" "${1:-}" "$fixture_folder/state" >p11mux.conf
    chmod 644 p11mux.conf
    expect 0 check --no-modules
}
with_key="key = \"$fixture_folder/key\";"

configure_log
says "are not signed"
says "p11mux audit keygen"
configure_log "$with_key"
says "no checkpoints are made"
says "No such file"
expect 0 audit keygen key
configure_log "$with_key"
says_not checkpoint
chmod 640 key
configure_log "$with_key"
says "chmod 600"
chmod 600 key
if [ "$(id -u)" -eq 0 ]; then
    expect 1 check --no-modules --as nobody
    says "user nobody makes no checkpoints"
fi

# Records that have waited for longer than an interval, and no longer.
echo '{}' >log
configure_log "$with_key"
says_not checkpoint
touch -d "10 minutes ago" log
configure_log "$with_key"
says "no checkpoint covers for 10 minutes"
configure_log "$with_key checkpoint_interval = \"1h\";"
says_not checkpoint
touch log.checkpoint
configure_log "$with_key"
says_not checkpoint
tool_end
