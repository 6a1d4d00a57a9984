#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The PINs that the configuration names: the command login, what check says of
# them, and that objects uses them; over real tokens of SoftHSM.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/fixture.sh"
. "$folder/tool.sh"
fixture_need softhsm2-util pkcs11-tool python3 "$softhsm"
tool_begin

softhsm_token web
softhsm_token ca
soft=$(module soft "$softhsm" "env = { SOFTHSM2_CONF = \"$SOFTHSM2_CONF\"; };")
pkcs11-tool --module "$softhsm" --token-label web --login --pin 1234 \
    --keygen --key-type aes:32 --label store --private >pkcs11.log 2>&1 ||
    fixture_fail "cannot make a key: $(cat pkcs11.log)"

# use KEYS: the configuration, with these of the token "web".
use() {
    configure "$soft" "$(token web soft pkcs11:token=web |
        sed "s|^{|{ $1|"), $(token ca soft pkcs11:token=ca)"
}
# The flags that SoftHSM keeps for the token "web", with more of them.
add_flags() {
    python3 - "$1" tokens/*/token.object <<'END' || fixture_fail "no flags to change"
import struct, sys
for path in sys.argv[2:]:
    data = bytearray(open(path, "rb").read())
    if b"web  " not in data:
        continue
    at = data.index(bytes.fromhex("000000008000534b0000000000000002")) + 16
    flags = struct.unpack(">Q", data[at:at + 8])[0] | int(sys.argv[1], 16)
    data[at:at + 8] = struct.pack(">Q", flags)
    generation = struct.unpack(">Q", data[:8])[0] + 1
    data[:8] = struct.pack(">Q", generation)
    open(path, "wb").write(data)
    sys.exit(0)
sys.exit(1)
END
}
pin=$fixture_folder/pin
write_pin() {
    printf '%s\n' "$1" >"$pin"
    chmod 600 "$pin"
}

# -- A PIN that is right ---------------------------------------------------

write_pin 1234
use "pin = \"file:$pin\"; so_pin = \"command:/bin/echo 87654321\";"
expect 0 check
expect 0 login web
says "token \"web\": logged in as its user with file:$pin: CKR_OK"
says_not 1234
expect 0 login 1 --json
json 'j["token"] == "web" and j["slot"] == 1 and j["logged_in"]'
json 'j["user"] == "user" and j["result"] == "CKR_OK" and j["message"] is None'
json 'j["source"].startswith("file:/") and j["tries"] is None'
expect 0 login web --so
says 'token "web": logged in as its security officer with command:/bin/echo: CKR_OK'
says_not 87654321
expect 0 login --so --json web
json 'j["user"] == "so" and j["source"] == "command:/bin/echo"'

# The member's own comes first, and one behind a rule is it.
use "pin = \"file:/nonexistent/pin\";"
sed -i "s|match = \"pkcs11:token=web\"|& ; pin = \"env:WEB_PIN\"|" p11mux.conf
WEB_PIN=1234
export WEB_PIN
expect 0 login web
says "with env:WEB_PIN: CKR_OK"
unset WEB_PIN
expect 1 login web
complains "PIN source env:WEB_PIN: the variable is not set"
use ""
sed -i "s|token=web\"|token=web?pin-source=file:$pin\"|" p11mux.conf
expect 0 login web
says "with pin-source of the URI: CKR_OK"

# -- objects ---------------------------------------------------------------

use "pin = \"file:$pin\";"
expect 0 objects web
says_not store
expect 0 objects web --login
says store
printf '4321\n' >other
chmod 600 other
expect 1 objects web --pin-source file:other
complains "the PIN is wrong"
expect 0 objects web --login

# With auto_login everybody sees what the user sees; a login changes nothing.
use "pin = \"file:$pin\"; auto_login = true;"
expect 0 objects web
says store
expect 0 objects web --login
says store
expect 0 login web
says "CKR_OK"

# -- A PIN that cannot be read ---------------------------------------------

chmod 644 pin
expect 1 login web
complains "PIN source file:$pin: everybody may read it (mode 0644); run: chmod o= $pin, and change the PIN"
expect 1 login web --json
json 'not j["logged_in"] and j["result"] is None and "everybody" in j["message"]'
expect 1 check
says "p11mux.conf:2: token \"web\": pin: PIN source file:$pin: everybody may read it"
says "p11mux check --as USER"
expect 1 check --no-modules
expect 1 doctor
says "everybody may read it"
chmod 600 pin
expect 0 check
expect 1 login ca
complains 'token "ca": the configuration names no PIN of its user; add pin = "file:/..." to the token'
expect 1 login web --so
complains 'names no PIN of its security officer; add so_pin ='
expect 1 login wep
complains 'did you mean "web"?'
expect 2 login
complains "TOKEN is missing"

# What only a service has is a note here; a program must be there.
use 'pin = "env:WEB_PIN"; so_pin = "credential:web.so";'
expect 0 check
says 'note: '
says 'PIN source env:WEB_PIN: the variable is not set'
says 'so_pin: PIN source credential:web.so: CREDENTIALS_DIRECTORY is not set'
use 'so_pin = "command:/nonexistent/pass web";'
expect 1 check
says 'so_pin: PIN source command:/nonexistent/pass:'
if [ "$(id -u)" -eq 0 ]; then
    use "pin = \"file:$pin\";"
    expect 1 check --as nobody --no-modules
    says "PIN source file:$pin: cannot be opened: Permission denied"
    chown nobody pin
    expect 0 check --as nobody --no-modules
    expect 1 check
    says "may be changed by user"
    chown root pin
fi

# -- A PIN that is wrong ---------------------------------------------------

write_pin 4321
use "pin = \"file:$pin\"; so_pin = \"file:$pin\"; auto_login = false;"
expect 1 login web
complains "token \"web\": file:$pin as its user: CKR_PIN_INCORRECT: the PIN is wrong; the token counts wrong PINs, and few tries may be left; put the right one there"
says_not 4321
expect 1 login web --so --json
json 'j["result"] == "CKR_PIN_INCORRECT" and j["tries"] == "low" and not j["logged_in"]'

# The last try is not taken unless it is asked for; others are.
add_flags 20000
expect 1 login web
complains "token \"web\": one more wrong PIN locks it, so that file:$pin was not tried; see that it is right, then give --force"
expect 1 login web --json
json 'j["result"] is None and j["tries"] == "final"'
expect 1 login web --so
complains "as its security officer: CKR_PIN_INCORRECT"
write_pin 1234
expect 1 objects web --login
complains "no PIN source is tried"
expect 0 login web --force
says "CKR_OK"
add_flags 200000
expect 1 login web --so
complains "was not tried"
write_pin 4321
expect 1 login web --so --force
complains "CKR_PIN_INCORRECT: the PIN is wrong; one more wrong PIN locks it"

# auto_login does not come before what is to be tried.
softhsm_token fresh
configure "$soft" "$(token fresh soft pkcs11:token=fresh |
    sed "s|^{|{ auto_login = true; pin = \"file:$pin\";|")"
expect 1 login fresh
complains "CKR_PIN_INCORRECT"
write_pin 1234
expect 0 login fresh
says "CKR_OK"

tool_end
