#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux audit stats on logs made up here, held against counts of Python's.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
source_folder=${P11MUX_SRCDIR:-$folder/..}
. "$folder/fixture.sh"
. "$folder/tool.sh"
fixture_need python3
tool_begin

# A log of 2000 records and what stats should say of it, by each thing.
cat >make.py <<'EOF'
import json, random
random.seed(7)
users = ["alice", "bob", None]
programs = ["/usr/bin/a", "/opt/b", None]
keys = [None,
        {"class": "CKO_PRIVATE_KEY", "type": "CKK_EC", "label": "one", "id": "01", "fingerprint": "aa" * 32},
        {"class": "CKO_PUBLIC_KEY", "type": "CKK_EC", "label": "one", "id": "01", "fingerprint": "aa" * 32},
        {"class": "CKO_PRIVATE_KEY", "type": "CKK_EC", "label": "one", "id": "01", "fingerprint": "bb" * 32},
        {"class": "CKO_SECRET_KEY", "type": "CKK_AES", "label": "", "id": "0203", "fingerprint": None}]
records = []
for n in range(2000):
    event = random.choice(["sign", "sign", "sign", "login", "intent"])
    outcome = random.choice(["success"] * 8 + ["failure", "denied"])
    r = {"v": 1, "run": "%032d" % (n % 5), "n": n // 5, "prev": "0" * 32,
         "time": "2026-11-20T%02d:%02d:00.000000Z" % (10 + n // 500, n % 60),
         "event": event, "function": "C_Sign", "outcome": None if event == "intent" else outcome,
         "rv": None, "token": random.choice(["ca", "web"]), "slot": 1, "member": "m",
         "key": random.choice(keys), "mechanism": None, "in": 1, "out": 2,
         "us": None if event == "intent" else int(random.expovariate(0.001)),
         "session": 1, "pid": 1, "tid": 1, "uid": 1, "user": random.choice(users),
         "exe": random.choice(programs), "unit": None, "host": "h", "detail": None}
    records.append(r)
with open("log", "w") as f:
    for r in records:
        f.write(json.dumps(r, separators=(",", ":")) + "\n")
EOF
cat >compare.py <<'EOF'
# Counts by itself: compare.py BY,... [TOKEN]
import json, math, sys
by = sys.argv[1].split(",")
columns = {"event": ["event"], "token": ["token"], "program": ["exe"], "user": ["user"], "hour": ["hour"],
           "key": ["label", "id", "fingerprint"]}
names = {"exe": "program", "label": "key_label", "id": "key_id", "fingerprint": "key_fingerprint"}
order = [c for b in ["event", "token", "key", "program", "user", "hour"] if b in by for c in columns[b]]
wanted = {}
total = 0
for line in open("log"):
    r = json.loads(line)
    if len(sys.argv) > 2 and r["token"] != sys.argv[2]:
        continue
    total += 1
    r["hour"] = r["time"][:13] + ":00Z"
    r.update(r["key"] or {"label": None, "id": None, "fingerprint": None})
    wanted.setdefault(tuple(r[c] for c in order), []).append(r)
got = json.load(open("out"))
def check(right, what):
    if not right:
        sys.exit("%s: %s" % (sys.argv[1], what))
check(got["records"] == total and got["damaged"] == 0, "total")
check(len(got["groups"]) == len(wanted), "%d groups, not %d" % (len(got["groups"]), len(wanted)))
for g in got["groups"]:
    rows = wanted.pop(tuple(g[names.get(c, c)] for c in order))
    check(g["records"] == len(rows), "records")
    check(g["failures"] == sum(r["outcome"] == "failure" for r in rows), "failures")
    check(g["denied"] == sum(r["outcome"] == "denied" for r in rows), "denied")
    times = sorted(r["us"] for r in rows if r["us"] is not None)
    for name, percent in ("p50_us", 50), ("p95_us", 95), ("p99_us", 99):
        if not times:
            check(g[name] is None, name)
            continue
        exact = times[math.ceil(len(times) * percent / 100) - 1]
        check(exact <= g[name] <= exact * 33 / 32, "%s is %s, not %s" % (name, g[name], exact))
    check(g["max_us"] == (times[-1] if times else None), "max")
sizes = [g["records"] for g in got["groups"]]
if "hour" not in by:
    check(sizes == sorted(sizes, reverse=True), "order")
else:
    hours = [tuple(str(g[names.get(c, c)] or "") for c in order) for g in got["groups"]]
    check(hours == sorted(hours), "order of hours")
EOF
python3 make.py || fixture_fail "no log"
agrees() {
    python3 compare.py "$@" 2>why || mistake "$asked: $(cat why) $(cat out)"
}

expect 0 audit stats --json log
agrees event
for by in event token key program user hour; do
    expect 0 audit stats --json log --by "$by"
    agrees "$by"
done
expect 0 audit stats --json log --by hour --by token --by key
agrees hour,token,key
expect 0 audit stats --json log --by user --token web
agrees user web
expect 0 audit stats --json log --token nowhere
json 'j == {"records": 0, "damaged": 0, "groups": []}'

# -- For people -------------------------------------------------------------

expect 0 audit stats log --by token
says "TOKEN  RECORDS  FAILED  DENIED  P50 µs  P95 µs  P99 µs  MAX µs"
says "2000 records"
expect 0 audit stats log --by key
says "KEY  ID    FINGERPRINT"
says "one  01    aaaaaaaaaaaaaaaa"
says "one  01    bbbbbbbbbbbbbbbb"
says "-    0203  -"
expect 2 audit stats log --by weather
complains "is nothing to count by"
expect 2 audit stats log --event sing
complains 'did you mean "sign"?'
expect 1 audit stats nowhere
complains "No such file"

# -- Lines that are no records ----------------------------------------------

{
    head -n 10 log
    echo nonsense
    sed -n 11p log | head -c 100
    sed -n 12p log
} >damaged
expect 1 audit stats damaged --json
complains "line 11 is no whole record"
json 'j["records"] == 11 and j["damaged"] == 2'

# -- The log that the configuration names, and one of a release -------------

configure "" ""
echo "audit = { file = \"$fixture_folder/log\"; };" >>p11mux.conf
expect 0 audit stats --json --by token
agrees token
expect 0 audit stats "$source_folder/tests/old/audit-0.1.0.jsonl"
says "12 records"

tool_end
