# SPDX-License-Identifier: BSD-3-Clause
"""Reads the page of p11mux audit report with a strict parser of XML, and holds
its numbers against what p11mux audit stats says of the same records:
report.py PAGE STATS, where STATS is a file with the groups by event, token, key,
program and user. Prints the page as JSON: its verdict, its findings, and the
rows of each table by its caption."""
import collections
import json
import re
import sys
import xml.etree.ElementTree

XHTML = "{http://www.w3.org/1999/xhtml}"
USES = "sign verify encrypt decrypt digest wrap unwrap encapsulate decapsulate derive".split()
OWN = "start stop intent deny lost torn checkpoint config overflow reconnect".split()
ACTIVE = {"script", "iframe", "object", "embed", "link", "img", "base", "form", "input", "foreignObject", "a:href"}


def fail(text):
    sys.exit("report.py: " + text)


def text(node):
    return " ".join("".join(node.itertext()).split())


def number(value):
    return int(value.replace(",", ""))


with open(sys.argv[1], encoding="utf-8") as stream:
    source = stream.read()
if not source.startswith("<!DOCTYPE html>\n"):
    fail("the page has no document type")
page = xml.etree.ElementTree.fromstring(source)
for node in page.iter():
    name = node.tag.removeprefix(XHTML)
    if name in ACTIVE or any(attribute.startswith("on") for attribute in node.attrib):
        fail("the page is active: <%s>" % name)
    for attribute, value in node.attrib.items():
        if attribute in ("href", "src") and not value.startswith("#"):
            fail("the page leads elsewhere: " + value)
if "url(" in source.lower() or "@import" in source.lower():
    fail("the page loads something")
ids = [node.attrib["id"] for node in page.iter() if "id" in node.attrib]
if len(ids) != len(set(ids)):
    fail("an id is there twice")
for node in page.iter(XHTML + "a"):
    if node.attrib["href"][1:] not in ids:
        fail("a link leads nowhere: " + node.attrib["href"])

by_id = {node.attrib["id"]: node for node in page.iter() if "id" in node.attrib}
tables = {}
for table in page.iter(XHTML + "table"):
    tables[text(table.find(XHTML + "caption"))] = [
        {cell.attrib["data-label"]: text(cell) for cell in row}
        for row in table.find(XHTML + "tbody")]
for table in page.iter(XHTML + "table"):
    headings = [text(cell) for cell in table.find(XHTML + "thead")[0]]
    for row in table.find(XHTML + "tbody"):
        if [cell.attrib["data-label"] for cell in row] != headings:
            fail("a row does not fit its headings")


def total(groups, *names):
    found = collections.defaultdict(lambda: [0, 0, 0])
    for group in groups:
        counts = found[tuple(group[name] or "\u2013" for name in names)]
        for place, what in enumerate(("records", "failures", "denied")):
            counts[place] += group[what]
    return found


def compare(what, got, wanted):
    if got != wanted:
        fail("%s: the page has %s, stats %s" % (what, got, wanted))


if len(sys.argv) > 2:
    with open(sys.argv[2], encoding="utf-8") as stream:
        stats = json.load(stream)
    calls = [group for group in stats["groups"] if group["event"] not in OWN]
    for name, counted in ("n-calls", "records"), ("n-failed", "failures"), ("n-denied", "denied"):
        compare(name, number(text(by_id[name])), sum(group[counted] for group in calls))
    compare("tokens", number(text(by_id["n-tokens"])), len(total(calls, "token")))
    compare("events", {(row["Event"], row["Token"]): number(row["Calls"])
                       for row in tables.get("Times by event and token", [])},
            {key: counts[0] for key, counts in total(
                [group for group in calls if group["max_us"] is not None], "event", "token").items()})
    names = "token", "key_label", "key_id", "key_fingerprint"
    uses = total([group for group in calls if group["event"] in USES and (group["key_label"] or group["key_id"])], *names)
    on_page = collections.Counter()
    for row in tables.get("Keys, the most used first", []):
        on_page[row["Token"]] += number(row["Uses"])
    wanted = collections.Counter()
    for key, counts in uses.items():
        wanted[key[0]] += counts[0]
    compare("uses", +on_page, wanted)
    strips = {text(figure.find(".//" + XHTML + "bdi")): text(figure.find(".//" + XHTML + "figcaption"))
              for figure in page.iter(XHTML + "figure")}
    for (token,), counts in total(calls, "token").items():
        label = "without a token" if token == "\u2013" else token
        found = re.match(re.escape(label) + r" ([\d,]+) calls?, .*; ([\d,]+) failed, ([\d,]+) denied$", strips[label])
        compare("token " + label, [number(value) for value in found.groups()], counts)
    rows = collections.Counter()
    for row in tables.get("Calls over time, by token", []):
        rows[row["Token"]] += number(row["Calls"])
    if "rows are not listed" not in text(by_id["time"]):
        compare("over time", +rows, collections.Counter(
            {"without a token" if key[0] == "\u2013" else key[0]: counts[0]
             for key, counts in total(calls, "token").items()}))
    compare("failures", sum(number(row["Calls"]) for row in tables.get("By event and result", [])),
            sum(group["failures"] + group["denied"] for group in calls))
    compare("logins", {(row["Token"], row["User"], row["Program"]): [number(row[name]) for name in
                                                                     ("Logins", "Failed", "Denied")]
                       for row in tables.get("Logins", [])},
            {(token, user, program.rpartition("/")[2]): counts for (token, user, program), counts in total(
                [group for group in calls if group["event"] == "login"], "token", "user", "program").items()})
    by_key = collections.Counter()
    for row in tables.get("Programs and users by key", []):
        by_key[(row["Program"], row["User"])] += number(row["Calls"])
    compare("programs by key", +by_key, collections.Counter(
        {(program.rpartition("/")[2], user): counts[0] for (program, user), counts in total(
            [group for group in calls if group["key_id"] and group["event"] not in ("create",)],
            "program", "user").items()}))

print(json.dumps({"verdict": by_id["verdict"].attrib["class"], "first": text(by_id["verdict"]),
                  "findings": [text(item) for item in by_id["findings"]] if "findings" in by_id else [],
                  "coverage": text(by_id["coverage"]), "gaps": text(by_id["gaps"]),
                  "summary": text(by_id["summary"]), "body": text(page.find(XHTML + "body")), "tables": tables}))
