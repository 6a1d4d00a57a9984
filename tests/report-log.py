# SPDX-License-Identifier: BSD-3-Clause
"""Writes an audit log such as a busy week leaves, the same one each time:
report-log.py RECORDS [LABEL]. LABEL is what one of the keys is called."""
import datetime
import hashlib
import json
import random
import sys

random.seed(11)
count = int(sys.argv[1])
begin = datetime.datetime(2026, 11, 16)
week = 7 * 24 * 3600

HEX = "0123456789abcdef"
names = ["root ca", "tls edge", "tls api", "code signing", "backup", "payments", "timestamp", "dnssec"]
keys = []
for number, label in enumerate(names + (sys.argv[2:3])):
    secret = label == "backup"
    keys.append({
        "class": "CKO_SECRET_KEY" if secret else "CKO_PRIVATE_KEY",
        "type": "CKK_AES" if secret else random.choice(["CKK_EC", "CKK_RSA"]),
        "label": label, "id": "%02x" % number,
        "fingerprint": None if secret else "".join(random.choices(HEX, k=64))})
programs = [("/usr/sbin/nginx", "www-data"), ("/usr/bin/openssl", "alice"), ("/usr/bin/java", "payments"),
            ("/usr/sbin/named", "bind"), ("/opt/signer/bin/signd", "signer"), ("/usr/bin/pkcs11-tool", "bob")]
tokens = {"nss": 0, "signing": 1, "payments": 2}
token_of = ["signing", "nss", "nss", "signing", "payments", "payments", "signing", "nss", "signing"]
errors = ["CKR_DEVICE_ERROR", "CKR_KEY_HANDLE_INVALID", "CKR_FUNCTION_CANCELED", "CKR_DATA_LEN_RANGE"]


class Run:
    def __init__(self):
        self.id = "".join(random.choices(HEX, k=32))
        self.n, self.prev = 0, "0" * 32
        self.exe, self.user = random.choice(programs)
        self.pid = random.randrange(300, 60000)
        self.left = random.randrange(50, 2000)


def write(run, second, event, function=None, outcome="success", rv="CKR_OK", token=None, key=None, mechanism=None,
          us=None, detail=None):
    time = (begin + datetime.timedelta(seconds=second)).isoformat(timespec="microseconds") + "Z"
    record = {"v": 1, "run": run.id, "n": run.n, "prev": run.prev, "time": time, "event": event, "function": function,
              "outcome": outcome, "rv": rv, "token": token, "slot": None if token is None else tokens[token],
              "member": None if token is None else "hsm-" + token, "key": key, "mechanism": mechanism, "in": 32, "out": 64, "us": us,
              "session": 7, "pid": run.pid, "tid": run.pid, "uid": 1000, "user": run.user, "exe": run.exe, "unit": None,
              "host": "hsm-gate", "detail": detail}
    line = json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogateescape")
    run.prev = hashlib.sha256(b"\0" + line).hexdigest()[:32]
    run.n += 1
    sys.stdout.buffer.write(line + b"\n")


def sign(run, second):
    number = min(int(random.expovariate(0.5)), len(keys) - 1)
    key, token = keys[number], token_of[number]
    event, function, mechanism = "sign", "C_Sign", "CKM_ECDSA" if key["type"] == "CKK_EC" else "CKM_RSA_PKCS"
    if key["type"] == "CKK_AES":
        event, function, mechanism = random.choice([("encrypt", "C_Encrypt", "CKM_AES_GCM"),
                                                    ("decrypt", "C_Decrypt", "CKM_AES_GCM")])
    elif key["type"] == "CKK_RSA" and random.random() < 0.3:
        event, function = "decrypt", "C_Decrypt"
    chance, outcome, rv = random.random(), "success", "CKR_OK"
    outage = 3.2 * 24 * 3600 < second < 3.25 * 24 * 3600
    if chance < (0.4 if outage and token == "signing" else 0.002):
        outcome, rv = "failure", "CKR_DEVICE_ERROR" if outage else random.choice(errors)
    elif chance > 0.9995:
        outcome, rv = "denied", "CKR_KEY_FUNCTION_NOT_PERMITTED"
    us = int(random.lognormvariate({"nss": 5.5, "signing": 7.3, "payments": 6.4}[token], 0.35))
    write(run, second, event, function, outcome, rv, token, key, mechanism, us)


def administer(run, second):
    event, function = random.choice([("generate", "C_GenerateKeyPair"), ("destroy", "C_DestroyObject"),
                                     ("set", "C_SetAttributeValue"), ("create", "C_CreateObject")])
    number = random.randrange(len(keys))
    key = keys[number]
    if event == "create":
        key = {"class": "CKO_CERTIFICATE", "type": None, "label": key["label"], "id": key["id"],
               "fingerprint": key["fingerprint"]}
    write(run, second, event, function, token=token_of[number], key=key, us=random.randrange(500, 90000))


def moment():
    """Few at night, most at noon."""
    while True:
        second = random.uniform(0, week)
        if random.random() * 1.15 < 0.15 + max(0, 1 - abs(second / 3600 % 24 - 13) / 7):
            return second


runs = []
for second in sorted(moment() for _ in range(count)):
    if len(runs) < 6:
        runs.append(Run())
        write(runs[-1], second, "start", detail={"version": "0.1.0", "modules": []})
        continue
    run, chance = random.choice(runs), random.random()
    if run.left == 0:
        runs.remove(run)
        if random.random() < 0.9:
            write(run, second, "stop")
            continue
        run = Run()
        runs.append(run)
    run.left -= 1
    if chance < 0.01:
        failed = random.random() < 0.1
        write(run, second, "login", "C_Login", "failure" if failed else "success",
              "CKR_PIN_INCORRECT" if failed else "CKR_OK", random.choice(list(tokens)), us=random.randrange(400, 3000))
    elif chance < 0.011:
        administer(run, second)
    elif chance < 0.0111:
        write(run, second, "lost", None, "failure", None,
              detail={"records": 3, "since": "2026-11-18T00:00:00Z", "reason": "No space left on device"})
    elif chance < 0.0118:
        write(run, second, "reconnect", None, "failure", "CKR_DEVICE_REMOVED", "payments")
    else:
        sign(run, second)
