#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# p11mux audit report: the page is well-formed and loads nothing, its numbers are
# those of p11mux audit stats, and its first thing is what verify says.
set -u
folder=$(cd "$(dirname "$0")" && pwd)
source_folder=${P11MUX_SRCDIR:-$folder/..}
. "$folder/fixture.sh"
. "$folder/tool.sh"
fixture_need python3
tool_begin

# report OPTION...: of the log, whose numbers are compared; the page as JSON is
# in out. The first is the exit status.
report() {
    wanted_status=$1
    shift
    # shellcheck disable=SC2154 # tool.sh sets it
    # shellcheck disable=SC2046 # words
    "$tool" audit stats --json --by event --by token --by key --by program \
        --by user $(echo "$*" | sed 's/--rest//; s/--kept kept//') \
        >stats 2>/dev/null
    expect "$wanted_status" audit report --html page.html --verifier log.pub "$@"
    python3 "$source_folder/tests/report.py" page.html stats >out 2>why ||
        mistake "$asked: $(cat why)"
}
make_log() {
    python3 "$source_folder/tests/report-log.py" "$@" >log ||
        fixture_fail "no log"
}

"$tool" audit keygen log.key --name host.example/audit >log.pub
# What a browser would take for its own, and characters that are none.
label="<script>alert(1)</script>&amp;\"'</title>]]>$(printf '\342\200\256\033[1mx')"
make_log 3000 "$label"
"$tool" audit checkpoint -k log.key log >/dev/null || fixture_fail "no checkpoint"

# -- A log that is right -----------------------------------------------------

report 0 log
json 'j["verdict"] == "good"'
json '"3,001 lines of " in j["coverage"] and "line 1 to 3,001," in j["coverage"]'
json '"host.example/audit+" in j["coverage"] and "1 of host.example/audit held" in j["coverage"]'
json '"0 lines behind the last checkpoint" in j["coverage"]'
json 'j["summary"].startswith("What was counted 3,001 records: all of the log.")'
json 'any("<script>alert(1)</script>&amp;\"'"'"'</title>]]>\ufffd\ufffd[1mx" in row["Key"]
          for row in j["tables"]["Keys, the most used first"])'
if grep -Fq -e "<script" page.html || grep -q "$(printf '\033')" page.html; then
    mistake "a label is not escaped"
fi
[ "$(stat -c %a page.html)" = 640 ] || mistake "mode $(stat -c %a page.html)"
[ "$(find . -name '.page.html*' | wc -l)" -eq 0 ] || mistake "a piece is left"

# Without the key nothing is proven, and the page says so.
expect 0 audit report --html page.html log
says "page.html: a report of 3001 records"
python3 "$source_folder/tests/report.py" page.html >out || mistake "no page"
json 'j["verdict"] == "open" and "signatures were not checked" in j["first"]'

# -- What is selected --------------------------------------------------------

for selection in "--token nss" "--event sign" "--outcome failure" \
    "--since 2026-11-18 --until 2026-11-19T12:00:00Z" "--user alice" \
    "--exe nginx" "--key 01 --event decrypt --event set" "--token nowhere"; do
    # shellcheck disable=SC2086 # words
    report 0 $selection log
    json "' '.join('''$selection'''.split()) in j['summary']"
    json 'j["verdict"] == "good" and "line 1 to 3,001," in j["coverage"]'
done
report 0 --outcome denied --outcome failure log
json 'len(j["tables"]["By event and result"]) == 3'
expect 2 audit report log
complains "--html FILE is missing"
expect 2 audit report --html page.html --event sing log
complains 'did you mean "sign"?'

# -- Lines behind the checkpoint, gaps, several files -------------------------

cp log before
cat before >log
"$tool" audit show --json --event lost log >lost 2>/dev/null
lost=$(($(wc -l <lost) * 3))
report 0 log
json "'$lost lost record' in j['coverage'] and 'No space left on device' in j['gaps']" 
json "len(j['tables']['Records about lost records, torn lines, and calls that were refused since the log could not be written']) == $lost / 3"
runs=$(grep -c '"event":"start"' log)
stops=$(grep -c '"event":"stop"' log)
# That of the checkpoint's own record is none of them.
json "'$((runs - stops)) runs without an end' in j['coverage']"
json "len(j['tables']['Runs without an end: the process was killed, has crashed, or goes on']) == $((runs - stops))"
"$tool" audit rotate -k log.key log >/dev/null || fixture_fail "no rotation"
gzip log.1
python3 "$source_folder/tests/report-log.py" 500 >>log
"$tool" audit checkpoint -k log.key log >/dev/null || fixture_fail "no checkpoint"
report 0 log
json '"log.1.gz (3,001 lines)" in j["coverage"] and "log (501 lines)" in j["coverage"]'
mkdir elsewhere
mv log.1.gz elsewhere
report 1 log
json 'j["verdict"] == "bad" and "log.1" in j["findings"][0]'
report 0 --rest log
json '"the first 3,001 of the log are not there" in j["coverage"]'
report 0 elsewhere/log.1.gz log
json 'j["verdict"] == "good"'

