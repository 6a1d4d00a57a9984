# SPDX-License-Identifier: BSD-3-Clause
"""Reads Prometheus' text format as its documentation has it, strictly:
prometheus.py FILE [EXPRESSION]... Each expression is Python over `value`,
value("name", label="...") being the sum of the samples that fit; names and
types of the families are printed."""

import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
SAMPLE = re.compile(
    rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? ([+-]?[0-9.e+-]+|NaN|[+-]Inf)$"
)
TYPES = {"counter", "gauge", "histogram"}

families = {}
helps = set()
samples = {}
current = None


def wrong(line, why):
    sys.exit(f"{line!r}: {why}")


def family_of(name):
    """The family that a sample belongs to."""
    for suffix in ("_bucket", "_sum", "_count"):
        if name.endswith(suffix) and families.get(name[: -len(suffix)]) == "histogram":
            return name[: -len(suffix)]
    return name


with open(sys.argv[1], encoding="utf-8") as file:
    text = file.read()
if not text.endswith("\n"):
    sys.exit("the last line has no end")
for line in text.splitlines():
    words = line.split(" ", 3)
    if line.startswith("# HELP "):
        if words[2] in helps or len(words) < 4:
            wrong(line, "a second help, or none")
        helps.add(words[2])
        current = words[2]
        continue
    if line.startswith("# TYPE "):
        if words[2] != current or words[2] in families or words[3] not in TYPES:
            wrong(line, "not behind its help, twice, or of no type")
        families[words[2]] = words[3]
        if words[3] == "counter" and not words[2].endswith("_total"):
            wrong(line, "a counter ends with _total")
        continue
    match = SAMPLE.match(line)
    if not match:
        wrong(line, "is no sample")
    name = match.group(1)
    if family_of(name) != current or current not in families:
        wrong(line, "not with its family")
    labels = tuple(sorted(re.findall(LABEL, match.group(2) or "")))
    if len({label for label, _ in labels}) != len(labels):
        wrong(line, "a label twice")
    if (name, labels) in samples:
        wrong(line, "twice")
    samples[name, labels] = float(match.group(match.lastindex))

for (name, labels), count in samples.items():
    if name.endswith("_count") and families.get(family_of(name)) == "histogram":
        bucket = family_of(name) + "_bucket"
        buckets = [
            (float(dict(others)["le"]), number)
            for (other, others), number in samples.items()
            if other == bucket
            and tuple(pair for pair in others if pair[0] != "le") == labels
        ]
        buckets.sort()
        counts = [number for _, number in buckets]
        if counts != sorted(counts) or buckets[-1] != (float("inf"), count):
            sys.exit(f"{name} {labels}: {buckets} is no histogram")


def value(name, **wanted):
    fitting = [
        number
        for (other, labels), number in samples.items()
        if other == name and wanted.items() <= dict(labels).items()
    ]
    return sum(fitting) if fitting else None


for expression in sys.argv[2:]:
    if not eval(expression):  # pylint: disable=eval-used
        sys.exit(f"not {expression}")
for name, kind in families.items():
    print(name, kind)