# -- Damage is the first thing -----------------------------------------------

make_log 3000
rm -f log.checkpoint* log.manifest log.tree
"$tool" audit checkpoint -k log.key log >/dev/null || fixture_fail "no checkpoint"
cp log.checkpoint kept
damaged() {
    "$tool" audit verify --key log.pub "$1" >/dev/null 2>verdict
    sed 's/^p11mux: //' verdict >said
    report 1 "$1"
    cp err findings
    json "j['verdict'] == 'bad' and j['body'].find('The log is not what was written') < j['body'].find('What was covered')"
    json 'j["findings"] == [" ".join(line.split()) for line in open("said", encoding="utf-8")]'
    cmp -s findings verdict || mistake "$asked: other findings: $(cat findings verdict)"
}
cp log.checkpoint changed.checkpoint
cp log.checkpoints changed.checkpoints
sed '1500s/"us":[0-9]*/"us":1/' log >changed
damaged changed
json '"line 1500" in j["findings"][0]'
sed 1500d log >changed
damaged changed
head -n 2000 log >changed
damaged changed
{
    head -n 1000 log
    echo nonsense
    sed -n 1001p log | head -c 200
    tail -n +1002 log
} >changed
damaged changed
json '"2 damaged lines" in j["coverage"]'
# A log made anew, with checkpoints of its own: one that was kept shows it.
rm -f changed*
python3 "$source_folder/tests/report-log.py" 4000 other >changed
"$tool" audit checkpoint -k log.key changed >/dev/null || fixture_fail "no checkpoint"
report 0 changed
report 1 --kept kept changed
json 'j["verdict"] == "bad"'

# What was compressed and cut off can be read up to there only.
gzip -c log | head -c 50000 >changed.gz
expect 1 audit report --html page.html changed.gz
complains "what was compressed was cut off"
python3 "$source_folder/tests/report.py" page.html >out || mistake "no page"
json 'j["verdict"] == "bad" and "could not be read to its end" in j["first"] and "cut off" in j["findings"][0]'

# -- Where the page goes -----------------------------------------------------

sum=$(sha256sum <log)
expect 1 audit report --html log log
complains "is there and no report"
[ "$sum" = "$(sha256sum <log)" ] || mistake "the log was written over"
rm -f page.html
ln -s other.html page.html
expect 1 audit report --html page.html log
complains "is there and no report"
rm -f page.html
expect 1 audit report --html nowhere/page.html log
complains "nowhere/page.html"
expect 1 audit report --html page.html nowhere
complains "No such file"
[ ! -e page.html ] || mistake "a page of nothing"
: >empty
expect 0 audit report --html page.html empty
python3 "$source_folder/tests/report.py" page.html >out || mistake "no page"
json 'j["verdict"] == "open" and "The log is empty" in j["first"]'

# -- Long tables are cut -----------------------------------------------------

python3 - <<'END'
import json
with open("log") as stream:
    record = next(json.loads(line) for line in stream if '"event":"sign"' in line)
with open("many", "w") as stream:
    for n in range(30000):
        record["key"]["label"] = "&<key>&" * 16 + str(n)
        record["key"]["id"] = "%032x" % n
        record["event"] = "generate" if n % 10 == 0 else "sign"
        record["exe"] = "/" + "&" * 200 + str(n)
        record["user"] = "user%d" % (n % 7)
        record["rv"], record["outcome"] = "CKR_%d" % (n % 300), "failure"
        record["token"] = "token %d" % (n % 90)
        stream.write(json.dumps(record, separators=(",", ":")) + "\n")
END
expect 1 audit report --html page.html many
python3 "$source_folder/tests/report.py" page.html >out || mistake "no page"
json '"19,800 more of 20,000 keys are not listed." in j["body"]'
json '"10,000 further records were not counted by key." in j["body"]'
json '"10,000 further records were not counted by program." in j["body"]'
json '"78 more of 90 tokens are not listed." in j["body"]'
json '"2,800 more of 3,000 changes are not listed." in j["body"]'
[ "$(stat -c %s page.html)" -le 2000000 ] ||
    mistake "$(stat -c %s page.html) bytes of many things"

tool_end
